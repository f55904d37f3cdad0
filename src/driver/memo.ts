import type { Json } from '../workflow/base/decision.ts';
import type { EffectId } from '../workflow/base/effects.ts';
import { MINUTE_MS, type Instant } from '../time.ts';
import type { CallMemo } from './requests/calls.ts';
import type { ClaimMemo } from './watch/claim-watch.ts';
import type { ContactMemo } from './watch/contact.ts';
import type { LookMemo } from './watch/lookout.ts';
import type { Absences } from './watch/observer.ts';
import type { Baseline } from '../objectives/forecast.ts';

/** Raised when a field changes its meaning. A memo of another version is ignored, and the driver continues as after a lost memo. */
export const MEMO_VERSION = 1;

/** The run's time, and what the machine's clock said then. */
export interface TimeMemo {
  readonly at: Instant;
  readonly wall: Instant;
}

/**
 * What the next tick must know in addition to the aggregates. It is written in the commit of the decisions that follow from it, so a driver
 * opened from the journal goes on exactly as the one that wrote it would have.
 */
export interface DriverMemo {
  readonly time: TimeMemo;
  readonly look: LookMemo;
  /** When each thing that this run made was first missing from a look. */
  readonly absences: Absences;
  readonly contact: ContactMemo;
  readonly claim: ClaimMemo;
  /** No resource has changed since the live forecast was last revised. */
  readonly isForeseen: boolean;
  readonly calls: CallMemo;
  /** The handle that the backfill returned last; it is passed to its next call. See `Backfill`. */
  readonly backfill?: Json;
  /** Effects of the round of requests under way: written before it, cleared with its answers. */
  readonly sending: readonly EffectId[];
  /** Effects that a dead driver was sending, with the time this was found: AWS may have carried them out. An entry is removed with its answer. */
  readonly doubtful: Readonly<Record<EffectId, Instant>>;
}

/** The memo as the journal keeps it: in two parts, because the baseline is large and seldom changes. */
interface MemoParts {
  readonly state: { readonly version: number } & Partial<DriverMemo>;
  readonly baseline?: Baseline;
}

/** The memo of a run that begins at `at`. There is nothing to see before the first request, so the first look is the next on the grid. */
export function firstMemo(at: Instant): { readonly [part: string]: Json } {
  const memo: Partial<DriverMemo> = {
    look: { at, allAt: at, isConfirming: false },
    claim: { reads: 0, readAt: at, failures: 0 },
    ...{ sending: [], doubtful: {} },
  };
  return { state: { version: MEMO_VERSION, ...memo } as unknown as Json };
}

/** The fields of the memo that were readable on open; empty for a run whose last driver wrote none. */
export interface Recalled extends Partial<DriverMemo> {
  readonly baseline?: Baseline;
}

/** Reads the memo of a run. */
export function recall(json: Json | undefined): Recalled {
  const { state, baseline } = (json ?? {}) as unknown as Partial<MemoParts>;
  if (state?.version !== MEMO_VERSION) return {};
  return { ...state, ...(baseline !== undefined && { baseline }) };
}

/** If only the clock has changed, the memo is written at this interval: a run that waits for approvals changes nothing else. */
const TIME_EVERY_MS = MINUTE_MS;

/** Fields that a process may hold back between its ticks, and for how long at most: without them the next process repeats a look, or paces anew. */
const HELD: ReadonlySet<keyof DriverMemo> = new Set(['time', 'look', 'claim', 'isForeseen', 'calls']);
const HELD_MS = 10 * MINUTE_MS;

/** Writes only the parts of the memo that have changed. */
export class MemoWriter {
  #written: DriverMemo | undefined;
  #baseline: Baseline | undefined;

  constructor({ baseline }: Recalled) {
    this.#baseline = baseline;
  }

  /** The parts to write; `undefined` when the journal already has them. `holds`: what may be held back is no reason to write. */
  changes(
    memo: DriverMemo,
    baseline: Baseline | undefined,
    holds = false,
  ): { readonly [part: string]: Json } | undefined {
    const isNew = baseline !== undefined && baseline !== this.#baseline;
    if (!isNew && !differs(memo, this.#written, holds)) return undefined;
    return {
      state: { version: MEMO_VERSION, ...memo } as unknown as Json,
      ...(isNew && { baseline: baseline as unknown as Json }),
    };
  }

  /** The parts have been committed to the journal. */
  wrote(memo: DriverMemo, baseline: Baseline | undefined): void {
    this.#written = memo;
    this.#baseline = baseline;
  }
}

/** Each part of the driver replaces its state as a whole, so comparing object identity is enough. */
function differs(memo: DriverMemo, written: DriverMemo | undefined, holds: boolean): boolean {
  if (written === undefined) return true;
  if (memo.time.wall - written.time.wall >= (holds ? HELD_MS : TIME_EVERY_MS)) return true;
  const keys = Object.keys(memo) as (keyof DriverMemo)[];
  return keys.some((key) => key !== 'time' && !(holds && HELD.has(key)) && memo[key] !== written[key]);
}
