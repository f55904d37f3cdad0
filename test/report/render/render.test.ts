import { PLAIN_PALETTE } from '../../../src/report/layout/palette.ts';
import { renderMarkdownReport } from '../../../src/report/render/render-markdown.ts';
import { PAGE_WIDTH } from '../../../src/report/layout/format.ts';
import { renderPlan } from '../../../src/report/render/render-plan.ts';
import { renderRuns } from '../../../src/report/render/render-runs.ts';
import { renderStatus } from '../../../src/report/render/render-status.ts';
import { renderTimelineEntry } from '../../../src/report/render/render-timeline.ts';
import { renderVerdict } from '../../../src/report/render/render-verdict.ts';
import { buildReport } from '../../../src/report/model/report.ts';
import { viewRun, type RunView } from '../../../src/report/model/run-view.ts';
import { buildRuns } from '../../../src/report/model/runs.ts';
import { buildStatus } from '../../../src/report/model/status.ts';
import { displayWidth } from '../../../src/report/layout/text.ts';
import { DAY_MS } from '../../../src/time.ts';
import { after, goodRun, HandRun, INCIDENT, planOf, resource, RUN } from '../fixtures.ts';
import { MARKS } from '../palette-marks.ts';
import { entryAt } from '../../../src/workflow/timeline/timeline.ts';

const HOSTILE = 'vol\u001b[2J|\n\u202e<b>';

function longest(text: string): number {
  return Math.max(...text.split('\n').map(displayWidth));
}

/** Nothing but lines of visible text. */
function isTame(text: string): boolean {
  return !/[\p{Cc}\p{Cf}]/u.test(text.replaceAll('\n', ''));
}

const good = goodRun();
const goodView = viewRun(good.record, good.state);
const goodReport = buildReport(goodView, good.timeline, [
  { operation: 'CreateVolume', total: 3, throttled: 1 },
]);

describe('a verdict', () => {
  test('before the end says what is still open', () => {
    const going = new HandRun(planOf([resource('data')], { mode: 'restore' }));
    const report = buildReport(viewRun(going.record, going.state), going.timeline, []);
    const text = renderVerdict(report, PLAIN_PALETTE);
    expect(text).toMatch(/RTO \(time to recover\) .* still open/);
    expect(text).toContain('not over');
    expect(text).not.toContain('not measured');
  });

  test.each([40, 60, 80])('fits %i columns', (width) => {
    expect(longest(renderVerdict(goodReport, PLAIN_PALETTE, width))).toBeLessThanOrEqual(width);
  });

  test('puts what was promised beside what happened', () => {
    const text = renderVerdict(goodReport, PLAIN_PALETTE);
    expect(text.split('\n').slice(0, 6)).toEqual([
      `Drill ${RUN}: COMPLETED`,
      '',
      'objective                promised    forecast      actual',
      'RTO (time to recover)  2 h 00 min      19 min      20 min  met',
      'RPO (data lost)        2 h 00 min  1 h 00 min  1 h 00 min  met',
      'data complete             7 d 0 h           -           -  not measured',
    ]);
    expect(text).toMatch(/events\/vol-1 +ready +provisioned-rate +1 h 00 min +19 min +17 min/);
    expect(text).toContain('AWS API calls  3, 1 throttled (CreateVolume 3)');
    expect(text).toContain('leftovers      none');
    expect(text).toContain('simulated      seed 7, faults flaky');
    expect(longest(text)).toBeLessThanOrEqual(96);
  });

  test('shows trouble in red, with the reason, and who was never asked', () => {
    const report = {
      ...goodReport,
      status: 'failed' as const,
      problem: '1 of 2 resources could not be recovered',
      objectives: {
        ...goodReport.objectives,
        rto: { objectiveSeconds: 7_200, actualSeconds: null, met: false },
      },
      resources: goodReport.resources.map((each) => ({
        ...each,
        status: 'failed' as const,
        fallbacks: [{ strategy: 'fsr', reason: 'no credit', at: goodReport.asOf }],
      })),
      leftovers: ['vol-left: denied'],
      approvals: [
        {
          gate: 'restore',
          step: null,
          identity: 'local' as const,
          breakGlass: false,
          by: 'simulated-approver-1',
          at: goodReport.asOf,
          reason: null,
          simulated: true,
        },
      ],
    };
    const text = renderVerdict(report, MARKS);
    expect(text).toContain('<red>MISSED</red>');
    expect(text).toContain('events/vol-1: fsr given up: no credit');
    expect(text).toContain('<red>  leftovers      vol-left: denied</red>');
    expect(text).toContain('simulated-approver-1 before restore (simulated: no person was asked)');
  });

  test('of 600 resources tells groups and the first with trouble', () => {
    const [first] = goodReport.resources;
    const resources = Array.from({ length: 600 }, (_, index) => ({
      ...first!,
      id: `events/vol-${index}`,
      fallbacks: [{ strategy: 'fsr', reason: 'no credit', at: goodReport.asOf }],
    }));
    const text = renderVerdict({ ...goodReport, resources }, PLAIN_PALETTE);
    expect(text).toMatch(/events \(600\) +600 of 600 ready +provisioned-rate/);
    expect(text).toContain('and 590 other resources that gave up a strategy');
    expect(text.split('\n').length).toBeLessThan(40);
  });
});

describe('the timeline', () => {
  test('has one line an event', () => {
    const entry = entryAt(after(845), 'orders-db', { code: 'resource.ready', data: { seconds: 540 } });
    expect(renderTimelineEntry(entry, INCIDENT, PLAIN_PALETTE)).toBe(
      '03:14:05   +0:14:05  resource   orders-db: ready after 9 min',
    );
  });
  test('stays one line for every message of AWS', () => {
    const line = renderTimelineEntry(
      { at: after(0), subject: HOSTILE, code: 'fault.vanished', data: { id: HOSTILE } },
      INCIDENT,
      PLAIN_PALETTE,
    );
    expect(line).not.toContain('\n');
    expect(isTame(line)).toBe(true);
  });
});

describe('a status', () => {
  const running = new HandRun(planOf([resource('data'), resource('more')], { mode: 'restore' }));
  running.passPreflight(after(5));
  running.grant('data', after(10));
  const view = viewRun(running.record, running.state);
  const live = {
    at: after(600),
    rto: {
      objectiveSeconds: 7_200,
      elapsedSeconds: 600,
      forecastSeconds: 7_300,
      state: 'at-risk',
      met: null,
    },
    rpo: { objectiveSeconds: 7_200, elapsedSeconds: 3_600, forecastSeconds: 3_600, state: 'on-track' },
    cause: { resource: 'data', step: 'restoring' },
  } as const;

  test('as JSON has what the interface page says', () => {
    expect(buildStatus(view, live, after(600))).toEqual({
      schema: 'lifeboat.status/v1',
      runId: RUN,
      runbook: 'orders',
      mode: 'restore',
      status: 'running',
      phase: 'restore',
      asOf: '2026-11-20T03:10:00Z',
      resources: { total: 2, ready: 0, failed: 0, halted: 0 },
      differences: [],
      objectives: {
        rto: {
          objectiveSeconds: 7_200,
          elapsedSeconds: 600,
          forecastSeconds: 7_300,
          state: 'at-risk',
          met: null,
        },
        rpo: {
          objectiveSeconds: 7_200,
          elapsedSeconds: 3_600,
          forecastSeconds: 3_600,
          state: 'on-track',
          met: null,
        },
      },
      cause: { resource: 'data', step: 'restoring' },
      waitingFor: [],
      accepts: ['pause', 'abort'],
    });
  });

  test('without a live forecast goes by the plan and the clock', () => {
    expect(buildStatus(view, undefined, after(600)).objectives.rto).toMatchObject({
      forecastSeconds: 1_117,
      state: 'on-track',
    });
    expect(buildStatus(view, undefined, after(7_201)).objectives.rto).toMatchObject({
      elapsedSeconds: 7_201,
      state: 'breached',
    });
  });

  test('of a run that is over counts what came back, though it is removed', () => {
    const status = buildStatus(goodView, live, after(9_999));
    expect(status).toMatchObject({
      status: 'completed',
      resources: { total: 2, ready: 2, failed: 0 },
      cause: null,
      asOf: '2026-11-20T03:21:52Z',
    });
    expect(status.objectives.rto).toEqual({
      objectiveSeconds: 7_200,
      elapsedSeconds: 1_210,
      forecastSeconds: 1_210,
      state: 'on-track',
      met: true,
    });
  });

  test('tells a newcomer the rest', () => {
    const text = renderStatus(buildStatus(view, live, after(600)), view, MARKS);
    expect(text.replace(/\s+/g, ' ')).toContain(
      '0 of 2 ready, 0 failed, restoring 1, queued 1; the end is decided by data (restoring)',
    );
    expect(text).toContain('<yellow>AT-RISK</yellow>: 1 h 50 min left of 2 h 00 min, forecast 2 h 02 min');
    expect(text).toContain(`lifeboat status ${RUN} --watch`);
    expect(text.split('\n').length).toBeLessThanOrEqual(10);
  });

  test('says how to go on when it is paused, halted or waits for people', () => {
    const gates = [
      { id: 'c', before: 'restore', kind: 'cost', approvals: 1, why: 'it costs more than agreed' } as const,
    ];
    const run = new HandRun(
      planOf([resource('data', { strategies: [resource('x').strategies[0]!] })], { mode: 'restore' }),
      gates,
    );
    const shown = (): string => {
      const now = viewRun(run.record, run.state);
      return renderStatus(buildStatus(now, undefined, after(600)), now, PLAIN_PALETTE);
    };
    run.passPreflight(after(5));
    expect(shown()).toContain('waiting   0 of 1 approvals given before restore (it costs more than agreed)');
    expect(shown()).toContain(`lifeboat approve ${RUN}`);
    run.tell({ type: 'pause', at: after(20), by: 'bob' });
    expect(shown()).toContain(
      `to go on  lifeboat resume ${RUN}\n            or abort: lifeboat abort ${RUN}`,
    );
    run.tell({ type: 'resume', at: after(30), by: 'bob' });
    run.tell({ type: 'approve', at: after(40), by: HOSTILE, reason: HOSTILE });
    run.grant('data', after(50));
    run.answer('data', 'createVolume', after(51), {
      ok: false,
      failure: { class: 'denied', code: 'No', message: HOSTILE },
    });
    expect(shown()).toContain('fix the cause');
    expect(isTame(shown())).toBe(true);
  });
});

test('in a pipe no table cuts an id or a name, and prose keeps to the page', () => {
  const id = `events/${'a-volume-with-a-very-long-name-'.repeat(3)}end`;
  const plan = planOf([resource(id)]);
  const report = { ...goodReport, resources: goodReport.resources.map((each) => ({ ...each, id })) };
  for (const text of [renderPlan(plan, PLAIN_PALETTE), renderVerdict(report, PLAIN_PALETTE)]) {
    expect(text).toContain(id);
    expect(text).not.toContain('…');
    const prose = text.split('\n').filter((line) => !line.includes(id) && !/ {3}/.test(line.trim()));
    expect(Math.max(...prose.map(displayWidth))).toBeLessThanOrEqual(PAGE_WIDTH);
  }
  expect(longest(renderPlan(plan, PLAIN_PALETTE, 100))).toBeLessThanOrEqual(100);
});

describe('the list of runs', () => {
  function drillAt(day: number, rtaSeconds: number): RunView {
    const createdAt = INCIDENT + day * DAY_MS;
    const plan = { ...good.record.plan, incidentAt: after(1_210 - rtaSeconds) };
    return viewRun({ ...good.record, plan, runId: `orders-${day}`, createdAt }, good.state);
  }
  const views = [drillAt(2, 900), drillAt(1, 1_200)];

  test('compares each drill with the one before', () => {
    const { runs } = buildRuns(views);
    expect(runs.map((run) => [run.runId, run.trend])).toEqual([
      ['orders-1', null],
      ['orders-2', { previousRunId: 'orders-1', previousActualSeconds: 1_200, changeSeconds: -300 }],
    ]);
  });

  test('compares no simulated drill with one on an account', () => {
    const onAccount = (view: RunView): RunView => {
      const { yes, incidentDeclared } = view.record.options;
      return { ...view, record: { ...view.record, options: { yes, incidentDeclared } } };
    };
    const { runs } = buildRuns([
      drillAt(1, 1_200),
      onAccount(drillAt(2, 900)),
      drillAt(3, 600),
      onAccount(drillAt(4, 1_000)),
    ]);
    expect(runs.map(({ runId, simulated, trend }) => [runId, simulated, trend?.previousRunId])).toEqual([
      ['orders-1', true, undefined],
      ['orders-2', false, undefined],
      ['orders-3', true, 'orders-1'],
      ['orders-4', false, 'orders-2'],
    ]);
  });

  test('begun at the same instant follow their numbers', () => {
    const ids = [10, 2, 1].map((number) => ({
      ...views[0]!,
      record: { ...views[0]!.record, runId: `orders-${number}` },
    }));
    expect(buildRuns(ids).runs.map((run) => run.runId)).toEqual(['orders-1', 'orders-2', 'orders-10']);
  });

  test('as a table', () => {
    const lines = renderRuns(buildRuns(views), MARKS).split('\n');
    expect(lines[1]).toMatch(/^orders-1 +drill, simulated +<green>completed<\/green>/);
    expect(lines[2]).toContain('<green>15 min</green>');
    expect(lines[2]).toContain('<green>-5 min</green>');
    expect(renderRuns(buildRuns([]), PLAIN_PALETTE)).toContain('lifeboat drill');
  });

  test('cuts no id: not in a pipe, and on a narrow terminal there are fewer columns instead', () => {
    const runId = `${'a-long-name-of-a-runbook'.padEnd(40, 'x')}-20261120T0300-899999`;
    const [view] = views;
    const runs = buildRuns([{ ...view!, record: { ...view!.record, runId } }]);
    for (const width of [undefined, 72, 80, 100, 120, 200]) {
      const text = renderRuns(runs, PLAIN_PALETTE, width);
      expect(text).toContain(`${runId}  drill, simulated  completed`);
      expect(text).not.toContain('…');
    }
    const short = buildRuns(views);
    for (const width of [72, 80, 100])
      expect(longest(renderRuns(short, PLAIN_PALETTE, width))).toBeLessThanOrEqual(width);
    expect(renderRuns(short, PLAIN_PALETTE, 72)).toContain('took');
  });
});

describe('the Markdown document', () => {
  test('has everything in order', () => {
    const text = renderMarkdownReport(goodReport);
    const titles = [...text.matchAll(/^#+ (.*)$/gm)].map((match) => match[1]);
    expect(titles).toEqual([
      `Drill ${RUN}`,
      'Objectives',
      'Phases',
      'Resources',
      'Approvals',
      'Cost and AWS API calls',
      'Left behind',
      'Not exercised',
      'Timeline',
    ]);
    expect(text).toContain('**completed**: RTO met, RPO met.');
    expect(text).toContain('| RTO | 2 h 00 min | 19 min | 20 min | met |');
    expect(text).toContain('| cutover | - | - | - | no |');
    expect(text).toContain(
      '| events/vol-1 | ready, removed since | provisioned-rate | snap-of-vol-1 | 1 h 00 min | 19 min | 17 min | vol-new1 |',
    );
  });

  test('holds hostile names as text', () => {
    const report = {
      ...goodReport,
      problem: HOSTILE,
      leftovers: [HOSTILE],
      resources: goodReport.resources.map((each) => ({
        ...each,
        id: HOSTILE,
        fallbacks: [{ strategy: 'fsr', reason: HOSTILE, at: goodReport.asOf }],
      })),
      timeline: [
        { at: goodReport.asOf, kind: 'fault', subject: 'run', code: HOSTILE, data: {}, message: HOSTILE },
      ],
    };
    const text = renderMarkdownReport(report);
    expect(isTame(text)).toBe(true);
    expect(text).not.toMatch(/[^\\]<b>/);
    const rows = text.split('\n').filter((line) => line.startsWith('| '));
    for (const row of rows.filter((line) => line.includes('vol\ufffd'))) {
      const cells = row.replaceAll('\\|', '').split('|').length - 2;
      expect([3, 4, 8]).toContain(cells);
    }
    expect(isTame(renderVerdict(report, PLAIN_PALETTE))).toBe(true);
  });
});

test('a plan with hostile names is tame', () => {
  const plan = planOf([resource(HOSTILE)], {
    runbook: HOSTILE,
    notExercised: [HOSTILE],
    problems: [{ severity: 'error', code: HOSTILE, resource: HOSTILE, message: HOSTILE, next: HOSTILE }],
    blastRadius: {
      creates: { volumes: 1, storageGiB: 1, dbInstances: 0, snapshots: 0 },
      fsr: [HOSTILE],
      reads: [HOSTILE],
    },
  });
  expect(isTame(renderPlan(plan, PLAIN_PALETTE))).toBe(true);
});
