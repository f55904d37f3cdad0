import { LifeboatError } from '../../errors.ts';
import { MINUTE_MS } from '../../time.ts';
import type { Json, TimelineEntry } from '../../workflow/base/decision.ts';
import { lateWrite, overtaken, withoutLease } from '../conflicts.ts';
import { refuseForeignRows } from '../foreign-journal.ts';
import type {
  ApiCallCount,
  Commit,
  Journal,
  JournalState,
  RunRecord,
  Signal,
  StoredAggregate,
} from '../journal.ts';
import type { Holder } from '../lease.ts';
import type { Bodies } from './bodies.ts';
import { CallCounts } from './call-counts.ts';
import { Checkpoint } from './checkpoint.ts';
import type { DynamoHeld } from './dynamo-lease.ts';
import { placeIn } from './failures.ts';
import { Log, type LogRow } from './log.ts';
import type { Count } from './counts.ts';
import type { Rows, StoreClock } from './rows.ts';
import { PlannedSpecs, RunState, type Entry, type Standing } from './run-state.ts';
import { Signals } from './signals.ts';
import { TimelineReader } from './timeline-reader.ts';

/** ? Kept in memory for so long at the most, ms. */
const LONGEST_KEPT_MS = MINUTE_MS;

export interface DynamoJournalParts {
  readonly rows: Rows;
  readonly bodies: Bodies;
  readonly record: RunRecord;
  readonly held: DynamoHeld | undefined;
  readonly clock: StoreClock;
  readonly holder: () => Promise<Holder>;
  /** What an earlier journal of this process has read: only what was appended since is read again. */
  readonly memory?: Memory | undefined;
  /** A signal has been written. */
  readonly onSignal: () => Promise<void>;
  readonly onClose: (memory: Memory) => void;
}

/** What the log comes to as far as it was read, and its last checkpoint. */
export interface Memory {
  readonly state: RunState;
  readonly checkpoint: Checkpoint;
}

/** {@link Journal} as a log of whole commits, with checkpoints behind it. */
export class DynamoJournal implements Journal {
  readonly record: RunRecord;
  readonly #parts: DynamoJournalParts;
  readonly #log: Log;
  readonly #timeline: TimelineReader;
  readonly #signals: Signals;
  readonly #counts: CallCounts;
  readonly #checkpoint: Checkpoint;
  readonly #specs: PlannedSpecs;
  readonly #state: RunState;
  #isLoaded = false;
  #isClosed = false;
  /** Rows of the log and of the inbox that this object wrote, and the last ones it has seen: for {@link changes}. */
  #own = 0;
  #seen: { readonly log: number; readonly signal: number } | undefined;
  /** What a killed process may lose, and since when it is kept in memory only. */
  #kept: { readonly since: number; readonly memo: Readonly<Record<string, Json>> } | undefined;
  /** One after the other: notices are kept while the driver commits. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: DynamoJournalParts) {
    const { rows, bodies, record, memory } = parts;
    this.record = record;
    this.#parts = parts;
    this.#log = new Log(rows, bodies, record.runId);
    this.#timeline = new TimelineReader(this.#log);
    this.#signals = new Signals(rows, record.runId);
    this.#counts = new CallCounts(rows, record.runId);
    this.#checkpoint = memory?.checkpoint ?? new Checkpoint(bodies, record.runId);
    this.#specs = new PlannedSpecs(record);
    this.#state = memory?.state ?? new RunState(record.runId);
  }

  async isOurs(): Promise<boolean> {
    return (await this.#parts.held?.isOurs()) ?? false;
  }

  async assertOurs(): Promise<void> {
    this.#requireLease();
    if (!(await this.isOurs())) throw await this.#overtaken();
  }

  async load(): Promise<JournalState> {
    await this.#inTurn(() => this.#catchUp());
    const { aggregates, ...rest } = this.#state.journalState();
    const whole = aggregates.map((row) => ({ ...row, snapshot: this.#specs.with(row.id, row.snapshot) }));
    const memo = { ...(rest.memo as object | undefined), ...this.#kept?.memo };
    return { aggregates: whole, ...rest, ...(Object.keys(memo).length > 0 && { memo }) };
  }

  async commit({ decisions, memo, heard, mayBeLost }: Commit): Promise<void> {
    if (decisions.length === 0 && memo === undefined && heard === undefined) return;
    if (mayBeLost === true && memo !== undefined && decisions.length === 0 && heard === undefined)
      return this.#keep(memo);
    await this.#append(
      { ...(decisions.length > 0 && { decisions }), ...(memo !== undefined && { memo }) },
      heard === undefined ? {} : { heard },
    );
  }

  async putValue(name: string, value: Json): Promise<void> {
    await this.#append({ values: { [name]: value } });
  }

  async value(name: string): Promise<Json | undefined> {
    await this.#inTurn(() => this.#catchUp());
    return this.#state.value(name);
  }

  countCall(operation: string): Promise<void> {
    return this.#count(operation, { total: 1, throttled: 0 });
  }

  countThrottle(operation: string): Promise<void> {
    return this.#count(operation, { total: 0, throttled: 1 });
  }

  async apiCalls(): Promise<readonly ApiCallCount[]> {
    await this.#inTurn(() => this.#catchUp());
    return this.#counts.all(this.#state.calls);
  }

  async changes(): Promise<number> {
    const seen = this.#seen ?? { log: (await this.#log.last()).n, signal: 0 };
    const log = await this.#log.lastAfter(Math.max(seen.log, this.#state.n));
    this.#seen = { log, signal: await this.#signals.lastAfter(seen.signal) };
    return log + this.#seen.signal - this.#own;
  }

  async signal(signal: Omit<Signal, 'id'>): Promise<void> {
    await this.#signals.add(signal);
    this.#own += 1;
    await this.#parts.onSignal();
  }

  /** The driver knows what it has heard: it reads only the inbox. */
  async pendingSignals(): Promise<readonly Signal[]> {
    if (this.#parts.held === undefined || !this.#isLoaded) await this.#inTurn(() => this.#catchUp());
    return this.#signals.after(this.#state.standing.heard);
  }

  timeline(from = 0): Promise<readonly TimelineEntry[]> {
    return this.#timeline.after(from);
  }

  async history(): ReturnType<Journal['history']> {
    const history: Awaited<ReturnType<Journal['history']>>[number][] = [];
    for await (const { entry } of this.#log.from(1))
      for (const { at, aggregate, event } of entry.decisions ?? []) history.push({ at, aggregate, event });
    return history;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    await this.#turn;
    if (this.#parts.held !== undefined) await this.#leave(this.#parts.held);
    this.#isClosed = true;
    if (this.#isLoaded) this.#parts.onClose({ state: this.#state, checkpoint: this.#checkpoint });
  }

  /** What a killed process may lose is written with the next row of the log, or alone after a while. */
  async #keep(memo: Readonly<Record<string, Json>>): Promise<void> {
    this.#requireLease();
    const since = this.#kept?.since ?? this.#parts.clock.monotonic();
    this.#kept = { since, memo: { ...this.#kept?.memo, ...memo } };
    if (this.#parts.clock.monotonic() - since >= LONGEST_KEPT_MS) await this.#append({});
  }

  /** The last row of this driver releases its lease, too. What it only kept in mind is lost if it cannot be written now. */
  async #leave(held: DynamoHeld): Promise<void> {
    try {
      if (this.#kept === undefined && !this.#counts.hasWaiting) return;
      await this.#append({}, { hasLeft: true });
      held.left();
    } catch (error) {
      if (!(error instanceof LifeboatError)) throw error;
    } finally {
      await held.release();
    }
  }

  async #append(whole: Entry, { heard = 0, hasLeft = false }: Partial<Standing> = {}): Promise<void> {
    const { epoch } = this.#requireLease();
    const { decisions = [] } = whole;
    const lean = decisions.map((each) => ({
      ...each,
      snapshot: this.#specs.without(each.aggregate, each.snapshot),
    }));
    const entry = decisions.length === 0 ? whole : { ...whole, decisions: lean };
    const told = lean.reduce((sum, { timeline }) => sum + timeline.length, 0);
    await this.#inTurn(() => this.#appendWaiting(entry, { epoch, heard, told, hasLeft }));
  }

  /** With what waits for the next row. */
  async #appendWaiting(entry: Entry, standing: Standing): Promise<void> {
    const [kept, calls] = [this.#kept, this.#counts.take()];
    const memo = { ...kept?.memo, ...entry.memo };
    const whole = { ...entry, ...(Object.keys(memo).length > 0 && { memo }), ...(calls && { calls }) };
    // Of several calls that found too many reads waiting, the first has written them all.
    if (Object.keys(whole).length === 0 && standing.heard === 0 && !standing.hasLeft) return;
    try {
      await this.#appendNow(whole, standing);
      if (this.#kept === kept) this.#kept = undefined;
    } catch (error) {
      if (calls !== undefined) this.#counts.giveBack(calls);
      throw error;
    }
  }

  /** One conditional put is commit, history, timeline and fence. */
  async #appendNow(entry: Entry, { epoch, heard, told, hasLeft }: Standing): Promise<void> {
    if (!this.#isLoaded) await this.#catchUp();
    for (;;) {
      const before = this.#state.standing;
      // The first row of a driver that took over may have been read here before this one wrote anything.
      if (before.epoch > epoch) throw await this.#overtaken();
      const standing = { epoch, heard: Math.max(before.heard, heard), told: before.told + told, hasLeft };
      const count = this.#state.stage(entry, standing);
      const appended = await this.#log.append(this.#state.n + 1, standing, entry);
      if (appended.isWritten) {
        count();
        this.#own += 1;
        this.#checkpoint.grow(appended.bytes);
        if (heard > before.heard) await this.#signals.forget(before.heard, heard);
        return this.#checkpoint.keepIfDue(this.#state);
      }
      const { present } = appended;
      if (present.standing.epoch > epoch) throw await this.#overtaken();
      if (present.standing.epoch < epoch) throw lateWrite(this.record.runId);
      // An append that this driver gave up after its answer was lost: it has happened.
      this.#add(present);
      this.#own += 1;
    }
  }

  async #catchUp(): Promise<void> {
    if (this.#state.n === 0) await this.#checkpoint.recall(this.#state, (rows) => this.#refuseForeign(rows));
    for await (const row of this.#log.from(this.#state.n + 1)) this.#add(row);
    this.#isLoaded = true;
  }

  #add({ entry, standing, bytes }: LogRow): void {
    this.#refuseForeign(entry.decisions?.map(({ aggregate: id, ...rest }) => ({ id, ...rest })) ?? []);
    this.#state.stage(entry, standing)();
    this.#checkpoint.grow(bytes);
  }

  /** Rows of another run are never part of this one's state. */
  #refuseForeign(rows: readonly StoredAggregate[]): void {
    refuseForeignRows(placeIn(this.#parts.rows.table, this.record.runId), this.record, rows);
  }

  async #count(operation: string, count: Count): Promise<void> {
    this.#requireLease();
    await this.#counts.add(operation, count);
    if (this.#counts.isDue) await this.#append({});
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  #requireLease(): DynamoHeld {
    if (this.#parts.held === undefined || this.#isClosed) throw withoutLease();
    return this.#parts.held;
  }

  async #overtaken(): Promise<LifeboatError> {
    return overtaken(this.record.runId, (await this.#parts.holder()).last);
  }
}
