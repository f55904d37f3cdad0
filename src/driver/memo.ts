import type { Json } from '../workflow/base/decision.ts';
import type { EffectId } from '../workflow/base/effects.ts';
import type { Instant } from '../time.ts';
import type { CallMemo } from './requests/calls.ts';
import type { ClaimMemo } from './watch/claim-watch.ts';
import type { ContactMemo } from './watch/contact.ts';
import type { LookMemo } from './watch/lookout.ts';
import type { Absences } from './watch/observer.ts';
import type { Baseline } from '../objectives/forecast.ts';

/** Raised when a field changes its meaning: a memo of another version is not read, and the driver goes on as after a lost one. */
export const MEMO_VERSION = 1;

/** The run's time, and what the machine's clock said then. */
export interface TimeMemo {
  readonly at: Instant;
  readonly wall: Instant;
}

/**
 * What the next tick must know beside the aggregates. It is written in the commit of the decisions that follow from it, so a driver
 * opened from the journal goes on exactly as the one that wrote it would have.
 */
export interface DriverMemo {
  readonly time: TimeMemo;
  readonly look: LookMemo;
  /** When each thing that this run made was first missing from a look. */
  readonly absences: Absences;
  readonly contact: ContactMemo;
  readonly claim: ClaimMemo;
  /** Nothing has changed since the live forecast was last revised. */
  readonly isForeseen: boolean;
  readonly calls: CallMemo;
  /** What the backfill gave to be told again: see `Backfill`. */
  readonly backfill?: Json;
  /** Effects of the round of requests under way: written before it, cleared with its answers. */
  readonly sending: readonly EffectId[];
  /** Effects that a dead driver was sending, and when that was found: they may have been carried out. Each goes with its answer. */
  readonly doubtful: Readonly<Record<EffectId, Instant>>;
}

/** The memo as the journal keeps it: in two parts, because the baseline is large and seldom changes. */
interface MemoParts {
  readonly state: { readonly version: number } & Partial<DriverMemo>;
  readonly baseline?: Baseline;
}

/** Of a run that begins at `at`. Nothing can be seen before something is asked for: the first look is the next on the grid. */
export function firstMemo(at: Instant): { readonly [part: string]: Json } {
  const memo: Partial<DriverMemo> = {
    look: { at, allAt: at, isConfirming: false },
    claim: { reads: 0, readAt: at, failures: 0 },
    ...{ sending: [], doubtful: {} },
  };
  return { state: { version: MEMO_VERSION, ...memo } as unknown as Json };
}

/** What is left of the memo on open; empty for a run whose last driver wrote none. */
export interface Recalled extends Partial<DriverMemo> {
  readonly baseline?: Baseline;
}

/** Reads the memo of a run. */
export function recall(json: Json | undefined): Recalled {
  const { state, baseline } = (json ?? {}) as unknown as Partial<MemoParts>;
  if (state?.version !== MEMO_VERSION) return {};
  return { ...state, ...(baseline !== undefined && { baseline }) };
}

/** The clock alone is written this seldom: a run that waits for people changes nothing else. */
const TIME_EVERY_MS = 60_000;

/** Turns what the driver remembers into what is new of it. */
export class MemoWriter {
  #written: DriverMemo | undefined;
  #baseline: Baseline | undefined;

  constructor({ baseline }: Recalled) {
    this.#baseline = baseline;
  }

  /** The parts to be written; `undefined` when the journal has them already. */
  changes(memo: DriverMemo, baseline: Baseline | undefined): { readonly [part: string]: Json } | undefined {
    const isNew = baseline !== undefined && baseline !== this.#baseline;
    if (!isNew && !differs(memo, this.#written)) return undefined;
    return {
      state: { version: MEMO_VERSION, ...memo } as unknown as Json,
      ...(isNew && { baseline: baseline as unknown as Json }),
    };
  }

  /** They are in the journal now. */
  wrote(memo: DriverMemo, baseline: Baseline | undefined): void {
    this.#written = memo;
    this.#baseline = baseline;
  }
}

/** Each part of the driver replaces what it remembers as a whole: unchanged means the same object. */
function differs(memo: DriverMemo, written: DriverMemo | undefined): boolean {
  if (written === undefined || memo.time.wall - written.time.wall >= TIME_EVERY_MS) return true;
  const keys = Object.keys(memo) as (keyof DriverMemo)[];
  return keys.some((key) => key !== 'time' && memo[key] !== written[key]);
}
