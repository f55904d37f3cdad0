import { requestOf, type Claim } from '../../src/workflow/base/effects.ts';
import { copiesOf, madeThings, pointOf } from '../../src/workflow/resource/parts.ts';
import type { ResourceContext } from '../../src/workflow/resource/resource-context.ts';
import { existing } from '../things.ts';
import { isThing } from '../../src/workflow/base/sightings.ts';
import { isBegun, minutes, Stage, T0 } from './stage.ts';

async function contexts(stage: Stage): Promise<readonly ResourceContext[]> {
  const { aggregates } = await stage.journal.load();
  return aggregates
    .filter(({ id }) => id.startsWith('resource:'))
    .map(({ snapshot }) => (snapshot as unknown as { context: ResourceContext }).context);
}

describe('after a restore', () => {
  test('each volume gets a fresh recovery point, and the run is over only when all are complete', async () => {
    const stage = await Stage.open({ protects: true });
    const isComplete = (): boolean => stage.clock.elapsed > minutes(200);
    stage.aws.pointState = () => (isComplete() ? 'completed' : 'pending');
    expect((await stage.drive()).phase).toBe('completed');
    expect(stage.aws.count('takeSnapshot')).toBe(3);
    const points = (await contexts(stage)).flatMap((context) =>
      copiesOf(context).map(({ copy }) => pointOf(context, copy)?.at.completed),
    );
    expect(points.every((at) => at !== undefined && at > T0 + minutes(200))).toBe(true);
    const recovered = stage.lines.find(isBegun('cleanup'));
    expect(recovered?.at).toBeLessThan(T0 + minutes(60));
  });

  test('the last sweep knows them: none is swept away', async () => {
    const stage = await Stage.open({ protects: true });
    await stage.drive();
    const sweep = stage.aws.performed.findLast((effect) => requestOf(effect) === 'sweep');
    const kept = sweep?.type === 'sweep' ? sweep.keep.map(({ type }) => type) : [];
    expect(kept.toSorted()).toEqual(['snapshot', 'snapshot', 'snapshot', 'volume', 'volume', 'volume']);
  });

  test.each(['drill', 'restore'] as const)('a %s that wants none takes none', async (mode) => {
    const stage = await Stage.open({ mode });
    await stage.drive();
    expect(stage.aws.count('takeSnapshot')).toBe(0);
  });
});

test('an abort that keeps leaves every volume, asks for no other, and ends', async () => {
  const stage = await Stage.open({ volumes: 5, rateQuota: 600 });
  stage.aws.troubles.perform = () => {
    if (stage.aws.count('createVolume') === 2) void stage.say('abort', 'ann', 'keep');
    return undefined;
  };
  expect((await stage.drive()).phase).toBe('aborted');
  expect(stage.aws.count('delete')).toBe(0);
  expect(stage.aws.alive).toHaveLength(stage.aws.volumes.length);
  expect((await contexts(stage)).flatMap((context) => madeThings(context))).toHaveLength(
    stage.aws.alive.length,
  );
});

describe('a drill that a restore pre-empts', () => {
  const holder: Claim = {
    ...{ runId: 'fleet-20261120T0301-7', runbook: 'fleet', mode: 'restore', by: 'bob', host: 'other' },
    ...{ at: T0, incidentAt: T0, damagedAt: T0 },
  };

  test('cleans up at once and says for whom', async () => {
    const stage = await Stage.open({ mode: 'drill' });
    stage.aws.holder = () => (stage.clock.elapsed > minutes(2) ? holder : undefined);
    expect((await stage.drive()).phase).toBe('aborted');
    expect(stage.aws.alive).toEqual([]);
    expect(stage.clock.elapsed).toBeLessThan(minutes(8));
    expect(stage.lines).toContainEqual(
      expect.objectContaining({
        code: 'phase.aborted',
        data: { problem: { code: 'preempted', data: expect.objectContaining({ holder }) } },
      }),
    );
  });

  test('learns it before it touches anything when it was asleep', async () => {
    const stage = await Stage.open({ mode: 'drill' });
    const pause = new AbortController();
    stage.aws.troubles.observe = () => void pause.abort();
    await stage.drive({}, pause.signal);
    await stage.say('resume');
    stage.aws.troubles = {};
    stage.aws.holder = () => holder;
    const made = stage.aws.count('createVolume');
    expect((await stage.drive()).phase).toBe('aborted');
    expect(stage.aws.count('createVolume')).toBe(made);
  });

  test('does not affect a restore', async () => {
    const stage = await Stage.open();
    stage.aws.holder = () => holder;
    expect((await stage.drive()).phase).toBe('completed');
  });
});

test('a resource adopted with all its copies no longer needs its backups', async () => {
  const stage = await Stage.open({ volumes: 2 });
  const adopted = { strategy: 0, generation: 1, makes: [{ copy: 0, id: 'vol-x', generation: 1 }] };
  Object.assign(stage.journal.record, { adopted: { 'volume-0': adopted } });
  stage.aws.troubles.perform = (effect) => (requestOf(effect) === 'claim' ? 'denied' : undefined);
  const pause = new AbortController();
  stage.aws.troubles.observe = () => void pause.abort();
  await stage.drive({}, pause.signal);
  const [asked] = stage.aws.performed;
  expect(asked).toMatchObject({ type: 'preflight', relies: [existing('snapshot', 'snap-1')] });
});

test('a volume that goes to error while its recovery point is taken is made anew, and not deleted', async () => {
  const stage = await Stage.open({ protects: true });
  const isLost = (): boolean => stage.aws.count('takeSnapshot') === 3;
  const { observe } = stage.aws;
  stage.aws.pointState = () => (stage.clock.elapsed > minutes(200) ? 'completed' : 'pending');
  stage.aws.observe = async (watch) =>
    (await observe.call(stage.aws, watch)).map((seen) =>
      isLost() && isThing(seen) && seen.id === 'vol-new-1' ? { ...seen, status: 'error' } : seen,
    );
  expect(await stage.drive()).toMatchObject({ phase: 'completed' });
  expect(stage.aws.alive).toEqual(['vol-new-1', 'vol-new-2', 'vol-new-3', 'vol-new-4']);
  expect((await contexts(stage)).flatMap(({ leftovers }) => leftovers)).toMatchObject([
    { code: 'replaced', data: { id: 'vol-new-1', reason: { code: 'went-to' } } },
  ]);
});
