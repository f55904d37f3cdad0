import { SETTLE_SECONDS } from '../../src/facts/ebs.ts';
import { removeLeftovers } from '../../src/hosts/cleanup.ts';
import { Stage } from '../driver/stage.ts';

async function restored(): Promise<Stage> {
  const stage = await Stage.open();
  expect(await stage.drive()).toMatchObject({ phase: 'completed' });
  return stage;
}

test('removes what the run made, says so, and finds nothing the second time', async () => {
  const stage = await restored();
  const { removed } = await removeLeftovers(stage.parts());
  expect([...removed].sort()).toEqual(['vol-new-1', 'vol-new-2', 'vol-new-3']);
  expect(stage.aws.alive).toEqual([]);
  expect((await stage.journal.timeline()).at(-1)).toMatchObject({
    subject: 'run',
    code: 'run.cleaned-up',
    data: { ids: removed },
  });
  expect(await removeLeftovers(stage.parts())).toEqual({ removed: [] });
});

test('writes down what it asks for before it asks, under a new identity each time', async () => {
  const stage = await restored();
  const before = stage.aws.performed.length;
  const executor = {
    observe: stage.aws.observe.bind(stage.aws),
    perform: async (effects: Parameters<typeof stage.aws.perform>[0]) => {
      const { outbox } = await stage.journal.load();
      expect(outbox).toEqual(effects);
      return stage.aws.perform(effects);
    },
  };
  await removeLeftovers(stage.parts({ executor }));
  await removeLeftovers(stage.parts({ executor }));
  const ids = stage.aws.performed.slice(before).map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect((await stage.journal.load()).outbox).toEqual([]);
});

test('one that died half way leaves nothing in the outbox of the next', async () => {
  const stage = await restored();
  const executor = {
    observe: stage.aws.observe.bind(stage.aws),
    perform: () => Promise.reject(new Error('killed')),
  };
  await expect(removeLeftovers(stage.parts({ executor }))).rejects.toThrow('killed');
  expect((await stage.journal.load()).outbox).toHaveLength(1);
  await removeLeftovers(stage.parts());
  expect((await stage.journal.load()).outbox).toEqual([]);
  expect(stage.aws.alive).toEqual([]);
});

test('is given up within minutes when nobody answers, with what to do next', async () => {
  const stage = await restored();
  stage.aws.troubles.perform = () => 'unreachable';
  const began = stage.clock.elapsed;
  await expect(removeLeftovers(stage.parts())).rejects.toMatchObject({
    code: 'AWS_FAILED',
    message: expect.stringContaining('Some-unreachable'),
  });
  expect(stage.clock.elapsed - began).toBeLessThan(20 * 60_000);
  stage.aws.troubles = {};
  await removeLeftovers(stage.parts());
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
  await removeLeftovers(stage.parts());
  for (const early of sent) expect(early).toBeGreaterThanOrEqual(0);
});

test('what will not go is named, not reported as done', async () => {
  const stage = await restored();
  const executor = {
    observe: stage.aws.observe.bind(stage.aws),
    perform: async ([effect]: Parameters<typeof stage.aws.perform>[0]) => {
      const found = [{ kind: 'volume' as const, id: 'vol-new-2' }];
      return [
        {
          effectId: effect?.id ?? '',
          kind: 'sweep' as const,
          ok: true as const,
          result: { found, removed: [] },
        },
      ];
    },
  };
  await expect(removeLeftovers(stage.parts({ executor }))).rejects.toThrow(
    'Still there after 30 sweeps: vol-new-2',
  );
});

test('fast snapshot restore that the run could not switch off is switched off: it costs money until then', async () => {
  const stage = await Stage.open({ volumes: 1, strategies: ['fsr'] });
  let isDenied = true;
  stage.aws.troubles.perform = ({ kind }) => {
    if (kind === 'enableFsr') void stage.say('abort');
    return isDenied && kind === 'disableFsr' ? 'denied' : undefined;
  };
  expect(await stage.drive()).toMatchObject({ phase: 'aborted' });
  expect([stage.aws.count('enableFsr'), stage.aws.count('disableFsr')]).toEqual([1, 1]);
  isDenied = false;
  await removeLeftovers(stage.parts());
  expect(stage.aws.count('disableFsr')).toBe(2);
});

describe('the mark in the account', () => {
  test('that the run could not take away is taken away', async () => {
    const stage = await Stage.open({ mode: 'drill' });
    let isDenied = true;
    stage.aws.troubles.perform = ({ kind }) => (isDenied && kind === 'release' ? 'denied' : undefined);
    expect(await stage.drive()).toMatchObject({ phase: 'completed' });
    isDenied = false;
    await removeLeftovers(stage.parts());
    const [refused, taken] = stage.aws.performed.filter(({ kind }) => kind === 'release');
    expect(taken).toMatchObject({ runbook: 'fleet', sources: (refused as { sources: unknown }).sources });
  });

  test('that the run took away is not asked for again', async () => {
    const stage = await restored();
    await removeLeftovers(stage.parts());
    expect(stage.aws.count('release')).toBe(1);
  });

  test('of a run that was adopted and failed at once is taken away, too', async () => {
    const stage = await Stage.open();
    Object.assign(stage.journal.record, { adopted: {} });
    stage.aws.troubles.perform = ({ kind }) => (kind === 'preflight' ? 'denied' : undefined);
    expect(await stage.drive()).toMatchObject({ phase: 'failed' });
    await removeLeftovers(stage.parts());
    expect(stage.aws.count('release')).toBe(1);
  });
});

test('what an abort kept is removed later', async () => {
  const stage = await Stage.open({ gates: [{ before: 'cutover', approvals: 1 }] });
  await stage.drive();
  await stage.say('abort', 'ann', 'keep');
  expect(await stage.drive()).toMatchObject({ phase: 'aborted' });
  expect(stage.aws.alive).toHaveLength(3);
  await removeLeftovers(stage.parts());
  expect(stage.aws.alive).toEqual([]);
});

describe('where reads lag', () => {
  test('one empty sweep is not trusted: what shows only a settle window later is removed, too', async () => {
    const stage = await restored();
    const began = stage.clock.elapsed;
    // The tags of what was made last are not found yet.
    stage.aws.troubles.hidesFromSweep = () => stage.clock.elapsed < began + 20_000;
    const { removed } = await removeLeftovers(stage.parts());
    expect(removed).toHaveLength(3);
    expect(stage.aws.alive).toEqual([]);
  });

  test('one empty sweep after others that found something is not trusted either', async () => {
    const stage = await restored();
    const sweeps: number[] = [];
    stage.aws.troubles.hidesFromSweep = (id) => {
      if (sweeps.at(-1) !== stage.clock.elapsed) sweeps.push(stage.clock.elapsed);
      return id === 'vol-new-2' && sweeps.length < 3;
    };
    expect((await removeLeftovers(stage.parts())).removed).toHaveLength(3);
    expect(stage.aws.alive).toEqual([]);
  });

  test('the sweep at the end of a drill waits until the last thing asked for would show', async () => {
    const stage = await Stage.open({ mode: 'drill', volumes: 1 });
    expect(await stage.drive()).toMatchObject({ phase: 'completed' });
    const sweep = stage.aws.performed.find(({ kind }) => kind === 'sweep');
    const history = await stage.journal.history();
    const tidyAt = history.find(({ event }) => (event as { type: string }).type === 'TIDY')?.at ?? 0;
    expect(sweep?.notBefore).toBe(tidyAt + SETTLE_SECONDS * 1_000);
  });
});
