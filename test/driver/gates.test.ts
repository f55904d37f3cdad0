import type { Frozen } from '../../src/workflow/recovery/recovery-context.ts';
import { isBegun, minutes, Stage, T0 } from './stage.ts';

describe('a change window', () => {
  test('is waited for by the clock, with nothing sent before it opens', async () => {
    const stage = await Stage.open({ gates: [{ before: 'restore', window: 'daily 05:00-06:00 UTC' }] });
    expect((await stage.drive()).phase).toBe('completed');
    const restore = stage.lines.find(isBegun('restore'));
    expect(restore?.at).toBe(T0 + minutes(120));
    const wait = { kind: 'window', opensAt: Date.parse('2026-11-20T05:00:00Z') };
    expect(stage.lines).toContainEqual(
      expect.objectContaining({ data: { phase: 'approval', waits: [expect.objectContaining(wait)] } }),
    );
  });

  test('that has closed before the approvals are there has to open again', async () => {
    const stage = await Stage.open({
      gates: [{ before: 'restore', window: 'daily 03:00-03:30 UTC', approvals: 1 }],
    });
    expect((await stage.drive()).phase).toBe('approval');
    stage.clock.jump(minutes(60));
    await stage.say('approve');
    expect((await stage.drive()).phase).toBe('completed');
    expect(stage.lines.find(isBegun('restore'))?.at).toBe(T0 + minutes(24 * 60));
  });
});

describe('a freeze file', () => {
  const gates = [{ before: 'restore', freezeFile: '/ops/freeze' }];
  const frozen: readonly Frozen[] = [{ file: '/ops/freeze' }];

  test('stops an unattended run, and its removal lets the run continue', async () => {
    const stage = await Stage.open({ gates });
    expect(await stage.drive({ frozenBy: async () => frozen })).toEqual({
      phase: 'approval',
      paused: false,
      waitsFor: [{ for: 'freeze', gate: 'restore/freeze/1' }],
    });
    expect(stage.aws.count('createVolume')).toBe(0);
    expect((await stage.drive()).phase).toBe('completed');
  });

  test('is waited for when an operator attends the run', async () => {
    const stage = await Stage.open({ gates });
    let looks = 0;
    const end = await stage.drive({
      frozenBy: async () => (looks > 5 ? [] : frozen),
      untilSpoken: async () => {
        looks += 1;
      },
    });
    expect(end.phase).toBe('completed');
  });
});

test('a manual step is confirmed by its own word, after the approvals', async () => {
  const stage = await Stage.open({
    gates: [{ before: 'restore', approvals: 1 }],
    manual: [{ name: 'jobs', instructions: 'stop the batch jobs', before: 'restore' }],
  });
  expect((await stage.drive()).waitsFor).toEqual([
    { for: 'approval', gate: 'restore' },
    { for: 'manual', gate: 'restore/manual/jobs' },
  ]);
  await stage.say('approve', 'ann');
  expect((await stage.drive()).waitsFor).toEqual([{ for: 'manual', gate: 'restore/manual/jobs' }]);
  await stage.say('approve', 'ann');
  expect((await stage.drive()).phase).toBe('completed');
  // The evidence says which of the two each of them was.
  const approved = stage.lines.filter(({ code }) => code === 'approval.approved');
  expect(approved.map(({ data }) => data)).toMatchObject([
    { by: 'ann', gate: 'restore' },
    { by: 'ann', gate: 'restore', step: 'restore/manual/jobs' },
  ]);
});

test('an attended run applies an approval while it waits', async () => {
  const stage = await Stage.open({ gates: [{ before: 'restore', approvals: 2 }] });
  let turns = 0;
  const end = await stage.drive({
    untilSpoken: async () => {
      turns += 1;
      if (turns === 3) await stage.say('approve', 'ann');
      if (turns === 5) await stage.say('approve', 'bob');
    },
  });
  expect([end.phase, turns]).toEqual(['completed', 5]);
});

test('a signal from another process is applied in the middle of a sleep', async () => {
  const stage = await Stage.open();
  const heard: string[] = [];
  const end = await stage.drive({
    onSpoken: (wake) => {
      if (heard.length === 0) {
        heard.push('pause');
        void stage.say('pause').then(wake);
      }
      return () => undefined;
    },
  });
  expect(end).toMatchObject({ paused: true });
});
