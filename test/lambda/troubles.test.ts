import { LifeboatError } from '../../src/errors.ts';
import { evidenceKey } from '../../src/hosts/lambda/durable/evidence.ts';
import { executionName } from '../../src/hosts/lambda/durable/generations.ts';
import { lateWrite } from '../../src/journal/conflicts.ts';
import type { Channel } from '../../src/notices/channel.ts';
import type { Report } from '../../src/report/model/report.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/time.ts';
import { violationsOf } from '../simulation/checkers/index.ts';
import { hurry } from './durable/hurry.ts';
import { SimulatedCloud, VERSION_1, type CloudOptions } from './simulated-cloud.ts';
import { small } from './small.ts';

hurry();

const RESTORE = { mode: 'restore', yes: true } as const;

async function expectCompleted(cloud: SimulatedCloud): Promise<void> {
  const outcome = await cloud.outcome();
  expect([outcome.report.status, violationsOf(outcome)]).toEqual(['completed', []]);
}

/** How long the run took. */
async function played(options: CloudOptions): Promise<number> {
  const cloud = new SimulatedCloud(small(), { ...RESTORE, ...options });
  await cloud.run();
  await expectCompleted(cloud);
  return cloud.time.now - cloud.plan.plannedAt;
}

/** Fails the commits of which `isSo`, by their number from 1. */
function commitsFail(isSo: (commit: number) => boolean): Required<Pick<CloudOptions, 'storeFails'>> {
  let commits = 0;
  return {
    storeFails: (call) => {
      if (call === 'commit') commits += 1;
      return call === 'commit' && isSo(commits) ? lateWrite('small-1') : undefined;
    },
  };
}

describe('a journal that has moved on while nobody took the run over', () => {
  test('is read again within seconds', async () => {
    const usual = await played({});
    expect(await played(commitsFail((commit) => commit === 6))).toBeLessThan(usual + 30 * SECOND_MS);
  });

  test('that never lets a slice go on is told to people', async () => {
    const cloud = new SimulatedCloud(small(), { ...RESTORE, ...commitsFail((commit) => commit > 6) });
    cloud.begin();
    await cloud.sleep(2 * HOUR_MS);
    expect(cloud.told).toMatchObject([{ subject: `${cloud.runId}: nothing drives the run any more` }]);
    expect(cloud.service.execution(cloud.runId).status).toBe('FAILED');
  });
});

test('an execution that a later one has superseded leaves it the registration that wakes it', async () => {
  const cloud = new SimulatedCloud(small([{ before: 'restore', approvals: 1 }]), { ...RESTORE, yes: false });
  cloud.begin();
  await cloud.sleep(5 * MINUTE_MS);
  const next = executionName(cloud.runId, 2);
  cloud.service.start(VERSION_1, next, { kind: 'continue', runId: cloud.runId, generation: 2 });
  // The wait of the first execution ends before that of the second.
  await cloud.sleep(7 * MINUTE_MS);
  expect(cloud.service.execution(cloud.runId).status).toBe('SUCCEEDED');
  const at = cloud.time.now;
  await cloud.signal('approve');
  await cloud.sleep(10 * SECOND_MS);
  const timeline = await cloud.read((journal) => journal.timeline());
  expect(timeline.find(({ code }) => code === 'approval.approved')?.at).toBeLessThan(at + 10 * SECOND_MS);
  await cloud.untilIdle();
  await expectCompleted(cloud);
});

describe('the notice of the end', () => {
  /** It takes nothing from the end of the run on, for so many attempts. */
  function deafTo(attempts: number, heard: string[]): Channel {
    let left = attempts;
    return {
      ...{ key: 'topic', label: 'topic' },
      async deliver({ text }) {
        if (text.includes('completed') && (left -= 1) >= 0)
          return { ok: false, why: 'ServiceUnavailable', isFinal: false };
        heard.push(text);
        return { ok: true };
      },
    };
  }

  test('reaches a receiver that is down when the run ends, and comes back', async () => {
    const heard: string[] = [];
    const cloud = new SimulatedCloud(small(), { ...RESTORE, channels: [deafTo(3, heard)] });
    await cloud.run();
    expect(heard.filter((text) => text.includes('completed'))).toHaveLength(1);
    await expectCompleted(cloud);
  });

  test('that nobody ever takes delays the report by minutes only, and the report names it', async () => {
    const heard: string[] = [];
    const cloud = new SimulatedCloud(small(), { ...RESTORE, channels: [deafTo(Infinity, heard)] });
    await cloud.run();
    expect(heard).not.toEqual([]);
    const [report = ''] = cloud.evidence.get(evidenceKey(cloud.runId, 'report.json')) ?? [];
    expect((JSON.parse(report) as Report).notices).toMatchObject([{ waiting: 1 }]);
    const endedAt = (await cloud.read((journal) => journal.timeline())).at(-1)?.at ?? 0;
    expect(cloud.time.now - endedAt).toBeLessThan(10 * MINUTE_MS);
    await expectCompleted(cloud);
  });
});

test('a run that could not begin for an hour and a half is to be asked for again, not resumed', async () => {
  const cloud = new SimulatedCloud(small(), {
    ...RESTORE,
    storeFails: (call) =>
      call === 'begin' ? new LifeboatError('AWS_FAILED', 'The role has expired.', 'Renew it.') : undefined,
  });
  await cloud.run();
  expect(cloud.service.execution(cloud.runId).status).toBe('FAILED');
  expect(cloud.told).toMatchObject([{ subject: `${cloud.runId}: the restore of small does not begin` }]);
  expect(cloud.told[0]?.text).toContain('The role has expired.');
  expect(cloud.told[0]?.text).toContain('lifeboat restore small --cloud');
  expect(cloud.told[0]?.text).not.toContain('resume');
  expect(cloud.metrics).toMatchObject([{ RunRefused: 1 }]);
});

test('a run whose evidence cannot be kept has ended all the same: it is counted, and people learn where the report is', async () => {
  const cloud = new SimulatedCloud(small(), {
    ...RESTORE,
    storeFails: (call) =>
      call === 'evidence' ? new LifeboatError('AWS_DENIED', 'AccessDenied', 'Allow it.') : undefined,
  });
  await cloud.run();
  expect(cloud.metrics.filter(({ RunCompleted }) => RunCompleted === 1)).toHaveLength(1);
  expect(cloud.metrics.filter(({ RunHalted }) => RunHalted === 1)).toEqual([]);
  expect(cloud.told).toMatchObject([{ subject: `${cloud.runId}: its report is not in the evidence bucket` }]);
  expect(cloud.told[0]?.text).toContain('AccessDenied');
  expect(cloud.told[0]?.text).toContain(`lifeboat report ${cloud.runId} --journal dynamodb://lifeboat`);
  expect(cloud.service.execution(cloud.runId).result).toBe('{"kind":"ended","outcome":"completed"}');
});

test('a version that is not able to drive the run that it began itself says so, and starts no endless successors', async () => {
  let opened = 0;
  // Successors without end would take no time: this ends them.
  const storeFails = (call: string): Error | undefined =>
    call === 'open' && (opened += 1) > 20 ? new LifeboatError('JOURNAL_DAMAGED', '', '') : undefined;
  const cloud = new SimulatedCloud(small(), { ...RESTORE, storeFails });
  // As $LATEST, whose code may have changed since.
  cloud.deploy(VERSION_1, { machineVersion: 99 });
  cloud.begin();
  await cloud.sleep(MINUTE_MS);
  expect(cloud.service.executions).toHaveLength(1);
  expect(cloud.service.execution(cloud.runId).status).toBe('FAILED');
  expect(cloud.told[0]?.text).toContain('version 99');
});
