import type { DriverParts } from '../../src/driver/parts.ts';
import { requestOf, type Claim } from '../../src/workflow/base/effects.ts';
import type { ResourceContext } from '../../src/workflow/resource/resource-context.ts';
import { ObservationFailure } from '../../src/workflow/base/executor.ts';
import { failureOf, minutes, Stage, T0 } from './stage.ts';

// Properties of the driver that only show when several things happen at once.

async function contexts(stage: Stage): Promise<readonly ResourceContext[]> {
  const { aggregates } = await stage.journal.load();
  return aggregates
    .filter(({ id }) => id.startsWith('resource:'))
    .map(({ snapshot }) => (snapshot as unknown as { context: ResourceContext }).context);
}

async function instantsOf(stage: Stage, type: string): Promise<readonly number[]> {
  const history = await stage.journal.history();
  return history.flatMap(({ at, event }) => ((event as { type: string }).type === type ? [at - T0] : []));
}

const KILLED = 'the process was killed';

/** Dies right after a decision has been written, once effects of a kind are due that have not been sent. */
function dyingBefore(stage: Stage, request: string): Partial<DriverParts> {
  let isDue = false;
  const journal = new Proxy(stage.journal, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name !== 'commit') return typeof value === 'function' ? value.bind(target) : value;
      return async (...given: Parameters<typeof target.commit>) => {
        await target.commit(...given);
        isDue ||= given[0].decisions.some(({ effects }) =>
          effects.some((effect) => requestOf(effect) === request),
        );
      };
    },
  });
  const crashPoint = (place: string): void => {
    if (place === 'after-commit' && isDue) throw new Error(KILLED);
  };
  return { journal, crashPoint };
}

describe('the look that confirms a recovery', () => {
  test('one ready volume that it does not show: no cutover until a look shows all of them', async () => {
    const stage = await Stage.open();
    let hiddenFrom: number | undefined;
    stage.aws.troubles.hides = (id) => {
      const { elapsed } = stage.clock;
      // The look after the last verification is the confirming one. Hidden for less than the settle window, a volume is not gone.
      if (id !== 'vol-new-2' || stage.aws.count('inspect') < 3) return false;
      hiddenFrom ??= elapsed;
      return elapsed < hiddenFrom + 45_000;
    };
    expect(await stage.drive()).toMatchObject({ phase: 'completed' });
    expect(hiddenFrom).toBeDefined();
    const [confirmedAt] = await instantsOf(stage, 'CONFIRMED');
    expect(confirmedAt).toBeGreaterThanOrEqual((hiddenFrom ?? 0) + 45_000);
    expect(stage.aws.volumes).toHaveLength(3);
  });
});

describe('a resource that is ready', () => {
  test('and vanishes is noticed before the others are ready', async () => {
    // One after the other: each takes about six minutes.
    const stage = await Stage.open({ volumes: 4, rateQuota: 300 });
    stage.aws.troubles.hides = (id) => id === 'vol-new-1' && stage.clock.elapsed > minutes(8);
    expect(await stage.drive()).toMatchObject({ phase: 'completed' });
    const [goneAt] = await instantsOf(stage, 'GONE');
    const readyAt = (await contexts(stage)).map((context) => (context.readyAt ?? 0) - T0);
    expect(goneAt).toBeLessThan(readyAt.toSorted((one, other) => one - other)[2] ?? 0);
    expect(stage.aws.volumes).toHaveLength(5);
  });
});

describe('a drill that lost its runbook while no process ran', () => {
  const other: Claim = {
    ...{ runId: 'fleet-20261120T0301-7', runbook: 'fleet', mode: 'restore', by: 'bob', host: 'other' },
    ...{ at: T0, incidentAt: T0, damagedAt: T0 },
  };

  test.each(['createVolume', 'inspect'])('sends no %s that was due', async (request) => {
    const stage = await Stage.open({ mode: 'drill' });
    await expect(stage.drive(dyingBefore(stage, request))).rejects.toThrow(KILLED);
    expect(stage.aws.count(request)).toBe(0);
    stage.clock.elapsed += minutes(10);
    stage.aws.holder = () => other;
    expect(await stage.drive()).toMatchObject({ phase: 'aborted' });
    expect(stage.aws.count(request)).toBe(0);
    expect(stage.aws.alive).toEqual([]);
  });

  test('sends nothing that was due because one read of the claim failed', async () => {
    const stage = await Stage.open({ mode: 'drill' });
    await expect(stage.drive(dyingBefore(stage, 'createVolume'))).rejects.toThrow(KILLED);
    stage.clock.elapsed += minutes(10);
    stage.aws.holder = () => other;
    let failures = 0;
    const observe = stage.aws.observe.bind(stage.aws);
    stage.aws.observe = async (watch) => {
      if (watch.claim !== undefined && failures < 3) {
        failures += 1;
        throw new ObservationFailure(failureOf('transient'));
      }
      return observe(watch);
    };
    expect(await stage.drive()).toMatchObject({ phase: 'aborted' });
    expect(failures).toBe(3);
    expect(stage.aws.count('createVolume')).toBe(0);
  });

  test('does not give way to the claim of another drill', async () => {
    const stage = await Stage.open({ mode: 'drill' });
    stage.aws.holder = () => ({ ...other, mode: 'drill' });
    expect(await stage.drive()).toMatchObject({ phase: 'completed' });
    expect(await instantsOf(stage, 'PREEMPTED')).toEqual([]);
  });

  test('reads the tags at the first of its reads, and then at every tenth', async () => {
    const stage = await Stage.open({ mode: 'drill', volumes: 3, rateQuota: 300 });
    const reads: (boolean | undefined)[] = [];
    const observe = stage.aws.observe.bind(stage.aws);
    stage.aws.observe = async (watch) => {
      if (watch.claim !== undefined) reads.push(watch.claim.withTags);
      return observe(watch);
    };
    stage.aws.troubles.progress = (age) => Math.min(100, Math.floor((age / minutes(20)) * 100));
    expect(await stage.drive()).toMatchObject({ phase: 'completed' });
    expect(reads.length).toBeGreaterThan(10);
    expect(reads).toEqual(reads.map((_, index) => index % 10 === 0));
  });

  test('does not give way to its own claim', async () => {
    const stage = await Stage.open({ mode: 'drill' });
    stage.aws.holder = () => ({ ...other, mode: 'restore', runId: stage.journal.record.runId });
    expect(await stage.drive()).toMatchObject({ phase: 'completed' });
  });
});

describe('looks that succeed while every request fails for want of credentials', () => {
  test('beyond the restore limit: nothing is judged, and nothing is discarded', async () => {
    // Room for one volume at a time: the second is asked for once the first is warm, and its request fails.
    const stage = await Stage.open({ volumes: 3, rateQuota: 700 });
    const isCut = (): boolean => stage.clock.elapsed >= minutes(1) && stage.clock.elapsed < minutes(55);
    let refused = 0;
    stage.aws.troubles = {
      perform: () => {
        if (isCut()) refused += 1;
        return isCut() ? 'credentials' : undefined;
      },
      isCreating: (id) => id === 'vol-new-1' && stage.clock.elapsed < minutes(50),
    };
    expect(await stage.drive()).toMatchObject({ phase: 'completed' });
    expect(refused).toBeGreaterThan(0);
    expect(stage.aws.looks).toBeGreaterThan(10);
    expect(stage.aws.count('delete')).toBe(0);
    expect(stage.aws.volumes).toHaveLength(3);
  });
});

describe('timers', () => {
  test('survive a reload: a volume that is stuck is replaced when it would have been anyway', async () => {
    const replacedAt = async (restarts: boolean): Promise<number | undefined> => {
      const stage = await Stage.open({ volumes: 1 });
      stage.aws.troubles.isCreating = (id) => id === 'vol-new-1';
      if (restarts) {
        const pause = new AbortController();
        stage.clock.onSleep = () => {
          if (stage.clock.elapsed >= minutes(5)) pause.abort();
        };
        expect(await stage.drive({}, pause.signal)).toMatchObject({ paused: true });
        expect((await stage.journal.load()).timers).toHaveLength(1);
        stage.clock.onSleep = () => undefined;
        await stage.say('resume');
      }
      expect(await stage.drive()).toMatchObject({ phase: 'completed' });
      expect(stage.aws.alive).toEqual(['vol-new-2']);
      const [, createdAt] = stage.aws.volumes.map(({ madeAt }) => madeAt);
      return createdAt;
    };
    const expected = await replacedAt(false);
    expect(expected).toBeDefined();
    expect(await replacedAt(true)).toBe(expected);
  });
});

describe('dependencies', () => {
  test('a resource starts only when all that it depends on is ready', async () => {
    const stage = await Stage.open({ volumes: 4, dependsOn: (n) => (n === 3 ? [0, 1, 2] : []) });
    // The three become ready one after the other, the last one long after the others.
    stage.aws.troubles.isCreating = (id) => id === 'vol-new-3' && stage.clock.elapsed < minutes(9);
    expect(await stage.drive()).toMatchObject({ phase: 'completed' });
    const [one, two, three, last] = await contexts(stage);
    const readyAt = [one, two, three].map((context) => context?.readyAt ?? Infinity);
    expect(new Set(readyAt).size).toBeGreaterThan(1);
    expect(last?.startedAt).toBeGreaterThanOrEqual(Math.max(...readyAt));
  });

  test('one that failed keeps what depends on it from starting at all', async () => {
    const stage = await Stage.open({ mode: 'drill', volumes: 3, dependsOn: (n) => (n === 2 ? [0, 1] : []) });
    stage.aws.troubles.perform = (effect) =>
      requestOf(effect) === 'createVolume' && effect.aggregate === 'resource:volume-1'
        ? 'invalid'
        : undefined;
    await stage.drive();
    const context = (await contexts(stage))[2];
    expect(context).toMatchObject({
      exhausted: { code: 'dependency-failed', data: { resource: 'volume-1' } },
    });
    expect(context?.startedAt).toBeUndefined();
    expect(stage.aws.count('createVolume')).toBe(2);
  });
});
