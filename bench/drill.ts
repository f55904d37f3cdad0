import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openSimulationHost } from '../src/hosts/simulation.ts';
import { createSqliteJournal } from '../src/journal/sqlite/open-journal.ts';
import type { RunMode } from '../src/plan/types.ts';
import type { World } from '../src/simulator/index.ts';
import { SECOND_MS } from '../src/time.ts';
import { fleetOf } from '../test/hosts/fleet.ts';
import { NEVER, planOf, recordOf, reference, type Scenario } from '../test/hosts/support.ts';
import { atMost, BenchFailure, inScratchFolder, interleaved, median, plain, quotients } from './support.ts';
import type { Bench, Figure } from './support.ts';

const ROUNDS = 5;
/** A restore of 4,000 resources takes a minute. */
const LARGE_ROUNDS = 2;
const LARGE_MAY_TAKE_MS = 25;
const ORDERS_ROUNDS = 25;
const SIX_HOURS_SECONDS = 6 * 3_600;
/** Well under a second. Half of it is waiting for the disk, which has to have every decision before anything is done about it. */
const SIX_HOURS_MAY_TAKE_SECONDS = 0.75;

interface Drilled {
  /** Of this process, user and system, from the plan to the closed journal. */
  readonly cpuMs: number;
  /** The part of it that the simulated services take. */
  readonly simulatorMs: number;
  readonly realSeconds: number;
  readonly simulatedSeconds: number;
}

function msOf({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1_000;
}

type Clients = Pick<World, 'ec2' | 'rds' | 'ssm'>;

/** The services of a world that add up the CPU time they take. In a simulation the calls are sent one at a time. */
class Metered {
  ms = 0;

  around({ ec2, rds, ssm }: World): Clients {
    return { ec2: this.#metered(ec2), rds: this.#metered(rds), ssm: this.#metered(ssm) };
  }

  #metered<T extends Clients[keyof Clients]>(client: T): T {
    const answer = client.send.bind(client) as (command: object) => Promise<object>;
    const send = async (command: object): Promise<object> => {
      const before = process.cpuUsage();
      try {
        return await answer(command);
      } finally {
        this.ms += msOf(process.cpuUsage(before));
      }
    };
    return { send } as T;
  }
}

/** One drill or restore as `lifeboat drill --simulate` runs it: planned, journalled on disk, driven to its end. */
async function runOnDisk(scenario: Scenario, mode: RunMode, directory: string): Promise<Drilled> {
  mkdirSync(directory);
  const cpu = process.cpuUsage();
  const began = performance.now();
  const plan = planOf(scenario, mode);
  const journal = await createSqliteJournal({ directory, record: recordOf(scenario, plan, { mode }) });
  await journal.acquire();
  const { inventory } = scenario;
  const simulator = new Metered();
  const host = await openSimulationHost({
    ...{ journal, directory, inventory, speed: Infinity },
    probe: { wrapClients: (world) => simulator.around(world) },
    onTimeline: () => undefined,
  });
  const { phase } = await host.drive(NEVER);
  const simulatedSeconds = (host.world.snapshotOf().at - plan.plannedAt) / SECOND_MS;
  await host.close();
  if (phase !== 'completed') throw new BenchFailure(`A ${mode} of ${plan.runbook} ended ${phase}.`);
  return {
    cpuMs: msOf(process.cpuUsage(cpu)),
    simulatorMs: simulator.ms,
    realSeconds: (performance.now() - began) / SECOND_MS,
    simulatedSeconds,
  };
}

async function measure(folder: string): Promise<readonly Figure[]> {
  let runs = 0;
  const run = (scenario: Scenario, mode: RunMode): Promise<Drilled> => {
    runs += 1;
    return runOnDisk(scenario, mode, join(folder, `run-${runs}`));
  };
  const drill = (scenario: Scenario): Promise<Drilled> => run(scenario, 'drill');
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
    ...(await large((scenario) => run(scenario, 'restore'))),
    atMost('marginal CPU a resource, 100 to 1000 / 10 to 100', second / first, 'ratio', 1.5),
    plain('marginal CPU a resource, 10 to 100', first, 'ms'),
    plain('marginal CPU a resource, 100 to 1000', second, 'ms'),
    plain('simulated seconds a second, orders', speed, '1'),
    atMost('six simulated hours, orders', SIX_HOURS_SECONDS / speed, 's', SIX_HOURS_MAY_TAKE_SECONDS),
  ];
}

/** Whether the costs of a resource grow with the fleet, and which of them are the simulator's alone. */
async function large(restore: (scenario: Scenario) => Promise<Drilled>): Promise<readonly Figure[]> {
  const simulator = { '1000': [] as number[], '4000': [] as number[] };
  const cpuOf = (size: keyof typeof simulator) => {
    const scenario = fleetOf(Number(size));
    return async () => {
      const { cpuMs, simulatorMs } = await restore(scenario);
      simulator[size].push(simulatorMs / Number(size));
      return cpuMs / Number(size);
    };
  };
  const times = await interleaved(LARGE_ROUNDS, { '1000': cpuOf('1000'), '4000': cpuOf('4000') });
  const most = median(times['4000']);
  const growth = median(quotients(times['4000'], times['1000']));
  return [
    atMost('CPU a resource, restore of 4000', most, 'ms', LARGE_MAY_TAKE_MS),
    plain('CPU a resource, restore of 1000', median(times['1000']), 'ms'),
    atMost('CPU a resource, restore of 4000 / of 1000', growth, 'ratio', 1.25),
    plain("of it the simulator's, restore of 4000", median(simulator['4000']), 'ms'),
    plain("of it the simulator's, restore of 1000", median(simulator['1000']), 'ms'),
  ];
}

export const drill: Bench = {
  about:
    'what a resource more costs in a drill, what one costs in large restores, and how much faster than real time a drill is',
  run: () => inScratchFolder(measure),
};
