import { serveWorld } from '../../src/simulator/endpoint/serve.ts';
import { describeExecutorContract } from '../contract/executor.ts';
import { simulatedAccount } from '../contract/executor-simulator.ts';
import { clientsOf } from './clients.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

describeExecutorContract('AWS clients on the simulator over HTTP', () =>
  simulatedAccount(async (world) => {
    const endpoint = await serveWorld(world);
    const clients = clientsOf(endpoint.url);
    open.push(async () => {
      for (const client of Object.values(clients)) client.destroy();
      await endpoint.close();
      world.close();
    });
    return clients;
  }),
);
