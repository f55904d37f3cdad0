import { basename } from 'node:path';
import { LifeboatError } from '../errors.ts';
import type { Instant } from '../time.ts';
import type { BackfillResult } from '../workflow/recovery/backfill-result.ts';
import { keptBy } from './base/folder-keeper.ts';
import type { BackfillDefinition } from './base/definition.ts';
import { begunAs, DEFINITION_FILE, hasLedger, makeFolder, queueFolder, removeUnfinished } from './folders.ts';
import { LEDGER_FILE, openLedger, type FileLedger } from './ledger/file-ledger.ts';
import { rejectedEntries } from './ledger/ledger-view.ts';
import type { Ledger, RejectedEntry } from './ledger/ledger.ts';
import { openLogs } from './open-logs.ts';
import { Progress, progressOf, Quiet, type ProgressRow } from './progress.ts';
import { openQueue, type OpenQueue } from './open-queue.ts';
import { replay } from './replay/engine.ts';
import { openGovernor } from './open-governor.ts';
import type { ReplaySource } from './base/replay-ports.ts';
import { buildResult } from './result.ts';
import { Room } from './base/room.ts';
import { scan } from './scan/scan.ts';
import type { TextSource } from './sources/text-source.ts';
import { openTarget } from './targets/open-target.ts';
import type { BackfillTools } from './base/tools.ts';
import { lockBackfill, type BackfillLock } from './work/lock.ts';
import { openWorkStore } from './work/sqlite-work.ts';
import type { ScanFacts, WorkStore } from './work/work-store.ts';

/** What the ledger says of one request, at most where few are refused or repeated. */
const LEDGER_BYTES = 400;

const MOST_HOSTS_LOGGED = 20;

/** Why a replay stopped. */
export type BackfillEnd = 'completed' | 'paused';

interface OpenParts {
  readonly directory: string;
  readonly definition: BackfillDefinition;
  readonly tools: BackfillTools;
  readonly store: WorkStore;
  readonly queues: readonly OpenQueue[];
  readonly quiet: Quiet;
  readonly lock: BackfillLock;
}

/**
 * One backfill, in a folder of its own: what was found, what is to be sent, and what became of it. Only one process has it at a time; after any
 * interruption the next one goes on.
 */
export class Backfill {
  readonly #parts: OpenParts;
  /** Belongs to one scan: open once that is complete. */
  #ledger: FileLedger | undefined;
  /** A scan began, and what it wrote is not all. */
  #isUnfinished = false;

  private constructor(parts: OpenParts) {
    this.#parts = parts;
  }

  /**
   * Opens it, or begins it as `definition` says. One that was begun goes on with what was found then; how it is sent may change from time to time.
   * @throws LifeboatError while another process has it, for a folder that cannot be read or written, for a damaged ledger, when it is about something else
   */
  static async open(
    directory: string,
    definition: BackfillDefinition,
    tools: BackfillTools,
  ): Promise<Backfill> {
    makeFolder(directory);
    const lock = lockBackfill(directory);
    const opened: { close(): void | Promise<void> }[] = [{ close: () => lock.release() }];
    try {
      const store = openCleanStore(directory);
      opened.push(store);
      const chosen = begunAs(directory, definition, store.facts !== undefined || hasLedger(directory));
      await tools.keeper?.keep(DEFINITION_FILE);
      const quiet = new Quiet(progressOf(directory), tools.now());
      const quietMs = (): number => tools.now() - quiet.since;
      const queues: OpenQueue[] = [];
      for (const [index, source] of chosen.spec.sources.entries()) {
        if (source.sqs === undefined) continue;
        const folder = queueFolder(directory, index + 1);
        const orderBy = chosen.spec.replay?.orderBy;
        const queue = await openQueue(folder, source, { number: index + 1, orderBy, quietMs }, tools);
        queues.push(queue);
        opened.push(queue);
      }
      const backfill = new Backfill({ directory, definition: chosen, tools, store, queues, quiet, lock });
      await backfill.#openLedger();
      return backfill;
    } catch (error) {
      for (const thing of opened.reverse()) await thing.close();
      throw error;
    }
  }

  async #openLedger(): Promise<void> {
    const { directory, store, tools } = this.#parts;
    if (store.identity === undefined) return;
    this.#ledger ??= await openLedger(directory, {
      identity: store.identity,
      now: () => tools.now(),
      ...keptBy(tools.keeper, LEDGER_FILE),
    });
    const known = progressOf(directory)?.result.sends ?? 0;
    // What was sent is on the disk before it is counted: a ledger without any of it is not the one that was written.
    if (!this.hasQueues && known > 0 && this.#ledger.counts.sends === 0) {
      const { file } = this.#ledger;
      await this.#ledger.close();
      throw emptiedLedger(file, known);
    }
  }

  /** When everything had come to its fate; `undefined` while something is to be done. */
  get endedAt(): Instant | undefined {
    const row = progressOf(this.#parts.directory);
    return row?.isOver === true ? row.at : undefined;
  }

  /** Queues may hold something new at any time; logs do not, once they were read. */
  get hasQueues(): boolean {
    return this.#parts.queues.length > 0;
  }

  /** What the target refused, the first of it, with its answers. */
  async refusals(most: number): Promise<readonly RejectedEntry[]> {
    const found: RejectedEntry[] = [];
    for await (const entry of rejectedEntries(this.#parts.directory)) {
      if (found.push(entry) >= most) break;
    }
    return found;
  }

  get definition(): BackfillDefinition {
    return this.#parts.definition;
  }

  /** Undefined until a scan is complete. */
  get facts(): ScanFacts | undefined {
    return this.#parts.store.facts;
  }

  /** Finds what was missed; does nothing when that is known. Interrupted it begins anew: nothing was sent yet. */
  async scan(signal: AbortSignal, onProgress?: (bytes: number) => void): Promise<ScanFacts> {
    const { directory, definition, tools, store } = this.#parts;
    if (store.facts !== undefined) return store.facts;
    this.#isUnfinished = true;
    const { spec, undone } = definition;
    const sources = await openLogs(spec, directory, tools, signal);
    const room = new Room(directory, tools.spaceOf);
    try {
      const facts = await scan({
        spec,
        sources,
        room,
        writer: store.beginScan(room),
        scratch: directory,
        now: tools.now(),
        threads: tools.threads,
        signal,
        ...(undone !== undefined && { undone }),
        ...(onProgress !== undefined && { onProgress }),
      });
      store.gather();
      // Before anything is sent: another scan would number the requests differently.
      await tools.keeper?.keep(basename(store.file));
      this.#isUnfinished = false;
      const hosts = facts.hosts?.filter(({ host }) => host !== null) ?? [];
      if (hosts.length > 1)
        tools.log.warn(
          { hosts: hosts.slice(0, MOST_HOSTS_LOGGED) },
          'The replay contains requests of several hosts',
        );
      await this.#openLedger();
      return facts;
    } finally {
      for (const source of sources) await source.close();
    }
  }

  /**
   * Sends what has no fate yet, and returns when everything has one, or when `pause` has aborted and nothing is under way any more.
   * @throws LifeboatError when something cannot be written down any more, or a queue cannot be read
   */
  async replay(pause: AbortSignal, onProgress?: (row: ProgressRow) => void): Promise<BackfillEnd> {
    const { directory, definition, tools, store, queues, quiet } = this.#parts;
    const ledger = this.#ledger;
    if (ledger === undefined) throw new Error('nothing is replayed before the scan is complete');
    const settings = definition.spec.replay;
    if (settings === undefined) throw noTarget();
    const room = new Room(directory, tools.spaceOf);
    const assertRoom = (pending: number): void => room.assertFits(pending * LEDGER_BYTES, 'The ledger');
    assertRoom(this.result().pending);
    const target = await openTarget(definition.name, settings, tools);
    const governing = await openGovernor(settings, tools);
    const broken = new AbortController();
    let downBecause = progressOf(directory)?.targetDown;
    const progress = new Progress({
      directory,
      keeper: tools.keeper,
      quiet,
      governor: governing.governor,
      now: () => tools.now(),
      result: () => this.result(),
      assertRoom,
      onProgress,
      fail: (error) => broken.abort(error),
    });
    const send = async (source: ReplaySource, into: Ledger, isOrdered = false): Promise<BackfillEnd> => {
      const end = await replay({
        source,
        target,
        ledger: into,
        governor: governing.governor,
        settings: {
          ...settings,
          ambiguous: settings.ambiguous ?? (settings.idempotencyKey === false ? 'report' : 'resend'),
          ordered: isOrdered || settings.orderBy !== undefined,
        },
        ...(downBecause !== undefined && { downBecause }),
        now: () => tools.now(),
        pause: AbortSignal.any([pause, broken.signal]),
        onProgress: (told) => progress.heard(told),
      });
      downBecause = undefined;
      if (broken.signal.aborted) throw broken.signal.reason;
      if (end.unsettled > 0) {
        const { unsettled, unsettledBecause } = end;
        tools.log.warn(
          { unsettled, because: unsettledBecause },
          `${source.name} did not confirm the deletion of requests that were replayed`,
        );
      }
      return end.kind === 'done' ? 'completed' : 'paused';
    };
    let isOver = false;
    try {
      const logs = await send(store.openSource(ledger.firstOpen), ledger);
      if (logs === 'paused') return logs;
      for (const queue of queues)
        if ((await send(queue.source, queue.ledger, queue.isOrdered)) === 'paused') return 'paused';
      isOver = true;
      return 'completed';
    } finally {
      try {
        await progress.close(isOver);
      } finally {
        await governing.close();
        await target.close();
      }
    }
  }

  /**
   * For a complete backfill: checks that its sources have not changed since.
   * @throws LifeboatError when one has: its new requests would be ignored silently
   */
  async refuseChanged(signal: AbortSignal): Promise<void> {
    const { directory, definition, tools, store } = this.#parts;
    const stored = new Map(store.facts?.stored.map(({ name, bytes }) => [name, bytes]));
    // What came by standard input was kept once; there is nothing to compare it with.
    const texts = definition.spec.sources.filter(({ path }) => path !== '-');
    const sources = await reopened({ ...definition.spec, sources: texts }, directory, tools, signal);
    try {
      const changed = sources.find(({ name, bytes }) => stored.get(name) !== bytes);
      if (changed === undefined) return;
      throw new LifeboatError(
        'USAGE',
        `The backfill ${definition.name} is complete, and ${changed.name} has changed since.`,
        'Start another backfill with --name NAME, and exclude what was already replayed with --from and --to.',
      );
    } finally {
      for (const source of sources) await source.close();
    }
  }

  /** Where it sends, for people. */
  get targetName(): string {
    const { target } = this.#parts.definition.spec.replay ?? { target: '' };
    const text = typeof target === 'string' ? target : target.sqs;
    return text.replace(/\/\/[^/@]*@/, '//').replace(/[?#].*$/, '');
  }

  /** What it came to so far. */
  result(): BackfillResult {
    const { store, queues, definition } = this.#parts;
    if (store.facts === undefined || this.#ledger === undefined)
      throw new Error('a backfill has no result before its scan is complete');
    return buildResult({
      facts: store.facts,
      ledger: this.#ledger.counts,
      queues: queues.map((queue) => queue.facts()),
      undone: definition.undone,
    });
  }

  async close(): Promise<void> {
    const { store, queues, lock, directory } = this.#parts;
    for (const queue of queues) await queue.close();
    await this.#ledger?.close();
    store.close();
    if (this.#isUnfinished) removeUnfinished(directory);
    lock.release();
  }
}

/** What a process left that died while it scanned may be large, and is worth nothing. */
function openCleanStore(directory: string): WorkStore {
  const store = openWorkStore(directory);
  if (store.facts !== undefined) return store;
  store.close();
  removeUnfinished(directory);
  return openWorkStore(directory);
}

/** Logs that were rotated away since hold nothing new. */
async function reopened(...args: Parameters<typeof openLogs>): Promise<readonly TextSource[]> {
  try {
    return await openLogs(...args);
  } catch (error) {
    if (error instanceof LifeboatError && error.code === 'FILE_UNREADABLE') return [];
    throw error;
  }
}

function emptiedLedger(file: string, sends: number): LifeboatError {
  return new LifeboatError(
    'LEDGER_DAMAGED',
    `The ledger ${file} says nothing of the ${sends} sends that were made. Nothing is sent.`,
    `Restore ${file} from a copy. Without one, remove work.sqlite beside it too: then the backfill scans again and sends everything again, with the same idempotency keys.`,
  );
}

function noTarget(): LifeboatError {
  return new LifeboatError(
    'USAGE',
    'No target is configured for the replay.',
    'Name the target: backfill.replay.target in the runbook, or --target URL.',
  );
}
