import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openSimulationHost } from '../src/hosts/simulation.ts';
import { createSqliteJournal } from '../src/journal/sqlite/open-journal.ts';
import { SECOND_MS } from '../src/time.ts';
import { fleetOf } from '../test/hosts/fleet.ts';
import { NEVER, planOf, recordOf, reference, type Scenario } from '../test/hosts/support.ts';
import { atMost, BenchFailure, inScratchFolder, interleaved, median, plain } from './support.ts';
import type { Bench, Figure } from './support.ts';

const ROUNDS = 5;
const ORDERS_ROUNDS = 25;
const SIX_HOURS_SECONDS = 6 * 3_600;
/** Well under a second. Half of it is waiting for the disk, which has to have every decision before anything is done about it. */
const SIX_HOURS_MAY_TAKE_SECONDS = 0.75;

interface Drilled {
  /** Of this process, user and system, from the plan to the closed journal. */
  readonly cpuMs: number;
  readonly realSeconds: number;
  readonly simulatedSeconds: number;
}

/** One drill as `lifeboat drill --simulate` runs it: planned, journalled on disk, driven to its end. */
async function drillOnDisk(scenario: Scenario, directory: string): Promise<Drilled> {
  mkdirSync(directory);
  const cpu = process.cpuUsage();
  const began = performance.now();
  const plan = planOf(scenario, 'drill');
  const journal = await createSqliteJournal({ directory, record: recordOf(scenario, plan, {}) });
  await journal.acquire();
  const { inventory } = scenario;
  const host = await openSimulationHost({
    ...{ journal, directory, inventory, speed: Infinity },
    onTimeline: () => undefined,
  });
  const { phase } = await host.drive(NEVER);
  const simulatedSeconds = (host.world.snapshotOf().at - plan.plannedAt) / SECOND_MS;
  await host.close();
  if (phase !== 'completed') throw new BenchFailure(`A drill of ${plan.runbook} ended ${phase}.`);
  const { user, system } = process.cpuUsage(cpu);
  return {
    cpuMs: (user + system) / 1_000,
    realSeconds: (performance.now() - began) / SECOND_MS,
    simulatedSeconds,
  };
}

async function measure(folder: string): Promise<readonly Figure[]> {
  let drills = 0;
  const drill = (scenario: Scenario): Promise<Drilled> => {
    drills += 1;
    return drillOnDisk(scenario, join(folder, `drill-${drills}`));
  };
  const cpuOf = (size: number) => {
    const scenario = fleetOf(size);
    return async () => (await drill(scenario)).cpuMs;
  };
  const orders = reference('orders');
  // On its own: after a thousand resources the garbage of others would be measured.
  const speeds = await interleaved(ORDERS_ROUNDS, {
    orders: async () => {
      const { realSeconds, simulatedSeconds } = await drill(orders);
      return simulatedSeconds / realSeconds;
    },
  });
  const times = await interleaved(ROUNDS, {
    '10': cpuOf(10),
    '100': cpuOf(100),
    '1000': cpuOf(1_000),
  });
  const [ten, hundred, thousand] = [median(times['10']), median(times['100']), median(times['1000'])];
  const [first, second] = [(hundred - ten) / 90, (thousand - hundred) / 900];
  const speed = median(speeds.orders);
  return [
    atMost('marginal CPU a resource, 100 to 1000 / 10 to 100', second / first, 'ratio', 1.5),
    plain('marginal CPU a resource, 10 to 100', first, 'ms'),
    plain('marginal CPU a resource, 100 to 1000', second, 'ms'),
    plain('simulated seconds a second, orders', speed, '1'),
    atMost('six simulated hours, orders', SIX_HOURS_SECONDS / speed, 's', SIX_HOURS_MAY_TAKE_SECONDS),
  ];
}

export const drill: Bench = {
  about: 'what a resource more costs in a drill, and how much faster than real time a drill is',
  run: () => inScratchFolder(measure),
};
