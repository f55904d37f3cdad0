import { createExecutor } from '../../src/aws/executor.ts';
import type { Sender } from '../../src/aws/clients.ts';
import { SETTLE_SECONDS } from '../../src/facts/ebs.ts';
import type { MovableClock } from '../../src/hosts/clock.ts';
import { requestOf, type Effect } from '../../src/workflow/base/effects.ts';
import type { Executor } from '../../src/workflow/base/executor.ts';
import { drive } from '../../src/driver/drive.ts';
import { Driver } from '../../src/driver/driver.ts';
import type { DriveEnd } from '../../src/driver/base/ports.ts';
import { ReopenedDriver } from '../../src/hosts/simulated-restarts.ts';
import { REGION } from '../things.ts';
import { fleetOf, minutes, Stage } from './stage.ts';
import { NEVER, rehearse, type Rehearsal } from '../hosts/support.ts';

// A process dies after a request was carried out and before its answer was written, and is started again only after a while: what it made
// shows in reads by then, and an endpoint may heed no tokens (emulators do not).

const KILLED = 'the process was killed';

/** The executor of a run, on an endpoint that ignores client tokens. */
function ignoringTokens({ host, record }: Rehearsal, clock: MovableClock): Executor {
  const { world } = host;
  const ec2 = {
    send: (command: { readonly input: { ClientToken?: string | undefined } }) => {
      if ('ClientToken' in command.input) command.input.ClientToken = undefined;
      return world.ec2.send(command as never);
    },
  } as unknown as Sender<'ec2'>;
  const { runId, runbook, mode } = record;
  const settle = async (): Promise<void> => clock.advanceTo(clock.now() + 5_000);
  return createExecutor({
    ...{ ec2, ssm: world.ssm, runId, runbook, mode, settle, region: REGION },
    call: (_operation, send) => send(),
  });
}

async function diedAfter(request: string, downtimeMs: number): Promise<Rehearsal> {
  const held: { run?: Rehearsal } = {};
  let hasDied = false;
  const performed = async (effects: readonly Effect[], clock: MovableClock, executor: Executor) => {
    const answers = await executor.perform(effects);
    if (hasDied || effects.every((effect) => requestOf(effect) !== request)) return answers;
    hasDied = true;
    clock.advanceTo(clock.now() + downtimeMs);
    throw new Error(KILLED);
  };
  let executor: Executor | undefined;
  const wrapExecutor = (_executor: Executor, clock: MovableClock): Executor => {
    const ours = (): Executor => (executor ??= ignoringTokens(held.run as Rehearsal, clock));
    return {
      batchOf: (effect) => ours().batchOf(effect),
      observe: (watch) => ours().observe(watch),
      perform: (effects) => performed(effects, clock, ours()),
    };
  };
  const probe = () => ({ wrapExecutor });
  const run = await rehearse(fleetOf({ volumes: 1, protects: true }), { mode: 'restore', probe });
  held.run = run;
  await expect(run.host.drive(NEVER)).rejects.toThrow(KILLED);
  return run;
}

test.each([1, 10])('a volume that was asked for is not made twice, %i min later', async (down) => {
  const run = await diedAfter('createVolume', minutes(down));
  expect(await run.host.drive(NEVER)).toMatchObject({ phase: 'completed' });
  const made = run.host.world.volumes().filter(({ tags }) => 'lifeboat:run' in tags);
  expect(made.map(({ deletedAt }) => deletedAt)).toEqual([undefined]);
  await run.host.close();
});

test('a recovery point that was asked for is not taken twice, ten minutes later', async () => {
  const run = await diedAfter('takeSnapshot', minutes(10));
  expect(await run.host.drive(NEVER)).toMatchObject({ phase: 'completed' });
  const taken = run.host.world.snapshots().filter(({ tags }) => 'lifeboat:run' in tags);
  expect(taken.map(({ deletedAt }) => deletedAt)).toEqual([undefined]);
  await run.host.close();
});

async function reopened(stage: Stage): Promise<DriveEnd> {
  await stage.journal.acquire();
  const driver = await ReopenedDriver.open(() => Driver.open(stage.parts()));
  return drive(driver, stage.parts(), NEVER);
}

test.each<readonly [string, (stage: Stage) => Promise<DriveEnd>]>([
  ['by one driver', (stage) => stage.drive()],
  ['by a driver a tick', reopened],
])(
  'a snapshot that may have been asked for is looked for only once it would show, %s',
  async (_name, goOn) => {
    const stage = await Stage.open({ volumes: 1, protects: true });
    const sentAt: number[] = [];
    stage.aws.troubles.perform = (effect) => {
      if (requestOf(effect) === 'takeSnapshot') sentAt.push(stage.clock.now());
      return undefined;
    };
    const crashPoint = (place: string): void => {
      if (place === 'after-send' && sentAt.length > 0) throw new Error(KILLED);
    };
    await expect(stage.drive({ crashPoint })).rejects.toThrow(KILLED);
    const restartedAt = stage.clock.now();
    expect(await goOn(stage)).toMatchObject({ phase: 'completed' });
    expect(sentAt).toHaveLength(2);
    expect(sentAt[1]).toBeGreaterThanOrEqual(restartedAt + SETTLE_SECONDS * 1_000);
  },
);

test('a process that starts between two places of the grid, after a look was due, looks at once', async () => {
  const stage = await Stage.open({ volumes: 1 });
  const looks: number[] = [];
  const observe = stage.aws.observe.bind(stage.aws);
  stage.aws.observe = async (watch) => {
    if (watch.things.length > 0) looks.push(stage.clock.elapsed);
    return observe(watch);
  };
  const crashPoint = (place: string): void => {
    if (place === 'after-commit' && looks.length > 0) throw new Error(KILLED);
  };
  await expect(stage.drive({ crashPoint })).rejects.toThrow(KILLED);
  stage.clock.elapsed += 93_000;
  const restartedAt = stage.clock.elapsed;
  looks.splice(0);
  expect(await stage.drive()).toMatchObject({ phase: 'completed' });
  expect(looks[0]).toBe(restartedAt);
});
