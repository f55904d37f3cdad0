import { join } from 'node:path';
import { createExecutor } from '../aws/executor.ts';
import { fraction } from '../hash.ts';
import type { Inventory } from '../inventory/schema.ts';
import type { Journal } from '../journal/journal.ts';
import { FAULT_PROFILES, openWorld, SimulatedClock, type World } from '../simulator/index.ts';
import { beginRun } from './begin.ts';
import { pacedCalls } from './calls.ts';
import { removeLeftovers } from './cleanup.ts';
import { virtualClock } from './clock.ts';
import { Driver, type DriverParts } from './driver.ts';
import type { DriveEnd, Host, TimelineListener } from './host.ts';

export interface SimulationOptions {
  readonly journal: Journal;
  /** Folder of the run, where the simulated world is kept; `:memory:` keeps nothing. */
  readonly directory: string;
  /** What the world starts from; not needed when it exists already. */
  readonly inventory?: Inventory;
  /** Simulated seconds per real second; Infinity does not wait at all. */
  readonly speed: number;
  readonly onTimeline: TimelineListener;
}

/** A rehearsal: the same driver and executors on simulated AWS in virtual time. */
export interface SimulationHost extends Host {
  readonly world: World;
  /** Simulated crashes survived so far. */
  readonly crashes: number;
}

/** Thrown where a simulated process dies: all that was only in memory is lost. */
class SimulatedCrash extends Error {
  override readonly name = 'SimulatedCrash';
}

/** A run that crashes at every step would never end: after so many, the simulated machine is stable. */
const MAX_CRASHES = 25;

/** Opens the simulated world of a run, and takes the run over. */
export async function openSimulationHost(options: SimulationOptions): Promise<SimulationHost> {
  const { journal, directory, speed, onTimeline } = options;
  const { simulation, yes } = journal.record.options;
  const { seed, faults } = simulation ?? { seed: 1, faults: 'none' as const };
  await journal.acquire();
  const clock = new SimulatedClock(journal.record.plan.plannedAt);
  const path = directory === ':memory:' ? directory : join(directory, 'world.sqlite');
  const world = openWorld({
    path,
    ...(options.inventory && { inventory: options.inventory }),
    seed,
    faults,
    clock,
  });
  clock.advanceTo(world.savedClock() ?? clock.now());
  const driverClock = virtualClock(clock, speed, (at) => world.saveClock(at));
  const { runId, runbook } = journal.record;
  const executor = createExecutor({
    ec2: world.ec2,
    rds: world.rds,
    call: pacedCalls(journal, driverClock),
    runId,
    runbook,
  });
  const crashRate = FAULT_PROFILES[faults].processCrash;
  let crashes = 0;
  let points = 0;
  const parts: DriverParts = {
    journal,
    executor,
    clock: driverClock,
    onTimeline,
    concurrency: 1,
    answersApprovals: yes,
    crashPoint: (place) => {
      points += 1;
      if (crashes < MAX_CRASHES && fraction(`${seed}/crash/${place}/${points}`) < crashRate)
        throw new SimulatedCrash(place);
    },
  };
  return {
    world,
    get crashes() {
      return crashes;
    },
    async drive(pause): Promise<DriveEnd> {
      await beginRun({ journal, at: driverClock.now() });
      for (;;) {
        try {
          return await (await Driver.open(parts)).drive(pause);
        } catch (error) {
          if (!(error instanceof SimulatedCrash)) throw error;
          crashes += 1;
          onTimeline([
            {
              at: driverClock.now(),
              kind: 'run',
              message: `simulated crash ${error.message}; going on from the journal`,
            },
          ]);
        }
      }
    },
    cleanUp: () => removeLeftovers(parts),
    async close() {
      world.close();
      await journal.close();
    },
  };
}
