import { SECOND_MS, type Instant } from '../time.ts';
import type { BackfillResult } from '../workflow/recovery/backfill-result.ts';
import type { ReplayProgress } from './replay/replay-progress.ts';
import type { Fate, Governor, GovernorState, ReplaySource, Ticket } from './base/replay-ports.ts';
import type { WorkStore } from './work/work-store.ts';

/** How far a replay is: kept beside what is to be sent, for `status` in another process. */
export interface ProgressRow {
  readonly at: Instant;
  /** Requests that came to their fate, a second, over the last ten seconds. */
  readonly ratePerSecond: number;
  readonly governor: GovernorState;
  readonly result: BackfillResult;
  /** In back-off, for another attempt. */
  readonly waiting: number;
  /** Why nothing but probes is sent; absent: the target answers. */
  readonly targetDown?: string;
  /** Everything has its fate, and every queue was empty. */
  readonly isOver: boolean;
}

const EVERY_MS = SECOND_MS;
const REMEMBERED = 10;

export interface ProgressParts {
  readonly store: WorkStore;
  readonly governor: Governor;
  now(): Instant;
  result(): BackfillResult;
  readonly onProgress?: ((row: ProgressRow) => void) | undefined;
  /** Throws when the disk has no room for what so many pending requests will write. */
  assertRoom(pending: number): void;
  /** Told when it cannot be kept any more, once. */
  fail(error: unknown): void;
}

export function progressOf(store: WorkStore): ProgressRow | undefined {
  return store.progress() as ProgressRow | undefined;
}

/** Keeps how far a replay is, once a second and at its end. */
export class Progress {
  readonly #parts: ProgressParts;
  readonly #timer: NodeJS.Timeout;
  #engine: Pick<ReplayProgress, 'waiting' | 'targetDown'> = { waiting: 0 };
  /** The oldest first. */
  readonly #seen: { readonly atMs: number; readonly fates: number }[] = [];

  constructor(parts: ProgressParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => this.#keepOrFail(), EVERY_MS);
    this.#keepOrFail();
  }

  /** What the engine says of itself. */
  heard({ waiting, targetDown }: Pick<ReplayProgress, 'waiting' | 'targetDown'>): void {
    this.#engine = { waiting, ...(targetDown !== undefined && { targetDown }) };
  }

  close(isOver: boolean): void {
    clearInterval(this.#timer);
    this.#keep(isOver);
  }

  /** Thrown out of a timer, it would end the whole process, with requests under way. */
  #keepOrFail(): void {
    try {
      this.#parts.assertRoom(this.#keep().result.pending);
    } catch (error) {
      clearInterval(this.#timer);
      this.#parts.fail(error);
    }
  }

  #keep(isOver = false): ProgressRow {
    const { store, governor, onProgress } = this.#parts;
    const result = this.#parts.result();
    const atMs = performance.now();
    const { succeeded, rejected, abandoned, ambiguous } = result.replayed;
    this.#seen.push({ atMs, fates: succeeded + rejected + abandoned + ambiguous });
    if (this.#seen.length > REMEMBERED + 1) this.#seen.shift();
    const [first, last] = [this.#seen[0], this.#seen.at(-1)];
    const seconds = ((last?.atMs ?? 0) - (first?.atMs ?? 0)) / SECOND_MS;
    const ratePerSecond = seconds > 0 ? ((last?.fates ?? 0) - (first?.fates ?? 0)) / seconds : 0;
    const row = {
      at: this.#parts.now(),
      ratePerSecond,
      governor: governor.describe(atMs),
      result,
      ...this.#engine,
      isOver,
    };
    store.keepProgress(row);
    onProgress?.(row);
    return row;
  }
}

/** Notes the oldest request that is lost in spite of the backfill: what the RPO comes to goes by it. */
export class LossNotes {
  #earliestAt: Instant | undefined;

  /** @param before as it was when the backfill was last left */
  constructor(before: Instant | undefined) {
    this.#earliestAt = before;
  }

  get earliestAt(): Instant | undefined {
    return this.#earliestAt;
  }

  /** The same source; fates are noted as they are settled. */
  watch(source: ReplaySource): ReplaySource {
    return {
      name: source.name,
      ...(source.total !== undefined && { total: source.total }),
      next: (limit, pause) => source.next(limit, pause),
      load: (ticket) => source.load(ticket),
      settle: (ticket, fate) => {
        this.#note(ticket, fate);
        return source.settle(ticket, fate);
      },
      close: () => source.close(),
    };
  }

  #note({ at }: Ticket, { kind }: Fate): void {
    if (kind === 'succeeded') return;
    this.#earliestAt = Math.min(at, this.#earliestAt ?? at);
  }
}
