import type { Journal, RunRecord } from '../journal.ts';
import type { Held, Holder, Lease, Refused } from '../lease.ts';
import type { Baseline, CheckedWorld, RunDraft, RunHead, RunStore } from '../run-store.ts';
import { baselineFile, readBaseline, saveBaseline } from './baselines.ts';
import { newRun, restoredRun } from './new-run.ts';
import { createSqliteJournal, openSqliteJournal, readHolder } from './open-journal.ts';
import { runDirectory } from './run-folders.ts';
import { findRun, listRuns } from './runs.ts';
import type { SqliteJournal } from './sqlite-journal.ts';
import type { Pulse } from './takeover.ts';

/** Adds files that the host needs to the folder of a run, before the run becomes visible. */
export type PrepareFolder = (folder: string, record: RunRecord) => Promise<void>;

/** {@link RunStore} and {@link Lease} in a state directory: a folder a run, a SQLite database in it, and locks of the operating system. */
export class LocalStore implements RunStore, Lease {
  readonly #state: string;
  readonly #pulse: Pulse | undefined;

  constructor(state: string, pulse?: Pulse) {
    this.#state = state;
    this.#pulse = pulse;
  }

  async create(draft: RunDraft, prepare?: PrepareFolder): Promise<RunRecord> {
    const fill = async (folder: string, runId: string): Promise<void> => {
      const record = draft.record(runId);
      await prepare?.(folder, record);
      await (await createSqliteJournal({ directory: folder, record })).close();
    };
    const { runbook, at, runId, isShared } = draft;
    const placed =
      runId === undefined
        ? await newRun(this.#state, runbook, at, fill, { isShared })
        : await restoredRun(this.#state, runId, fill);
    return draft.record(placed.runId);
  }

  async find(runId?: string): Promise<RunRecord> {
    const { record, problem } = findRun(this.#state, runId);
    if (record === undefined) throw problem;
    return record;
  }

  async *list(runbook?: string): AsyncIterable<RunHead> {
    yield* listRuns(this.#state, runbook);
  }

  async open(runId: string, held?: Held): Promise<Journal> {
    if (held !== undefined) return (held as LocalHeld).journal;
    const directory = this.folder(runId);
    const inbox: Journal['signal'] = async (signal) => {
      const journal = await openSqliteJournal(directory);
      await journal.signal(signal).finally(() => journal.close());
    };
    return openSqliteJournal(directory, { readOnly: true, inbox });
  }

  async acquire(runId: string, takeOver = false): Promise<Held | Refused> {
    const pulse = this.#pulse;
    const journal = await openSqliteJournal(this.folder(runId), pulse && { pulse });
    try {
      const acquired = await journal.tryAcquire(takeOver);
      if ('epoch' in acquired) return new LocalHeld(runId, journal, acquired);
      await journal.close();
      return acquired;
    } catch (error) {
      await journal.close();
      throw error;
    }
  }

  async holder(runId: string): Promise<Holder> {
    return readHolder(this.folder(runId));
  }

  async baseline(runbook: string, world: CheckedWorld): Promise<Baseline | undefined> {
    const text = readBaseline(this.#state, runbook, world);
    return text === undefined ? undefined : { text, place: baselineFile(this.#state, runbook, world) };
  }

  async keepBaseline(runbook: string, world: CheckedWorld, text: string): Promise<string> {
    return saveBaseline(this.#state, runbook, world, text);
  }

  /** Folder for files of a run's host. Refuses an invalid run id. */
  folder(runId: string): string {
    return runDirectory(this.#state, runId);
  }
}

/** Lease and journal share one connection: heartbeats on another connection would look like writes of another process. */
class LocalHeld implements Held {
  readonly runId: string;
  readonly epoch: number;
  readonly tookOver?: NonNullable<Held['tookOver']>;
  readonly journal: SqliteJournal;

  constructor(runId: string, journal: SqliteJournal, { epoch, tookOver }: Pick<Held, 'epoch' | 'tookOver'>) {
    this.runId = runId;
    this.epoch = epoch;
    if (tookOver !== undefined) this.tookOver = tookOver;
    this.journal = journal;
  }

  renew(): Promise<boolean> {
    return this.journal.beat();
  }

  isOurs(): Promise<boolean> {
    return this.journal.isOurs();
  }

  release(): Promise<void> {
    return this.journal.close();
  }
}
