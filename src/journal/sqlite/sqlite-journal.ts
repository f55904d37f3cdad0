import { readTimeline } from './timeline-rows.ts';
import type { AggregateId } from '../../workflow/base/aggregate-id.ts';
import type { LifeboatError } from '../../errors.ts';
import type { Instant } from '../../time.ts';
import type { Decision, Json, TimelineEntry } from '../../workflow/base/decision.ts';
import { refuseForeignRows } from '../foreign-journal.ts';
import type { SqliteDatabase } from '../../storage/sqlite-database.ts';
import { beat, isEpoch, readDriverRow } from './driver-row.ts';
import { putValue, keepMemo, readValue, readMemo } from './value-rows.ts';
import { damaged } from './journal-failures.ts';
import { Heartbeat } from '../heartbeat.ts';
import { outOfSequence, overtaken, withoutLease } from '../conflicts.ts';
import type { ApiCallCount, Commit, Journal, JournalState, RunRecord, Signal, SignalId } from '../journal.ts';
import { isDriven, type Refused } from '../lease.ts';
import type { FileLock } from '../../storage/file-lock.ts';
import { checkSeal, DecisionWriter, readState } from './decision-rows.ts';
import { addSignal, consumeSignals, readPendingSignals } from './signal-rows.ts';
import { parseColumn, readRun } from './tables.ts';
import { PULSE, standsInTheWay, succeed } from './takeover.ts';
import type { Acquisition, Pulse } from './takeover.ts';

const COUNT =
  'INSERT INTO api_call (operation, total, throttled) SELECT ?, ?, ? WHERE (SELECT epoch FROM driver) = ? ' +
  'ON CONFLICT (operation) DO UPDATE SET total = total + excluded.total, throttled = throttled + excluded.throttled';

export interface SqliteJournalParts {
  readonly database: SqliteDatabase;
  readonly lock: FileLock;
  readonly pulse?: Pulse | undefined;
  /** Takes signals where this connection only reads. */
  readonly inbox?: Journal['signal'] | undefined;
}

/** {@link Journal} in one SQLite database, with its lease. Created by the functions of open-journal.ts, on checked tables. */
export class SqliteJournal implements Journal {
  readonly record: RunRecord;
  readonly #database: SqliteDatabase;
  readonly #lock: FileLock;
  readonly #pulse: Pulse;
  readonly #inbox: Journal['signal'] | undefined;
  readonly #heartbeat = new Heartbeat();
  /** Present while this object drives. */
  #writer: DecisionWriter | undefined;

  constructor({ database, lock, pulse = PULSE, inbox }: SqliteJournalParts) {
    this.record = readRun(database).record;
    this.#database = database;
    this.#lock = lock;
    this.#pulse = pulse;
    this.#inbox = inbox;
  }

  /** {@link tryAcquire} for a caller that needs the lease. @throws LifeboatError `RUN_IS_DRIVEN` */
  async acquire({ takeOver = false }: { readonly takeOver?: boolean } = {}): Promise<Acquisition> {
    const acquired = await this.tryAcquire(takeOver);
    if ('epoch' in acquired) return acquired;
    throw isDriven(this.record.runId, acquired.drivenBy);
  }

  /** A second call on the same object makes a new driver in this process, which starts from the stored state. */
  async tryAcquire(takeOver: boolean): Promise<Acquisition | Refused> {
    const { runId } = this.record;
    const parts = { runId, database: this.#database, lock: this.#lock, pulse: this.#pulse };
    try {
      const acquired = await succeed(parts, takeOver);
      if ('epoch' in acquired) this.#writer = this.#newWriter(acquired.epoch);
      else this.#letGo();
      return acquired;
    } catch (error) {
      this.#letGo();
      throw error;
    }
  }

  async isOurs(): Promise<boolean> {
    return this.#writer !== undefined && isEpoch(this.#database, this.#writer.epoch);
  }

  async assertOurs(): Promise<void> {
    if (!isEpoch(this.#database, this.#ownWriter().epoch)) throw this.#overtaken();
  }

  /** One heartbeat. False once another process has taken over the run. */
  async beat(): Promise<boolean> {
    return this.#writer !== undefined && beat(this.#database, this.#writer.epoch);
  }

  async load(): Promise<JournalState> {
    const memo = readMemo(this.#database);
    const state = readState(this.#database);
    refuseForeignRows(this.#database.file, this.record, state.aggregates);
    return { ...state, ...(memo !== undefined && { memo }) };
  }

  async commit(commit: Commit): Promise<void> {
    const { decisions, memo = {}, heard, mayBeLost } = commit;
    const parts = Object.entries(memo);
    if (decisions.length === 0 && parts.length === 0 && heard === undefined) return;
    if (mayBeLost === true) this.#database.withoutSync(() => this.#commit(decisions, parts, heard));
    else this.#commit(decisions, parts, heard);
  }

  #commit(
    decisions: readonly Decision[],
    parts: readonly (readonly [string, Json])[],
    heard: SignalId | undefined,
  ): void {
    const writer = this.#ownWriter();
    const [only, ...rest] = parts;
    if (decisions.length === 0 && heard === undefined && only !== undefined && rest.length === 0) {
      // A single statement is a transaction.
      if (!keepMemo(this.#database, writer.epoch, ...only)) throw this.#overtaken();
      return;
    }
    const remember = this.#database.transaction(() => {
      // One check is enough: no other process writes before the transaction ends.
      if (!isEpoch(this.#database, writer.epoch)) throw this.#overtaken();
      const written = writer.write(decisions);
      if (heard !== undefined) consumeSignals(this.#database, heard);
      for (const [part, value] of parts) keepMemo(this.#database, writer.epoch, part, value);
      return written;
    });
    remember();
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

  async putValue(name: string, value: Json): Promise<void> {
    const { epoch } = this.#ownWriter();
    if (!putValue(this.#database, epoch, name, value)) throw this.#overtaken();
  }

  async value(name: string): Promise<Json | undefined> {
    return readValue(this.#database, name);
  }

  async changes(): Promise<number> {
    return Number(this.#database.first('PRAGMA data_version')?.['data_version']);
  }

  async signal(signal: Omit<Signal, 'id'>): Promise<void> {
    if (this.#inbox !== undefined) return this.#inbox(signal);
    try {
      addSignal(this.#database, this.record.runId, signal);
    } catch (error) {
      throw standsInTheWay(error, this.record.runId);
    }
  }

  async pendingSignals(): Promise<readonly Signal[]> {
    return readPendingSignals(this.#database, this.record.runId);
  }

  async timeline(from = 0): Promise<readonly TimelineEntry[]> {
    return readTimeline(this.#database, from);
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
    this.#heartbeat.stop();
    try {
      this.#database.close();
    } finally {
      this.#letGo();
    }
  }

  #count(operation: string, total: number, throttled: number): void {
    const { epoch } = this.#ownWriter();
    const { changes } = this.#database.withoutSync(() =>
      this.#database.run(COUNT, operation, total, throttled, epoch),
    );
    if (changes === 0) throw this.#overtaken();
  }

  #newWriter(epoch: number): DecisionWriter {
    if (this.#lock.isShared) this.#heartbeat.start(this.#pulse.everyMs, () => beat(this.#database, epoch));
    return new DecisionWriter(this.#database, epoch, (decision, stored) =>
      outOfSequence(this.record.runId, decision, stored),
    );
  }

  #letGo(): void {
    this.#heartbeat.stop();
    this.#writer = undefined;
    this.#lock.release();
  }

  #ownWriter(): DecisionWriter {
    if (this.#writer === undefined) throw withoutLease();
    return this.#writer;
  }

  #overtaken(): LifeboatError {
    return overtaken(this.record.runId, readDriverRow(this.#database).driver);
  }
}
