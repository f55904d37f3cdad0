import { fleetOf } from '../driver/stage.ts';
import { hurry } from './durable/hurry.ts';
import { SimulatedCloud } from './simulated-cloud.ts';

hurry();

test('a run that has to replay missed requests pauses for a machine to take it over, and does not wait in silence', async () => {
  const sources = [{ path: '/var/log/access.log' }];
  const scenario = fleetOf({ backfill: { sources, replay: { target: 'https://shop.example', rate: 10 } } });
  const cloud = new SimulatedCloud(scenario, { mode: 'restore', yes: true });
  cloud.begin();
  await cloud.untilEnded();
  const { timeline } = await cloud.outcome();
  const paused = timeline.find(({ code }) => code === 'signal.paused');
  expect(JSON.stringify(paused?.data)).toContain(
    `Take the run over on a machine whose disk does: lifeboat resume ${cloud.runId} --journal dynamodb://lifeboat"`,
  );
  expect(cloud.metrics).toContainEqual(expect.objectContaining({ RunHalted: 1 }));
});
