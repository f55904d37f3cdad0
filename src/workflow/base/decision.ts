import type { AggregateId } from './aggregate-id.ts';
import type { Instant } from '../../time.ts';
import type { Effect, EffectId } from './effects.ts';

/** JSON, as the journal keeps it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A timer that a machine set. It fires as `event` at `dueAt` unless it is canceled. */
export interface Timer {
  readonly aggregate: AggregateId;
  /** The machine's id of the timer: setting a timer with the same id replaces it. */
  readonly id: string;
  readonly dueAt: Instant;
  readonly event: { readonly type: string };
}

/**
 * One entry of the run's history. `src/workflow/timeline` declares the codes of this version with their data; a journal may hold entries of other
 * versions. `src/sentences` renders entries as text.
 */
export interface TimelineEntry {
  readonly at: Instant;
  /** Id of a resource, or `run`. */
  readonly subject: string;
  /** `<kind>.<event>`. */
  readonly code: string;
  readonly data: object;
}

/**
 * The outcome of one event on one aggregate, written in one conditional write before its effects are performed.
 * `sequence` counts the aggregate's decisions from 1; the write is refused unless the stored sequence is `sequence - 1`.
 */
export interface Decision {
  readonly aggregate: AggregateId;
  readonly sequence: number;
  readonly at: Instant;
  readonly event: { readonly type: string };
  /** `{value, context, status}` of the machine, or the allocator's state. */
  readonly snapshot: Json;
  /** Outbox entries to remove: answered, or canceled. */
  readonly settled: readonly EffectId[];
  /** New outbox entries. */
  readonly effects: readonly Effect[];
  readonly timers: readonly Timer[];
  readonly cancelled: readonly string[];
  readonly timeline: readonly TimelineEntry[];
}
