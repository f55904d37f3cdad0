import { wakeRuns, type WakePorts } from '../../src/hosts/lambda/wake.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time.ts';
import type { TimelineEntry } from '../../src/workflow/base/decision.ts';
import { violationsOf } from '../simulation/checkers/index.ts';
import { BUDGET } from '../../src/hosts/lambda/durable/budget.ts';
import { hurry } from './durable/hurry.ts';
import { SimulatedCloud, type CloudOptions } from './simulated-cloud.ts';
import { small } from './small.ts';

hurry();

const say = (): void => undefined;
const SILENT = { info: say, warn: say, error: say };
const GATED = small([{ before: 'restore', approvals: 1 }]);
/** Replays are quadratic in the SDK: long waits are handed over early. */
const SHORT = { ...BUDGET, operations: 60 };
/** A wait that is not ended early lasts so long at most. */
const LONGEST_REST_MS = 10 * MINUTE_MS;

async function waiting(options: CloudOptions = {}): Promise<SimulatedCloud> {
  const cloud = new SimulatedCloud(GATED, { mode: 'restore', yes: false, ...options });
  cloud.begin();
  await cloud.sleep(2 * MINUTE_MS);
  expect((await cloud.outcome()).report.asksPeople).toBe(true);
  return cloud;
}

async function entryOf(cloud: SimulatedCloud, code: string): Promise<TimelineEntry> {
  const timeline = await cloud.read((journal) => journal.timeline());
  const entry = timeline.find((each) => each.code === code);
  if (entry === undefined) throw new Error(`no ${code}`);
  return entry;
}

const codesOf = (cloud: SimulatedCloud): Promise<readonly string[]> =>
  cloud.read(async (journal) => (await journal.timeline()).map(({ code }) => code));

describe('a run that waits for an approval', () => {
  test('is woken by it, and goes on within seconds', async () => {
    const cloud = await waiting();
    await cloud.sleep(7 * MINUTE_MS);
    const at = cloud.time.now;
    await cloud.signal('approve');
    await cloud.untilIdle();
    expect((await entryOf(cloud, 'approval.approved')).at - at).toBeLessThan(10_000);
    const outcome = await cloud.outcome();
    expect([outcome.report.status, violationsOf(outcome)]).toEqual(['completed', []]);
  });

  test('finds it by itself within ten minutes when the callback is lost', async () => {
    const cloud = await waiting();
    const at = cloud.time.now;
    await cloud.signal('approve', { isLost: true });
    await cloud.untilIdle();
    const heard = (await entryOf(cloud, 'approval.approved')).at - at;
    expect(heard).toBeGreaterThan(MINUTE_MS);
    expect(heard).toBeLessThanOrEqual(LONGEST_REST_MS);
  });

  test('hears it when it comes between its last look at the inbox and its wait', async () => {
    const cloud = new SimulatedCloud(GATED, { mode: 'restore', yes: false });
    const { expectWake } = cloud.wakes;
    let at = 0;
    cloud.wakes.expectWake = async (...given) => {
      // The signal is written before the registration: nobody can be woken by it.
      if (at === 0) await cloud.signal('approve');
      at ||= cloud.time.now;
      await expectWake.apply(cloud.wakes, given);
    };
    await cloud.run();
    expect((await entryOf(cloud, 'approval.approved')).at).toBe(at);
  });

  test('costs few operations while it waits for days, and hands over before the execution grows old', async () => {
    const cloud = await waiting({ budget: { ...BUDGET, ageMs: 12 * HOUR_MS } });
    await cloud.sleep(30 * HOUR_MS);
    const ended = { status: 'SUCCEEDED' };
    expect(cloud.service.executions).toMatchObject([ended, ended, { status: 'RUNNING' }]);
    await cloud.signal('approve');
    await cloud.untilIdle();
    const { report } = await cloud.outcome();
    // No process was missing for long, and no clock has jumped.
    expect([report.status, report.clock]).toEqual(['completed', null]);
    const operations = cloud.service.executions.reduce((sum, { operationCount }) => sum + operationCount, 0);
    // Two for each wait of ten minutes, and those of the restore.
    expect(operations).toBeLessThan(30 * 6 * 2 + 120);
  });
});

test('a run that is paused for three days goes on where it was, without a question about the time', async () => {
  const cloud = new SimulatedCloud(small(), { mode: 'restore', yes: true, budget: SHORT });
  cloud.begin();
  await cloud.sleep(MINUTE_MS);
  await cloud.signal('pause');
  await cloud.sleep(72 * HOUR_MS);
  // Every sandbox is gone by now.
  cloud.service.coolDown();
  await cloud.signal('resume');
  await cloud.untilIdle();
  const { report } = await cloud.outcome();
  expect([report.status, report.clock]).toEqual(['completed', null]);
  expect((await codesOf(cloud)).filter((code) => code.startsWith('fault.'))).toEqual([]);
});

test('an abort in the middle ends the run and removes what it made', async () => {
  const cloud = new SimulatedCloud(small(), { mode: 'restore', yes: true });
  cloud.begin();
  await cloud.sleep(MINUTE_MS);
  await cloud.signal('abort');
  await cloud.untilIdle();
  const outcome = await cloud.outcome();
  expect([outcome.report.status, violationsOf(outcome)]).toEqual(['aborted', []]);
  expect(cloud.metrics).toContainEqual(expect.objectContaining({ RunFailed: 1 }));
});

describe('the clock of a sandbox', () => {
  test('that jumps is not believed: the run takes no longer by it, and says so', async () => {
    const cloud = new SimulatedCloud(small(), { mode: 'restore', yes: true });
    cloud.onCall = (operation) => {
      if (operation === 'CreateVolume')
        for (const sandbox of cloud.service.sandboxes) sandbox.skewMs = 30 * DAY_MS;
    };
    cloud.begin();
    await cloud.untilEnded();
    const { report } = await cloud.outcome();
    expect(report.status).toBe('completed');
    expect(report.objectives.rto.actualSeconds).toBeLessThan(HOUR_MS / 1_000);
    expect(report.clock?.jumps.length).toBeGreaterThan(0);
  });

  test('that is frozen between invocations is no jump', async () => {
    const cloud = await waiting({ budget: SHORT });
    await cloud.sleep(DAY_MS);
    await cloud.signal('approve');
    await cloud.untilIdle();
    // One sandbox was thawed more than a hundred times; its monotonic counter has stood still in between.
    expect(cloud.service.sandboxes).toHaveLength(1);
    expect((await cloud.outcome()).report.clock).toBeNull();
  });
});

describe('while fast snapshot restore is being enabled for an hour', () => {
  const ACCELERATED = small([], { strategies: ['fsr'], sizeGiB: 1_024 });

  test('a function looks a few times instead of every minute, and sees the end soon', async () => {
    const cloud = new SimulatedCloud(ACCELERATED, { mode: 'drill', yes: true });
    await cloud.run();
    const { report } = await cloud.outcome();
    const rta = report.objectives.rto.actualSeconds ?? 0;
    expect(rta).toBeGreaterThan(3_000);
    expect(cloud.service.invocations.length).toBeLessThan(rta / 60);
    const looks = report.apiCalls.byOperation['DescribeFastSnapshotRestores'] ?? 0;
    // A laptop looks every twenty seconds.
    expect(looks).toBeLessThan(rta / 60);
  });

  test('an event of AWS ends the long wait', async () => {
    const cloud = new SimulatedCloud(ACCELERATED, { mode: 'drill', yes: true });
    cloud.begin();
    await cloud.sleep(10 * MINUTE_MS);
    const invocations = cloud.service.invocations.length;
    const lambda = {
      send: async ({ input }: { readonly input: { readonly CallbackId: string } }) =>
        cloud.service.completeCallback(input.CallbackId),
    };
    const woken = await wakeRuns(
      { 'detail-type': 'EBS Fast Snapshot Restore State-change Notification' },
      {
        store: cloud.wakes,
        ec2: lambda as unknown as WakePorts['ec2'],
        lambda: lambda as unknown as WakePorts['lambda'],
        log: SILENT,
      },
    );
    expect(woken).toEqual([cloud.runId]);
    await cloud.sleep(5_000);
    expect(cloud.service.invocations.length).toBe(invocations + 1);
    await cloud.untilIdle();
    expect((await cloud.outcome()).report.status).toBe('completed');
  });
});
