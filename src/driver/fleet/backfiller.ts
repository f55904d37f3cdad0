import type { Instant } from '../../time.ts';
import type { BackfillResult } from '../../workflow/recovery/backfill-result.ts';
import { mayEnter } from '../../workflow/recovery/obstacles.ts';
import type { Json } from '../../workflow/base/decision.ts';
import type { FleetState } from './fleet-state.ts';

/** Where the backfill of a run stands. */
export type BackfillState =
  /** `wakeAt`: when to look again at the latest; `handle`: what to tell the next `tend`, in whichever process. */
  | { readonly kind: 'running'; readonly wakeAt: Instant; readonly handle?: Json }
  | { readonly kind: 'over'; readonly result: BackfillResult }
  /** It cannot go on without an operator; what was done is kept. */
  | { readonly kind: 'stuck'; readonly message: string };

/** Replays what was missed, in the background of a run. Where it stands is kept on the disk: it goes on after any interruption. */
export interface Backfill {
  /**
   * Begins it or goes on with it, and says where it stands; never waits for it.
   * @param since when its phase was entered
   * @param handle what the last call gave, perhaps in another process
   */
  tend(at: Instant, since: Instant, handle?: Json): Promise<BackfillState>;
  /** Waits until what is under way has ended and nothing more is sent; what it came to so far, if it ever began. */
  stop(): Promise<BackfillResult | undefined>;
}

/** Lets the backfill run while its phase lasts, and tells the recovery what came of it. */
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

  /** When to come again; `undefined` while there is nothing to wait for. */
  get wakeAt(): Instant | undefined {
    return this.#wakeAt;
  }

  async watch(at: Instant): Promise<void> {
    const { recovery, phase, isPaused } = this.#fleet;
    this.#wakeAt = undefined;
    if (recovery.backfills !== true || recovery.backfilled !== undefined) return;
    const isItsTurn = phase === 'backfill' && mayEnter(recovery, 'backfill', at);
    if (!isItsTurn || isPaused) {
      const result = await this.#backfill.stop();
      // Given up half-way: what was replayed has been replayed, and the report must say so.
      if (result !== undefined && phase !== 'backfill')
        this.#fleet.apply('recovery', { type: 'BACKFILLED', at, result });
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

/** How often a backfill that runs in real time is looked at, ms. */
export const BACKFILL_LOOK_MS = 1_000;
