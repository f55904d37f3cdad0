import type { DriverParts } from '../../src/driver/parts.ts';
import type { DriveEnd } from '../../src/driver/base/ports.ts';
import type { Executor } from '../../src/workflow/base/executor.ts';
import { requestOf } from '../../src/workflow/base/effects.ts';
import { minutes, Stage } from './stage.ts';

// An account that takes requests and does not end its answers, while an operator wants to stop.
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance', 'Date'] });
});
afterEach(() => void jest.useRealTimers());

/** Lets everything happen that can happen without time. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** The moment of grace that requests under way have. */
async function passGrace(): Promise<void> {
  await settle();
  await jest.advanceTimersByTimeAsync(3_000);
  await settle();
}

class Stall {
  readonly stage: Stage;
  readonly pause = new AbortController();
  /** What another process does when it has given a signal. */
  wake: () => void = () => undefined;
  readonly #underWay = new Set<string>();
  #release: () => void = () => undefined;
  readonly #released = new Promise<void>((resolve) => (this.#release = resolve));

  constructor(stage: Stage) {
    this.stage = stage;
  }

  release(): void {
    this.#release();
  }

  /** The account, but that what `stalls` names waits until it is released. */
  executor(stalls: (what: string) => boolean): Executor {
    const { aws } = this.stage;
    return {
      batchOf: () => undefined,
      observe: async (watch) => {
        if (stalls('look') && watch.things.length > 0) await this.#released;
        return aws.observe(watch);
      },
      perform: async (effects) => {
        for (const { id } of effects)
          if (this.#underWay.has(id)) throw new Error(`${id} is sent twice at once`);
        for (const { id } of effects) this.#underWay.add(id);
        const answers = await aws.perform(effects);
        if (effects.some((effect) => stalls(`${requestOf(effect)} ${effect.aggregate}`)))
          await this.#released;
        for (const { id } of effects) this.#underWay.delete(id);
        return answers;
      },
    };
  }

  drive(executor: Executor, change: Partial<DriverParts> = {}): Promise<DriveEnd> {
    const onSpoken: NonNullable<DriverParts['onSpoken']> = (wake) => {
      this.wake = wake;
      return () => (this.wake = () => undefined);
    };
    return this.stage.drive({ executor, onSpoken, ...change }, this.pause.signal);
  }
}

async function stalled(volumes: number, concurrency: number): Promise<Stall> {
  return new Stall(await Stage.open({ volumes, concurrency }));
}

const created = ({ aws }: Stage) =>
  aws.performed.filter((effect) => requestOf(effect) === 'createVolume').map(({ aggregate }) => aggregate);

/** The entry about a signal of ann. */
function heard(kind: 'pause' | 'abort'): object {
  const code = kind === 'pause' ? 'signal.paused' : 'signal.aborted';
  return expect.objectContaining({ code, data: { by: 'ann' } });
}

describe('a look that does not end', () => {
  test('Ctrl-C pauses the run', async () => {
    const stall = await stalled(2, 8);
    const drive = stall.drive(stall.executor((what) => what === 'look'));
    await settle();
    stall.pause.abort();
    await passGrace();
    expect(await drive).toMatchObject({ paused: true });
  });

  test.each(['pause', 'abort'] as const)('%s by another process is heard', async (kind) => {
    const stall = await stalled(2, 8);
    const drive = stall.drive(stall.executor((what) => what === 'look'));
    await settle();
    await stall.stage.say(kind, 'ann', 'remove');
    stall.wake();
    await passGrace();
    expect(stall.stage.lines).toContainEqual(heard(kind));
    // An abort looks again until everything is gone.
    if (kind === 'abort') stall.release();
    expect(await drive).toMatchObject(kind === 'pause' ? { paused: true } : { phase: 'aborted' });
  });

  test('any other signal does not end it', async () => {
    const stall = await stalled(2, 8);
    const drive = stall.drive(stall.executor((what) => what === 'look'));
    await settle();
    await stall.stage.say('resume');
    stall.wake();
    await passGrace();
    expect(jest.getTimerCount()).toBe(0);
    stall.release();
    expect(await drive).toMatchObject({ phase: 'completed', paused: false });
  });

  test('late sightings of an abandoned look do not count as applied', async () => {
    const stall = await stalled(1, 8);
    const { stage } = stall;
    const executor = stall.executor((what) => what === 'look' && stage.aws.looks === 0);
    let looks = 0;
    const observe: Executor['observe'] = async (watch) => {
      if (watch.things.length === 0) return executor.observe(watch);
      looks += 1;
      // All that there is to see can be seen by the first look, which ends late.
      if (looks === 1) stage.clock.elapsed += minutes(60);
      if (looks === 2) {
        stall.release();
        await settle();
      }
      return executor.observe(watch);
    };
    const drive = stall.drive({ ...executor, observe });
    await settle();
    await stage.say('pause');
    await stage.say('resume');
    stall.wake();
    await passGrace();
    expect(await drive).toMatchObject({ phase: 'completed' });
    expect(created(stage)).toHaveLength(1);
  });
});

describe('a request that does not end', () => {
  test('a pause keeps the answers that came, begins nothing more, and nothing is made twice', async () => {
    const stall = await stalled(6, 2);
    const { stage } = stall;
    const drive = stall.drive(stall.executor((what) => what === 'createVolume resource:volume-1'));
    const before = () => created(stage).length;
    await settle();
    // One of the two workers goes on with the others; all but the one that stalls are answered.
    expect(before()).toBe(6);
    stall.pause.abort();
    await passGrace();
    expect(await drive).toMatchObject({ paused: true });
    const { outbox } = await stage.journal.load();
    expect(
      outbox.filter((effect) => requestOf(effect) === 'createVolume').map(({ aggregate }) => aggregate),
    ).toEqual(['resource:volume-1']);
    await stage.say('resume');
    expect(await stage.drive()).toMatchObject({ phase: 'completed' });
    expect(stage.aws.alive).toHaveLength(6);
    expect(created(stage)).toHaveLength(7);
  });

  test('what was not begun is not sent once a pause is asked for', async () => {
    const stall = await stalled(4, 1);
    const drive = stall.drive(stall.executor((what) => what.startsWith('createVolume')));
    await settle();
    stall.pause.abort();
    stall.release();
    await passGrace();
    expect(await drive).toMatchObject({ paused: true });
    expect(created(stall.stage)).toHaveLength(1);
  });

  test('an abort sends nothing before the answer has come: it would not know what to remove', async () => {
    const stall = await stalled(2, 8);
    const { stage } = stall;
    const drive = stall.drive(stall.executor((what) => what === 'createVolume resource:volume-1'));
    await settle();
    await stage.say('abort', 'ann', 'remove');
    stall.wake();
    const sent = stage.aws.performed.length;
    await passGrace();
    await passGrace();
    expect(stage.aws.performed).toHaveLength(sent);
    expect(stage.lines).toContainEqual(heard('abort'));
    stall.release();
    expect(await drive).toMatchObject({ phase: 'aborted' });
    expect(stage.aws.alive).toEqual([]);
  });
});
