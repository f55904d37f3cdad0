import { beginRun } from '../../src/driver/begin.ts';
import { drive } from '../../src/driver/drive.ts';
import { Driver } from '../../src/driver/driver.ts';
import type { Clock } from '../../src/driver/base/ports.ts';
import type { Held, Lease } from '../../src/journal/lease.ts';
import { MINUTE_MS, SECOND_MS } from '../../src/time.ts';
import { violationsOf } from '../simulation/checkers/index.ts';
import { executionName } from '../../src/hosts/lambda/durable/generations.ts';
import { hurry } from './durable/hurry.ts';
import { SimulatedCloud, VERSION_1 } from './simulated-cloud.ts';
import { small } from './small.ts';

hurry();

const NEVER = new AbortController().signal;

/** As an operator does it: again, until the function rests. */
async function taken(store: Lease, process: Clock, runId: string): Promise<Held> {
  for (;;) {
    const acquired = await store.acquire(runId, true);
    if ('epoch' in acquired) return acquired;
    await process.sleepUntil(process.now() + SECOND_MS);
  }
}

async function expectCompleted(cloud: SimulatedCloud): Promise<void> {
  const outcome = await cloud.outcome();
  expect([outcome.report.status, violationsOf(outcome)]).toEqual(['completed', []]);
}

describe('a laptop and the function', () => {
  test('a laptop that holds the lease is left alone, and the function goes on once it has let go', async () => {
    const cloud = new SimulatedCloud(small(), { mode: 'restore', yes: true });
    cloud.begin();
    await cloud.sleep(30 * SECOND_MS);
    const callsWhileHeld = await cloud.onLaptop(async (process, store) => {
      const held = await taken(store, process, cloud.runId);
      const before = cloud.service.invocations.length;
      const calls = (): number => cloud.world.snapshotOf().calls.length;
      const begun = calls();
      await process.sleepUntil(process.now() + 31 * MINUTE_MS);
      // It looks every five minutes, and asks AWS nothing.
      expect(cloud.service.invocations.length - before).toBeLessThanOrEqual(8);
      expect(await held.isOurs()).toBe(true);
      await held.release();
      return calls() - begun;
    });
    expect(callsWhileHeld).toBe(0);
    await cloud.untilIdle();
    await expectCompleted(cloud);
  });

  test('a laptop takes a run over in the middle, drives it for a while, and the function ends it', async () => {
    const cloud = new SimulatedCloud(small(), { mode: 'restore', yes: true });
    cloud.begin();
    await cloud.sleep(15 * SECOND_MS);
    await cloud.onLaptop(async (process, store) => {
      const held = await taken(store, process, cloud.runId);
      const journal = await store.open(cloud.runId, held);
      const account = await cloud.accountOf(process, journal);
      const parts = { ...account.parts, journal, clock: process };
      await beginRun(parts);
      const driver = await Driver.open(parts);
      for (let ticks = 0; ticks < 3; ticks += 1) {
        const { wakeAt } = (await driver.tick(Infinity)) as { readonly wakeAt?: number };
        await process.sleepUntil(wakeAt ?? 0);
      }
      await journal.close();
    });
    await cloud.untilIdle();
    await expectCompleted(cloud);
  });

  test('a laptop ends the run: the function finds that, and writes the report', async () => {
    const cloud = new SimulatedCloud(small(), { mode: 'restore', yes: true });
    cloud.begin();
    await cloud.sleep(15 * SECOND_MS);
    await cloud.onLaptop(async (process, store) => {
      const held = await taken(store, process, cloud.runId);
      const journal = await store.open(cloud.runId, held);
      const parts = { ...(await cloud.accountOf(process, journal)).parts, journal, clock: process };
      expect(await drive(await Driver.open(parts), parts, NEVER)).toMatchObject({ phase: 'completed' });
      await journal.close();
    });
    expect(cloud.evidence.size).toBe(0);
    await cloud.untilIdle();
    expect(cloud.evidence.size).toBe(2);
    await expectCompleted(cloud);
  });

  test.each([30, 50, 60, 70])(
    'a function that stops at its call %i is taken over, and can change nothing when it goes on',
    async (at) => {
      const cloud = new SimulatedCloud(small(), { mode: 'restore', yes: true });
      cloud.begin();
      await cloud.sleep(1);
      const hold = cloud.holdAt(at);
      await cloud.whileTimePasses(hold.reached);
      await cloud.onLaptop(async (process, store) => {
        const held = await taken(store, process, cloud.runId);
        expect(held.tookOver).toBeDefined();
        const before = cloud.world.snapshotOf().calls;
        hold.release();
        await process.sleepUntil(process.now() + MINUTE_MS);
        expect(cloud.world.snapshotOf().calls).toEqual(before);
        expect(await held.isOurs()).toBe(true);
        await held.release();
      });
      await cloud.untilIdle();
      await expectCompleted(cloud);
    },
  );
});

describe('two executions', () => {
  test('StopDurableExecution does not stop a running invocation: the lease keeps its successor waiting', async () => {
    const cloud = new SimulatedCloud(small(), { mode: 'restore', yes: true });
    cloud.begin();
    await cloud.sleep(1);
    const hold = cloud.holdAt(30);
    await cloud.whileTimePasses(hold.reached);
    cloud.service.stop(cloud.runId);
    const next = executionName(cloud.runId, 2);
    cloud.service.start(VERSION_1, next, { kind: 'continue', runId: cloud.runId, generation: 2 });
    hold.release();
    await cloud.untilIdle();
    await expectCompleted(cloud);
    expect(cloud.service.execution(cloud.runId).status).toBe('STOPPED');
    expect(cloud.service.execution(next).status).toBe('SUCCEEDED');
  });

  test('two invocations of one execution at once make nothing twice', async () => {
    const cloud = new SimulatedCloud(small(), { mode: 'restore', yes: true });
    cloud.begin();
    await cloud.sleep(1);
    const hold = cloud.holdAt(50);
    await cloud.whileTimePasses(hold.reached);
    cloud.service.invokeAgain(cloud.runId);
    hold.release();
    await cloud.untilIdle();
    await expectCompleted(cloud);
  });

  test('an execution that a later one has superseded ends by itself', async () => {
    const cloud = new SimulatedCloud(small([{ before: 'restore', approvals: 1 }]), {
      mode: 'restore',
      yes: false,
    });
    cloud.begin();
    await cloud.sleep(MINUTE_MS);
    const next = executionName(cloud.runId, 2);
    cloud.service.start(VERSION_1, next, { kind: 'continue', runId: cloud.runId, generation: 2 });
    await cloud.sleep(40 * MINUTE_MS);
    expect(cloud.service.execution(cloud.runId)).toMatchObject({
      status: 'SUCCEEDED',
      result: '{"kind":"superseded"}',
    });
    await cloud.signal('approve');
    await cloud.untilIdle();
    await expectCompleted(cloud);
  });

  test('the same name and request start one execution, however often they come', async () => {
    const cloud = new SimulatedCloud(small(), { mode: 'restore', yes: true });
    cloud.begin();
    cloud.begin();
    await cloud.sleep(MINUTE_MS);
    cloud.begin();
    await cloud.untilIdle();
    cloud.begin();
    expect(cloud.service.executions).toHaveLength(1);
    expect(() => cloud.service.start(VERSION_1, cloud.runId, { ...cloud.request(), by: 'other' })).toThrow(
      'payload',
    );
    await expectCompleted(cloud);
  });
});
