import type { Instant } from '../../time.ts';
import type { BackfillResult } from '../../workflow/recovery/backfill-result.ts';
import { mayEnter } from '../../workflow/recovery/obstacles.ts';
import type { Json } from '../../workflow/base/decision.ts';
import type { FleetState } from './fleet-state.ts';

/** The state of a run's backfill. */
export type BackfillState =
  /** `wakeAt`: when to check again at the latest. `handle`: to be passed to the next `tend`, in any process. */
  | { readonly kind: 'running'; readonly wakeAt: Instant; readonly handle?: Json }
  | { readonly kind: 'over'; readonly result: BackfillResult }
  /** The backfill cannot continue without an operator; its progress is kept. */
  | { readonly kind: 'stuck'; readonly message: string };

/** Replays missed requests in the background of a run. Its progress is on disk, so it continues after any interruption. */
export interface Backfill {
  /**
   * Starts or continues the backfill and returns its state; never waits for its end.
   * @param since when its phase was entered
   * @param handle returned by the last call, possibly in another process
   */
  tend(at: Instant, since: Instant, handle?: Json): Promise<BackfillState>;
  /** Waits until requests in flight have ended and no more are sent. */
  stop(): Promise<void>;
  /** The result so far, for a run that is given up; `undefined` if the backfill never began. Call {@link stop} first. */
  soFar(): Promise<BackfillResult | undefined>;
}

/** Runs the backfill while its phase lasts, and reports its result to the recovery. */
export class Backfiller {
  readonly #fleet: FleetState;
  readonly #backfill: Backfill;
  #handle: Json | undefined;
  #wakeAt: Instant | undefined;

  constructor(fleet: FleetState, backfill: Backfill, handle: Json | undefined) {
    this.#fleet = fleet;
    this.#backfill = backfill;
    this.#handle = handle;
  }

  get handle(): Json | undefined {
    return this.#handle;
  }

  /** When to check the backfill again; `undefined` while there is nothing to wait for. */
  get wakeAt(): Instant | undefined {
    return this.#wakeAt;
  }

  async watch(at: Instant): Promise<void> {
    const { recovery, phase, isPaused } = this.#fleet;
    this.#wakeAt = undefined;
    if (recovery.backfills !== true || recovery.backfilled !== undefined) return;
    const isItsTurn = phase === 'backfill' && mayEnter(recovery, 'backfill', at);
    if (!isItsTurn || isPaused) {
      await this.#backfill.stop();
      const isGivenUp = phase !== 'backfill' && recovery.enteredAt['backfill'] !== undefined;
      // The report must count what was already replayed.
      const result = isGivenUp ? await this.#backfill.soFar() : undefined;
      if (result !== undefined) this.#fleet.apply('recovery', { type: 'BACKFILLED', at, result });
      return;
    }
    const state = await this.#backfill.tend(at, recovery.enteredAt['backfill'] ?? at, this.#handle);
    if (state.kind === 'running') [this.#wakeAt, this.#handle] = [state.wakeAt, state.handle];
    else if (state.kind === 'over')
      this.#fleet.apply('recovery', { type: 'BACKFILLED', at, result: state.result });
    else {
      const because = { code: 'backfill-stuck', data: { message: state.message } } as const;
      this.#fleet.apply('recovery', { type: 'pause', at, by: 'lifeboat', because });
    }
  }
}

/** How often a backfill that runs in real time is checked, ms. */
export const BACKFILL_LOOK_MS = 1_000;
