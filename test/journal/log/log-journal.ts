import { LifeboatError } from '../../../src/errors.ts';
import type {
  ApiCallCount,
  Commit,
  Journal,
  JournalState,
  RunRecord,
  Signal,
} from '../../../src/journal/journal.ts';
import type { Held, Holder } from '../../../src/journal/lease.ts';
import type { AggregateId } from '../../../src/workflow/base/aggregate-id.ts';
import type { Decision, Json, TimelineEntry, Timer } from '../../../src/workflow/base/decision.ts';
import type { Effect } from '../../../src/workflow/base/effects.ts';
import type { Connection } from './table.ts';

/** Commits between two checkpoints; few, so that short tests have both a checkpoint and a tail. */
const COMMITS_A_CHECKPOINT = 3;

/** A row of the log: all that one transaction writes. */
interface Entry extends Partial<Commit> {
  readonly epoch: number;
  /** The first row of a new driver: it takes the number that the old one would write next. */
  readonly isTakeover?: true;
  readonly facts?: Readonly<Record<string, Json>>;
}

type Numbered<T> = readonly [number: number, owned: T];

/** An aggregate after its latest decision, with what it owns; each with the number of the decision that asked for it. */
interface Row {
  readonly order: number;
  readonly sequence: number;
  readonly at: number;
  readonly snapshot: Json;
  readonly outbox: readonly Numbered<Effect>[];
  readonly timers: readonly Numbered<Timer>[];
}

/** What the log comes to, up to and with its row `n`. */
interface Sum {
  readonly n: number;
  readonly decided: number;
  readonly heard: number;
  readonly memo: Readonly<Record<string, Json>>;
  readonly facts: Readonly<Record<string, Json>>;
  readonly rows: ReadonlyMap<AggregateId, Row>;
}

const EMPTY: Sum = { n: 0, decided: 0, heard: 0, memo: {}, facts: {}, rows: new Map() };

const logKey = (runId: string, n: number): string => `RUN#${runId}/LOG#${String(n).padStart(9, '0')}`;
const numberOf = (key: string): number => Number(key.slice(key.lastIndexOf('#') + 1));

/** Puts a row behind the last one, whatever that is: only for a driver's first. */
export async function append(rows: Connection, runId: string, entry: Entry): Promise<void> {
  for (;;) {
    const last = (await rows.query(`RUN#${runId}/LOG#`)).at(-1)?.[0];
    const n = last === undefined ? 1 : numberOf(last) + 1;
    if (await rows.put(logKey(runId, n), JSON.stringify(entry), { absent: true })) return;
  }
}

/** {@link Journal} as a log of whole commits, with checkpoints behind it. */
export class LogJournal implements Journal {
  readonly record: RunRecord;
  readonly #rows: Connection;
  readonly #held: Held | undefined;
  readonly #holder: () => Promise<Holder>;
  #sum = EMPTY;
  #own = 0;
  /** One append after the other: notices are kept while the driver commits. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(rows: Connection, record: RunRecord, held: Held | undefined, holder: () => Promise<Holder>) {
    this.#rows = rows;
    this.record = record;
    this.#held = held;
    this.#holder = holder;
  }

  get #run(): string {
    return `RUN#${this.record.runId}`;
  }

  async isOurs(): Promise<boolean> {
    return (await this.#held?.isOurs()) ?? false;
  }

  async assertOurs(): Promise<void> {
    this.#requireLease();
    if (!(await this.isOurs())) throw await this.#overtaken();
  }

  async load(): Promise<JournalState> {
    this.#sum = await this.#read();
    const rows = [...this.#sum.rows].sort(([, one], [, other]) => one.order - other.order);
    const owned = <T>(of: (row: Row) => readonly Numbered<T>[]): Numbered<T>[] =>
      rows.flatMap(([, row]) => of(row));
    const outbox = owned((row) => row.outbox).sort(([one], [other]) => one - other);
    const timers = owned((row) => row.timers).sort(
      ([one, first], [other, second]) => first.dueAt - second.dueAt || one - other,
    );
    const { memo } = this.#sum;
    return {
      aggregates: rows.map(([id, { sequence, snapshot }]) => ({ id, sequence, snapshot })),
      outbox: outbox.map(([, effect]) => effect),
      timers: timers.map(([, timer]) => timer),
      lastAt: Math.max(0, ...rows.map(([, { at }]) => at)),
      ...(Object.keys(memo).length > 0 && { memo }),
    };
  }

  async commit(commit: Commit): Promise<void> {
    const { decisions, memo, heard } = commit;
    if (decisions.length === 0 && memo === undefined && heard === undefined) return;
    await this.#append({ epoch: this.#requireLease().epoch, ...commit });
  }

  async putValue(name: string, value: Json): Promise<void> {
    await this.#append({ epoch: this.#requireLease().epoch, facts: { [name]: value } });
  }

  async value(name: string): Promise<Json | undefined> {
    return (await this.#read()).facts[name];
  }

  async countCall(operation: string): Promise<void> {
    await this.#count(operation, 'total');
  }

  async countThrottle(operation: string): Promise<void> {
    await this.#count(operation, 'throttled');
  }

  async apiCalls(): Promise<readonly ApiCallCount[]> {
    const rows = await this.#rows.query(`${this.#run}/COUNT#`);
    return rows.map(([, text]) => JSON.parse(text) as ApiCallCount);
  }

  async changes(): Promise<number> {
    const [log, signals] = [
      await this.#rows.query(`${this.#run}/LOG#`),
      await this.#rows.query(`${this.#run}/SIGNAL#`),
    ];
    return log.length + signals.length - this.#own;
  }

  /** Numbered without a gap: a driver that has heard one has seen all before it, whatever clocks say. */
  async signal(signal: Omit<Signal, 'id'>): Promise<void> {
    for (let id = 1; ; id += 1) {
      const key = `${this.#run}/SIGNAL#${String(id).padStart(9, '0')}`;
      if (!(await this.#rows.put(key, JSON.stringify({ id, ...signal }), { absent: true }))) continue;
      this.#own += 1;
      return;
    }
  }

  async pendingSignals(): Promise<readonly Signal[]> {
    const signals = (await this.#rows.query(`${this.#run}/SIGNAL#`)).map(
      ([, text]) => JSON.parse(text) as Signal,
    );
    if (signals.length === 0) return [];
    const { heard } = await this.#read();
    return signals.filter(({ id }) => id > heard);
  }

  async timeline(from = 0): Promise<readonly TimelineEntry[]> {
    return (await this.#decisions()).flatMap(({ timeline }) => timeline).slice(from);
  }

  async history(): ReturnType<Journal['history']> {
    return (await this.#decisions()).map(({ at, aggregate, event }) => ({ at, aggregate, event }));
  }

  async close(): Promise<void> {
    await this.#held?.release();
  }

  async #decisions(): Promise<readonly Decision[]> {
    const log = await this.#rows.query(`${this.#run}/LOG#`);
    return log.flatMap(([, text]) => this.#rows.parsed<Entry>(text).decisions ?? []);
  }

  #append(entry: Entry): Promise<void> {
    const written = this.#writing.then(() => this.#appendNow(entry));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  /** One conditional put is commit, history, timeline and fence. */
  async #appendNow(entry: Entry): Promise<void> {
    const next = this.#add(this.#sum, entry);
    const isOurs = await this.#rows.put(logKey(this.record.runId, next.n), JSON.stringify(entry), {
      absent: true,
    });
    if (!isOurs) throw await this.#overtaken();
    this.#own += 1;
    this.#sum = next;
    if (next.n % COMMITS_A_CHECKPOINT === 0) await this.#checkpoint();
  }

  /** Behind the log: each row is whole by itself, and says what it follows from; one that is older than what is there is not written. */
  async #checkpoint(): Promise<void> {
    const { rows, ...sum } = this.#sum;
    for (const [id, row] of rows) await this.#putNewer(`${this.#run}/AGG#${id}`, sum.n, row);
    await this.#putNewer(`${this.#run}/SUM`, sum.n, sum);
  }

  async #putNewer(key: string, n: number, value: object): Promise<void> {
    const text = await this.#rows.get(key);
    if (text !== undefined && (JSON.parse(text) as { readonly n: number }).n >= n) return;
    await this.#rows.put(
      key,
      JSON.stringify({ n, value }),
      text === undefined ? { absent: true } : { was: text },
    );
  }

  /** Checkpoints, then the tail of the log: what an aggregate's own checkpoint has already is not applied again. */
  async #read(): Promise<Sum> {
    const kept = await this.#rows.get(`${this.#run}/SUM`);
    const sum =
      kept === undefined ? EMPTY : (JSON.parse(kept) as { readonly value: Omit<Sum, 'rows'> }).value;
    const rows = new Map<AggregateId, Row>();
    for (const [key, text] of await this.#rows.query(`${this.#run}/AGG#`))
      rows.set(key.slice(`${this.#run}/AGG#`.length), (JSON.parse(text) as { readonly value: Row }).value);
    let result: Sum = { ...sum, rows };
    const tail = await this.#rows.query(`${this.#run}/LOG#`, logKey(this.record.runId, sum.n));
    for (const [, text] of tail) result = this.#add(result, JSON.parse(text) as Entry, true);
    return result;
  }

  /** @throws LifeboatError `JOURNAL_CONFLICT` for a decision out of sequence */
  #add(sum: Sum, { decisions = [], memo, heard, facts }: Entry, isReplay = false): Sum {
    const rows = new Map(sum.rows);
    let { decided } = sum;
    for (const decision of decisions) {
      decided += 1;
      const row = rows.get(decision.aggregate);
      if (isReplay && row !== undefined && row.sequence >= decision.sequence) continue;
      rows.set(decision.aggregate, nextRow(row, decision, decided));
    }
    return {
      n: sum.n + 1,
      decided,
      heard: Math.max(sum.heard, heard ?? 0),
      memo: { ...sum.memo, ...memo },
      facts: { ...sum.facts, ...facts },
      rows,
    };
  }

  async #count(operation: string, what: 'total' | 'throttled'): Promise<void> {
    this.#requireLease();
    const key = `${this.#run}/COUNT#${operation}`;
    const count = JSON.parse(
      (await this.#rows.get(key)) ?? `{"operation":"${operation}","total":0,"throttled":0}`,
    ) as ApiCallCount;
    await this.#rows.put(key, JSON.stringify({ ...count, [what]: count[what] + 1 }));
  }

  #requireLease(): Held {
    if (this.#held === undefined) throw new Error('acquire the lease first');
    return this.#held;
  }

  async #overtaken(): Promise<LifeboatError> {
    const { last } = await this.#holder();
    return new LifeboatError(
      'JOURNAL_CONFLICT',
      `Process ${last?.pid} on ${last?.host} took over this run.`,
      'Follow it.',
    );
  }
}

function nextRow(row: Row | undefined, decision: Decision, number: number): Row {
  const { aggregate, sequence, settled, effects, cancelled, timers } = decision;
  if ((row?.sequence ?? 0) !== sequence - 1)
    throw new LifeboatError(
      'JOURNAL_CONFLICT',
      `Decision ${sequence} of ${aggregate} does not follow.`,
      'Load again.',
    );
  const foreign = [...effects, ...timers].find((owned) => owned.aggregate !== aggregate);
  if (foreign !== undefined) throw new Error(`${aggregate} decides for ${foreign.aggregate}: ${foreign.id}`);
  const outbox = row?.outbox ?? [];
  const unknown = settled.filter((id) => !outbox.some(([, effect]) => effect.id === id));
  if (unknown.length > 0)
    throw new Error(`${aggregate} settles what it has not asked for: ${unknown.join(', ')}`);
  return {
    order: row?.order ?? number,
    sequence,
    at: Math.max(row?.at ?? 0, decision.at),
    snapshot: decision.snapshot,
    outbox: changed(outbox, settled, effects, number),
    timers: changed(row?.timers ?? [], cancelled, timers, number),
  };
}

function changed<T extends { readonly id: string }>(
  present: readonly Numbered<T>[],
  gone: readonly string[],
  added: readonly T[],
  number: number,
): readonly Numbered<T>[] {
  const dropped = new Set([...gone, ...added.map(({ id }) => id)]);
  return [
    ...present.filter(([, { id }]) => !dropped.has(id)),
    ...added.map((each) => [number, each] as const),
  ];
}
