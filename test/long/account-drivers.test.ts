import { startAccount, type TestAccount } from '../endpoint/account.ts';
import type { Fault, Quirks } from '../endpoint/quirks.ts';
import type { Started } from '../e2e/cli.ts';
import { useLifeboat, expectNoStack, made, runbook, shop } from '../e2e/account-stage.ts';

// More than one process, more than one machine: who drives, and what the account sees of it. All scenarios are under way at once.
jest.setTimeout(120_000);

/** Nothing that is made becomes available. */
const HELD: Quirks = { ignoresTokens: true, holds: true };
const RELEASED: Quirks = { ignoresTokens: true };
const RESTORING = /restoring by/;
const PARAMETERS = ['PutParameter', 'GetParameter', 'DeleteParameter'];
/** Slower drivers are taken for gone after so long. */
const BEATS_MS = 12_000;

const lifeboat = useLifeboat({
  'shop.yaml': runbook('shop'),
  'volumes.yaml': runbook('shop', { database: false }),
});

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function onAccount<Result>(
  quirks: Quirks,
  play: (account: TestAccount) => Promise<Result>,
): Promise<Result> {
  const simulated = await startAccount({ inventory: shop(), quirks });
  try {
    return await play(simulated);
  } finally {
    await simulated.close();
  }
}

/** Calls that change something, by who made them, from `at` on. */
const writesBy = ({ requests }: TestAccount, accessKey: string, at = 0) =>
  requests
    .filter((request) => request.mutating && request.accessKey === accessKey && request.at >= at)
    .map(({ operation }) => operation);

/**
 * Killed some time after it began, and resumed by somebody else.
 * @param swallows what is carried out but never answered: the process dies while it waits for that answer
 */
async function killedAndResumed(afterMs: number, state: string, swallows: readonly string[] = []) {
  const quirks: Quirks = {
    ...HELD,
    visibleAfterMs: 1_000,
    faults: [{ does: 'swallow', operations: swallows, accessKeys: ['AKIDALEX'] }],
  };
  return onAccount(quirks, async (simulated) => {
    const started = lifeboat.start({ url: simulated.url }, [
      'restore',
      'shop.yaml',
      '--yes',
      '--state',
      state,
    ]);
    await started.said(swallows.length > 0 ? RESTORING : /phase +preflight/);
    await pause(afterMs);
    started.child.kill('SIGKILL');
    await started.ended;
    const unanswered = made(simulated);
    simulated.setQuirks({ ...RELEASED, visibleAfterMs: 1_000 });
    const account = { url: simulated.url, accessKey: 'AKIDSAM' };
    const resumed = await lifeboat.run(account, [
      'resume',
      lifeboat.runIn(state),
      '--state',
      state,
      '--json',
    ]);
    return { resumed, unanswered, left: made(simulated) };
  });
}

/** @param faults of the endpoint: where it has no parameters, the mark is a tag */
async function twoRestores(name: string, faults: readonly Fault[] = []) {
  return onAccount({ ...HELD, faults }, async (simulated) => {
    const first = lifeboat.start({ url: simulated.url }, `restore shop.yaml --yes --state ${name}-1`);
    await first.said(RESTORING);
    const second = await lifeboat.run(
      { url: simulated.url, accessKey: 'AKIDSAM' },
      `restore shop.yaml --yes --state ${name}-2`,
    );
    const wrote = writesBy(simulated, 'AKIDSAM');
    const whileTheFirstRan = first.child.exitCode === null;
    simulated.setQuirks({ ...RELEASED, faults });
    return { second, wrote, whileTheFirstRan, first: await first.ended, left: made(simulated) };
  });
}

async function adopted() {
  return onAccount(HELD, async (simulated) => {
    const account = { url: simulated.url };
    const started = lifeboat.start(account, 'restore shop.yaml --yes --state lost');
    await started.said(RESTORING);
    await pause(1_500);
    started.child.kill('SIGKILL');
    await started.ended;
    const runId = lifeboat.runIn('lost');
    const before = made(simulated);
    simulated.setQuirks(RELEASED);
    const adoption = await lifeboat.run(account, 'adopt shop.yaml --yes --state found');
    const resumed = await lifeboat.run(account, `resume ${runId} --state found --json`);
    return { adoption, resumed, before, left: made(simulated), runId };
  });
}

async function restoreDuringDrill() {
  return onAccount(HELD, async (simulated) => {
    const drill = lifeboat.start({ url: simulated.url }, 'drill volumes.yaml --yes --state drilling');
    await drill.said(RESTORING);
    const restore = lifeboat.run(
      { url: simulated.url, accessKey: 'AKIDSAM' },
      'restore volumes.yaml --yes --state restoring',
    );
    // The drill sees that the claim is the restore's now; only then anything becomes available.
    const { requests } = simulated;
    const claimed = () =>
      requests.findIndex(
        ({ accessKey, operation, outcome, input }) =>
          accessKey === 'AKIDSAM' && operation === 'PutParameter' && outcome === 'ok' && 'Overwrite' in input,
      );
    const isSeen = () =>
      claimed() !== -1 &&
      requests
        .slice(claimed())
        .some(({ accessKey, operation }) => accessKey === 'AKIDALEX' && operation === 'GetParameter');
    while (!isSeen() && drill.child.exitCode === null) await pause(50);
    simulated.setQuirks(RELEASED);
    const [drilled, restored] = await Promise.all([drill.ended, restore]);
    return { drilled, restored, left: made(simulated), run: lifeboat.runIn('restoring') };
  });
}

async function stoppedAndTakenOver() {
  // A gets nowhere with its creations: the moment it goes on, it would ask again.
  const faults: readonly Fault[] = [
    { does: 'throttle', operations: ['CreateVolume'], accessKeys: ['AKIDALEX'] },
  ];
  return onAccount({ ...HELD, faults }, async (simulated) => {
    const a = lifeboat.start(
      { url: simulated.url, accessKey: 'AKIDALEX' },
      'restore shop.yaml --yes --state shared',
    );
    await a.said(RESTORING);
    await pause(1_500);
    a.child.kill('SIGSTOP');
    await pause(BEATS_MS);
    const b: Started = lifeboat.start(
      { url: simulated.url, accessKey: 'AKIDSAM' },
      `resume ${lifeboat.runIn('shared')} --state shared`,
    );
    // B drives as soon as it asks for something.
    while (!simulated.requests.some(({ accessKey }) => accessKey === 'AKIDSAM') && b.child.exitCode === null)
      await pause(50);
    const continuedAt = Date.now();
    a.child.kill('SIGCONT');
    simulated.setQuirks({ ...RELEASED, faults });
    const [endOfA, endOfB] = await Promise.all([a.ended, b.ended]);
    return { endOfA, endOfB, wroteLate: writesBy(simulated, 'AKIDALEX', continuedAt), left: made(simulated) };
  });
}

let playing: {
  readonly killed: readonly ReturnType<typeof killedAndResumed>[];
  readonly swallowed: ReturnType<typeof killedAndResumed>;
  readonly two: readonly ReturnType<typeof twoRestores>[];
  readonly adopted: ReturnType<typeof adopted>;
  readonly drill: ReturnType<typeof restoreDuringDrill>;
  readonly stopped: ReturnType<typeof stoppedAndTakenOver>;
};
beforeAll(() => {
  playing = {
    stopped: stoppedAndTakenOver(),
    two: [
      twoRestores('parameter'),
      twoRestores('tag', [{ does: 'not-know', operations: PARAMETERS }]),
      twoRestores('first-denied', [{ does: 'deny', operations: PARAMETERS, accessKeys: ['AKIDALEX'] }]),
      twoRestores('second-denied', [{ does: 'deny', operations: PARAMETERS, accessKeys: ['AKIDSAM'] }]),
    ],
    adopted: adopted(),
    drill: restoreDuringDrill(),
    killed: [0, 300, 1_200].map((afterMs, index) => killedAndResumed(afterMs, `killed-${index}`)),
    swallowed: killedAndResumed(1_000, 'swallowed', ['CreateVolume', 'RestoreDBInstanceFromDBSnapshot']),
  };
  // A failure is told by the test that waits for it.
  for (const played of Object.values(playing).flat()) played.catch(() => undefined);
});

test.each([0, 1, 2])(
  'killed in the middle and resumed: nothing twice, although client tokens are ignored (%i)',
  async (index) => {
    const { resumed, left } = (await playing.killed[index]) ?? {};
    if (resumed === undefined || left === undefined) throw new Error('not played');
    expectNoStack(resumed);
    expect([resumed.exitCode, JSON.parse(resumed.stdout)]).toEqual([
      0,
      expect.objectContaining({ status: 'completed', leftovers: [] }),
    ]);
    expect([left.volumes.length, left.dbInstances.length]).toEqual([2, 1]);
  },
);

test('killed before any answer: its resources are found and used', async () => {
  const { resumed, unanswered, left } = await playing.swallowed;
  expectNoStack(resumed);
  expect([unanswered.volumes.length, unanswered.dbInstances.length]).toEqual([2, 1]);
  expect([resumed.exitCode, JSON.parse(resumed.stdout)]).toEqual([
    0,
    expect.objectContaining({ status: 'completed', leftovers: [] }),
  ]);
  expect(left).toMatchObject({ volumes: unanswered.volumes, dbInstances: unanswered.dbInstances });
});

test.each([
  ['a parameter', 0],
  ['a tag', 1],
  ['a tag, and the second has parameters', 2],
  ['a parameter with a tag beside it, and the second has no parameters', 3],
])(
  'a second restore of the runbook from another machine is refused, and makes nothing: the mark is %s',
  async (_, index) => {
    const played = await playing.two[index];
    if (played === undefined) throw new Error('not played');
    const { second, wrote, whileTheFirstRan, first, left } = played;
    expectNoStack(second);
    expect(whileTheFirstRan).toBe(true);
    expect(second.exitCode).not.toBe(0);
    expect(second.stdout + second.stderr).toContain('alex');
    expect(wrote).toEqual([]);
    expect(first.exitCode).toBe(0);
    expect(left.volumes).toHaveLength(2);
  },
);

test('a run whose journal is lost is adopted from its tags, resumed, and makes nothing twice', async () => {
  const { adoption, resumed, before, left, runId } = await playing.adopted;
  expectNoStack(adoption);
  expectNoStack(resumed);
  expect([adoption.exitCode, adoption.stdout + adoption.stderr]).toEqual([0, expect.stringContaining(runId)]);
  expect([resumed.exitCode, JSON.parse(resumed.stdout)]).toEqual([
    0,
    expect.objectContaining({ runId, status: 'completed', leftovers: [] }),
  ]);
  expect(left).toMatchObject({ volumes: before.volumes, dbInstances: before.dbInstances });
});

test('a restore takes precedence over a drill of the same runbook', async () => {
  const { drilled, restored, left, run } = await playing.drill;
  expectNoStack(drilled);
  expectNoStack(restored);
  expect(restored.exitCode).toBe(0);
  expect(restored.stdout).toMatch(/COMPLETED/);
  expect(drilled.exitCode).not.toBe(0);
  expect(drilled.stdout + drilled.stderr).toContain(run);
  // What is left is the restore's alone.
  expect(left.volumes).toHaveLength(2);
});

test('a driver that was stopped and taken over changes nothing any more when it goes on', async () => {
  const { endOfA, endOfB, wroteLate, left } = await playing.stopped;
  expectNoStack(endOfA);
  expectNoStack(endOfB);
  expect(wroteLate).toEqual([]);
  expect([endOfA.exitCode, endOfA.stderr]).toEqual([1, expect.stringMatching(/took over/)]);
  expect(endOfB.exitCode).toBe(0);
  expect([left.volumes.length, left.dbInstances.length]).toEqual([2, 1]);
});
