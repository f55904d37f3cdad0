import { adviceText, type Advice } from '../../../src/advice.ts';
import { liveModel, rtoLeftSeconds } from '../../../src/report/model/live-model.ts';
import type { LiveModel, LiveSources } from '../../../src/report/model/live-model.ts';
import { viewRun } from '../../../src/report/model/run-view.ts';
import { buildStatus } from '../../../src/report/model/status.ts';
import { after, goodRun, HandRun, planOf, resource, RUN, UNATTENDED } from '../fixtures.ts';

function modelOf(run: HandRun, seconds: number, sources: Partial<LiveSources> = {}): LiveModel {
  const view = viewRun(run.record, run.state);
  const status = buildStatus(view, undefined, after(seconds));
  return liveModel(view, status, { readyAt: () => after(1_117), ...sources });
}

const going = new HandRun(planOf([resource('data'), resource('index')], { mode: 'restore' }));
going.passPreflight(after(5));
going.grant('data', after(10));
going.answer('data', 'createVolume', after(12), { ok: true, result: { id: 'vol-new' } });
going.order('data', {
  type: 'SIGHTED',
  at: after(40),
  sighting: { type: 'volume', id: 'vol-new', status: 'available', progress: 37 },
});

test('a run that goes on', () => {
  const model = modelOf(going, 600);
  expect(model).toMatchObject({ runId: RUN, mode: 'restore', status: 'running', phase: 'restore' });
  expect(model.phases.map(({ name, state }) => [name, state])).toEqual([
    ['preflight', 'done'],
    ['approval', 'done'],
    ['restore', 'now'],
    ['warmup', 'now'],
    ['verify', 'to-come'],
    ['cleanup', 'to-come'],
  ]);
  expect(model.resources).toEqual([
    expect.objectContaining({
      id: 'data',
      state: 'warming',
      percent: 37,
      readyAt: after(1_117),
      isReady: false,
    }),
    expect.objectContaining({ id: 'index', state: 'queued', percent: null, isReady: false }),
  ]);
  expect(rtoLeftSeconds(model)).toBe(7_200 - 600);
  expect(model.ways).toEqual([]);
});

test('a run that is over: nothing is to come, and each resource tells when it was ready', () => {
  const model = modelOf(goodRun(), 9_999);
  expect(model.phases.every(({ state }) => state === 'done')).toBe(true);
  expect(model.resources.map(({ isReady, readyAt }) => [isReady, readyAt])).toEqual([
    [true, after(1_005)],
    [true, after(1_205)],
  ]);
  expect(rtoLeftSeconds(model)).toBe(7_200 - 1_210);
});

test('a run without a driver says how to go on, as it must be typed', () => {
  const hint = (advice: Advice): string => adviceText(advice, ['--state', '/mnt/dr']);
  expect(modelOf(going, 600, { attendance: UNATTENDED, hint }).ways).toEqual([
    `not driven: lifeboat resume ${RUN} --state /mnt/dr`,
  ]);
});
