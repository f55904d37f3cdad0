import { adviceText } from '../advice.ts';
import { availableParallelism, hostname } from 'node:os';
import { resolve } from 'node:path';
import { Backfill as OpenBackfill } from '../backfill/backfill.ts';
import type { BackfillDefinition } from '../backfill/base/definition.ts';
import { backfillOfRun, readDefinition } from '../backfill/folders.ts';
import { readBackfillState } from '../backfill/backfill-state.ts';
import type { BackfillLog, BackfillTools } from '../backfill/base/tools.ts';
import { LifeboatError } from '../errors.ts';
import type { Journal } from '../journal/journal.ts';
import type { Instant } from '../time.ts';
import type { BackfillResult } from '../workflow/recovery/backfill-result.ts';
import { definitionOf } from './backfill-definition.ts';
import { BACKFILL_LOOK_MS, type Backfill, type BackfillState } from '../driver/fleet/backfiller.ts';

export interface LocalBackfillOptions {
  /** Opened with the run's lease. */
  readonly journal: Pick<Journal, 'record' | 'value' | 'putValue'>;
  /** Folder of the run. */
  readonly directory: string;
  readonly log: BackfillLog;
  now(): Instant;
}

type Ended = Exclude<BackfillState, { readonly kind: 'running' }> | { readonly kind: 'paused' };

/** The backfill of a real run: sends requests, in the background of the driver. Undefined if the run has none. */
export function localBackfill(options: LocalBackfillOptions): Backfill | undefined {
  const { record } = options.journal;
  const { backfill: spec } = record;
  return spec === undefined ? undefined : new LocalBackfill(options, definitionOf(record, spec));
}

class LocalBackfill implements Backfill {
  readonly #options: LocalBackfillOptions;
  readonly #definition: BackfillDefinition;
  #pause = new AbortController();
  #work: Promise<void> | undefined;
  #ended: Ended | undefined;
  #soFar: BackfillResult | undefined;
  #hasLookedBack = false;

  constructor(options: LocalBackfillOptions, definition: BackfillDefinition) {
    this.#options = options;
    this.#definition = definition;
  }

  async tend(at: Instant): Promise<BackfillState> {
    const ended = this.#ended;
    if (ended !== undefined && ended.kind !== 'paused') {
      // Called again after an operator has resumed the run: a stuck backfill retries.
      if (ended.kind === 'stuck') this.#ended = undefined;
      return ended;
    }
    if (this.#work === undefined) {
      this.#ended = undefined;
      this.#pause = new AbortController();
      this.#work = this.#run(this.#pause.signal).finally(() => (this.#work = undefined));
    }
    return { kind: 'running', wakeAt: at + BACKFILL_LOOK_MS };
  }

  async stop(): Promise<BackfillResult | undefined> {
    this.#pause.abort();
    await this.#work;
    this.#soFar ??= await this.#earlier();
    return this.#soFar;
  }

  /** The progress of a process that died, for a run that is given up before its backfill continues. */
  async #earlier(): Promise<BackfillResult | undefined> {
    if (this.#hasLookedBack) return undefined;
    this.#hasLookedBack = true;
    const { directory, now, log } = this.#options;
    try {
      return (await readBackfillState(backfillOfRun(directory), now()))?.result;
    } catch (error) {
      // A failure must not end the run: it could then not even be given up.
      log.warn({ error }, 'the progress of the backfill cannot be read');
      return undefined;
    }
  }

  async #run(pause: AbortSignal): Promise<void> {
    // Whatever the outcome, the ledger on disk has the progress.
    this.#soFar = undefined;
    this.#hasLookedBack = false;
    try {
      const folder = resolve(backfillOfRun(this.#options.directory));
      const { journal } = this.#options;
      await refuseLostLedger(journal, folder);
      const opened = await OpenBackfill.open(folder, this.#definition, this.#tools());
      try {
        await noteLedger(journal, folder);
        await opened.scan(pause);
        const end = this.#definition.spec.replay === undefined ? 'completed' : await opened.replay(pause);
        this.#soFar = opened.result();
        this.#ended = end === 'completed' ? { kind: 'over', result: this.#soFar } : { kind: 'paused' };
      } finally {
        await opened.close();
      }
    } catch (error) {
      this.#ended = pause.aborted ? { kind: 'paused' } : { kind: 'stuck', message: this.#messageOf(error) };
    }
  }

  /** The recovery itself is over: a failure here is reported to the operator, and must not end the run. */
  #messageOf(error: unknown): string {
    this.#options.log.warn({ error }, 'the backfill cannot go on');
    if (error instanceof LifeboatError) return `${error.message} ${adviceText(error.next)}`;
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }

  #tools(): BackfillTools {
    const { log, now, journal } = this.#options;
    return {
      env: process.env,
      log,
      now,
      threads: Math.min(2, availableParallelism()),
      region: journal.record.plan.region,
    };
  }
}

/** Name of the value that says where the ledger of a run's backfill is. */
const LEDGER_KEY = 'ledger';

type LedgerJournal = LocalBackfillOptions['journal'];

/**
 * The journal of a run in the cloud is reached from any machine, the ledger of its backfill is not: without it, every request would be sent again.
 *
 * @throws LifeboatError `RUN_NOT_POSSIBLE` where the ledger of a backfill that has begun is missing
 */
async function refuseLostLedger(journal: LedgerJournal, folder: string): Promise<void> {
  const known = await journal.value(LEDGER_KEY);
  if (known === undefined || readDefinition(folder) !== undefined) return;
  const { host, folder: place } = known as unknown as LedgerPlace;
  throw new LifeboatError(
    'RUN_NOT_POSSIBLE',
    `The backfill of ${journal.record.runId} was begun on ${host}, and its ledger is there, in ${place}. Without it, requests would be sent again.`,
    `Continue on ${host}, or copy that folder to ${folder} on ${hostname()}; then resume.`,
  );
}

interface LedgerPlace {
  readonly host: string;
  readonly folder: string;
}

/** Before the first request is sent: from now on the folder belongs to the run. */
async function noteLedger(journal: LedgerJournal, folder: string): Promise<void> {
  const known = (await journal.value(LEDGER_KEY)) as unknown as LedgerPlace | undefined;
  const host = hostname();
  if (known?.host !== host || known.folder !== folder) await journal.putValue(LEDGER_KEY, { host, folder });
}
