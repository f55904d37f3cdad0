import type { LifeboatError } from '../../errors.ts';
import type { Json, TimelineEntry } from '../../workflow/base/decision.ts';
import { overtaken, withoutLease } from '../conflicts.ts';
import { refuseForeignRows } from '../foreign-journal.ts';
import type { ApiCallCount, Commit, Journal, JournalState, RunRecord, Signal } from '../journal.ts';
import type { Held, Holder } from '../lease.ts';
import type { Bodies } from './bodies.ts';
import { Checkpoint } from './checkpoint.ts';
import { placeIn } from './failures.ts';
import { Log, runPartition, type LogRow } from './log.ts';
import type { Rows } from './rows.ts';
import { PlannedSpecs, RunState, type Entry, type Standing } from './run-state.ts';
import { Signals } from './signals.ts';
import { Tally } from './tally.ts';

const COUNT = 'COUNT#';

export interface DynamoJournalParts {
  readonly rows: Rows;
  readonly bodies: Bodies;
  readonly record: RunRecord;
  readonly held: Held | undefined;
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
  readonly #signals: Signals;
  readonly #checkpoint: Checkpoint;
  readonly #specs: PlannedSpecs;
  readonly #state: RunState;
  readonly #tallies = new Map<string, Tally>();
  #isLoaded = false;
  /** Rows of the log and of the inbox that this object wrote, and the last ones it has seen: for {@link changes}. */
  #own = 0;
  #seen: { readonly log: number; readonly signal: number } | undefined;
  /** Where the timeline was read to: a reader that follows it reads what is new. */
  #told = { n: 0, told: 0 };
  /** One after the other: notices are kept while the driver commits. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: DynamoJournalParts) {
    const { rows, bodies, record, memory } = parts;
    this.record = record;
    this.#parts = parts;
    this.#log = new Log(rows, bodies, record.runId);
    this.#signals = new Signals(rows, record.runId);
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
    const place = placeIn(this.#parts.rows.table, this.record.runId);
    refuseForeignRows(place, this.record, whole);
    return { aggregates: whole, ...rest };
  }

  async commit({ decisions, memo, heard }: Commit): Promise<void> {
    if (decisions.length === 0 && memo === undefined && heard === undefined) return;
    await this.#append(
      { ...(decisions.length > 0 && { decisions }), ...(memo !== undefined && { memo }) },
      heard,
    );
  }

  async putValue(name: string, value: Json): Promise<void> {
    await this.#append({ facts: { [name]: value } });
  }

  async value(name: string): Promise<Json | undefined> {
    await this.#inTurn(() => this.#catchUp());
    return this.#state.fact(name);
  }

  countCall(operation: string): Promise<void> {
    return this.#count(operation, { total: 1, throttled: 0 });
  }

  countThrottle(operation: string): Promise<void> {
    return this.#count(operation, { total: 0, throttled: 1 });
  }

  async apiCalls(): Promise<readonly ApiCallCount[]> {
    const counts: ApiCallCount[] = [];
    const all = { from: COUNT, to: `${COUNT}~` };
    for await (const { sk, total, throttled } of this.#parts.rows.query(this.#pk, all))
      counts.push({
        operation: sk.slice(COUNT.length),
        total: Number(total),
        throttled: Number(throttled),
      });
    return counts;
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

  async timeline(from = 0): Promise<readonly TimelineEntry[]> {
    const { n, told } = this.#told;
    const isNext = n === 0 ? from === 0 : from >= told;
    return isNext ? this.#timelineSince(n, from - told) : this.#endOfTimeline(from);
  }

  async history(): ReturnType<Journal['history']> {
    const history: Awaited<ReturnType<Journal['history']>>[number][] = [];
    for await (const { entry } of this.#log.from(1))
      for (const { at, aggregate, event } of entry.decisions ?? []) history.push({ at, aggregate, event });
    return history;
  }

  async close(): Promise<void> {
    await this.#parts.held?.release();
    if (this.#isLoaded) this.#parts.onClose({ state: this.#state, checkpoint: this.#checkpoint });
  }

  async #append(whole: Entry, heard = 0): Promise<void> {
    const { epoch } = this.#requireLease();
    const { decisions = [] } = whole;
    const lean = decisions.map((each) => ({
      ...each,
      snapshot: this.#specs.without(each.aggregate, each.snapshot),
    }));
    const entry = decisions.length === 0 ? whole : { ...whole, decisions: lean };
    const told = lean.reduce((sum, { timeline }) => sum + timeline.length, 0);
    await this.#inTurn(() => this.#appendNow(entry, { epoch, heard, told }));
  }

  /** One conditional put is commit, history, timeline and fence. */
  async #appendNow(entry: Entry, { epoch, heard, told }: Standing): Promise<void> {
    if (!this.#isLoaded) await this.#catchUp();
    for (;;) {
      const before = this.#state.standing;
      // Another driver's first row may have been read here before this driver wrote anything.
      if (before.epoch !== epoch) throw await this.#overtaken();
      const standing = { epoch, heard: Math.max(before.heard, heard), told: before.told + told };
      const count = this.#state.stage(entry, standing);
      const appended = await this.#log.append(this.#state.n + 1, standing, entry);
      if (appended.isWritten) {
        count();
        this.#own += 1;
        this.#checkpoint.grow(appended.bytes);
        return this.#checkpoint.keepIfDue(this.#state);
      }
      const { present } = appended;
      if (present.standing.epoch !== epoch) throw await this.#overtaken();
      // An append that this driver gave up after its answer was lost: it has happened.
      this.#add(present);
      this.#own += 1;
    }
  }

  async #catchUp(): Promise<void> {
    if (this.#state.n === 0) await this.#checkpoint.recall(this.#state);
    for await (const row of this.#log.from(this.#state.n + 1)) this.#add(row);
    this.#isLoaded = true;
  }

  #add({ entry, standing, bytes }: LogRow): void {
    this.#state.stage(entry, standing)();
    this.#checkpoint.grow(bytes);
  }

  async #timelineSince(row: number, skipped: number): Promise<readonly TimelineEntry[]> {
    const entries: TimelineEntry[] = [];
    for await (const { n, standing, entry } of this.#log.from(row + 1)) {
      entries.push(...timelineIn(entry));
      this.#told = { n, told: standing.told };
    }
    return entries.slice(skipped);
  }

  async #endOfTimeline(from: number): Promise<readonly TimelineEntry[]> {
    const parts: (readonly TimelineEntry[])[] = [];
    let skipped = from;
    let last: LogRow | undefined;
    for await (const row of this.#log.backward()) {
      last ??= row;
      skipped = from - row.standing.told;
      if (skipped >= 0) break;
      parts.unshift(timelineIn(row.entry));
      skipped = from;
    }
    if (last !== undefined) this.#told = { n: last.n, told: last.standing.told };
    return parts.flat().slice(skipped);
  }

  async #count(operation: string, count: { readonly total: number; readonly throttled: number }) {
    this.#requireLease();
    const key = { pk: this.#pk, sk: `${COUNT}${operation}` };
    const tally =
      this.#tallies.get(operation) ??
      new Tally(async (add) => void (await this.#parts.rows.update(key, { add: { ...add } })));
    this.#tallies.set(operation, tally);
    await tally.add(count);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  #requireLease(): Held {
    if (this.#parts.held === undefined) throw withoutLease();
    return this.#parts.held;
  }

  async #overtaken(): Promise<LifeboatError> {
    return overtaken(this.record.runId, (await this.#parts.holder()).last);
  }

  get #pk(): string {
    return runPartition(this.record.runId);
  }
}

function timelineIn({ decisions = [] }: Entry): readonly TimelineEntry[] {
  return decisions.flatMap(({ timeline }) => timeline);
}
