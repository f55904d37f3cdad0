import type { Ended } from '../e2e/cli.ts';
import { useLifeboat, expectNoStack, made, runbook, shop } from '../e2e/account-stage.ts';
import { startAccount } from '../endpoint/account.ts';
import type { Quirks } from '../endpoint/quirks.ts';

// Recoveries whose endpoint begins its answers and does not end them. All are under way at once, for they mostly wait.
jest.setTimeout(240_000);

/** Nothing that is made becomes available. */
const HELD: Quirks = { holds: true };
const RESTORING = /restoring by/;
/** What a restore asks of each service. */
const STALLED: readonly (readonly string[])[] = [
  ['DescribeVolumes'],
  ['DescribeDBInstances'],
  ['CreateVolume'],
  ['RestoreDBInstanceFromDBSnapshot'],
  ['PutParameter'],
];

const lifeboat = useLifeboat();

interface Stalled {
  readonly paused: Ended;
  readonly resumed: Ended;
  readonly made: ReturnType<typeof made>;
}

let count = 0;

/** Begins a restore, lets the endpoint stall, pauses it in the way given, and goes on with a sound endpoint. */
async function pausedWhileStalled(
  operations: readonly string[],
  does: 'stall' | 'drip' | 'flood',
  how: 'Ctrl-C' | 'pause',
): Promise<Stalled> {
  count += 1;
  const name = `shop-${count}`;
  const simulated = await startAccount({ inventory: shop(), quirks: HELD });
  const account = { url: simulated.url };
  const state = ['--state', name];
  lifeboat.write(`${name}.yaml`, runbook(name));
  try {
    const isOfRun = /^Describe/.test(operations.join());
    const stalling: Quirks = { ...HELD, faults: [{ operations, does }] };
    // What the plan reads before the run begins is sound.
    if (!isOfRun) simulated.setQuirks(stalling);
    const restore = lifeboat.start(account, ['restore', `${name}.yaml`, '--yes', ...state]);
    await restore.said(isOfRun ? RESTORING : /phase/);
    if (isOfRun) simulated.setQuirks(stalling);
    while (!simulated.requests.some(({ outcome }) => outcome === does))
      await new Promise((resolve) => setTimeout(resolve, 50));
    const runId = lifeboat.runIn(name);
    if (how === 'Ctrl-C') restore.child.kill('SIGINT');
    else
      expect(await lifeboat.run(account, ['pause', runId, ...state])).toMatchObject({
        exitCode: 0,
        stderr: '',
      });
    const paused = await restore.ended;
    simulated.setQuirks({});
    const resumed = await lifeboat.run(account, ['resume', runId, ...state]);
    return { paused, resumed, made: made(simulated) };
  } finally {
    await simulated.close();
  }
}

test('a pause is heard while an answer stalls, trickles or does not end, and nothing is made twice', async () => {
  const cases = [
    ...STALLED.flatMap((operations) => [
      pausedWhileStalled(operations, 'stall', 'Ctrl-C'),
      pausedWhileStalled(operations, 'stall', 'pause'),
    ]),
    pausedWhileStalled(['DescribeVolumes'], 'drip', 'Ctrl-C'),
    pausedWhileStalled(['DescribeDBInstances'], 'flood', 'pause'),
  ];
  for (const { paused, resumed, made: things } of await Promise.all(cases)) {
    expectNoStack(paused);
    expect(paused).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('Paused.') });
    expectNoStack(resumed);
    expect(resumed).toMatchObject({ exitCode: 0 });
    expect(things).toMatchObject({ volumes: [expect.any(String), expect.any(String)] });
    expect(things.dbInstances).toHaveLength(1);
  }
});

test('a recovery survives answers that stall once', async () => {
  const simulated = await startAccount({ inventory: shop() });
  const account = { url: simulated.url };
  lifeboat.write('once.yaml', runbook('once'));
  try {
    const restore = lifeboat.start(account, 'restore once.yaml --yes --state once');
    await restore.said(RESTORING);
    simulated.setQuirks({
      faults: [
        { does: 'stall', operations: ['DescribeVolumes'], times: 1 },
        { does: 'stall', operations: ['DescribeDBInstances'], times: 1 },
      ],
    });
    const ended = await restore.ended;
    expectNoStack(ended);
    expect(ended.exitCode).toBe(0);
    expect(made(simulated).volumes).toHaveLength(2);
  } finally {
    await simulated.close();
  }
});
