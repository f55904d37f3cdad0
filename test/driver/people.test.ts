import { viewRun } from '../../src/report/model/run-view.ts';
import { requestOf } from '../../src/workflow/base/effects.ts';
import { minutes, Stage } from './stage.ts';

const approval = (gate: string) => ({ for: 'approval', gate });

describe('approvals', () => {
  const gates = [{ before: 'restore', approvals: 2 }];

  test('are waited for without a process, and nothing is sent before they are there', async () => {
    const stage = await Stage.open({ gates });
    const waiting = { phase: 'approval', paused: false, waitsFor: [approval('restore')] };
    expect(await stage.drive()).toEqual(waiting);
    await stage.say('approve', 'ann');
    expect(await stage.drive()).toEqual(waiting);
    // The same person twice is one person.
    await stage.say('approve', 'ann');
    expect(await stage.drive()).toEqual(waiting);
    expect(stage.aws.performed.map(requestOf)).toEqual(['preflight', 'claim']);
    await stage.say('approve', 'bob');
    expect(await stage.drive()).toMatchObject({ phase: 'completed' });
  });

  test('a rejection ends the run as aborted, with nothing made', async () => {
    const stage = await Stage.open({ gates: [...gates, { before: 'cleanup', approvals: 1 }] });
    await stage.drive();
    await stage.say('reject', 'ann');
    expect(await stage.drive()).toEqual({ phase: 'aborted', paused: false, waitsFor: [] });
    expect(stage.aws.volumes).toEqual([]);
  });

  test('a gate before the end holds it there', async () => {
    const stage = await Stage.open({ gates: [{ before: 'cleanup', approvals: 1 }] });
    expect(await stage.drive()).toMatchObject({
      phase: 'cleanup',
      waitsFor: [approval('cleanup')],
    });
    await stage.say('approve');
    expect(await stage.drive()).toMatchObject({ phase: 'completed' });
  });
});

describe('signals', () => {
  test('are heard between two rounds of requests, not only when all has been sent', async () => {
    const stage = await Stage.open({ volumes: 150, rateQuota: 100_000 });
    const { aws } = stage;
    let said = false;
    aws.troubles.perform = () => {
      if (!said && aws.count('createVolume') > 0) {
        said = true;
        void stage.say('pause');
      }
      return undefined;
    };
    expect(await stage.drive()).toMatchObject({ paused: true });
    expect(aws.count('createVolume')).toBeLessThanOrEqual(100);
    await stage.say('resume');
    expect(await stage.drive()).toMatchObject({ phase: 'completed' });
    expect(aws.volumes).toHaveLength(150);
  });

  test('an abort in the midst of it removes all that was made', async () => {
    const stage = await Stage.open({ volumes: 120, rateQuota: 100_000 });
    stage.aws.troubles.perform = () => {
      if (stage.aws.count('createVolume') === 60) void stage.say('abort');
      return undefined;
    };
    expect(await stage.drive()).toMatchObject({ phase: 'aborted' });
    expect(stage.aws.volumes.length).toBeGreaterThan(0);
    expect(stage.aws.volumes.length).toBeLessThan(120);
    expect(stage.aws.alive).toEqual([]);
  });

  test('one that changes nothing is not found again by the next driver', async () => {
    const stage = await Stage.open({ gates: [{ before: 'restore', approvals: 1 }] });
    await stage.drive();
    await stage.say('resume');
    await stage.drive();
    expect(await stage.journal.pendingSignals()).toEqual([]);
  });
});

describe('a restore that cannot recover everything', () => {
  test('halts with the reason, keeps what it has, and tries the rest again on resume', async () => {
    const stage = await Stage.open();
    let isDenied = true;
    stage.aws.troubles.perform = (effect) =>
      isDenied && requestOf(effect) === 'createVolume' && effect.aggregate === 'resource:volume-1'
        ? 'denied'
        : undefined;
    expect(await stage.drive()).toEqual({
      phase: 'halted',
      paused: false,
      waitsFor: [{ for: 'resume' }],
    });
    const view = viewRun(stage.journal.record, await stage.journal.load());
    expect(view.recovery?.problem).toMatchObject({ code: 'not-recovered', data: { failed: 1, total: 3 } });
    expect(stage.aws.alive).toHaveLength(2);
    await stage.say('resume');
    expect(await stage.drive()).toMatchObject({ phase: 'halted' });
    isDenied = false;
    await stage.say('resume');
    expect(await stage.drive()).toMatchObject({ phase: 'completed' });
    expect([stage.aws.volumes.length, stage.aws.alive.length]).toEqual([3, 3]);
  });

  test('is aborted by a person: what it has is removed', async () => {
    const stage = await Stage.open();
    stage.aws.troubles.perform = (effect) =>
      requestOf(effect) === 'createVolume' && effect.aggregate === 'resource:volume-1' ? 'denied' : undefined;
    await stage.drive();
    await stage.say('abort');
    expect(await stage.drive()).toMatchObject({ phase: 'aborted' });
    expect(stage.aws.alive).toEqual([]);
  });

  test.each(['abort', 'reject'] as const)(
    'after a pending %s that removes, an abort that keeps saves what it has: nothing is deleted',
    async (first) => {
      const stage = await Stage.open({ gates: [{ before: 'cutover', approvals: 1 }] });
      await stage.drive();
      await stage.say(first, 'ann');
      await stage.say('abort', 'bob', 'keep');
      expect(await stage.drive()).toMatchObject({ phase: 'aborted' });
      expect(stage.aws.alive).toHaveLength(3);
      expect(stage.aws.count('delete')).toBe(0);
      expect(stage.lines).toContainEqual(
        expect.objectContaining({ code: 'signal.aborted', data: { by: 'bob', keeps: 'requested' } }),
      );
    },
  );

  test('an abort that keeps comes too late once the first removal has begun, and promises nothing', async () => {
    const stage = await Stage.open({ gates: [{ before: 'cutover', approvals: 1 }] });
    await stage.drive();
    await stage.say('abort', 'ann', 'remove');
    stage.aws.troubles.perform = (effect) => {
      if (requestOf(effect) === 'delete' && stage.aws.count('delete') < 2)
        void stage.say('abort', 'bob', 'keep');
      return undefined;
    };
    expect(await stage.drive()).toMatchObject({ phase: 'aborted' });
    expect(stage.aws.alive).toEqual([]);
    const said = stage.lines.filter(({ code }) => code === 'signal.aborted');
    expect(said.map(({ data }) => data)).toEqual([{ by: 'ann' }]);
  });
});

test('a quota that is never released ends in a fallback, not in an endless wait', async () => {
  const stage = await Stage.open({ volumes: 1, strategies: ['provisioned-rate', 'lazy'] });
  const { plan } = stage.journal.record;
  Object.assign(plan.pools, { provisionedInitMiBps: 0 });
  expect(await stage.drive()).toMatchObject({ phase: 'completed' });
  expect(stage.lines).toContainEqual(
    expect.objectContaining({
      subject: 'volume-0',
      code: 'resource.fallback',
      data: expect.objectContaining({ strategy: 'provisioned-rate', next: 'lazy' }),
    }),
  );
  expect(stage.clock.elapsed).toBeLessThan(minutes(10));
});

describe('in a journal that was edited', () => {
  async function edited(aggregate: string): Promise<{ readonly stage: Stage; readonly id: string }> {
    const stage = await Stage.open({ gates: [{ before: 'cleanup', approvals: 1 }] });
    await stage.drive();
    const { aggregates } = await stage.journal.load();
    const { sequence = 0, snapshot = {} } = aggregates.find(({ id }) => id === aggregate) ?? {};
    const id = `fleet/${aggregate}/sweep.0#1`;
    const at = stage.clock.now();
    await stage.journal.commit({
      decisions: [
        {
          ...{ aggregate, sequence: sequence + 1, at, event: { type: 'ASKED' }, snapshot },
          ...{ settled: [], timers: [], cancelled: [], timeline: [] },
          effects: [{ id, aggregate, attempt: 1, type: 'sweep', keep: [] }],
        },
      ],
    });
    await stage.say('approve');
    return { stage, id };
  }

  test('an effect that its aggregate does not wait for is not sent: the answer would change nothing', async () => {
    const { stage, id } = await edited('recovery');
    expect(await stage.drive()).toMatchObject({ phase: 'completed' });
    expect(stage.aws.performed.map((effect) => effect.id)).not.toContain(id);
    expect(stage.aws.alive).toHaveLength(3);
  });

  test('an aggregate without a machine keeps the run from being driven', async () => {
    const { stage } = await edited('cleanup');
    await expect(stage.drive()).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
  });
});

test('a rejection of the backfill does not discard recovered resources', async () => {
  const stage = await Stage.open({ gates: [{ before: 'backfill', approvals: 1 }] });
  expect(await stage.drive()).toMatchObject({ phase: 'backfill' });
  await stage.say('reject', 'ann');
  expect(await stage.drive()).toMatchObject({ phase: 'aborted' });
  expect(stage.aws.alive).toHaveLength(3);
  expect(stage.aws.count('delete')).toBe(0);
});

test('a paused run can be rejected without resuming it first', async () => {
  const stage = await Stage.open({ gates: [{ before: 'cutover', approvals: 1 }] });
  await stage.drive();
  await stage.say('pause');
  expect(await stage.drive()).toMatchObject({ paused: true });
  await stage.say('reject');
  expect(await stage.drive()).toMatchObject({ phase: 'aborted', paused: false });
  expect([stage.aws.alive, stage.aws.count('release')]).toEqual([[], 1]);
});
