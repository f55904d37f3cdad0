import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openSimulationHost } from '../src/hosts/simulation.ts';
import { parseInventory } from '../src/inventory/parse.ts';
import { createSqliteJournal } from '../src/journal/sqlite/open-journal.ts';
import { parseRunbook } from '../src/runbook/parse.ts';
import { SECOND_MS } from '../src/time.ts';
import { NEVER, planOf, recordOf, reference, type Scenario } from '../test/hosts/support.ts';
import { atMost, BenchFailure, inScratchFolder, interleaved, median, plain } from './support.ts';
import type { Bench, Figure } from './support.ts';

const ROUNDS = 5;
const ORDERS_ROUNDS = 25;
const SIX_HOURS_SECONDS = 6 * 3_600;
/** Well under a second. Half of it is waiting for the disk, which has to have every decision before anything is done about it. */
const SIX_HOURS_MAY_TAKE_SECONDS = 0.75;
/** Of ten resources one is a database and nine are volumes. */
const DATABASE_EVERY = 10;
/** An initialisation may take at most this much of the quota. */
const RATE_MAX_MIBPS = 300;

interface Drilled {
  /** Of this process, user and system, from the plan to the closed journal. */
  readonly cpuMs: number;
  readonly realSeconds: number;
  readonly simulatedSeconds: number;
}

/**
 * An account of `size` resources. Its quotas grow with it, so that at every size half of the volumes initialise at once and the drill takes the
 * same simulated time: what a resource costs is compared, not how long it queues.
 */
function fleetOf(size: number): Scenario {
  const databases = Array.from({ length: size / DATABASE_EVERY }, (_, index) => `db-${index}`);
  const volumes = Array.from({ length: size - databases.length }, (_, index) => `vol-${index}`);
  const inventory = {
    ...{ apiVersion: 'lifeboat/v1', kind: 'Inventory', capturedAt: '2026-11-20T03:00:00Z' },
    ...{ account: '111111111111', region: 'us-east-1', zones: ['us-east-1a'] },
    quotas: {
      provisionedInitMiBps: Math.ceil(volumes.length / 2) * RATE_MAX_MIBPS,
      dbInstances: 2 * databases.length,
    },
    volumes: volumes.map((id) => ({
      ...{ id, zone: 'us-east-1a', type: 'gp3', sizeGiB: 200, iops: 3_000, throughputMiBps: 250 },
      tags: { app: 'events' },
    })),
    snapshots: volumes.map((volumeId, index) => ({
      ...{ id: `snap-${index}`, volumeId, startedAt: '2026-11-20T02:00:00Z', state: 'completed' },
      ...{ sizeGiB: 200, fullSizeGiB: 150 },
    })),
    dbInstances: databases.map((id) => ({
      ...{ id, engine: 'postgres', engineVersion: '16.4', class: 'db.r6g.large', storageGiB: 100 },
      ...{ zone: 'us-east-1a', backupRetentionDays: 1 },
    })),
    dbSnapshots: databases.map((dbInstanceId) => ({
      ...{ id: `${dbInstanceId}-backup`, dbInstanceId, at: '2026-11-20T02:00:00Z', storageGiB: 100 },
      ...{ engine: 'postgres', engineVersion: '16.4' },
    })),
  };
  const runbook = {
    ...{ apiVersion: 'lifeboat/v1', kind: 'Runbook', name: 'fleet', region: 'us-east-1' },
    objectives: { rto: '6h', rpo: '2h' },
    resources: [
      ...databases.map((id) => ({ id, type: 'rds-instance', source: id })),
      { id: 'events', type: 'ebs-volume', source: { tags: { app: 'events' } }, dependsOn: ['db-0'] },
    ],
  };
  // JSON is YAML.
  return {
    runbook: parseRunbook(JSON.stringify(runbook), 'fleet.yaml').runbook,
    inventory: parseInventory(JSON.stringify(inventory), 'fleet-inventory.yaml'),
  };
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
