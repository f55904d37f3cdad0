import { hostname } from 'node:os';
import { LifeboatError } from '../errors.ts';
import { formatInstant } from '../time.ts';
import type { Instant } from '../time.ts';
import type { Decision, Json, TimelineEntry } from '../workflow/decision.ts';
import type { AggregateId } from '../workflow/effects.ts';
import type { JournalDatabase } from './database.ts';
import { damaged } from './failures.ts';
import type { ApiCallCount, Journal, JournalState, RunRecord, Signal } from './journal.ts';
import type { DriverLock } from './lock.ts';
import { checkSeal, DecisionWriter, readState } from './rows.ts';
import { parseColumn, readRun } from './tables.ts';

const COUNT =
  'INSERT INTO api_call (operation, total, throttled) SELECT ?, ?, ? WHERE (SELECT epoch FROM driver) = ? ' +
  'ON CONFLICT (operation) DO UPDATE SET total = total + excluded.total, throttled = throttled + excluded.throttled';

const RAISE = 'UPDATE driver SET epoch = epoch + 1, pid = ?, host = ?, since = ? RETURNING epoch';
const CONSUME =
  'UPDATE signal SET consumed = 1 WHERE id <= ? AND consumed = 0 AND (SELECT epoch FROM driver) = ?';

/** The process that drives a run. */
export interface Driver {
  readonly pid: number;
  readonly host: string;
  readonly since: Instant;
}

/** {@link Journal} in one SQLite database. Made by the functions of sqlite.ts, on tables that were checked. */
export class SqliteJournal implements Journal {
  readonly record: RunRecord;
  readonly #database: JournalDatabase;
  readonly #lock: DriverLock;
  /** Present while this object drives. */
  #writer: DecisionWriter | undefined;
  /** Id of the newest signal that was handed out since the last commit. */
  #takenSignal = 0;

  constructor(database: JournalDatabase, lock: DriverLock) {
    this.record = readRun(database).record;
    this.#database = database;
    this.#lock = lock;
  }

  /** Once more on the same object is a new driver in this process: it begins from what is written. */
  async acquire(): Promise<{ readonly epoch: number }> {
    if (!this.#lock.take()) throw isDriven(this.record.runId, readDriverRow(this.#database));
    try {
      const epoch = this.#raiseEpoch();
      this.#writer = new DecisionWriter(this.#database, epoch, {
        overtaken: () => this.#overtaken(),
        outOfSequence: (decision, stored) => this.#outOfSequence(decision, stored),
      });
    } catch (error) {
      this.#writer = undefined;
      this.#lock.release();
      throw error;
    }
    this.#takenSignal = 0;
    return { epoch: this.#writer.epoch };
  }

  async load(): Promise<JournalState> {
    return readState(this.#database);
  }

  async commit(decisions: readonly Decision[]): Promise<void> {
    const writer = this.#ownWriter();
    if (decisions.length === 0 && this.#takenSignal === 0) return;
    const remember = this.#database.transaction(() => {
      const written = writer.write(decisions);
      this.#consumeSignals(writer.epoch);
      return written;
    });
    remember();
    this.#takenSignal = 0;
  }

  async countCall(operation: string): Promise<void> {
    this.#count(operation, 1, 0);
  }

  async countThrottle(operation: string): Promise<void> {
    this.#count(operation, 0, 1);
  }

  async apiCalls(): Promise<readonly ApiCallCount[]> {
    const rows = this.#database.all('SELECT operation, total, throttled FROM api_call ORDER BY operation');
    return rows.map((row) => ({
      operation: String(row['operation']),
      total: Number(row['total']),
      throttled: Number(row['throttled']),
    }));
  }

  async signal(signal: Omit<Signal, 'id'>): Promise<void> {
    const { at, kind, by, reason } = signal;
    this.#database.run(
      'INSERT INTO signal (at, kind, by, reason) VALUES (?, ?, ?, ?)',
      at,
      kind,
      by,
      reason ?? null,
    );
  }

  async takeSignals(): Promise<readonly Signal[]> {
    this.#ownWriter();
    const signals = await this.pendingSignals();
    this.#takenSignal = signals.at(-1)?.id ?? this.#takenSignal;
    return signals;
  }

  async pendingSignals(): Promise<readonly Signal[]> {
    const rows = this.#database.all(
      'SELECT id, at, kind, by, reason FROM signal WHERE consumed = 0 ORDER BY id',
    );
    return rows.map((row) => ({
      id: Number(row['id']),
      at: Number(row['at']),
      kind: row['kind'] as Signal['kind'],
      by: String(row['by']),
      ...(row['reason'] === null ? {} : { reason: String(row['reason']) }),
    }));
  }

  async timeline(from = 0): Promise<readonly TimelineEntry[]> {
    const rows = this.#database.all(
      'SELECT number, at, kind, message, seal FROM timeline WHERE number > ? ORDER BY number',
      from,
    );
    return rows.map((row) => {
      checkSeal(
        this.#database.file,
        row,
        ['at', 'kind', 'message'],
        `timeline entry ${String(row['number'])}`,
      );
      return { at: Number(row['at']), kind: String(row['kind']), message: String(row['message']) };
    });
  }

  async history(): Promise<
    readonly { readonly at: Instant; readonly aggregate: AggregateId; readonly event: Json }[]
  > {
    const { file } = this.#database;
    const rows = this.#database.all(
      'SELECT history.number, history.at, history.aggregate, history.event, history.seal, aggregate.id FROM history ' +
        'LEFT JOIN aggregate ON aggregate.number = history.aggregate ORDER BY history.number',
    );
    return rows.map((row) => {
      const name = `decision ${String(row['number'])}`;
      checkSeal(file, row, ['at', 'aggregate', 'event'], name);
      if (row['id'] === null) throw damaged(file, `${name} belongs to nothing`);
      return {
        at: Number(row['at']),
        aggregate: String(row['id']),
        event: parseColumn<Json>(row['event'], file, 'history'),
      };
    });
  }

  async close(): Promise<void> {
    this.#writer = undefined;
    try {
      this.#database.close();
    } finally {
      this.#lock.release();
    }
  }

  #count(operation: string, total: number, throttled: number): void {
    const { epoch } = this.#ownWriter();
    const { changes } = this.#database.withoutSync(() =>
      this.#database.run(COUNT, operation, total, throttled, epoch),
    );
    if (changes === 0) throw this.#overtaken();
  }

  #raiseEpoch(): number {
    return this.#database.transaction(() => {
      const row = this.#database.first(RAISE, process.pid, hostname(), Date.now());
      return Number(row?.['epoch']);
    });
  }

  #consumeSignals(epoch: number): void {
    if (this.#takenSignal === 0) return;
    const { changes } = this.#database.run(CONSUME, this.#takenSignal, epoch);
    if (changes === 0) throw this.#overtaken();
  }

  #ownWriter(): DecisionWriter {
    if (this.#writer === undefined) {
      throw new Error('acquire() comes before anything that only a driver may do');
    }
    return this.#writer;
  }

  #overtaken(): LifeboatError {
    const driver = readDriverRow(this.#database);
    const by = driver === undefined ? 'Another process' : `Process ${driver.pid} on ${driver.host}`;
    return new LifeboatError(
      'JOURNAL_CONFLICT',
      `${by} took over run '${this.record.runId}': this one may not go on.`,
      `Follow it with lifeboat status ${this.record.runId}.`,
    );
  }

  #outOfSequence({ aggregate, sequence }: Decision, stored: number): LifeboatError {
    return new LifeboatError(
      'JOURNAL_CONFLICT',
      `Decision ${sequence} of ${aggregate} does not follow the last one written, ${stored}.`,
      `Continue from what is written: lifeboat resume ${this.record.runId}.`,
    );
  }
}

/** Who drove last; whether it still lives is for the lock to say. */
export function readDriverRow(database: JournalDatabase): Driver | undefined {
  const row = database.first('SELECT pid, host, since FROM driver WHERE pid IS NOT NULL');
  if (row === undefined) return undefined;
  return { pid: Number(row['pid']), host: String(row['host']), since: Number(row['since']) };
}

function isDriven(runId: string, driver: Driver | undefined): LifeboatError {
  const by =
    driver === undefined
      ? 'another process'
      : `process ${driver.pid} on ${driver.host} since ${formatInstant(driver.since)}`;
  return new LifeboatError(
    'RUN_IS_DRIVEN',
    `Run '${runId}' is driven by ${by}.`,
    `Follow it with lifeboat status ${runId}, or stop that process first.`,
  );
}
