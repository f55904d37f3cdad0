import { withDurableExecution, type DurableContext, type Duration } from '@aws/durable-execution-sdk-js';
import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';
import { execute } from '../../src/hosts/lambda/durable/execution.ts';
import type { RunRequest } from '../../src/hosts/lambda/requests.ts';
import { violationsOf } from '../simulation/checkers/index.ts';
import { VirtualProcess } from './durable/virtual-time.ts';
import type { Machine } from './guarded-store.ts';
import { SimulatedCloud } from './simulated-cloud.ts';
import { small } from './small.ts';

beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: true }));
afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());

/** AWS's runner skips waits in its own time: the simulated account follows. Each wait is slept once, also when it is replayed. */
function following(context: DurableContext, clock: VirtualProcess, slept: Set<number>): DurableContext {
  let waits = 0;
  const wait = async (name: string, duration: Duration): Promise<void> => {
    const number = (waits += 1);
    await context.wait(name, duration);
    if (slept.has(number) || !('seconds' in duration)) return;
    slept.add(number);
    await clock.sleepUntil(clock.now() + (duration.seconds ?? 0) * 1_000);
  };
  return new Proxy(context, {
    get: (target, key): unknown => {
      if (key === 'wait') return wait;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

test("a drill runs in AWS's own local runner, whose service is not ours", async () => {
  const cloud = new SimulatedCloud(small(), { mode: 'drill', yes: true });
  const clock = new VirtualProcess(cloud.time);
  const machine: Machine = { clock, isLively: true, guard: (call) => call(), guarded: (target) => target };
  const parts = cloud.cloudOf(machine);
  const slept = new Set<number>();
  const handlerFunction = withDurableExecution(async (request: RunRequest, context) =>
    execute(request, following(context, clock, slept), parts),
  );
  const runner = new LocalDurableTestRunner({ handlerFunction });
  const result = await cloud.whileTimePasses(runner.run({ payload: cloud.request() }));
  expect(result.getStatus()).toBe('SUCCEEDED');
  expect(result.getResult()).toEqual({ kind: 'ended', outcome: 'completed' });
  const names = result.getOperations().map((operation) => operation.getName());
  expect(names.slice(0, 4)).toEqual(['begin', 'bell', 'drive', 'rest']);
  expect(names.at(-1)).toBe('report');
  const outcome = await cloud.outcome();
  expect([outcome.report.status, violationsOf(outcome)]).toEqual(['completed', []]);
});
