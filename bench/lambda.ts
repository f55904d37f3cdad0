import { classify } from '../src/aws/request-failures.ts';
import { DynamoStore } from '../src/journal/dynamodb/dynamo-store.ts';
import { HOUR_MS, SECOND_MS } from '../src/time.ts';
import { fleetOf } from '../test/hosts/fleet.ts';
import { openTable } from '../test/journal/dynamodb/table.ts';
import { hurry } from '../test/lambda/durable/hurry.ts';
import { SimulatedCloud } from '../test/lambda/simulated-cloud.ts';
import { coldStart } from './lambda-cold.ts';
import { atMost, BenchFailure, plain, type Bench, type Figure } from './support.ts';

/** Twice so long is the time of one volume at the fastest rate: half of the volumes load at once. */
const SIX_HOURS_GIB = 3_100;
const MEMORY_GB = 1;
/** ? One request to AWS, round trip, of which eight are on their way at once. */
const CALL_MS = 100 / 8;
/** ? One request to DynamoDB from Lambda, round trip. */
const TABLE_REQUEST_MS = 5;

interface Played {
  readonly operations: number;
  readonly checkpointBytes: number;
  readonly writes: number;
  readonly reads: number;
  readonly gbSeconds: number;
  readonly hours: number;
  readonly invocations: number;
}

/** A drill of `size` resources in the cloud, in virtual time, with its journal on a DynamoDB server. */
async function play(size: number): Promise<Played> {
  const table = await openTable();
  const stores: DynamoStore[] = [];
  let requests = 0;
  const client: { send: typeof table.client.send } = {
    send: ((...given: Parameters<typeof table.client.send>) => {
      requests += 1;
      return table.client.send(...given);
    }) as typeof table.client.send,
  };
  const cloud = new SimulatedCloud(fleetOf(size, SIX_HOURS_GIB), {
    ...{ mode: 'drill', yes: true, isMeasured: true },
    runs: (clock) => {
      const store = new DynamoStore({
        ...{ client, table: table.table, classify },
        clock: {
          now: () => clock.now(),
          monotonic: () => clock.passed(),
          sleep: (ms) => clock.sleepUntil(clock.now() + ms),
        },
        // A real heartbeat would fall into virtual time.
        times: { beatEveryMs: HOUR_MS },
      });
      stores.push(store);
      return store;
    },
  });
  const cpu = process.cpuUsage();
  await cloud.run();
  const { user, system } = process.cpuUsage(cpu);
  const { report } = await cloud.outcome();
  if (report.status !== 'completed')
    throw new BenchFailure(`The drill of ${size} resources ended ${report.status}.`);
  const { executions, invocations } = cloud.service;
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const slept = sum(invocations.map(({ ms }) => ms));
  const computed = (user + system) / 1_000;
  const waited = report.apiCalls.total * CALL_MS + requests * TABLE_REQUEST_MS;
  await table.close();
  return {
    operations: sum(executions.map(({ operationCount }) => operationCount)),
    checkpointBytes: sum(executions.map(({ checkpointBytes }) => checkpointBytes)),
    writes: sum(stores.map(({ units }) => units.write)),
    reads: sum(stores.map(({ units }) => units.read)),
    gbSeconds: (MEMORY_GB * (slept + computed + waited)) / SECOND_MS,
    hours: (cloud.time.now - cloud.plan.plannedAt) / HOUR_MS,
    invocations: invocations.length,
  };
}

const MOST_OPERATIONS = 1_500;
const MOST_CHECKPOINT_MB = 10;
const MOST_WRITES_A_RESOURCE = 150;

async function figuresOf(size: number): Promise<readonly Figure[]> {
  const played = await play(size);
  const named = (what: string): string => `${size} resources: ${what}`;
  return [
    plain(named('simulated hours'), played.hours, 'h'),
    atMost(named('durable operations'), played.operations, '1', MOST_OPERATIONS),
    atMost(named('checkpoints'), played.checkpointBytes / 1e6, 'MB', MOST_CHECKPOINT_MB),
    plain(named('invocations'), played.invocations, '1'),
    atMost(named('DynamoDB write units a resource'), played.writes / size, '1', MOST_WRITES_A_RESOURCE),
    plain(named('DynamoDB read units'), played.reads, '1'),
    plain(named('GB-seconds, with latencies assumed'), played.gbSeconds, 'GB s'),
  ];
}

export const lambda: Bench = {
  about: 'what six hours of a run in the cloud use, and how fast a function begins',
  async run() {
    hurry();
    const figures: Figure[] = [];
    for (const size of [10, 100, 1_000]) figures.push(...(await figuresOf(size)));
    return [...figures, ...(await coldStart())];
  },
};
