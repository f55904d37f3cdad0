import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time.ts';
import { ABSENCE_KEY, implausibleAbsence } from '../../src/driver/run-time.ts';
import { buildReport, type Report } from '../../src/report/model/report.ts';
import { renderMarkdownReport } from '../../src/report/render/render-markdown.ts';
import { viewRun } from '../../src/report/model/run-view.ts';
import { requestOf } from '../../src/workflow/base/effects.ts';
import { Stage, minutes } from './stage.ts';

const YEARS = 28_935 * DAY_MS;

async function reportOf({ journal }: Stage): Promise<Report> {
  const view = viewRun(journal.record, await journal.load());
  return buildReport(view, await journal.timeline(), await journal.apiCalls());
}

/** Makes the clock jump once, when the first volume is asked for. */
function jumpOnce(stage: Stage, ms: number): void {
  let isDone = false;
  stage.aws.troubles.perform = (effect) => {
    if (requestOf(effect) === 'createVolume' && !isDone) {
      isDone = true;
      stage.clock.jump(ms);
    }
    return undefined;
  };
}

async function undisturbedRta(): Promise<number | null> {
  const stage = await Stage.open();
  await stage.drive();
  return (await reportOf(stage)).objectives.rto.actualSeconds;
}

/** The entry about the first jump of years, which is not counted. */
function jumped({ isAway }: { readonly isAway: boolean }): object {
  const data = { number: 1, seconds: YEARS / 1_000, isAway, isCounted: false };
  return expect.objectContaining({ code: 'fault.clock-jump', data: expect.objectContaining(data) });
}

describe('a clock that jumps forward while the run is driven', () => {
  test('is not believed: the actual RTA is that of the time that has passed, and both figures are told', async () => {
    const stage = await Stage.open();
    jumpOnce(stage, YEARS);
    expect(await stage.drive()).toMatchObject({ phase: 'completed' });
    const report = await reportOf(stage);
    const rta = await undisturbedRta();
    expect(report.objectives.rto).toMatchObject({ actualSeconds: rta, met: true });
    expect(report.clock).toMatchObject({
      jumps: [{ number: 1, seconds: YEARS / 1_000, away: false, counted: false }],
      rtoActualSeconds: { without: rta, with: (rta ?? 0) + YEARS / 1_000 },
    });
    expect(stage.lines).toContainEqual(jumped({ isAway: false }));
    expect(renderMarkdownReport(report)).toContain('the actual RTA is uncertain');
  });

  test('takes no resource for stuck, and throws nothing away', async () => {
    const stage = await Stage.open();
    jumpOnce(stage, 3 * HOUR_MS);
    await stage.drive();
    expect([stage.aws.volumes.length, stage.aws.alive.length]).toEqual([3, 3]);
  });

  test('counts once a person confirms it', async () => {
    const stage = await Stage.open({ gates: [{ before: 'cleanup', approvals: 1 }] });
    jumpOnce(stage, YEARS);
    await stage.drive();
    const at = stage.clock.now();
    await stage.journal.signal({ at, kind: 'approve', by: 'ann', meant: 'clock/1' });
    await stage.journal.signal({ at, kind: 'approve', by: 'ann', meant: 'cleanup' });
    expect(await stage.drive()).toMatchObject({ phase: 'completed' });
    const { objectives, clock } = await reportOf(stage);
    expect(objectives.rto).toMatchObject({ met: false });
    expect(objectives.rto.actualSeconds).toBe(clock?.rtoActualSeconds.with);
    expect(clock?.jumps).toMatchObject([{ counted: true }]);
  });

  test('stays ahead over a restart, and is followed again once it was put right', async () => {
    const stage = await Stage.open({ gates: [{ before: 'cleanup', approvals: 1 }] });
    jumpOnce(stage, YEARS);
    await stage.drive();
    const { lastAt } = await stage.journal.load();
    stage.clock.elapsed += minutes(30);
    await stage.drive();
    expect((await reportOf(stage)).clock?.jumps).toHaveLength(1);
    stage.clock.jump(-YEARS);
    stage.clock.elapsed += minutes(30);
    await stage.say('approve');
    expect(await stage.drive()).toMatchObject({ phase: 'completed' });
    expect(stage.lines).toContainEqual(expect.objectContaining({ code: 'fault.clock-agrees' }));
    const view = viewRun(stage.journal.record, await stage.journal.load());
    expect(view.recovery?.endedAt).toBeGreaterThanOrEqual(lastAt + minutes(60));
    expect(view.recovery?.endedAt).toBeLessThan(lastAt + minutes(70));
  });
});

describe('years between the last record and a resume', () => {
  async function left(): Promise<Stage> {
    const stage = await Stage.open({ gates: [{ before: 'restore', approvals: 1 }] });
    await stage.drive();
    await stage.say('approve');
    stage.clock.jump(YEARS);
    return stage;
  }

  test('are not believed by themselves', async () => {
    const stage = await left();
    expect(await stage.drive()).toMatchObject({ phase: 'completed' });
    const { objectives, clock } = await reportOf(stage);
    expect(objectives.rto).toMatchObject({ actualSeconds: await undisturbedRta(), met: true });
    expect(clock?.jumps).toMatchObject([{ away: true, counted: false, seconds: YEARS / 1_000 }]);
    expect(stage.lines).toContainEqual(jumped({ isAway: true }));
  });

  test('count when a person says so', async () => {
    const stage = await left();
    const { lastAt } = await stage.journal.load();
    await stage.journal.putValue(ABSENCE_KEY, { lastAt, isCounted: true });
    await stage.drive();
    const { objectives, clock } = await reportOf(stage);
    expect(objectives.rto.met).toBe(false);
    expect(objectives.rto.actualSeconds).toBeGreaterThan(YEARS / 1_000);
    expect(clock?.jumps).toMatchObject([{ away: true, counted: true }]);
  });

  test('a decision about an earlier absence does not count for a later one', async () => {
    const stage = await left();
    await stage.journal.putValue(ABSENCE_KEY, { lastAt: 5, isCounted: true });
    await stage.drive();
    expect((await reportOf(stage)).clock?.jumps).toMatchObject([{ counted: false }]);
  });
});

test.each<[string, number, number, number, number | undefined]>([
  ['a run that has not begun', 0, YEARS, 0, undefined],
  ['a weekend', YEARS, YEARS + 3 * DAY_MS, 0, undefined],
  ['more than a week', YEARS, YEARS + 8 * DAY_MS, 0, 8 * DAY_MS],
  ['a clock that was put back', YEARS, YEARS - 30 * DAY_MS, 0, undefined],
  ['a clock that is as far ahead as it was', YEARS, 3 * YEARS, 2 * YEARS - MINUTE_MS, undefined],
  ['a clock that is further ahead than it was', YEARS, 3 * YEARS, YEARS, YEARS],
  ['a clock that was put right since', YEARS, YEARS + DAY_MS, YEARS, undefined],
])('the absence of %s', (_, lastAt, now, aheadMs, expected) => {
  const snapshot = { context: { clock: { aheadMs, jumps: [] } } };
  const aggregates = [{ id: 'recovery', sequence: 1, snapshot }];
  expect(implausibleAbsence(now, { aggregates, outbox: [], timers: [], lastAt })).toBe(expected);
});
