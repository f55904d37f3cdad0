import { beginRun, withInitial } from '../../src/driver/begin.ts';
import { createMemoryJournal } from '../../src/journal/sqlite/open-journal.ts';
import { MACHINE_VERSION } from '../../src/workflow/aggregates.ts';
import { requestOf, type Effect } from '../../src/workflow/base/effects.ts';
import type { Watch } from '../../src/workflow/base/sightings.ts';
import { planOf, recordOf } from '../hosts/support.ts';
import { made } from '../things.ts';
import { fleetOf, minutes, Stage, T0 } from './stage.ts';
import { isStoppedBy } from './unwritable-journal.ts';

describe('eight requests at a time', () => {
  test('never more, never the same twice at once, and nothing is lost', async () => {
    const stage = await Stage.open({ volumes: 60, concurrency: 8 });
    stage.aws.slowness = 7;
    const end = await stage.drive();
    expect(end).toEqual({ phase: 'completed', paused: false, waitsFor: [] });
    expect(stage.aws.mostInFlight).toBe(8);
    expect(stage.aws.alive).toHaveLength(60);
    expect(new Set(stage.aws.performed.map(({ id }) => id)).size).toBe(stage.aws.performed.length);
  });

  test('a bug in an executor stops the others before their next request, and is not swallowed', async () => {
    const stage = await Stage.open({ volumes: 40, concurrency: 8 });
    stage.aws.slowness = 3;
    stage.aws.troubles.perform = (effect) => {
      if (requestOf(effect) === 'createVolume' && effect.aggregate === 'resource:volume-2')
        throw new TypeError('a bug');
      return undefined;
    };
    await expect(stage.drive()).rejects.toThrow('a bug');
    const sent = stage.aws.performed.length;
    expect(sent).toBeLessThan(1 + 2 * 8);
    await new Promise((resolve) => setImmediate(resolve));
    expect(stage.aws.performed).toHaveLength(sent);
    stage.aws.inFlight.clear();
    stage.aws.troubles = {};
    expect((await stage.drive()).phase).toBe('completed');
    expect(stage.aws.volumes).toHaveLength(40);
  });

  test('an executor that leaves an effect unanswered is a bug, not a reason to send it forever', async () => {
    const stage = await Stage.open();
    const executor = { batchOf: () => undefined, perform: async () => [], observe: async () => [] };
    await expect(stage.drive({ executor })).rejects.toThrow(/no answer to .*preflight/);
  });
});

describe('a journal that cannot be written', () => {
  test('stops the driver before anything is sent, at whichever decision, and the run can be resumed', async () => {
    let from = 1;
    while (await isStoppedBy(from, { volumes: 1 })) from += 1;
    expect(from).toBeGreaterThan(8);
  });

  test('a driver whose run was taken over stops at its next decision, and nothing is made twice', async () => {
    const stage = await Stage.open();
    let sends = 0;
    const overtaking = {
      batchOf: () => undefined,
      perform: async (effects: readonly Effect[]) => {
        sends += 1;
        const answers = await stage.aws.perform(effects);
        if (sends === 2) expect(await stage.drive()).toMatchObject({ phase: 'completed' });
        return answers;
      },
      observe: stage.aws.observe.bind(stage.aws),
    };
    await expect(stage.drive({ executor: overtaking })).rejects.toMatchObject({ code: 'JOURNAL_CONFLICT' });
    expect(stage.aws.volumes).toHaveLength(3);
  });
});

describe('beginning', () => {
  test('a process killed before it began has left a run that begins on resume, once', async () => {
    const stage = await Stage.open();
    await stage.journal.acquire();
    expect((await stage.journal.load()).aggregates).toEqual([]);
    await beginRun(stage.parts());
    const first = await stage.journal.load();
    await beginRun(stage.parts());
    expect(await stage.journal.load()).toEqual(first);
    expect(first.aggregates.map(({ id }) => id)).toEqual(['recovery']);
    expect(stage.aws.performed).toEqual([]);
    expect(await stage.drive()).toMatchObject({ phase: 'completed' });
  });

  test.each([5, 999])(
    'a run of version %i of the machines is refused, with what to do',
    async (machineVersion) => {
      const scenario = fleetOf();
      const record = { ...recordOf(scenario, planOf(scenario, 'drill'), {}), machineVersion };
      const stage = await Stage.open();
      const journal = await createMemoryJournal(record);
      await journal.acquire();
      await expect(beginRun(stage.parts({ journal }))).rejects.toMatchObject({
        code: 'JOURNAL_TOO_NEW',
        message: expect.stringContaining(
          `began with version ${machineVersion} of the workflow; this is version ${MACHINE_VERSION}`,
        ),
        next: 'Go on with the version of Lifeboat that began it.',
      });
    },
  );
});

describe('a clock that jumps', () => {
  test.each([
    [-3, 13],
    [3, 2],
  ])("by %i h, %i times: the run's time never goes back, and nothing is lost", async (hours, times) => {
    const stage = await Stage.open({ mode: 'drill' });
    let sleeps = 0;
    stage.clock.onSleep = () => {
      sleeps += 1;
      if (sleeps % 3 === 0 && sleeps <= 3 * times) stage.clock.jump(minutes(60 * hours));
    };
    expect(await stage.drive()).toMatchObject({ phase: 'completed' });
    const instants = (await stage.journal.history()).map(({ at }) => at);
    expect(instants).toEqual(instants.toSorted((one, other) => one - other));
    // A clock that was put back does not make a recovery stand still until it has caught up.
    expect(stage.clock.elapsed).toBeLessThan(minutes(30));
    expect(stage.aws.alive).toEqual([]);
  });

  test('put back while no process ran: the run goes on from what is written', async () => {
    const stage = await Stage.open();
    await stage.say('pause');
    expect((await stage.drive()).paused).toBe(true);
    stage.clock.jump(minutes(-600));
    await stage.say('resume');
    expect(await stage.drive()).toMatchObject({ phase: 'completed' });
    expect(stage.clock.elapsed).toBeLessThan(minutes(30));
    const instants = (await stage.journal.history()).map(({ at }) => at);
    expect(Math.min(...instants)).toBe(T0);
    expect(instants).toEqual(instants.toSorted((one, other) => one - other));
  });
});

describe('a look that a crash lost', () => {
  /** Crashes once, before the decisions of the look that finds everything hydrated are written. */
  function crashing(stage: Stage): { readonly crashPoint: (place: string) => void } {
    let hasCrashed = false;
    return {
      crashPoint: (place) => {
        if (hasCrashed || place !== 'before-commit' || stage.clock.elapsed < minutes(6)) return;
        hasCrashed = true;
        throw new Error('crash');
      },
    };
  }

  const readyAt = (stage: Stage): number | undefined =>
    stage.lines.find(({ code, subject }) => code === 'resource.ready' && subject === 'volume-0')?.at;

  test.each([['pause'], ['approve']] as const)(
    'is made again at the same instant, although %s was heard and written meanwhile',
    async (signal) => {
      const undisturbed = await Stage.open({ mode: 'drill', volumes: 1 });
      await undisturbed.drive();
      const stage = await Stage.open({ mode: 'drill', volumes: 1 });
      await expect(stage.drive(crashing(stage))).rejects.toThrow('crash');
      await stage.say(signal);
      if (signal === 'pause') expect((await stage.drive()).paused).toBe(true);
      if (signal === 'pause') await stage.say('resume');
      expect(await stage.drive()).toMatchObject({ phase: 'completed' });
      expect(readyAt(stage)).toBe(readyAt(undisturbed));
    },
  );

  test('is not made twice at one instant when its decisions are written', async () => {
    const stage = await Stage.open({ mode: 'drill', volumes: 1 });
    const looks: number[] = [];
    const executor = {
      batchOf: () => undefined,
      perform: stage.aws.perform.bind(stage.aws),
      observe: async (watch: Watch) => {
        if (watch.things.length > 0) looks.push(stage.clock.elapsed);
        return stage.aws.observe(watch);
      },
    };
    let crashes = 0;
    const crashPoint = (place: string): void => {
      if (place !== 'after-commit' || looks.length === 0 || crashes === 3) return;
      crashes += 1;
      throw new Error('crash');
    };
    for (let alive = false; !alive;)
      alive = await stage.drive({ executor, crashPoint }).then(
        () => true,
        () => false,
      );
    expect(crashes).toBe(3);
    const early = looks.filter((elapsed) => elapsed < minutes(5));
    expect(new Set(early).size).toBe(early.length);
  });
});

test('an effect that no aggregate waits for is dropped: neither sent nor repeated forever', async () => {
  const stage = await Stage.open({ gates: [{ before: 'restore', approvals: 1 }] });
  expect((await stage.drive()).phase).toBe('approval');
  const { aggregates, lastAt } = withInitial(stage.journal.record, await stage.journal.load());
  const { id, sequence, snapshot } = aggregates.find((each) => each.id === 'resource:volume-1')!;
  // As a journal has it that was put together from the rows of another run.
  const stray = {
    aggregate: id,
    attempt: 1,
    type: 'delete',
    thing: made('volume', 'vol-of-another'),
    resource: id,
  } as const;
  await stage.journal.commit({
    decisions: [
      {
        ...{ aggregate: id, sequence: sequence + 1, at: lastAt, event: { type: 'EDITED' }, snapshot },
        ...{ settled: [], timers: [], cancelled: [], timeline: [] },
        effects: [{ ...stray, id: 'another-run/volume-1/delete.vol-of-another#1' }],
      },
    ],
  });
  await stage.say('approve');
  stage.aws.troubles.perform = (effect) => {
    if (requestOf(effect) === 'delete') throw new Error('the stray effect was sent');
    return undefined;
  };
  expect((await stage.drive()).phase).toBe('completed');
});
