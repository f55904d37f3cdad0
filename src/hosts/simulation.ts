import { join } from 'node:path';
import { createExecutor } from '../aws/executor.ts';
import { fraction } from '../hash.ts';
import type { Inventory } from '../inventory/schema.ts';
import type { Journal } from '../journal/journal.ts';
import { FAULT_PROFILES, openWorld, SimulatedClock, type World } from '../simulator/index.ts';
import type { NoticeLog } from '../notices/notifier.ts';
import type { Executor } from '../workflow/base/executor.ts';
import { beginRun } from '../driver/begin.ts';
import { oneAtATime, pacedCalls } from '../driver/calls.ts';
import { removeLeftovers } from './cleanup.ts';
import { aWhile, virtualClock, type MovableClock } from './clock.ts';
import { Driver, type DriverParts } from '../driver/driver.ts';
import { frozenBy } from './freeze.ts';
import type { DriveEnd, TimelineListener } from '../driver/ports.ts';
import type { Host } from './host.ts';
import { watchSignals } from '../driver/signal-watch.ts';
import { openNotices } from './notices.ts';
import { clientsFor, tagSettling } from './executor-clients.ts';
import { simulatedBackfill } from './simulated-backfill.ts';

export interface SimulationOptions {
  readonly journal: Journal;
  /** Folder of the run, where the simulated world is kept; `:memory:` keeps nothing. */
  readonly directory: string;
  /** What the world starts from; not needed when it exists already. */
  readonly inventory?: Inventory;
  /** Simulated seconds per real second; Infinity does not wait at all. */
  readonly speed: number;
  readonly onTimeline: TimelineListener;
  /** `--yes`, now: approvals are answered, as they are for a run that was started so. */
  readonly answersApprovals?: boolean;
  /** A person sits before the run: it stays while it waits for people. */
  readonly waitsForPeople?: boolean;
  /** What a command needs to find the run, e.g. `--state /srv/dr`: notices name commands. */
  readonly commandOptions?: readonly string[];
  readonly log?: NoticeLog;
  /** For checkers that watch a run from inside. */
  readonly probe?: SimulationProbe;
}

export interface SimulationProbe {
  /** Sees every effect and every look, and may refuse by throwing. */
  readonly wrapExecutor?: (executor: Executor, clock: MovableClock) => Executor;
  /** Probability of a crash at each decision, in the place of the fault profile's. */
  readonly crashRate?: number;
  /** Milliseconds of virtual time between the `crash`-th crash, counted from 1, and the restart of the process. Absent: none. */
  readonly downtimeMs?: (crash: number) => number;
}

/** The simulated world of a run, in the run's folder. */
export const WORLD_FILE = 'world.sqlite';

/** A rehearsal: the same driver and executors on simulated AWS in virtual time. */
export interface SimulationHost extends Host {
  readonly world: World;
  /** Simulated crashes survived so far. */
  readonly crashes: number;
}

const SILENT: NoticeLog = { warn: () => undefined };

/** Thrown where a simulated process dies: all that was only in memory is lost. */
class SimulatedCrash extends Error {
  override readonly name = 'SimulatedCrash';
}

/** A run that crashes at every step would never end: after so many, the simulated machine is stable. */
const MAX_CRASHES = 25;

/** Draws where a simulated process dies. The count goes on over its restarts, so that no point strikes for ever. */
class CrashDice {
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

/** Drives until the run ends, starting anew from the journal after each simulated crash; `sleepAfterCrash` is how long nothing runs then. */
async function driveThroughCrashes(
  parts: DriverParts,
  world: World,
  sleepAfterCrash: () => Promise<void>,
  pause: AbortSignal,
): Promise<DriveEnd> {
  await beginRun(parts);
  for (;;) {
    try {
      return await (await Driver.open(parts)).drive(pause);
    } catch (error) {
      if (!(error instanceof SimulatedCrash)) throw error;
      world.reconnect();
      await sleepAfterCrash();
      const message = `simulated crash ${error.message}; going on from the journal`;
      parts.onTimeline([{ at: parts.clock.now(), kind: 'run', message }]);
    }
  }
}

function worldOf({ journal, directory, inventory }: SimulationOptions, clock: SimulatedClock): World {
  const { seed, faults } = journal.record.options.simulation ?? { seed: 1, faults: 'none' };
  const path = directory === ':memory:' ? directory : join(directory, WORLD_FILE);
  const world = openWorld({ path, ...(inventory && { inventory }), seed, faults, clock });
  clock.advanceTo(world.savedClock() ?? clock.now());
  return world;
}

/** Opens the simulated world of a run, and takes the run over. */
export async function openSimulationHost(options: SimulationOptions): Promise<SimulationHost> {
  const { journal, speed, onTimeline, probe } = options;
  const { plan, runId, runbook, mode, options: run } = journal.record;
  const { seed, faults } = run.simulation ?? { seed: 1, faults: 'none' };
  await journal.acquire();
  const virtual = new SimulatedClock(plan.plannedAt);
  const world = worldOf(options, virtual);
  const clock = virtualClock(virtual, speed, (at) => {
    // A process that was stopped may wake up after another has taken its run over: the world's clock is that one's now.
    journal.assertCurrent();
    world.saveClock(at);
  });
  const call = oneAtATime(pacedCalls(journal, clock));
  const executor = createExecutor({
    ...clientsFor(plan, world),
    ...tagSettling(clock),
    call,
    runId,
    runbook,
    mode,
  });
  const notices = openNotices({
    journal,
    log: options.log ?? SILENT,
    env: process.env,
    commandOptions: options.commandOptions ?? [],
  });
  const dice = new CrashDice(seed, probe?.crashRate ?? FAULT_PROFILES[faults].processCrash);
  const sleepAfterCrash = async (): Promise<void> => {
    const downtimeMs = probe?.downtimeMs?.(dice.struck) ?? 0;
    if (downtimeMs > 0) await clock.sleepUntil(clock.now() + downtimeMs);
  };
  const backfill = simulatedBackfill(journal.record);
  const parts: DriverParts = {
    journal,
    executor: probe?.wrapExecutor?.(executor, virtual) ?? executor,
    clock,
    onTimeline: (entries) => {
      onTimeline(entries);
      notices.onTimeline(entries);
    },
    concurrency: 1,
    answersApprovals: run.yes || options.answersApprovals === true,
    frozenBy,
    ...(backfill !== undefined && { backfill }),
    ...(Number.isFinite(speed) && { onSpoken: (wake: () => void) => watchSignals(journal, wake) }),
    ...(options.waitsForPeople === true && { untilSpoken: aWhile }),
    crashPoint: (place) => dice.throwAt(place),
  };
  return {
    world,
    now: () => clock.shown(),
    get crashes() {
      return dice.struck;
    },
    async drive(pause) {
      try {
        return await driveThroughCrashes(parts, world, sleepAfterCrash, pause);
      } finally {
        await notices.end();
      }
    },
    cleanUp: () => removeLeftovers(parts),
    async close() {
      await notices.end();
      world.close();
      await journal.close();
    },
  };
}
