import { adviceText, type Advice } from '../../../src/advice.ts';
import { PLAIN_PALETTE } from '../../../src/report/layout/palette.ts';
import { renderStatus } from '../../../src/report/render/render-status.ts';
import type { StatusSurroundings } from '../../../src/report/render/render-status.ts';
import type { RunView } from '../../../src/report/model/run-view.ts';
import { viewRun } from '../../../src/report/model/run-view.ts';
import { buildStatus } from '../../../src/report/model/status.ts';
import { displayWidth } from '../../../src/report/layout/text.ts';
import type { Approval } from '../../../src/workflow/recovery/recovery-context.ts';
import { after, goodRun, HandRun, planOf, resource, RUN, UNATTENDED } from '../fixtures.ts';
import type { Leftover } from '../../../src/workflow/base/reasons.ts';

function viewWith(approvals: readonly Approval[] = []): RunView {
  const run = new HandRun(planOf([resource('data'), resource('index')], { mode: 'restore' }));
  run.passPreflight(after(5));
  run.grant('data', after(10));
  const view = viewRun(run.record, run.state);
  return view.recovery === undefined ? view : { ...view, recovery: { ...view.recovery, approvals } };
}

function shown(view: RunView, width: number, surroundings: StatusSurroundings = {}): readonly string[] {
  const status = buildStatus(view, undefined, after(600));
  return renderStatus(status, view, PLAIN_PALETTE, width, surroundings).split('\n');
}

const talkative = viewWith(
  Array.from({ length: 9 }, (_, index) => ({
    gate: 'restore' as const,
    by: `arn:aws:sts::111111111111:assumed-role/oncall/person-${index}`,
    at: after(index),
    reason: 'the plan was read from end to end, and the recovery points are from before the damage',
  })),
);

test.each([72, 80, 96, 120])('at most ten lines on %i columns, however much there is to tell', (width) => {
  for (const view of [viewWith(), talkative, viewRun(goodRun().record, goodRun().state)]) {
    const lines = shown(view, width, { attendance: UNATTENDED });
    expect(lines.length).toBeLessThanOrEqual(10);
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(width);
  }
});

test('on 40 columns nothing is cut', () => {
  const lines = shown(talkative, 40);
  expect(lines.slice(0, -1).every((line) => displayWidth(line) <= 40)).toBe(true);
  expect(lines.join('')).not.toContain('…');
  expect(lines.join(' ').match(/person-\d/g)).toHaveLength(9);
});

test('says who approved what, and whose word alone it was', () => {
  const view = viewWith([
    { gate: 'restore', by: 'alex', at: after(60), identity: 'verified' },
    { gate: 'restore', by: 'kim', at: after(70), identity: 'break-glass', reason: 'no network' },
    { gate: 'restore', by: 'kim', at: after(80), identity: 'verified', step: 'restore/manual/jobs' },
    { gate: 'cutover', by: 'kim', at: after(90), step: 'difference/events/vol-1/2' },
    { gate: 'cutover', by: 'kim', at: after(95), step: 'clock/1' },
  ]);
  expect(shown(view, 400).join('\n')).toContain(
    'alex before restore at 03:01:00; kim BREAK-GLASS before restore at 03:01:10 (no network); kim before restore/manual/jobs at 03:01:20; kim accepted events/vol-1 as it is at 03:01:30; kim counted the jump 1 of the clock at 03:01:35',
  );
});

test('says how to go on: watch what is driven, drive what is not, with commands whole', () => {
  const hint = (advice: Advice): string =>
    adviceText(advice, ['--state', '/mnt/a/rather/long/path/to/the/state/directory']);
  expect(shown(viewWith(), 80).at(-1)).toContain(`lifeboat status ${RUN} --watch`);
  expect(shown(viewWith(), 80, { attendance: UNATTENDED, hint }).at(-1)).toBe(
    `  to go on  not driven: lifeboat resume ${RUN} --state /mnt/a/rather/long/path/to/the/state/directory`,
  );
});

const DRIVEN = { host: 'host-a', pid: 42, since: '2026-11-20T03:00:00Z', lastBeatAt: '2026-11-20T03:09:30Z' };

test('says who drives it, with the last heartbeat, and that a driver does not respond', () => {
  const titled = (responding: boolean): string => {
    const { lastBeatAt } = DRIVEN;
    const attendance = { driven: { ...DRIVEN, responding }, lastBeatAt, pendingSignals: [] };
    return shown(viewWith(), 200, { attendance, now: after(600) }).join('\n');
  };
  expect(titled(true)).toContain('; driven by process 42 on host-a (last heartbeat 30 s ago)');
  expect(titled(true)).toContain(`lifeboat status ${RUN} --watch`);
  expect(titled(false)).toContain('; NOT RESPONDING: held by process 42 on host-a (last heartbeat 30 s ago)');
  expect(titled(false)).toContain(`take it over: lifeboat resume ${RUN}`);
  const gone = { ...UNATTENDED, lastBeatAt: DRIVEN.lastBeatAt };
  expect(shown(viewWith(), 120, { attendance: gone, now: after(600) })[0]).toMatch(
    /; not driven since 03:09:30$/,
  );
});

test('says that a function in the cloud drives it, also while it rests, and does not advise to take it over', () => {
  const titled = (more: object): string => {
    const driven = { ...DRIVEN, function: 'lifeboat-drill', responding: true, ...more };
    const attendance = { driven, lastBeatAt: DRIVEN.lastBeatAt, pendingSignals: [] };
    return shown(viewWith(), 200, { attendance, now: after(600) }).join('\n');
  };
  expect(titled({})).toContain(
    '; driven by the function lifeboat-drill in the cloud (last heartbeat 30 s ago)',
  );
  expect(titled({ resting: true })).toContain(
    '; driven by the function lifeboat-drill in the cloud, which rests (last heartbeat 30 s ago)',
  );
  expect(titled({ resting: true })).toContain(`lifeboat status ${RUN} --watch`);
});

test('leads on also where the machines have changed since a function began the run: that version drives it on', () => {
  const view = viewWith();
  const arn = 'arn:aws:lambda:us-east-1:111111111111:function:lifeboat-drill:7';
  const record = { ...view.record, machineVersion: 1 };
  const last = (change: object) =>
    shown({ ...view, record: { ...record, ...change } }, 120, { attendance: UNATTENDED }).at(-1);
  expect(last({})).toContain('the version of Lifeboat that began it');
  expect(last({ function: arn })).toContain(`lifeboat resume ${RUN}`);
});

test('says what the next driver will do, in full, and advises nothing that destroys without saying so', () => {
  const effect = 'ends the run and removes what was made: vol-1, vol-2';
  const signal = { kind: 'abort', by: 'kim', at: '2026-11-20T03:05:00Z', effect, endsRun: true };
  const lines = shown({ ...talkative, paused: true }, 72, {
    attendance: { ...UNATTENDED, pendingSignals: [signal] },
  });
  const text = lines.join(' ').replace(/\s+/g, ' ');
  expect(text).toContain(`pending abort by kim at 2026-11-20T03:05:00Z: ${effect}`);
  expect(lines.at(-1)).toBe(`  to go on  lifeboat resume ${RUN} (asks, then carries out the abort by kim)`);
});

const LEFT: Leftover = { code: 'untracked', data: { id: 'vol-3' } };

describe('of a run that is over', () => {
  /** Given up with `made`, and swept: nothing stands in its way any more. */
  function ended(phase: 'completed' | 'aborted', change: Partial<RunView>): string {
    const view = viewWith();
    return shown({ ...view, phase, ...change }, 120).join('\n');
  }

  test('what was recovered and removed since is not to be used', () => {
    expect(ended('completed', {})).toContain('redirect traffic by hand');
    const gone = ended('completed', { cleanedUp: true });
    expect(gone).toContain('what was recovered has been removed since');
    expect(gone).not.toContain('redirect traffic');
  });

  test('what an abort kept is told from what could not be removed, until a cleanup', () => {
    const { recovery } = viewWith();
    if (recovery === undefined) throw new Error('it has begun');
    const text = 'aborted by kim: the primary is back';
    const problem = { code: 'aborted', data: { by: 'kim', reason: 'the primary is back' } } as const;
    const kept = { recovery: { ...recovery, problem, keptIds: ['vol-1', 'vol-2'] } };
    const left = { recovery: { ...recovery, problem, leftovers: [LEFT] } };
    expect(ended('aborted', kept)).toContain(`${text}; 2 kept on purpose`);
    expect(ended('aborted', kept)).toContain('once the kept resources are not needed: lifeboat cleanup');
    expect(ended('aborted', left)).toContain(`${text}; could not be removed: vol-3`);
    expect(ended('aborted', left)).toContain('to remove leftovers: lifeboat cleanup');
    expect(ended('aborted', { ...kept, cleanedUp: true })).not.toMatch(/kept|lifeboat cleanup/);
  });

  test('a drill that could not remove everything does not say that it did', () => {
    const view = viewRun(goodRun().record, goodRun().state);
    if (view.recovery === undefined) throw new Error('it has begun');
    expect(shown(view, 120).join('\n')).toContain('what the drill made is removed');
    const left = { ...view, recovery: { ...view.recovery, leftovers: [LEFT] } };
    const text = shown(left, 120).join('\n');
    expect(text).toContain('could not be removed: vol-3');
    expect(text).toContain('lifeboat cleanup');
  });
});
