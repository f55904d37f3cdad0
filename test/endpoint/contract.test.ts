import { serveWorld, type EndpointHooks } from '../../src/simulator/endpoint/serve.ts';
import type { World } from '../../src/simulator/index.ts';
import { describeExecutorContract } from '../contract/executor.ts';
import { EndpointAccount, NOT_ON_ENDPOINTS } from '../contract/executor-endpoint.ts';
import { simulatedAccount } from '../contract/executor-simulator.ts';
import type { Lacks } from '../contract/executor-stage.ts';
import { QuirkStand, startAccount, type TestAccount } from './account.ts';
import { clientsOf, type Clients } from './clients.ts';
import type { Quirks } from './quirks.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** The clients of a world that is served, in virtual time. */
async function overHttp(world: World, hooks: EndpointHooks = {}) {
  const endpoint = await serveWorld(world, { hooks });
  const clients = clientsOf(endpoint.url);
  open.push(async () => {
    for (const client of Object.values(clients)) client.destroy();
    await endpoint.close();
    world.close();
  });
  return clients;
}

describeExecutorContract('AWS clients on the simulator over HTTP', () =>
  simulatedAccount((world) => overHttp(world)),
);

const LESS: Quirks = {
  ignoresTokens: true,
  frozenAt: '2026-11-20T03:00:00Z',
  hides: ['Progress', 'PercentProgress', 'StatusMessage', 'CreateTime', 'InstanceCreateTime'],
  faults: [
    { does: 'page', status: 501, operations: ['DescribeVolumeStatus'] },
    {
      does: 'not-know',
      operations: [
        ...['DescribeFastSnapshotRestores', 'EnableFastSnapshotRestores', 'DisableFastSnapshotRestores'],
      ],
    },
    { does: 'page', status: 404, services: ['ssm'] },
  ],
};
const LACKS: Lacks = {
  'fast snapshot restore': 'this endpoint lacks it',
  parameters: 'this endpoint lacks them',
  'client tokens': 'this endpoint ignores them',
  'gradual progress': 'this endpoint hides it',
};

describeExecutorContract(
  'an endpoint with less',
  () =>
    simulatedAccount((world) => {
      const stand = new QuirkStand(() => world);
      stand.set(LESS);
      return overHttp(world, stand.hooks);
    }),
  LACKS,
);

describe('the suite for endpoints of others', () => {
  // In the time in which a real clock can pass: hours of simulated time within the longest wait.
  const PATIENCE = { shortMs: 5, longMs: 50 };
  let account: TestAccount | undefined;
  let clients: Clients | undefined;
  let suite: EndpointAccount | undefined;

  afterAll(async () => {
    await suite?.close();
    for (const client of Object.values(clients ?? {})) client.destroy();
    const { volumes, snapshots, dbInstances, dbSnapshots } = account?.world ?? nothingAsked();
    const left = [volumes, snapshots, dbInstances, dbSnapshots].flatMap((things) =>
      things().filter(({ deletedAt }) => deletedAt === undefined),
    );
    expect(left).toEqual([]);
    await account?.close();
  });

  describeExecutorContract(
    'an endpoint of another',
    async () => {
      account ??= await startAccount({ quirks: { speed: 1_000_000 } });
      clients ??= clientsOf(account.url);
      suite ??= new EndpointAccount(clients, PATIENCE);
      return suite.open();
    },
    NOT_ON_ENDPOINTS,
  );
});

function nothingAsked(): never {
  throw new Error('the account was asked nothing');
}
