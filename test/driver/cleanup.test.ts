import { advise, lifeboat } from '../../src/advice.ts';
import { SETTLE_SECONDS } from '../../src/facts/ebs.ts';
import { buildReport, type Report } from '../../src/report/model/report.ts';
import { viewRun, type RunView } from '../../src/report/model/run-view.ts';
import { buildStatus } from '../../src/report/model/status.ts';
import { waysOn } from '../../src/report/model/ways-on.ts';
import { PLAIN_PALETTE } from '../../src/report/layout/palette.ts';
import { renderStatus } from '../../src/report/render/render-status.ts';
import { requestOf, type Answer } from '../../src/workflow/base/effects.ts';
import type { DriverParts } from '../../src/driver/parts.ts';
import type { DriveEnd } from '../../src/driver/base/ports.ts';
import { made } from '../things.ts';
import { Stage } from './stage.ts';

async function restored(): Promise<Stage> {
  const stage = await Stage.open();
  expect(await stage.drive()).toMatchObject({ phase: 'completed' });
  return stage;
}

async function cleanUp(stage: Stage, change: Partial<DriverParts> = {}): Promise<DriveEnd> {
  await stage.say('cleanup');
  return stage.drive(change);
}

async function viewOf({ journal }: Stage): Promise<RunView> {
  return viewRun(journal.record, await journal.load());
}

async function reportOf(stage: Stage): Promise<Report> {
  return buildReport(await viewOf(stage), [], []);
}

test('removes what the run made, says so, and finds nothing the second time', async () => {
  const stage = await restored();
  expect(await cleanUp(stage)).toEqual({ phase: 'completed', paused: false, waitsFor: [] });
  expect(stage.aws.alive).toEqual([]);
  expect((await reportOf(stage)).resources.flatMap(({ removedIds }) => removedIds)).toEqual([
    'vol-new-1',
    'vol-new-2',
    'vol-new-3',
  ]);
  expect(stage.lines).toContainEqual(
    expect.objectContaining({ subject: 'volume-1', code: 'resource.removed' }),
  );
  expect(stage.lines.at(-1)).toMatchObject({
    code: 'run.cleaned-up',
    data: { ids: ['vol-new-1', 'vol-new-2', 'vol-new-3'], leftovers: [] },
  });
  expect((await viewOf(stage)).cleanedUp).toBe(true);
  const before = stage.aws.performed.length;
  await cleanUp(stage);
  const kinds = stage.aws.performed.slice(before).map(requestOf);
  expect(new Set(kinds)).toEqual(new Set(['sweep']));
});

test('changes nothing of how the run ended', async () => {
  const stage = await restored();
  const { status, objectives, phases, approvals } = await reportOf(stage);
  await cleanUp(stage);
  const after = await reportOf(stage);
  expect(after).toMatchObject({ status, objectives, phases, approvals });
  expect(after.resources.map((resource) => [resource.status, resource.removed])).toEqual(
    Array.from({ length: 3 }, () => ['ready', true]),
  );
});

test('writes down what it asks for before it asks, under a new identity each time', async () => {
  const stage = await restored();
  const before = stage.aws.performed.length;
  const executor = {
    batchOf: () => undefined,
    observe: stage.aws.observe.bind(stage.aws),
    perform: async (effects: Parameters<typeof stage.aws.perform>[0]) => {
      const { outbox } = await stage.journal.load();
      const written = new Set(outbox.map(({ id }) => id));
      expect(effects.filter(({ id }) => !written.has(id))).toEqual([]);
      return stage.aws.perform(effects);
    },
  };
  await cleanUp(stage, { executor });
  await cleanUp(stage, { executor });
  const ids = stage.aws.performed.slice(before).map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect((await stage.journal.load()).outbox).toEqual([]);
});

describe('one that died half way', () => {
  async function killed(): Promise<Stage> {
    const stage = await restored();
    const executor = {
      batchOf: () => undefined,
      observe: stage.aws.observe.bind(stage.aws),
      perform: () => Promise.reject(new Error('killed')),
    };
    await expect(cleanUp(stage, { executor })).rejects.toThrow('killed');
    expect((await stage.journal.load()).outbox).not.toEqual([]);
    const view = await viewOf(stage);
    expect(view).toMatchObject({ phase: 'completed', isCleaningUp: true, cleanedUp: false });
    const status = buildStatus(view, undefined, view.lastAt);
    expect(renderStatus(status, view, PLAIN_PALETTE)).toContain('the end of the cleanup that was requested');
    expect(waysOn(status, view, { driven: null, lastBeatAt: null, pendingSignals: [] })).toContainEqual(
      advise`not driven: ${lifeboat('resume', view.record.runId)} (finishes the cleanup)`,
    );
    return stage;
  }

  test('leaves nothing in the outbox of the next', async () => {
    const stage = await killed();
    await cleanUp(stage);
    expect((await stage.journal.load()).outbox).toEqual([]);
    expect(stage.aws.alive).toEqual([]);
  });

  test('is carried on by the next process that drives the run', async () => {
    const stage = await killed();
    await stage.drive();
    expect(stage.aws.alive).toEqual([]);
    expect(await viewOf(stage)).toMatchObject({ isCleaningUp: false, cleanedUp: true });
  });
});

test('stops within minutes when AWS does not answer, says so, and goes on when it is asked for again or resumed', async () => {
  const stage = await restored();
  stage.aws.troubles.perform = () => 'unreachable';
  const began = stage.clock.elapsed;
  expect(await cleanUp(stage)).toMatchObject({ phase: 'completed', paused: true });
  expect(stage.lines).toContainEqual(
    expect.objectContaining({ code: 'signal.paused', data: expect.objectContaining({ by: 'lifeboat' }) }),
  );
  expect(stage.clock.elapsed - began).toBeLessThan(20 * 60_000);
  expect(await cleanUp(stage)).toMatchObject({ paused: true });
  stage.aws.troubles = {};
  await stage.say('resume');
  expect(await stage.drive()).toMatchObject({ paused: false });
  expect(stage.aws.alive).toEqual([]);
});

test('waits as long as it is told to, however often the clock wakes it', async () => {
  const stage = await restored();
  let refusals = 0;
  const sent: number[] = [];
  stage.aws.troubles.perform = ({ notBefore = 0 }) => {
    sent.push(stage.clock.now() - notBefore);
    refusals += 1;
    return refusals < 8 ? 'busy' : undefined;
  };
  await cleanUp(stage);
  for (const early of sent) expect(early).toBeGreaterThanOrEqual(0);
});

test('a resource that cannot be removed is named, not reported as removed, and is tried again by the next cleanup', async () => {
  const stage = await restored();
  const executor = {
    batchOf: () => undefined,
    observe: stage.aws.observe.bind(stage.aws),
    perform: async ([effect]: Parameters<typeof stage.aws.perform>[0]) => {
      const found = [made('volume', 'vol-new-2')];
      const result = { found, removed: [] };
      return [{ effectId: effect?.id ?? '', type: effect?.type ?? 'sweep', ok: true, result } as Answer];
    },
  };
  await cleanUp(stage, { executor });
  expect(stage.lines.at(-1)).toMatchObject({
    code: 'run.cleaned-up',
    data: { leftovers: [{ code: 'untracked' }] },
  });
  expect(await viewOf(stage)).toMatchObject({ isCleaningUp: false, cleanedUp: false });
  expect((await reportOf(stage)).leftovers).toEqual(['vol-new-2']);
  await cleanUp(stage);
  expect((await reportOf(stage)).leftovers).toEqual([]);
});

test('names also what was removed by a sweep that failed in part', async () => {
  const stage = await restored();
  let hasFailed = false;
  const executor = {
    batchOf: () => undefined,
    observe: stage.aws.observe.bind(stage.aws),
    perform: (effects: Parameters<typeof stage.aws.perform>[0]): Promise<readonly Answer[]> => {
      const [effect] = effects;
      if (effect?.type !== 'sweep' || hasFailed) return stage.aws.perform(effects);
      hasFailed = true;
      const removed = [made('snapshot', 'snap-gone')];
      const failure = { class: 'throttled' as const, code: 'Throttling', message: 'slow down', removed };
      return Promise.resolve([{ effectId: effect.id, type: effect.type, ok: false, failure }]);
    },
  };
  await cleanUp(stage, { executor });
  const { ids } = stage.lines.findLast(({ code }) => code === 'run.cleaned-up')?.data as { ids: string[] };
  expect(ids).toContain('snap-gone');
});

test('fast snapshot restore that the run could not switch off is switched off: it costs money until then', async () => {
  const stage = await Stage.open({ volumes: 1, strategies: ['fsr'] });
  let isDenied = true;
  stage.aws.troubles.perform = (effect) => {
    if (requestOf(effect) === 'enableFsr') void stage.say('abort');
    return isDenied && requestOf(effect) === 'disableFsr' ? 'denied' : undefined;
  };
  expect(await stage.drive()).toMatchObject({ phase: 'aborted' });
  expect([stage.aws.count('enableFsr'), stage.aws.count('disableFsr')]).toEqual([1, 1]);
  await cleanUp(stage);
  expect((await reportOf(stage)).leftovers).toEqual([
    'fast snapshot restore of snap-0 in us-east-1a: Some-denied: as the test wants it',
  ]);
  isDenied = false;
  await cleanUp(stage);
  expect(stage.aws.count('disableFsr')).toBe(3);
  expect((await viewOf(stage)).cleanedUp).toBe(true);
});

describe('the claim in the account', () => {
  test('that the run could not release is released', async () => {
    const stage = await Stage.open({ mode: 'drill' });
    let isDenied = true;
    stage.aws.troubles.perform = (effect) =>
      isDenied && requestOf(effect) === 'release' ? 'denied' : undefined;
    expect(await stage.drive()).toMatchObject({ phase: 'completed' });
    isDenied = false;
    await cleanUp(stage);
    const [refused, taken] = stage.aws.performed.filter((effect) => requestOf(effect) === 'release');
    expect(taken).toMatchObject({ runbook: 'fleet', sources: (refused as { sources: unknown }).sources });
  });

  test('that the run released is not asked for again', async () => {
    const stage = await restored();
    await cleanUp(stage);
    expect(stage.aws.count('release')).toBe(1);
  });

  test('of a run that was adopted and failed at once is released, too', async () => {
    const stage = await Stage.open();
    Object.assign(stage.journal.record, { adopted: {} });
    stage.aws.troubles.perform = (effect) => (requestOf(effect) === 'preflight' ? 'denied' : undefined);
    expect(await stage.drive()).toMatchObject({ phase: 'failed' });
    expect(await cleanUp(stage)).toMatchObject({ phase: 'failed' });
    expect(stage.aws.count('release')).toBe(1);
  });
});

test('what an abort kept is removed later', async () => {
  const stage = await Stage.open({ gates: [{ before: 'cutover', approvals: 1 }] });
  await stage.drive();
  await stage.say('abort', 'ann', 'keep');
  expect(await stage.drive()).toMatchObject({ phase: 'aborted' });
  expect(stage.aws.alive).toHaveLength(3);
  await cleanUp(stage);
  expect(stage.aws.alive).toEqual([]);
  expect(await reportOf(stage)).toMatchObject({ status: 'aborted', keptIds: [] });
});

test('of a run that goes on changes nothing', async () => {
  const stage = await Stage.open({ gates: [{ before: 'cutover', approvals: 1 }] });
  await stage.drive();
  await cleanUp(stage);
  expect(stage.aws.alive).toHaveLength(3);
});

describe('where reads lag', () => {
  test('one empty sweep is not trusted: what shows only a settle window later is removed, too', async () => {
    const stage = await restored();
    const made = stage.aws.makeUntracked();
    let sweeps = 0;
    // The tags of what was made last are not found yet.
    stage.aws.troubles.perform = (effect) => {
      if (requestOf(effect) === 'sweep') sweeps += 1;
      return undefined;
    };
    stage.aws.troubles.hidesFromSweep = () => sweeps < 2;
    await cleanUp(stage);
    expect((await viewOf(stage)).recovery?.cleanup?.removedIds).toContain(made);
    expect(stage.aws.alive).toEqual([]);
  });

  test('one empty sweep after others that found something is not trusted either', async () => {
    const stage = await restored();
    const [one, other] = [stage.aws.makeUntracked(), stage.aws.makeUntracked()];
    let sweeps = 0;
    stage.aws.troubles.perform = (effect) => {
      if (requestOf(effect) === 'sweep') sweeps += 1;
      return undefined;
    };
    stage.aws.troubles.hidesFromSweep = (id) => id === other && sweeps < 3;
    await cleanUp(stage);
    expect((await viewOf(stage)).recovery?.cleanup?.removedIds).toEqual(expect.arrayContaining([one, other]));
    expect(stage.aws.alive).toEqual([]);
  });

  test('the sweep at the end of a drill waits until the last thing asked for would show', async () => {
    const stage = await Stage.open({ mode: 'drill', volumes: 1 });
    expect(await stage.drive()).toMatchObject({ phase: 'completed' });
    const sweep = stage.aws.performed.find((effect) => requestOf(effect) === 'sweep');
    const history = await stage.journal.history();
    const tidyAt = history.find(({ event }) => (event as { type: string }).type === 'TIDY')?.at ?? 0;
    expect(sweep?.notBefore).toBe(tidyAt + SETTLE_SECONDS * 1_000);
  });
});
