import type { Json } from '../../../src/workflow/base/decision.ts';
import { legacyEntry } from '../../../src/workflow/timeline/timeline.ts';
import { buildReport } from '../../../src/report/model/report.ts';
import { viewRun } from '../../../src/report/model/run-view.ts';
import { after, goodRun, HandRun, planOf, recordOf, resource } from '../fixtures.ts';
import { awsReason } from '../../../src/workflow/base/reasons.ts';
import { aggregateOf } from '../../../src/workflow/base/aggregate-id.ts';

const calls = [
  { operation: 'DescribeVolumes', total: 30, throttled: 2 },
  { operation: 'CreateVolume', total: 3, throttled: 1 },
];

function reportOf(run: HandRun, now?: number) {
  return buildReport(viewRun(run.record, run.state), run.timeline, calls, now === undefined ? {} : { now });
}

test('as removed is told only what the run removed: not what had vanished before, nor what it could not remove', () => {
  const { record, state } = goodRun();
  const view = viewRun(record, state);
  const [first] = view.resources;
  if (first === undefined) throw new Error('it has a resource');
  const context = {
    ...first.context,
    createdIds: ['vol-1', 'vol-2', 'vol-3'],
    vanishedIds: ['vol-2'],
    leftovers: [
      {
        code: 'not-removed' as const,
        data: {
          id: 'vol-3',
          reason: awsReason({ class: 'denied', code: 'NotOfThisRun', message: 'it is left alone' }),
        },
      },
    ],
  };
  const removed = (to: 'removed' | 'kept'): unknown =>
    buildReport({ ...view, resources: [{ ...first, context, state: to }] }, [], calls, {}).resources[0]
      ?.removedIds;
  expect([removed('removed'), removed('kept')]).toEqual([['vol-1'], []]);
});

describe('a drill that went well', () => {
  const report = reportOf(goodRun());

  test('has the fields of the interface page', () => {
    expect(report).toMatchObject({
      schema: 'lifeboat.report/v1',
      runId: 'orders-20261120T0300-1',
      runbook: 'orders',
      mode: 'drill',
      status: 'completed',
      startedAt: '2026-11-20T03:00:00Z',
      endedAt: '2026-11-20T03:21:52Z',
      backfill: { exercised: false },
      apiCalls: { total: 33, throttled: 3, byOperation: { CreateVolume: 3, DescribeVolumes: 30 } },
      leftovers: [],
      problem: null,
      waitingFor: [],
      notExercised: ['cutover'],
      simulation: { seed: 7, faults: 'flaky' },
    });
    expect(report.timeline[0]).toEqual({
      ...{ at: '2026-11-20T03:00:00Z', kind: 'phase', subject: 'run' },
      ...{ code: 'phase.begun', data: { phase: 'preflight' }, message: 'preflight' },
    });
  });

  test('judges the objectives by what happened', () => {
    expect(report.objectives).toEqual({
      rto: { objectiveSeconds: 7_200, actualSeconds: 1_210, met: true },
      rpo: { objectiveSeconds: 7_200, actualSeconds: 3_600, met: true },
      dataComplete: { objectiveSeconds: 604_800, actualSeconds: null, met: null },
      availability: { objectivePercent: 99.5, actualPercent: expect.closeTo(99.996, 3), met: true },
    });
  });

  test('knows what was made although it is removed', () => {
    expect(report.resources[0]).toEqual({
      id: 'events/vol-1',
      type: 'ebs-volume',
      source: 'vol-1',
      strategy: 'provisioned-rate',
      recoveryPoint: { id: 'snap-of-vol-1', at: '2026-11-20T02:00:00Z', ageSeconds: 3_600 },
      status: 'ready',
      removed: true,
      createdIds: ['vol-new1'],
      removedIds: ['vol-new1'],
      discardedIds: ['vol-new1'],
      fallbacks: [],
      differences: [],
      protection: [],
      attachments: [],
      forecastSeconds: 1_117,
      actualSeconds: 995,
      startedAt: '2026-11-20T03:00:10Z',
      readyAt: '2026-11-20T03:16:45Z',
    });
  });

  test('names all eight phases, which overlap, and moves no traffic', () => {
    const phases = report.phases.map(({ name, startedAt, endedAt, seconds, exercised }) => [
      name,
      startedAt?.slice(14, 19) ?? null,
      endedAt?.slice(14, 19) ?? null,
      seconds,
      exercised,
    ]);
    expect(phases).toEqual([
      ['preflight', '00:00', '00:05', 5, true],
      ['approval', '00:05', '00:05', 0, true],
      ['restore', '00:05', '00:50', 45, true],
      ['warmup', '00:40', '20:00', 1_160, true],
      ['verify', '16:40', '20:10', 210, true],
      ['cutover', null, null, 0, false],
      ['backfill', null, null, 0, false],
      ['cleanup', '20:10', '21:52', 102, true],
    ]);
  });

  test('costs what was held, until it was removed', () => {
    // Two times: 500 GiB of gp3 for 1,295 s, and 320 GiB initialised.
    const hours = (1_305 - 10) / 3_600;
    expect(report.costUsd).toBeCloseTo(2 * ((500 * 0.08 * hours) / 730 + 320 * 0.0036), 3);
  });
});

describe('a restore', () => {
  test('keeps what it made, and its cost counts until completion', () => {
    const report = reportOf(goodRun('restore'));
    expect(report.status).toBe('completed');
    expect(
      report.resources.map(({ createdIds, discardedIds, removed }) => [createdIds, discardedIds, removed]),
    ).toEqual([
      [['vol-new1'], [], false],
      [['vol-new2'], [], false],
    ]);
    const hours = (1_312 - 10) / 3_600;
    expect(report.costUsd).toBeCloseTo(2 * ((500 * 0.08 * hours) / 730 + 320 * 0.0036), 3);
  });

  test('that waits for people says for how many, and shows who agreed', () => {
    const gates = [
      { id: 'a', before: 'restore', kind: 'approvals', approvals: 2, why: 'the runbook asks for 2' } as const,
    ];
    const run = new HandRun(planOf([resource('data')], { mode: 'restore' }), gates);
    run.passPreflight(after(5));
    run.tell({ type: 'approve', at: after(60), by: 'alice', reason: 'looks right' });
    const waiting = reportOf(run, after(90));
    expect(waiting.status).toBe('running');
    expect(waiting.waitingFor).toEqual(['1 of 2 approvals given before restore']);
    expect(waiting.phases[1]).toMatchObject({ name: 'approval', endedAt: null, seconds: 85 });
    run.tell({ type: 'approve', at: after(120), by: 'simulated-approver-2', identity: 'local' });
    const { approvals, phases } = reportOf(run);
    expect(approvals).toEqual([
      {
        gate: 'restore',
        step: null,
        identity: 'local',
        breakGlass: false,
        by: 'alice',
        at: '2026-11-20T03:01:00Z',
        reason: 'looks right',
        simulated: false,
      },
      {
        gate: 'restore',
        step: null,
        identity: 'local',
        breakGlass: false,
        by: 'simulated-approver-2',
        at: '2026-11-20T03:02:00Z',
        reason: null,
        simulated: true,
      },
    ]);
    expect(phases[1]).toMatchObject({ endedAt: '2026-11-20T03:02:00Z', seconds: 115 });
  });
});

const refusal = { class: 'invalid', code: 'UnsupportedOperation', message: 'not here' } as const;

function refuse(run: HandRun, id: string, seconds: number): void {
  run.grant(id, after(seconds));
  run.answer(id, 'createVolume', after(seconds + 1), { ok: false, failure: refusal });
}

describe('trouble', () => {
  test('a fallback tells the strategy left, and the RPO follows the recovery point really used', () => {
    const run = new HandRun(planOf([resource('data')]));
    run.passPreflight(after(5));
    refuse(run, 'data', 10);
    run.grant('data', after(20));
    run.bringBack('data', 'vol-x', { created: 21, available: 40, hydrated: 3_000, verified: 3_005 });
    run.tell({ type: 'CONFIRMED', at: after(3_010) });
    const [first] = reportOf(run).resources;
    expect(first).toMatchObject({
      strategy: 'read-through',
      status: 'ready',
      actualSeconds: 2_995,
      fallbacks: [
        {
          strategy: 'provisioned-rate',
          reason: 'UnsupportedOperation: not here',
          at: '2026-11-20T03:00:11Z',
        },
      ],
    });
    run.cleanUp(3_100);
    const report = reportOf(run);
    expect(report.objectives.rpo).toEqual({ objectiveSeconds: 7_200, actualSeconds: 5_400, met: true });
    // Nothing was made by the first strategy: no initialisation is paid for.
    expect(report.costUsd).toBeLessThan(0.06);
  });

  test('a drill with a lost resource fails, and its data counts as lost', () => {
    const run = new HandRun(planOf([resource('data'), resource('more')]));
    run.passPreflight(after(5));
    run.grant('more', after(10));
    run.bringBack('more', 'vol-m', { created: 12, available: 40, hydrated: 1_000, verified: 1_005 });
    refuse(run, 'data', 1_010);
    refuse(run, 'data', 1_020);
    run.cleanUp(1_100);
    const report = reportOf(run);
    expect(report.status).toBe('failed');
    expect(report.problem).toBe('1 of 2 resources could not be recovered');
    expect(
      report.resources.map(({ status, removed, actualSeconds }) => [status, removed, actualSeconds]),
    ).toEqual([
      ['failed', true, null],
      ['ready', true, 995],
    ]);
    expect(report.objectives.rto).toEqual({ objectiveSeconds: 7_200, actualSeconds: null, met: false });
    expect(report.objectives.rpo).toEqual({ objectiveSeconds: 7_200, actualSeconds: null, met: false });
    expect(report.phases.find((phase) => phase.name === 'restore')).toMatchObject({
      endedAt: '2026-11-20T03:17:01Z',
    });
  });

  test('a restore with a lost resource halts: not over, and nothing is decided before its time', () => {
    const run = new HandRun(planOf([resource('data')], { mode: 'restore' }));
    run.passPreflight(after(5));
    refuse(run, 'data', 10);
    refuse(run, 'data', 20);
    const report = reportOf(run);
    expect(report.status).toBe('halted');
    expect(report.endedAt).toBeNull();
    expect(report.waitingFor).toHaveLength(1);
    expect(report.objectives.rto).toMatchObject({ actualSeconds: null, met: null });
    expect(report.objectives.rpo).toMatchObject({ actualSeconds: null, met: null });
    const late = buildReport(viewRun(run.record, run.state), [], [], { now: after(7_201) });
    expect(late.objectives.rto).toMatchObject({ actualSeconds: null, met: false });
    expect(report.resources[0]).toMatchObject({
      status: 'failed',
      fallbacks: [{ strategy: 'provisioned-rate' }, { strategy: 'read-through' }],
    });
  });

  test('what was thrown away is told apart from what is there, and paid for', () => {
    const run = new HandRun(planOf([resource('data')], { mode: 'restore' }));
    run.passPreflight(after(5));
    run.grant('data', after(10));
    run.answer('data', 'createVolume', after(12), { ok: true, result: { id: 'vol-bad' } });
    run.order('data', {
      type: 'SIGHTED',
      at: after(30),
      sighting: { type: 'volume', id: 'vol-bad', status: 'error' },
    });
    run.answer('data', 'delete', after(31), { ok: false, failure: { ...refusal, code: 'Nope' } });
    run.grant('data', after(40));
    run.bringBack('data', 'vol-good', { created: 42, available: 60, hydrated: 1_200, verified: 1_205 });
    const report = reportOf(run);
    expect(report.resources[0]).toMatchObject({ createdIds: ['vol-good'], discardedIds: ['vol-bad'] });
    const message = 'vol-bad: Nope: not here';
    expect(report.leftovers).toEqual([message]);
    expect(report.leftoverDetails).toMatchObject([
      { code: 'not-removed', data: { id: 'vol-bad', reason: { code: 'aws' } }, message },
    ]);
    // One volume at a time, but two initialisations.
    const hours = (1_205 - 10) / 3_600;
    expect(report.costUsd).toBeCloseTo((500 * 0.08 * hours) / 730 + 2 * 320 * 0.0036, 3);
  });

  test('ready, then gone for good, is not recovered', () => {
    const run = new HandRun(planOf([resource('data', { strategies: [resource('x').strategies[0]!] })]));
    run.passPreflight(after(5));
    run.grant('data', after(10));
    run.bringBack('data', 'vol-a', { created: 12, available: 40, hydrated: 1_000, verified: 1_005 });
    run.order('data', { type: 'GONE', at: after(1_100), id: 'vol-a' });
    refuse(run, 'data', 1_110);
    run.cleanUp(1_200);
    expect(reportOf(run).resources[0]).toMatchObject({
      status: 'failed',
      actualSeconds: null,
      createdIds: ['vol-a'],
    });
  });
});

describe('a restore that was cleaned up after its end', () => {
  const run = goodRun('restore');
  const reportWith = (snapshot: { sequence: number; done: boolean } | undefined) => {
    const { aggregates, ...rest } = run.state;
    const cleanup = snapshot === undefined ? [] : [{ id: 'cleanup', sequence: 1, snapshot }];
    const left = aggregates.map((aggregate) => {
      if (aggregate.id !== 'recovery') return aggregate;
      const { value, context } = aggregate.snapshot as unknown as { value: string; context: object };
      return { ...aggregate, snapshot: { value, context: { ...context, leftovers: ['vol-left: denied'] } } };
    });
    const view = viewRun(run.record, { aggregates: [...left, ...cleanup], ...rest });
    return buildReport(view, run.timeline, calls);
  };

  test.each([
    ['not begun', undefined, ['vol-left: denied'], false],
    ['not finished', { sequence: 1, done: false }, ['vol-left: denied'], false],
    ['done', { sequence: 2, done: true }, [], true],
  ])('%s', (_, snapshot, leftovers, removed) => {
    const report = reportWith(snapshot);
    expect(report.leftovers).toEqual(leftovers);
    expect(report.status).toBe('completed');
    expect(report.resources.map((resource) => resource.removed)).toEqual([removed, removed]);
    expect(report.resources[0]).toMatchObject({
      status: 'ready',
      createdIds: ['vol-new1'],
      discardedIds: removed ? ['vol-new1'] : [],
    });
  });
});

test('a run that has not begun can be reported', () => {
  const plan = planOf([resource('data')]);
  const view = viewRun(recordOf(plan), { aggregates: [], outbox: [], timers: [], lastAt: 0 });
  const report = buildReport(view, [], []);
  expect(report.status).toBe('running');
  expect(report.resources[0]).toMatchObject({ status: 'queued', createdIds: [], actualSeconds: null });
  expect(report.objectives.rto.met).toBeNull();
  expect(report.phases.every((phase) => phase.seconds === 0 && !phase.exercised)).toBe(true);
  expect(report.costUsd).toBe(0);
});

test('while it goes on, an objective can be missed but not met', () => {
  const run = new HandRun(planOf([resource('data')]));
  run.passPreflight(after(5));
  expect(reportOf(run, after(7_200)).objectives.rto.met).toBeNull();
  expect(reportOf(run, after(7_201)).objectives.rto.met).toBe(false);
});

test.each([[null], ['text'], [{ value: 3, context: {} }], [{ value: 'queued', context: null }]])(
  'a row that holds %j is damaged',
  (snapshot) => {
    const record = recordOf(planOf([]));
    const state = {
      aggregates: [{ id: 'recovery', sequence: 1, snapshot }],
      outbox: [],
      timers: [],
      lastAt: 0,
    };
    expect(() => viewRun(record, state)).toThrow(expect.objectContaining({ code: 'JOURNAL_DAMAGED' }));
  },
);

test('a run whose journal kept sentences says what it said', () => {
  const run = goodRun('restore');
  const view = viewRun(run.record, run.state);
  // What a machine before version 5 wrote.
  const recovery: unknown = { ...view.recovery, problem: 'aborted by kim: the primary is back' };
  const [first] = view.resources;
  const resource: unknown = {
    ...first?.context,
    createdIds: ['vol-1', 'vol-2'],
    exhausted: 'no credit',
    fallbacks: [{ strategy: 'fsr', reason: 'no credit', at: 0 }],
    leftovers: ['vol-2: denied', 'settings of vol-1 not given back: denied'],
  };
  const aggregates = run.state.aggregates.map((row) =>
    row.id === aggregateOf(first?.id ?? '')
      ? { ...row, snapshot: { value: 'removed', context: resource as Json } }
      : row.id === 'recovery'
        ? { ...row, snapshot: { ...(row.snapshot as object), context: recovery as Json } }
        : row,
  );
  const old = viewRun({ ...run.record, machineVersion: 4 }, { ...run.state, aggregates });
  const report = buildReport(old, [legacyEntry(after(1), 'phase', 'aborted: by kim')], []);
  expect(report.problem).toBe('aborted by kim: the primary is back');
  expect(report.leftovers).toEqual(['vol-2: denied', 'settings of vol-1 not given back: denied']);
  expect(report.resources[0]).toMatchObject({
    removedIds: ['vol-1'],
    fallbacks: [{ strategy: 'fsr', reason: 'no credit' }],
  });
  expect(report.timeline).toMatchObject([
    { kind: 'phase', subject: 'run', code: 'phase.legacy', message: 'aborted: by kim' },
  ]);
});
