import { adviceText, lifeboat } from '../../../src/advice.ts';
import { progressOf } from '../../../src/driver/fleet/foresight.ts';
import { changeOf, LiveSchedule } from '../../../src/objectives/forecast.ts';
import type { RunMode } from '../../../src/plan/types.ts';
import { liveModel } from '../../../src/report/model/live-model.ts';
import { PLAIN_PALETTE } from '../../../src/report/layout/palette.ts';
import { renderLive } from '../../../src/report/render/render-live.ts';
import { renderStatus } from '../../../src/report/render/render-status.ts';
import { buildReport } from '../../../src/report/model/report.ts';
import { viewRun } from '../../../src/report/model/run-view.ts';
import { buildStatus } from '../../../src/report/model/status.ts';
import { waysOn } from '../../../src/report/model/ways-on.ts';
import type { Gate } from '../../../src/workflow/recovery/recovery-context.ts';
import { after, goodRun, HandRun, planOf, resource, strategy } from '../fixtures.ts';
import { rpoText, rtoText } from '../../../src/sentences/objectives.ts';

/** What `status` and the live view say of a run `seconds` after the incident, by the forecast that its driver would have. */
function standing(run: HandRun, seconds: number) {
  const view = viewRun(run.record, run.state);
  const now = after(seconds);
  const progress = new Map(view.resources.map((each) => [each.id, progressOf(each)]));
  const forecast = new LiveSchedule(run.record.plan).forecast(progress, now, view.recovery?.recoveredAt);
  const status = buildStatus(view, forecast, now);
  const text = renderStatus(status, view, PLAIN_PALETTE, 100);
  const model = liveModel(view, status, { readyAt: () => undefined });
  const live = renderLive(model, { width: 100, height: 30, palette: PLAIN_PALETTE });
  return { view, forecast, status, text, live };
}

/** Refused under its only strategy. */
function refuse(run: HandRun, id: string, seconds: number): void {
  run.grant(id, after(seconds));
  const failure = { class: 'denied', code: 'AccessDenied', message: 'not for you' };
  run.answer(id, 'createVolume', after(seconds + 1), { ok: false, failure });
}

const UNDRIVEN = { driven: null, lastBeatAt: null, pendingSignals: [] };
const IDS = ['a', 'b', 'c', 'd'];
function without(...failed: readonly string[]) {
  return (mode: RunMode): HandRun => {
    const only = { strategies: [strategy('provisioned-rate', 3_600)] };
    const run = new HandRun(
      planOf(
        IDS.map((id) => resource(id, only)),
        { mode },
      ),
    );
    run.passPreflight(after(5));
    for (const id of failed) refuse(run, id, 10);
    return run;
  };
}
const threeFailed = without('a', 'b', 'c');
const allFailed = without(...IDS);

describe('while resources have failed for good', () => {
  test('a restore has no forecast, and is at risk until a person has decided', () => {
    const { status, text, live, forecast } = standing(threeFailed('restore'), 600);
    expect(status).toMatchObject({
      status: 'running',
      resources: { total: 4, ready: 0, failed: 3 },
      objectives: {
        rto: { forecastSeconds: null, state: 'at-risk', met: null },
        rpo: { state: 'at-risk', met: null },
      },
      cause: { resource: 'a', step: 'failed' },
    });
    expect(text).toMatch(/RTO +AT-RISK: 1 h 50 min left of 2 h 00 min, no forecast: 3 failed$/m);
    expect(live).toMatch(/RTO +AT-RISK +1 h 50 min left of 2 h 00 min, no forecast: 3 failed$/m);
    expect(text).toMatch(/RPO +AT-RISK: /);
    expect(text).not.toMatch(/ON-TRACK|fall back|decided by/);
    expect(rtoText(changeOf('rto', forecast))).toBe(
      'RTO at risk: no forecast, because a has failed; objective 2 h 00 min',
    );
    expect(rpoText(changeOf('rpo', forecast))).toContain('RPO at risk: a has failed');
  });

  test('a drill can no longer meet its RTO, because its failed resources are not retried', () => {
    const { status, text, forecast } = standing(threeFailed('drill'), 600);
    expect(status.objectives.rto).toMatchObject({ forecastSeconds: null, state: 'breached', met: null });
    expect(text).toMatch(/RTO +BREACHED: 1 h 50 min left of 2 h 00 min, no forecast: 3 failed$/m);
    expect(rtoText(changeOf('rto', forecast))).toBe(
      'RTO will be missed: a has failed, and a drill does not retry; objective 2 h 00 min',
    );
  });

  test('a halted restore has the time that is left, and no objective is decided before its time', () => {
    const run = allFailed('restore');
    const { status, text } = standing(run, 20);
    expect(status).toMatchObject({
      status: 'halted',
      objectives: {
        rto: { elapsedSeconds: 20, forecastSeconds: null, state: 'at-risk', met: null },
        rpo: { state: 'at-risk', met: null },
      },
    });
    expect(text).toMatch(/RTO +AT-RISK: 2 h 00 min left of 2 h 00 min, no forecast: 4 failed$/m);
    expect(text).not.toMatch(/forecast 0|fall back|BREACHED/);
    const late = standing(run, 7_260);
    expect(late.status.objectives.rto).toMatchObject({ state: 'breached', met: false });
    expect(late.text).toMatch(/RTO +BREACHED: 1 min over 2 h 00 min, no forecast: 4 failed$/m);
    const judged = (seconds: number) =>
      buildReport(viewRun(run.record, run.state), [], [], { now: after(seconds) }).objectives.rto.met;
    expect([judged(20), judged(7_260)]).toEqual([null, false]);
  });

  test('a difference that waits for a decision leaves no forecast either, but a drill is not lost by it', () => {
    for (const mode of ['restore', 'drill'] as const) {
      const run = without()(mode);
      run.grant('a', after(10));
      run.answer('a', 'createVolume', after(12), { ok: true, result: { id: 'vol-new' } });
      const seen = { type: 'volume', id: 'vol-new', status: 'available', progress: 100 } as const;
      run.order('a', { type: 'SIGHTED', at: after(40), sighting: seen });
      const findings = [{ subject: 'vol-new', message: 'iops are 3000 instead of 6000' }];
      for (let looks = 0; looks < 5; looks += 1)
        run.answer('a', 'inspect', after(50 + looks), { ok: true, result: { findings } });
      const { status, text, forecast } = standing(run, 600);
      expect(status).toMatchObject({
        resources: { failed: 0, halted: 1 },
        objectives: { rto: { forecastSeconds: null, state: 'at-risk', met: null } },
        cause: { resource: 'a', step: 'halted' },
      });
      expect(text).toMatch(/RTO +AT-RISK: 1 h 50 min left of 2 h 00 min, no forecast: 1 halted$/m);
      expect(changeOf('rto', forecast)).toMatchObject({ forecastSeconds: null, cause: { step: 'halted' } });
    }
  });

  test('after a resume all are on their way again', () => {
    const run = allFailed('restore');
    run.tell({ type: 'resume', at: after(60), by: 'kim' });
    for (const id of IDS) run.order(id, { type: 'RETRY', at: after(61), round: 1 });
    const { status } = standing(run, 70);
    expect(status).toMatchObject({
      status: 'running',
      resources: { failed: 0 },
      objectives: {
        rto: { state: 'on-track', forecastSeconds: expect.any(Number) },
        rpo: { state: 'on-track' },
      },
    });
  });
});

test('only another strategy is a fallback', () => {
  const run = new HandRun(
    planOf(
      IDS.map((id) => resource(id)),
      { mode: 'restore' },
    ),
  );
  run.passPreflight(after(5));
  refuse(run, 'a', 10);
  expect(run.resource('a').strategy).toBe(1);
  expect(standing(run, 60).text).toContain('; 1 resource had to fall back');
  refuse(run, 'a', 20);
  expect(standing(run, 60).text).toContain('1 failed, queued 3; 1 resource had to fall back');
});

describe('after the recovery', () => {
  /** Recovered at 1,210 s, and kept in its cleanup by a gate. */
  const gated = (before: Gate['before'], objectives: { rtoSeconds: number }): HandRun => {
    const gate: Gate = { id: `${before}/approvals/1`, before, kind: 'approvals', approvals: 1, why: 'asked' };
    const plan = planOf([resource('data')], { mode: 'restore' });
    const run = new HandRun({ ...plan, objectives: { ...plan.objectives, ...objectives } }, [gate]);
    run.passPreflight(after(5));
    run.grant('data', after(10));
    run.bringBack('data', 'vol-new', { created: 12, available: 40, hydrated: 1_000, verified: 1_005 });
    run.tell({ type: 'CONFIRMED', at: after(1_210) });
    return run;
  };

  test.each(['backfill', 'cleanup'] as const)(
    'an objective is met, while the run still waits before %s',
    (before) => {
      const { status, text, live } = standing(gated(before, { rtoSeconds: 7_200 }), 9_000);
      expect(status).toMatchObject({
        status: 'running',
        phase: before,
        objectives: {
          rto: { elapsedSeconds: 1_210, forecastSeconds: 1_210, state: 'on-track', met: true },
          rpo: { state: 'on-track', met: true },
        },
      });
      expect(text).toMatch(/RTO +MET: recovered after 20 min, 2 h 00 min promised$/m);
      expect(text).toMatch(/RPO +MET: 1 h 00 min of data lost/m);
      expect(live).toMatch(/RTO +MET +recovered after 20 min, 2 h 00 min promised$/m);
      expect(text + live).not.toContain('ON-TRACK');
    },
  );

  test('or missed', () => {
    const { status, text, live } = standing(gated('cleanup', { rtoSeconds: 600 }), 9_000);
    expect(status.objectives.rto).toMatchObject({ elapsedSeconds: 1_210, state: 'breached', met: false });
    expect(text).toMatch(/RTO +MISSED: recovered after 20 min, 10 min promised$/m);
    expect(live).toMatch(/RTO +MISSED +recovered after 20 min/m);
  });

  test('an abort since does not take the recovery back', () => {
    const run = gated('backfill', { rtoSeconds: 7_200 });
    run.tell({ type: 'abort', at: after(2_000), by: 'kim' });
    expect(standing(run, 2_100).text).toMatch(/RTO +MET: recovered after 20 min/m);
  });

  test('what the gate before cleanup does not accept is not advised', () => {
    const run = gated('cleanup', { rtoSeconds: 7_200 });
    const { status, view, text } = standing(run, 9_000);
    expect(status.accepts).toEqual(['approve', 'pause']);
    expect(waysOn(status, view)).toEqual([lifeboat('approve', run.record.runId)]);
    expect(text).not.toMatch(/reject|abort/);
    run.tell({ type: 'pause', at: after(9_001), by: 'kim' });
    const paused = standing(run, 9_002);
    expect(paused.status.accepts).toEqual(['approve', 'resume']);
    expect(waysOn(paused.status, paused.view, UNDRIVEN)).toEqual([lifeboat('resume', run.record.runId)]);
  });
});

test('in every state of a run what is advised is accepted', () => {
  const gates = (['restore', 'backfill', 'cleanup'] as const).map((before): Gate => ({
    id: `${before}/approvals/1`,
    before,
    kind: 'approvals',
    approvals: 1,
    why: 'asked',
  }));
  const run = new HandRun(planOf([resource('data')], { mode: 'restore' }), gates);
  const advised: string[] = [];
  const look = (seconds: number): void => {
    for (const paused of [false, true]) {
      if (paused) run.tell({ type: 'pause', at: after(seconds), by: 'kim' });
      const { status, view } = standing(run, seconds);
      for (const attendance of [undefined, UNDRIVEN]) {
        const ways = waysOn(status, view, attendance)
          .map((way) => adviceText(way))
          .join('; ');
        const signals = ways.match(/\b(approve|reject|abort)\b/g) ?? [];
        advised.push(...signals.map((signal) => `${signal} in ${view.phase}`));
        expect([view.phase, signals.filter((signal) => !view.accepts.has(signal as 'abort'))]).toEqual([
          view.phase,
          [],
        ]);
      }
      if (paused) run.tell({ type: 'resume', at: after(seconds), by: 'kim' });
    }
  };
  look(1);
  run.passPreflight(after(5));
  look(6);
  run.tell({ type: 'approve', at: after(7), by: 'alex' });
  run.grant('data', after(10));
  look(11);
  run.bringBack('data', 'vol-new', { created: 12, available: 40, hydrated: 1_000, verified: 1_005 });
  look(1_006);
  run.tell({ type: 'CONFIRMED', at: after(1_210) });
  look(1_211);
  run.tell({ type: 'approve', at: after(1_220), by: 'alex' });
  look(1_221);
  run.tell({ type: 'approve', at: after(1_230), by: 'alex' });
  run.cleanUp(1_300);
  look(1_400);
  expect(new Set(advised)).toEqual(
    new Set([
      'abort in preflight',
      'approve in approval',
      'reject in approval',
      'abort in approval',
      'abort in restore',
      'abort in verify',
      'approve in backfill',
      'reject in backfill',
      'abort in backfill',
      'approve in cleanup',
    ]),
  );
});

test('a phase begins in the report when the timeline says that it begins', () => {
  for (const run of [goodRun(), goodRun('restore')]) {
    const report = buildReport(viewRun(run.record, run.state), run.timeline, []);
    const told = new Map<string, string>();
    for (const { at, code, data } of report.timeline) {
      const [name] = code === 'phase.begun' ? Object.values(data) : [code.replace('phase.', '')];
      if (!code.startsWith('phase.')) continue;
      expect(told).not.toContain(name);
      told.set(name, at);
    }
    const begun = report.phases.filter(({ startedAt }) => startedAt !== null);
    expect(begun.map(({ name }) => name)).toEqual([
      'preflight',
      'approval',
      'restore',
      'warmup',
      'verify',
      'cleanup',
    ]);
    for (const { name, startedAt } of begun) expect([name, told.get(name)]).toEqual([name, startedAt]);
  }
});

test('while phases overlap, the timeline says for how many a phase begins, and status and the live view name each of them', () => {
  const run = new HandRun(
    planOf([resource('data'), resource('index', { dependsOn: ['data'] })], { mode: 'restore' }),
  );
  run.passPreflight(after(5));
  run.grant('data', after(10));
  run.bringBack('data', 'vol-new-1', { created: 12, available: 40, hydrated: 1_000, verified: 1_010 });
  const phases = run.timeline.filter(({ code }) => code === 'phase.begun');
  expect(phases.slice(-2).map(({ data }) => data)).toEqual([
    { phase: 'warmup', arrived: 1, total: 2 },
    { phase: 'verify', arrived: 1, total: 2 },
  ]);
  const { view, text, live } = standing(run, 1_100);
  expect(text).toContain('running, in restore and warmup and verify');
  expect(text).toMatch(/^ {2}next +cleanup$/m);
  expect(live).toContain('RUNNING, restore');
  const open = buildReport(view, run.timeline, []).phases.filter((phase) => phase.endedAt === null);
  expect(open.flatMap(({ name, startedAt }) => (startedAt === null ? [] : [name]))).toEqual([
    'restore',
    'warmup',
    'verify',
  ]);
});

test('a run that ended without its resources does not tell the age of recovery points that nothing came back from', () => {
  for (const mode of ['drill', 'restore'] as const) {
    const run = allFailed(mode);
    if (mode === 'restore') run.tell({ type: 'abort', at: after(50), by: 'alex', made: 'remove' });
    run.cleanUp(60);
    const { text } = standing(run, 200);
    expect(text).toMatch(/RPO +MISSED: 4 of 4 resources not recovered, .* promised$/m);
  }
});
