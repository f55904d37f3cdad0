import { requestOf, type FailureClass } from '../../src/workflow/base/effects.ts';
import { minutes, Stage } from './stage.ts';

describe('AWS out of reach', () => {
  /** Nothing answers between two moments of real time. */
  function cut(stage: Stage, from: number, to: number, name: FailureClass = 'unreachable'): void {
    const isCut = (): FailureClass | undefined =>
      stage.clock.elapsed >= from && stage.clock.elapsed < to ? name : undefined;
    stage.aws.troubles = { perform: isCut, observe: isCut };
  }

  test.each(['unreachable', 'credentials'] as const)(
    'three quarters of an hour of %s: reported, waited for, and nothing is discarded',
    async (name) => {
      const stage = await Stage.open();
      cut(stage, minutes(2), minutes(47), name);
      expect(await stage.drive()).toMatchObject({ phase: 'completed' });
      expect(stage.aws.count('delete')).toBe(0);
      expect(stage.aws.alive).toHaveLength(3);
      const told = stage.lines.filter(({ code }) => ['fault.silence', 'fault.contact'].includes(code));
      expect(told.map(({ code }) => code)).toEqual(['fault.silence', 'fault.contact']);
      const [, answered] = told.map(({ data }) => (data as { seconds: number }).seconds / 60);
      expect(Math.floor((answered ?? 0) / 10)).toBe(4);
    },
  );

  test('before anything was made: what is asked for waits, and no strategy is given up', async () => {
    const stage = await Stage.open();
    stage.aws.troubles.perform = (effect) =>
      requestOf(effect) === 'createVolume' && stage.clock.elapsed < minutes(45) ? 'unreachable' : undefined;
    expect(await stage.drive()).toMatchObject({ phase: 'completed' });
    expect(stage.aws.volumes).toHaveLength(3);
    expect(stage.lines.filter(({ code }) => code === 'resource.fallback')).toEqual([]);
  });

  test('after an hour it pauses and says why; a person resumes it, and the same volumes are used', async () => {
    const stage = await Stage.open();
    cut(stage, minutes(2), minutes(120));
    const end = await stage.drive();
    expect(end).toMatchObject({ paused: true, phase: 'warmup' });
    expect(stage.clock.elapsed).toBeLessThan(minutes(70));
    const data = {
      seconds: expect.any(Number),
      awsCode: 'Some-unreachable',
      awsMessage: 'as the test wants it',
    };
    expect(stage.lines).toContainEqual(
      expect.objectContaining({
        code: 'signal.paused',
        data: { by: 'lifeboat', because: { code: 'silence', data } },
      }),
    );
    await stage.clock.sleepUntil(stage.clock.now());
    stage.clock.elapsed = minutes(130);
    await stage.say('resume');
    expect(await stage.drive()).toMatchObject({ phase: 'completed' });
    expect([stage.aws.volumes.length, stage.aws.alive.length]).toEqual([3, 3]);
  });

  test('reads that are denied for good do not make a run that never ends', async () => {
    const stage = await Stage.open();
    stage.aws.troubles.observe = () => 'denied';
    expect(await stage.drive()).toMatchObject({ paused: true });
    expect(stage.aws.count('delete')).toBe(0);
    expect(stage.clock.elapsed).toBeLessThan(minutes(70));
  });

  test('an outage of minutes is not reported', async () => {
    const stage = await Stage.open();
    cut(stage, minutes(2), minutes(5));
    expect(await stage.drive()).toMatchObject({ phase: 'completed' });
    expect(stage.lines.filter(({ code }) => code === 'fault.silence')).toEqual([]);
  });

  test('credentials that end during the cleanup of a drill do not leave anything behind', async () => {
    const stage = await Stage.open({ mode: 'drill' });
    stage.aws.troubles.perform = (effect) =>
      requestOf(effect) === 'delete' && stage.clock.elapsed < minutes(50) ? 'credentials' : undefined;
    expect(await stage.drive()).toMatchObject({ phase: 'completed' });
    expect(stage.aws.alive).toEqual([]);
  });
});

describe('hours without a process', () => {
  test.each([1, 5])('after %i minute(s) of work: first it looks, then it judges', async (worked) => {
    const stage = await Stage.open();
    const pause = new AbortController();
    stage.clock.onSleep = () => {
      if (stage.clock.elapsed >= minutes(worked)) pause.abort();
    };
    expect(await stage.drive({}, pause.signal)).toMatchObject({ paused: true });
    expect(stage.aws.alive).toHaveLength(3);
    stage.clock.elapsed += minutes(60 * 10);
    await stage.say('resume');
    expect(await stage.drive()).toMatchObject({ phase: 'completed' });
    expect(stage.aws.count('delete')).toBe(0);
    expect(stage.aws.volumes).toHaveLength(3);
  });

  test('nothing is sent and nothing is looked at while it is paused', async () => {
    const stage = await Stage.open();
    await stage.say('pause');
    expect(await stage.drive()).toMatchObject({ phase: 'preflight', paused: true });
    expect(await stage.drive()).toMatchObject({ phase: 'preflight', paused: true });
    expect([stage.aws.performed.length, stage.aws.looks]).toEqual([0, 0]);
  });
});

describe('what a read does not show', () => {
  test('once is no loss', async () => {
    const stage = await Stage.open();
    let hidden = 0;
    stage.aws.troubles.hides = (id) => {
      if (id !== 'vol-new-2' || stage.clock.elapsed < minutes(3) || hidden >= 2) return false;
      hidden += 1;
      return true;
    };
    expect(await stage.drive()).toMatchObject({ phase: 'completed' });
    expect(hidden).toBe(2);
    expect(stage.aws.volumes).toHaveLength(3);
  });

  test('for a whole settle window is: it is made again', async () => {
    const stage = await Stage.open();
    stage.aws.troubles.hides = (id) => id === 'vol-new-2' && stage.clock.elapsed >= minutes(3);
    expect(await stage.drive()).toMatchObject({ phase: 'completed' });
    expect(stage.aws.volumes).toHaveLength(4);
    expect(stage.lines).toContainEqual(
      expect.objectContaining({ subject: 'volume-1', code: 'fault.vanished', data: { id: 'vol-new-2' } }),
    );
  });
});
