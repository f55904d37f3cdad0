import { adviceText, advise, lifeboat } from '../advice.ts';
import { Backfill as OpenBackfill } from '../backfill/backfill.ts';
import { readBackfillState } from '../backfill/backfill-state.ts';
import type { BackfillDefinition } from '../backfill/base/definition.ts';
import type { BackfillLog, BackfillTools } from '../backfill/base/tools.ts';
import { BACKFILL_LOOK_MS, type Backfill, type BackfillState } from '../driver/fleet/backfiller.ts';
import { LifeboatError } from '../errors.ts';
import type { RunRecord } from '../journal/journal.ts';
import { pause as sleep } from '../pause.ts';
import { MINUTE_MS, type Instant } from '../time.ts';
import type { BackfillResult } from '../workflow/recovery/backfill-result.ts';
import { definitionOf } from './backfill-definition.ts';
import type { BackfillPlace, OpenFolder } from './backfill-place.ts';

/** How a backfill works in processes of this kind. */
export interface WorkingTime {
  /** Between two looks of the driver. */
  readonly lookMs: number;
  /** When nothing has come to its fate for so long, and all there is to do is wait, the process may end and the next one begin later. Absent: it stays. */
  readonly rest?: { readonly afterMs: number; readonly lengthMs: number };
  /** A scan that takes longer would never end: it begins anew in each process. Absent: no limit. */
  readonly longestScanMs?: number;
  /** How long requests in flight are waited for when the process is about to end. Absent: as long as they take. */
  readonly longestStopMs?: number;
}

/** A process that stays. */
export const STAYING: WorkingTime = { lookMs: BACKFILL_LOOK_MS };

/** What differs between hosts. */
export interface BackfillHost {
  readonly working: WorkingTime;
  readonly log: BackfillLog;
  readonly env: BackfillTools['env'];
  /** For reading logs. */
  readonly threads: number;
  now(): Instant;
}

/** The backfill of a real run; `undefined` if the run has none. */
export function backfillIn(
  record: RunRecord,
  place: () => BackfillPlace,
  host: BackfillHost,
): Backfill | undefined {
  const { backfill: spec } = record;
  if (spec === undefined) return undefined;
  return new RunBackfill({ ...host, record, definition: definitionOf(record, spec), place: place() });
}

interface RunBackfillOptions extends BackfillHost {
  readonly record: RunRecord;
  readonly definition: BackfillDefinition;
  readonly place: BackfillPlace;
}

type Ended = Exclude<BackfillState, { readonly kind: 'running' }> | { readonly kind: 'paused' };

const TOLD_EVERY_MS = MINUTE_MS;

/** Sends requests in the background of the driver. */
class RunBackfill implements Backfill {
  readonly #options: RunBackfillOptions;
  #pause = new AbortController();
  #hurry = new AbortController();
  #work: Promise<void> | undefined;
  #ended: Ended | undefined;
  #soFar: BackfillResult | undefined;
  #hasLookedBack = false;
  /** Since when nothing has come to its fate in this process, and the replay only waits. Absent: it works. */
  #waitsSince: Instant | undefined;

  constructor(options: RunBackfillOptions) {
    this.#options = options;
  }

  async tend(at: Instant): Promise<BackfillState> {
    const ended = this.#ended;
    if (ended !== undefined && ended.kind !== 'paused') {
      // Called again after an operator has resumed the run: a stuck backfill retries.
      if (ended.kind === 'stuck') this.#ended = undefined;
      return ended;
    }
    if (this.#work === undefined) this.#begin();
    return { kind: 'running', wakeAt: at + this.#untilNext(at) };
  }

  async stop(): Promise<void> {
    const { longestStopMs } = this.#options.working;
    this.#pause.abort();
    if (this.#work === undefined) return;
    if (longestStopMs === undefined) return this.#work;
    const isOver = new AbortController();
    void this.#work.finally(() => isOver.abort());
    await sleep(longestStopMs, isOver.signal);
    // What has not ended by now is ambiguous: the ledger has its intent. The next process takes the folder over, so this one can send nothing more.
    this.#hurry.abort();
  }

  async soFar(): Promise<BackfillResult | undefined> {
    if (this.#soFar === undefined && !this.#hasLookedBack) this.#soFar = await this.#earlier();
    this.#hasLookedBack = true;
    return this.#soFar;
  }

  #begin(): void {
    this.#ended = undefined;
    this.#waitsSince = undefined;
    this.#pause = new AbortController();
    this.#hurry = new AbortController();
    this.#work = this.#run(this.#pause.signal, this.#hurry.signal).finally(() => (this.#work = undefined));
  }

  /** Milliseconds until the driver looks again. */
  #untilNext(at: Instant): number {
    const { lookMs, rest } = this.#options.working;
    if (rest === undefined || this.#waitsSince === undefined) return lookMs;
    return at - this.#waitsSince >= rest.afterMs ? rest.lengthMs : lookMs;
  }

  /** What another process has left. */
  async #earlier(): Promise<BackfillResult | undefined> {
    const { place, now, log } = this.#options;
    try {
      const folder = await place.read();
      try {
        return (await readBackfillState(folder.directory, now()))?.result;
      } finally {
        await folder.close();
      }
    } catch (error) {
      // A failure must not end the run: it could then not even be given up.
      log.warn({ error }, 'the progress of the backfill cannot be read');
      return undefined;
    }
  }

  async #run(pause: AbortSignal, hurry: AbortSignal): Promise<void> {
    // Whatever the outcome, the ledger has the progress.
    this.#soFar = undefined;
    this.#hasLookedBack = false;
    try {
      const folder = await this.#options.place.open(hurry);
      try {
        this.#ended = await this.#goOn(folder, pause);
      } finally {
        await folder.close();
      }
    } catch (error) {
      this.#ended = pause.aborted ? { kind: 'paused' } : { kind: 'stuck', message: this.#messageOf(error) };
    }
  }

  async #goOn(folder: OpenFolder, pause: AbortSignal): Promise<Ended> {
    const { definition } = this.#options;
    const opened = await OpenBackfill.open(folder.directory, definition, this.#tools(folder));
    try {
      await folder.note();
      await this.#scan(opened, pause);
      const isReplayed = definition.spec.replay === undefined || (await this.#replay(opened, pause));
      this.#soFar = opened.result();
      return isReplayed ? { kind: 'over', result: this.#soFar } : { kind: 'paused' };
    } finally {
      await opened.close();
    }
  }

  async #scan(opened: OpenBackfill, pause: AbortSignal): Promise<void> {
    const { longestScanMs } = this.#options.working;
    if (longestScanMs === undefined) return void (await opened.scan(pause));
    const late = AbortSignal.timeout(longestScanMs);
    try {
      await opened.scan(AbortSignal.any([pause, late]));
    } catch (error) {
      throw late.aborted && !pause.aborted ? scanTooLong(this.#options.record.runId, longestScanMs) : error;
    }
  }

  /** Whether everything has come to its fate. */
  async #replay(opened: OpenBackfill, pause: AbortSignal): Promise<boolean> {
    const { log, now, record } = this.#options;
    const beganAt = now();
    let toldAt = 0;
    const end = await opened.replay(pause, (row) => {
      const { at, result, ratePerSecond, waiting, targetDown, governor, quietSince } = row;
      const isWaiting = waiting > 0 || targetDown !== undefined || governor.paused;
      this.#waitsSince = isWaiting ? Math.max(quietSince, beganAt) : undefined;
      if (now() - toldAt < TOLD_EVERY_MS) return;
      toldAt = now();
      const { replayed, pending, sends } = result;
      const facts = {
        runId: record.runId,
        at,
        pending,
        ...replayed,
        sends,
        waiting,
        ratePerSecond,
        targetDown,
      };
      log.info({ ...facts, heldBackBy: governor.heldBackBy }, 'the backfill replays requests');
    });
    return end === 'completed';
  }

  /** The recovery itself is over: a failure here is reported to the operator, and must not end the run. */
  #messageOf(error: unknown): string {
    this.#options.log.warn({ error }, 'the backfill cannot go on');
    if (error instanceof LifeboatError) return `${error.message} ${adviceText(error.next)}`;
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }

  #tools({ keeper }: OpenFolder): BackfillTools {
    const { log, now, record, env, threads } = this.#options;
    return { env, log, now, threads, region: record.plan.region, ...(keeper !== undefined && { keeper }) };
  }
}

function scanTooLong(runId: string, longestMs: number): LifeboatError {
  return new LifeboatError(
    'RUN_NOT_POSSIBLE',
    `The scan of the logs did not end within ${longestMs / MINUTE_MS} minutes, which is as long as a function can work at a stretch. Nothing was sent.`,
    advise`Continue the run on a machine: ${lifeboat('resume', runId)}.`,
  );
}
