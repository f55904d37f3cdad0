import { beginRun } from '../driver/begin.ts';
import { drive } from '../driver/drive.ts';
import type { Driver } from '../driver/driver.ts';
import type { DriverParts } from '../driver/parts.ts';
import type { DriveEnd } from '../driver/base/ports.ts';
import type { RunDriver, Tick } from '../driver/base/tick.ts';
import { fraction } from '../hash.ts';
import type { World } from '../simulator/index.ts';
import type { Instant } from '../time.ts';
import { entryAt, RUN_SUBJECT } from '../workflow/timeline/timeline.ts';

/** Thrown where a simulated process dies: state that was only in memory is lost. */
class SimulatedCrash extends Error {
  override readonly name = 'SimulatedCrash';
}

/** Maximum number of crashes in a simulated run: a run that crashes at every step would never end. */
export const MAX_CRASHES = 25;

/** Decides where a simulated process dies. The count continues over restarts, so that no point crashes forever. */
export class CrashDice {
  #points = 0;
  #struck = 0;
  readonly #seed: number;
  readonly #rate: number;

  constructor(seed: number, rate: number) {
    this.#seed = seed;
    this.#rate = rate;
  }

  get struck(): number {
    return this.#struck;
  }

  /** @throws SimulatedCrash */
  throwAt(place: string): void {
    this.#points += 1;
    if (this.#struck >= MAX_CRASHES || fraction(`${this.#seed}/crash/${place}/${this.#points}`) >= this.#rate)
      return;
    this.#struck += 1;
    throw new SimulatedCrash(place);
  }
}

/** A driver that lives for one tick; a new one continues from the journal, like the next invocation of a Lambda. */
export class ReopenedDriver implements RunDriver {
  readonly #open: () => Promise<Driver>;
  #driver: Driver;

  private constructor(open: () => Promise<Driver>, driver: Driver) {
    this.#open = open;
    this.#driver = driver;
  }

  static async open(open: () => Promise<Driver>): Promise<ReopenedDriver> {
    return new ReopenedDriver(open, await open());
  }

  now(): Instant {
    return this.#driver.now();
  }

  async tick(until: Instant, pause?: AbortSignal): Promise<Tick> {
    const tick = await this.#driver.tick(until, pause);
    if (this.#driver.isIdle) this.#driver = await this.#open();
    return tick;
  }
}

/** Drives until the run ends, restarting from the journal after each simulated crash. `sleepAfterCrash`: how long no process runs then. */
export async function driveThroughCrashes(
  open: () => Promise<RunDriver>,
  parts: Pick<DriverParts, 'journal' | 'clock' | 'onTimeline'>,
  world: World,
  sleepAfterCrash: () => Promise<void>,
  pause: AbortSignal,
): Promise<DriveEnd> {
  await beginRun(parts);
  for (;;) {
    try {
      return await drive(await open(), parts, pause);
    } catch (error) {
      if (!(error instanceof SimulatedCrash)) throw error;
      world.reconnect();
      await sleepAfterCrash();
      const data = { place: error.message };
      parts.onTimeline([entryAt(parts.clock.now(), RUN_SUBJECT, { code: 'run.restarted', data })]);
    }
  }
}
