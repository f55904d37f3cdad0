import type { AggregateId } from './aggregate-id.ts';
import type { Instant } from '../../time.ts';
import type { Effect, EffectId } from './effects.ts';

/** JSON, as the journal keeps it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A timer that the machine set; fires as `event` at `dueAt` unless cancelled. */
export interface Timer {
  readonly aggregate: AggregateId;
  /** The machine's own id of it; setting it again replaces it. */
  readonly id: string;
  readonly dueAt: Instant;
  readonly event: { readonly type: string };
}

/** One line of the run's history, as people read it. */
export interface TimelineEntry {
  readonly at: Instant;
  /** Short and stable: `phase`, `resource`, `objective`, `approval`, `signal`, `fault`, `run`. */
  readonly kind: string;
  readonly message: string;
}

/**
 * The outcome of one event on one aggregate: all of it is written in one conditional write, before anything is done.
 * `sequence` counts the aggregate's decisions from 1; the write is refused unless the stored one is `sequence - 1`.
 */
export interface Decision {
  readonly aggregate: AggregateId;
  readonly sequence: number;
  readonly at: Instant;
  readonly event: { readonly type: string };
  /** `{value, context, status}` of the machine, or the allocator's state. */
  readonly snapshot: Json;
  /** Outbox entries that are over: answered, or no longer wanted. */
  readonly settled: readonly EffectId[];
  /** New outbox entries. */
  readonly effects: readonly Effect[];
  readonly timers: readonly Timer[];
  readonly cancelled: readonly string[];
  readonly timeline: readonly TimelineEntry[];
}
