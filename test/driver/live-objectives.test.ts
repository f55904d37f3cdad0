import type { TimelineEntry } from '../../src/workflow/base/decision.ts';
import { requestOf } from '../../src/workflow/base/effects.ts';
import { minutes, Stage, T0, type StageOptions } from './stage.ts';
import { kindOf, type EventOf } from '../../src/workflow/timeline/timeline.ts';

/** Hydration that takes `long` instead of what was planned. */
async function slow(long: number, options: StageOptions): Promise<Stage> {
  const stage = await Stage.open(options);
  stage.aws.troubles.progress = (age) => Math.min(100, Math.floor((age / long) * 100));
  return stage;
}

type Told = { readonly at: number } & EventOf<'objective.rto' | 'objective.rpo'>;

function objectives(stage: Stage): readonly Told[] {
  return stage.lines.filter((entry): entry is Told & TimelineEntry => kindOf(entry.code) === 'objective');
}

test('a coming breach is announced before it happens, with the step that causes it, and the breach at its instant', async () => {
  const stage = await slow(minutes(90), { rto: '45m', volumes: 2 });
  expect(await stage.drive()).toMatchObject({ phase: 'completed' });
  const told = objectives(stage);
  const cause = { resource: expect.stringMatching(/^volume-\d$/), step: 'warming' };
  const change = { objectiveSeconds: 45 * 60, cause };
  expect(told).toMatchObject([
    { code: 'objective.rto', data: { ...change, state: 'at-risk' } },
    { code: 'objective.rto', data: { ...change, state: 'breached' } },
  ]);
  for (const { data } of told) expect(Math.floor((data.forecastSeconds ?? 0) / 3_600)).toBe(1);
  const [announced, breached] = told;
  // Hydration shows 5 % after four and a half minutes: then its rate is known.
  expect((announced?.at ?? 0) - T0).toBeLessThan(minutes(15));
  expect(breached?.at).toBe(T0 + minutes(45) + 1);
});

test('once it is said to be at risk, it is said again when it will be missed', async () => {
  const probe = await Stage.open();
  const { p50, p90 } = probe.journal.record.plan.forecast.rtaSeconds;
  const between = Math.ceil((p50 + p90) / 2);
  const stage = await slow(minutes(90), { rto: `${between}s` });
  await stage.drive();
  const missed = ({ forecastSeconds }: Told['data']): boolean => (forecastSeconds ?? Infinity) > between;
  expect(objectives(stage).map(({ data }) => [data.state, missed(data)])).toEqual([
    ['at-risk', false],
    ['at-risk', true],
    ['breached', true],
  ]);
});

test('a recovery that goes as planned is announced as nothing', async () => {
  const stage = await Stage.open();
  await stage.drive();
  expect(objectives(stage)).toEqual([]);
});

test('the forecast follows the rate that hydration has really shown, however often it was looked at', async () => {
  const stage = await slow(minutes(240), { rto: '2h', volumes: 1 });
  await stage.drive();
  const [first] = objectives(stage);
  const hours = (first?.data.forecastSeconds ?? 0) / 3_600;
  expect(hours).toBeGreaterThanOrEqual(3);
  expect(hours).toBeLessThanOrEqual(5);
});

test('a fallback to an older recovery point is announced when it is taken', async () => {
  const stage = await Stage.open({ volumes: 2, strategies: ['provisioned-rate', 'lazy'] });
  const [first] = stage.journal.record.plan.resources;
  const older = first?.strategies[1];
  if (older === undefined) throw new Error('the plan has no fallback');
  Object.assign(older, { recoveryPoint: { ...older.recoveryPoint, ageSeconds: 10_000 } });
  stage.aws.troubles.perform = (effect) =>
    effect.type === 'operate' && effect.resource === 'volume-0' && 'rateMiBps' in effect.spec
      ? 'denied'
      : undefined;
  await stage.drive();
  const [fallback] = stage.lines.filter(({ code }) => code === 'resource.fallback');
  expect(objectives(stage)).toEqual([
    {
      at: fallback?.at,
      subject: 'run',
      code: 'objective.rpo',
      data: expect.objectContaining({ state: 'breached', elapsedSeconds: 10_000, oldest: 'volume-0' }),
    },
  ]);
});

test('a driver that dies between a failure and its forecast leaves the forecast to the next', async () => {
  const failing = async (): Promise<Stage> => {
    const stage = await Stage.open({ volumes: 3, rateQuota: 300 });
    stage.aws.troubles.perform = (effect) =>
      requestOf(effect) === 'createVolume' && effect.aggregate === 'resource:volume-1' ? 'denied' : undefined;
    return stage;
  };
  const undisturbed = await failing();
  await undisturbed.drive();
  const stage = await failing();
  const crashPoint = (place: string): void => {
    const hasFailed = stage.lines.some(({ code }) => code === 'resource.failed');
    if (place === 'after-commit' && hasFailed) throw new Error('killed');
  };
  await expect(stage.drive({ crashPoint })).rejects.toThrow('killed');
  await stage.drive();
  const first = ({ at, data }: Told): unknown => [at, data.state];
  expect(objectives(undisturbed)).not.toEqual([]);
  expect(objectives(stage).map(first)).toEqual(objectives(undisturbed).map(first));
});
