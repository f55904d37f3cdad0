import type { AggregateId } from '../../workflow/base/aggregate-id.ts';
import { aggregateOf } from '../../workflow/base/aggregate-id.ts';
import type { Decision, Json, Timer } from '../../workflow/base/decision.ts';
import type { Effect } from '../../workflow/base/effects.ts';
import { checkOwnership, checkSettled, outOfSequence } from '../conflicts.ts';
import type { JournalState, RunRecord, SignalId } from '../journal.ts';
import { withCounts, type Counts } from './counts.ts';

/** The body of a row of the log: what one commit or one value writes. */
export interface Entry {
  readonly decisions?: readonly Decision[];
  readonly memo?: Readonly<Record<string, Json>>;
  readonly values?: Readonly<Record<string, Json>>;
  readonly calls?: Counts;
}

/** What each row of the log says beside its body, about the log up to and with itself. */
export interface Standing {
  /** Of the driver that wrote it. */
  readonly epoch: number;
  /** The last signal heard. */
  readonly heard: SignalId;
  /** Entries of the timeline. */
  readonly told: number;
  /** The driver that wrote it writes no more: the row releases the lease, too. */
  readonly hasLeft: boolean;
}

export const NO_STANDING: Standing = { epoch: 0, heard: 0, told: 0, hasLeft: false };

type Numbered<T> = readonly [number: number, owned: T];

/** An aggregate after its latest decision, with what it owns; each with the number of the decision that asked for it. */
interface Aggregate {
  readonly order: number;
  readonly sequence: number;
  readonly at: number;
  readonly snapshot: Json;
  readonly outbox: readonly Numbered<Effect>[];
  readonly timers: readonly Numbered<Timer>[];
}

/** What a checkpoint keeps. */
export interface Kept {
  readonly standing: Standing;
  readonly decided: number;
  readonly memo: Readonly<Record<string, Json>>;
  readonly values: Readonly<Record<string, Json>>;
  readonly calls: Counts;
  readonly aggregates: readonly (readonly [AggregateId, Aggregate])[];
}

/** What the log of a run comes to, up to and with its row {@link n}. */
export class RunState {
  readonly #runId: string;
  #n = 0;
  #standing = NO_STANDING;
  #decided = 0;
  #memo: Readonly<Record<string, Json>> = {};
  #values: Readonly<Record<string, Json>> = {};
  #calls: Counts = {};
  readonly #aggregates = new Map<AggregateId, Aggregate>();

  constructor(runId: string) {
    this.#runId = runId;
  }

  /** Number of the last row of the log; 0 before the first. */
  get n(): number {
    return this.#n;
  }

  get standing(): Standing {
    return this.#standing;
  }

  /** Those that were counted in the log. */
  get calls(): Counts {
    return this.#calls;
  }

  value(name: string): Json | undefined {
    return Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
  }

  /**
   * Checks the next row of the log and returns what makes it count, so that it counts only once it is written.
   * @throws LifeboatError `JOURNAL_CONFLICT` for a decision out of sequence
   */
  stage({ decisions = [], memo, values, calls }: Entry, standing: Standing): () => void {
    const staged = new Map<AggregateId, Aggregate>();
    let decided = this.#decided;
    for (const decision of decisions) {
      decided += 1;
      const id = decision.aggregate;
      staged.set(id, this.#next(staged.get(id) ?? this.#aggregates.get(id), decision, decided));
    }
    return () => {
      for (const [id, aggregate] of staged) this.#aggregates.set(id, aggregate);
      this.#decided = decided;
      if (memo !== undefined) this.#memo = { ...this.#memo, ...memo };
      if (values !== undefined) this.#values = { ...this.#values, ...values };
      if (calls !== undefined) this.#calls = withCounts(this.#calls, calls);
      this.#standing = standing;
      this.#n += 1;
    };
  }

  /** Everything that a driver needs. Snapshots are as they were written. */
  journalState(): JournalState {
    const rows = [...this.#aggregates].sort(([, one], [, other]) => one.order - other.order);
    const outbox = rows.flatMap(([, { outbox: own }]) => own);
    const timers = rows.flatMap(([, { timers: own }]) => own);
    return {
      aggregates: rows.map(([id, { sequence, snapshot }]) => ({ id, sequence, snapshot })),
      outbox: outbox.sort(([one], [other]) => one - other).map(([, effect]) => effect),
      timers: timers
        .sort(([one, first], [other, second]) => first.dueAt - second.dueAt || one - other)
        .map(([, timer]) => timer),
      lastAt: rows.reduce((last, [, { at }]) => Math.max(last, at), 0),
      ...(Object.keys(this.#memo).length > 0 && { memo: this.#memo }),
    };
  }

  keep(): Kept {
    return {
      standing: this.#standing,
      decided: this.#decided,
      memo: this.#memo,
      values: this.#values,
      calls: this.#calls,
      aggregates: [...this.#aggregates],
    };
  }

  /** Goes on from what was kept after row `n`. */
  recall(n: number, { standing, decided, memo, values, calls, aggregates }: Kept): void {
    this.#n = n;
    this.#standing = standing;
    this.#decided = decided;
    this.#memo = memo;
    this.#values = values;
    this.#calls = calls;
    this.#aggregates.clear();
    for (const [id, aggregate] of aggregates) this.#aggregates.set(id, aggregate);
  }

  #next(present: Aggregate | undefined, decision: Decision, number: number): Aggregate {
    const { sequence, settled, effects, cancelled, timers } = decision;
    const stored = present?.sequence ?? 0;
    if (stored !== sequence - 1) throw outOfSequence(this.#runId, decision, stored);
    checkOwnership(decision);
    const outbox = present?.outbox ?? [];
    checkSettled(
      decision,
      outbox.map(([, effect]) => effect),
    );
    return {
      order: present?.order ?? number,
      sequence,
      at: Math.max(present?.at ?? 0, decision.at),
      snapshot: decision.snapshot,
      outbox: changed(outbox, settled, effects, number),
      timers: changed(present?.timers ?? [], cancelled, timers, number),
    };
  }
}

/** What is there without entries that are gone or replaced, and with the added ones. */
function changed<T extends { readonly id: string }>(
  present: readonly Numbered<T>[],
  gone: readonly string[],
  added: readonly T[],
  number: number,
): readonly Numbered<T>[] {
  if (gone.length === 0 && added.length === 0) return present;
  const dropped = new Set([...gone, ...added.map(({ id }) => id)]);
  return [
    ...present.filter(([, { id }]) => !dropped.has(id)),
    ...added.map((each) => [number, each] as const),
  ];
}

/** Stands in a snapshot where the record's plan has the resource: five sixths of a snapshot never change. */
const AS_PLANNED = 'as planned';

type WithSpec = { readonly context?: { readonly spec?: Json } } | null;

/** Takes out of snapshots what is equal in the plan, and puts it back. */
export class PlannedSpecs {
  readonly #specs: ReadonlyMap<AggregateId, Json>;
  /** Of those that were compared: a plan of 10,000 resources is long. */
  readonly #texts = new Map<AggregateId, string>();

  constructor({ plan }: RunRecord) {
    this.#specs = new Map(plan.resources.map((spec) => [aggregateOf(spec.id), spec as unknown as Json]));
  }

  without(id: AggregateId, snapshot: Json): Json {
    const planned = this.#specs.get(id);
    const spec = specIn(snapshot);
    if (planned === undefined || spec === undefined) return snapshot;
    const text = this.#texts.get(id) ?? JSON.stringify(planned);
    this.#texts.set(id, text);
    return JSON.stringify(spec) === text ? withSpec(snapshot, AS_PLANNED) : snapshot;
  }

  with(id: AggregateId, snapshot: Json): Json {
    const planned = this.#specs.get(id);
    return planned !== undefined && specIn(snapshot) === AS_PLANNED ? withSpec(snapshot, planned) : snapshot;
  }
}

function specIn(snapshot: Json): Json | undefined {
  return (snapshot as WithSpec)?.context?.spec;
}

/** In the same place: the order of the keys stays. */
function withSpec(snapshot: Json, spec: Json): Json {
  const { context } = snapshot as { readonly context: { readonly [key: string]: Json } };
  return { ...(snapshot as { readonly [key: string]: Json }), context: { ...context, spec } };
}
