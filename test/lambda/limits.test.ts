import { executionName } from '../../src/hosts/lambda/durable/generations.ts';
import { BUDGET } from '../../src/hosts/lambda/durable/budget.ts';
import { LifeboatError } from '../../src/errors.ts';
import { MINUTE_MS, SECOND_MS } from '../../src/time.ts';
import { violationsOf } from '../simulation/checkers/index.ts';
import { AWS_LIMITS } from './durable/state.ts';
import { hurry } from './durable/hurry.ts';
import { SimulatedCloud, VERSION_1, type CloudOptions } from './simulated-cloud.ts';
import { small } from './small.ts';

hurry();

const VERSION_2 = VERSION_1.replace(/1$/, '2');

async function played(options: CloudOptions): Promise<SimulatedCloud> {
  const cloud = new SimulatedCloud(small(), { mode: 'restore', yes: true, ...options });
  await cloud.run();
  return cloud;
}

async function expectCompleted(cloud: SimulatedCloud): Promise<void> {
  const outcome = await cloud.outcome();
  expect([outcome.report.status, violationsOf(outcome)]).toEqual(['completed', []]);
}

describe('an execution near its limits', () => {
  test.each([
    ['operations', { operations: 12 }],
    ['checkpoint bytes', { checkpointBytes: 4_000 }],
    ['age', { ageMs: 2 * MINUTE_MS }],
  ])('hands over to its successor by %s, and the run ends as one', async (_, change) => {
    const cloud = await played({ budget: { ...BUDGET, ...change } });
    const { executions } = cloud.service;
    expect(executions.length).toBeGreaterThan(1);
    expect(executions.map(({ name }) => name)).toEqual(
      executions.map((_each, index) => executionName(cloud.runId, index + 1)),
    );
    expect(executions.every(({ status }) => status === 'SUCCEEDED')).toBe(true);
    await expectCompleted(cloud);
  });

  test('stays within the limits that the service enforces, also when it counts every retry', async () => {
    const limits = { ...AWS_LIMITS, operations: 40 };
    let calls = 0;
    const cloud = await played({
      budget: { ...BUDGET, operations: 20 },
      service: { limits },
      // Every third slice fails once.
      storeFails: (call) =>
        call === 'acquire' && (calls += 1) % 3 === 0 ? new Error('throttled') : undefined,
    });
    expect(cloud.service.executions.every(({ operationCount }) => operationCount <= 40)).toBe(true);
    await expectCompleted(cloud);
  });

  test('would fail without a successor: the service refuses more than its limit', async () => {
    const cloud = await played({ service: { limits: { ...AWS_LIMITS, operations: 12 } } });
    expect(cloud.service.execution(cloud.runId)).toMatchObject({ status: 'FAILED' });
  });

  test('whose hand-over is not checkpointed starts one successor all the same', async () => {
    const cloud = await played({
      budget: { ...BUDGET, operations: 12 },
      service: { checkpoints: (number) => (number % 4 === 0 ? 'unanswered' : 'arrives') },
    });
    const names = cloud.service.executions.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    await expectCompleted(cloud);
  });

  test('starts the version that it runs on, whatever was deployed since', async () => {
    const cloud = new SimulatedCloud(small(), {
      mode: 'restore',
      yes: true,
      budget: { ...BUDGET, operations: 12 },
    });
    cloud.deploy(VERSION_2);
    await cloud.run();
    expect(new Set(cloud.service.executions.map(({ functionArn }) => functionArn))).toEqual(
      new Set([VERSION_1]),
    );
  });

  test('keeps the results of its steps small', async () => {
    const cloud = await played({});
    const { operationCount, checkpointBytes } = cloud.service.execution(cloud.runId);
    expect(checkpointBytes / operationCount).toBeLessThan(1_000);
  });
});

describe('a new version of the code', () => {
  test('hands a run of other machines to the version that began it', async () => {
    const cloud = new SimulatedCloud(small([{ before: 'restore', approvals: 1 }]), {
      mode: 'restore',
      yes: false,
    });
    cloud.deploy(VERSION_2, { machineVersion: 99 });
    cloud.begin();
    await cloud.sleep(MINUTE_MS);
    cloud.service.stop(cloud.runId);
    cloud.service.start(VERSION_2, executionName(cloud.runId, 2), {
      ...{ kind: 'continue', runId: cloud.runId, generation: 2 },
    });
    await cloud.sleep(MINUTE_MS);
    expect(cloud.service.executions.map(({ functionArn, status }) => [functionArn, status])).toEqual([
      [VERSION_1, 'STOPPED'],
      [VERSION_2, 'SUCCEEDED'],
      [VERSION_1, 'RUNNING'],
    ]);
    await cloud.signal('approve');
    await cloud.untilIdle();
    await expectCompleted(cloud);
  });

  test('continues a run of the same machines itself', async () => {
    const cloud = new SimulatedCloud(small([{ before: 'restore', approvals: 1 }]), {
      mode: 'restore',
      yes: false,
    });
    cloud.deploy(VERSION_2);
    cloud.begin();
    await cloud.sleep(MINUTE_MS);
    cloud.service.stop(cloud.runId);
    cloud.service.start(VERSION_2, executionName(cloud.runId, 2), {
      ...{ kind: 'continue', runId: cloud.runId, generation: 2 },
    });
    await cloud.signal('approve');
    await cloud.untilIdle();
    expect(cloud.service.executions).toHaveLength(2);
    await expectCompleted(cloud);
  });

  test('says at once that it cannot drive a run that a laptop began with other machines', async () => {
    const cloud = new SimulatedCloud(small(), { mode: 'restore', yes: true });
    cloud.deploy(VERSION_2, { machineVersion: 99 });
    await cloud.onLaptop(async (_, store) => {
      const { runId, runbook } = cloud.record;
      await store.create({ runId, runbook, at: cloud.time.now, isShared: true, record: () => cloud.record });
    });
    cloud.service.start(VERSION_2, cloud.runId, { kind: 'continue', runId: cloud.runId, generation: 1 });
    await cloud.untilIdle();
    expect(cloud.service.execution(cloud.runId).status).toBe('FAILED');
    expect(cloud.time.now - cloud.plan.plannedAt).toBeLessThan(MINUTE_MS);
    expect(cloud.told[0]?.text).toContain('version 99');
  });
});

describe('what fails', () => {
  test('a throttled journal is tried again, and the run ends as if nothing had been', async () => {
    let calls = 0;
    const cloud = await played({
      storeFails: () => {
        calls += 1;
        return calls > 4 && calls < 14
          ? new LifeboatError('JOURNAL_UNWRITABLE', 'throttled', 'Wait.')
          : undefined;
      },
    });
    await expectCompleted(cloud);
    expect(cloud.told).toEqual([]);
  });

  test('a table that is gone is told to people after an hour and a half, and the run can be resumed later', async () => {
    let isGone = false;
    const cloud = new SimulatedCloud(small(), {
      ...{ mode: 'restore', yes: true },
      storeFails: () =>
        isGone
          ? new LifeboatError('JOURNAL_UNREADABLE', 'The table does not exist.', 'Restore it.')
          : undefined,
    });
    cloud.begin();
    await cloud.sleep(15 * SECOND_MS);
    isGone = true;
    const at = cloud.time.now;
    await cloud.untilIdle();
    expect(cloud.service.execution(cloud.runId)).toMatchObject({
      status: 'FAILED',
      error: { ErrorMessage: 'JOURNAL_UNREADABLE: The table does not exist. Restore it.' },
    });
    expect(cloud.time.now - at).toBeGreaterThan(60 * MINUTE_MS);
    expect(cloud.time.now - at).toBeLessThan(120 * MINUTE_MS);
    expect(cloud.told).toMatchObject([{ subject: `${cloud.runId}: nothing drives the run any more` }]);
    expect(cloud.told[0]?.text).toContain(`lifeboat resume ${cloud.runId} --journal dynamodb://lifeboat`);
    expect(cloud.metrics).toContainEqual(expect.objectContaining({ RunHalted: 1, Runbook: 'small' }));

    isGone = false;
    cloud.service.start(VERSION_1, executionName(cloud.runId, 2), {
      ...{ kind: 'continue', runId: cloud.runId, generation: 2 },
    });
    await cloud.untilIdle();
    await expectCompleted(cloud);
  });

  test('a request that no run can follow from is told once, counted as refused, and not tried again', async () => {
    const refused = new LifeboatError('INVALID_RUNBOOK', 'The runbook has no resources.', 'Add one.');
    const cloud = await played({ refuses: refused });
    const { status, result } = cloud.service.execution(cloud.runId);
    expect([status, JSON.parse(result ?? '')]).toMatchObject([
      'SUCCEEDED',
      { kind: 'refused', code: 'INVALID_RUNBOOK' },
    ]);
    expect(cloud.told).toHaveLength(1);
    expect(cloud.told[0]?.text).toBe('The runbook has no resources.\nAdd one.');
    expect(cloud.metrics).toMatchObject([{ RunRefused: 1, Runbook: 'small', Mode: 'restore' }]);
  });

  test('a missed objective and a halted run are counted in the metrics that alarms watch', async () => {
    const scenario = small();
    const objectives = { ...scenario.runbook.objectives, rtoSeconds: 60 };
    const cloud = new SimulatedCloud(
      { ...scenario, runbook: { ...scenario.runbook, objectives } },
      { mode: 'restore', yes: true },
    );
    cloud.onCall = (operation) => {
      if (operation === 'CreateVolume')
        throw Object.assign(new Error('denied'), {
          name: 'UnauthorizedOperation',
          $metadata: { httpStatusCode: 403 },
        });
    };
    cloud.begin();
    await cloud.untilEnded();
    expect(cloud.metrics).toContainEqual(expect.objectContaining({ ObjectiveBreached: 1, Runbook: 'small' }));
    expect(cloud.metrics).toContainEqual(expect.objectContaining({ RunHalted: 1 }));
    expect(cloud.metrics).toContainEqual(expect.objectContaining({ RunFailed: 1 }));
  });
});
