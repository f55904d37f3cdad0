import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { startAccount, type Recorded } from '../endpoint/account.ts';
import type { Fault, Quirks } from '../endpoint/quirks.ts';
import type { Ended } from '../e2e/cli.ts';
import { useLifeboat, expectNoStack, made, runbook, shop } from '../e2e/account-stage.ts';

// Restores against an endpoint that is not quite AWS, each a process of its own with an account of its own. All are under way at
// once, for they mostly wait.
jest.setTimeout(120_000);

interface Scenario {
  readonly name: string;
  /** From the beginning. */
  readonly quirks?: Quirks;
  /** From when this has been said. */
  readonly then?: { readonly after: RegExp; readonly quirks: Quirks };
  readonly region?: string;
  readonly database?: false;
}

interface Outcome {
  readonly ended: Ended;
  readonly report: Readonly<Record<string, unknown>>;
  readonly requests: readonly Recorded[];
  readonly made: ReturnType<typeof made>;
}

const RESTORING = /restoring by/;
const page = (status: 404 | 500 | 501, operations: readonly string[]): Fault => ({
  does: 'page',
  status,
  operations,
});
const REST = [
  'DescribeFastSnapshotRestores',
  'DescribeVolumeStatus',
  'DescribeInstanceTypes',
  'DescribeInstanceInformation',
  'ListServiceQuotas',
  'ListAWSDefaultServiceQuotas',
  'DescribeKey',
  'DescribeDBClusters',
  'DescribeDBClusterSnapshots',
];
const CLAIMS = ['PutParameter', 'GetParameter', 'DeleteParameter'];
/** A database takes about three seconds. */
const slow: Quirks = { speed: 300 };

/** Survived: everything is back, and nothing twice. */
const SURVIVED: readonly Scenario[] = [
  { name: 'operations missing: HTML 500', quirks: { faults: [page(500, [...REST, ...CLAIMS])] } },
  { name: 'operations missing: HTML 404', quirks: { faults: [page(404, [...REST, ...CLAIMS])] } },
  { name: 'operations missing: HTML 501', quirks: { faults: [page(501, [...REST, ...CLAIMS])] } },
  {
    name: 'operations not known',
    quirks: { faults: [{ does: 'not-know', operations: [...REST, ...CLAIMS] }] },
  },
  { name: 'client tokens ignored', quirks: { ignoresTokens: true } },
  {
    name: 'client tokens ignored, answers to creations lost',
    quirks: {
      ignoresTokens: true,
      faults: [{ does: 'lose', operations: ['CreateVolume', 'RestoreDBInstanceFromDBSnapshot'], times: 3 }],
    },
  },
  {
    name: 'client tokens ignored, answers lost, new things seen late',
    quirks: {
      ignoresTokens: true,
      visibleAfterMs: 1_500,
      faults: [{ does: 'lose', operations: ['CreateVolume'], times: 2 }],
    },
  },
  {
    name: 'missing fields',
    quirks: {
      hides: [
        'CreateTime',
        'FastRestored',
        'OwnerId',
        'Progress',
        'StorageTier',
        'DbiResourceId',
        'InstanceCreateTime',
        'Attachments',
        'SnapshotType',
        'PercentProgress',
      ],
    },
  },
  {
    name: 'one time stamp for everything',
    quirks: { frozenAt: new Date(Date.now() - 3_600_000).toISOString() },
  },
  { name: 'new things seen late', quirks: { visibleAfterMs: 1_500 } },
  {
    name: 'answers cut in the middle',
    quirks: { faults: [{ does: 'cut', operations: ['write'], times: 4 }] },
  },
  {
    name: 'half answers',
    then: { after: /phase +preflight/, quirks: { faults: [{ does: 'halve', times: 6 }] } },
  },
  {
    name: 'connections reset',
    then: { after: /phase +preflight/, quirks: { faults: [{ does: 'reset', times: 6 }] } },
  },
  { name: 'throttled', quirks: { faults: [{ does: 'throttle', operations: ['write'], times: 6 }] } },
  {
    name: 'a proxy that answers HTML to everything for a while',
    quirks: slow,
    then: { after: RESTORING, quirks: { ...slow, faults: [{ does: 'page', status: 502, untilMs: 4_000 }] } },
  },
  {
    name: 'a proxy that answers HTML with status 200 for a while',
    quirks: slow,
    then: { after: RESTORING, quirks: { ...slow, faults: [{ does: 'page', status: 200, untilMs: 4_000 }] } },
  },
  {
    name: 'credentials expired for a while',
    quirks: slow,
    then: { after: RESTORING, quirks: { ...slow, faults: [{ does: 'expire', untilMs: 4_000 }] } },
  },
  {
    name: 'credentials expired for a while, in the words of EC2',
    quirks: slow,
    then: {
      after: RESTORING,
      quirks: { ...slow, faults: [{ does: 'expire', code: 'RequestExpired', untilMs: 4_000 }] },
    },
  },
  {
    name: 'one request never answered',
    database: false,
    quirks: { faults: [{ does: 'hang', operations: ['CreateVolume'], times: 1 }] },
  },
];

/** Nothing can be done: that is said, and nothing is lost. */
const REFUSED: readonly Scenario[] = [
  { name: 'another Region', quirks: { otherRegion: 'AuthFailure' }, region: 'eu-west-1' },
  {
    name: 'a signature for another Region',
    quirks: { otherRegion: 'SignatureDoesNotMatch' },
    region: 'eu-west-1',
  },
  {
    name: 'a permission lost half-way',
    database: false,
    quirks: { faults: [{ does: 'deny', operations: ['CreateVolume'], after: 1 }] },
  },
  { name: 'HTML to everything', quirks: { faults: [{ does: 'page', status: 500 }] } },
  { name: 'a silent endpoint', quirks: { faults: [{ does: 'hang' }] } },
  { name: 'expired credentials', quirks: { faults: [{ does: 'expire' }] } },
];

const lifeboat = useLifeboat();
const playing = new Map<string, Promise<Outcome>>();
beforeAll(() => {
  lifeboat.write('shop.yaml', runbook('shop'));
  lifeboat.write('volumes.yaml', runbook('shop', { database: false }));
  // The longest first; the second half when the first is over.
  const all = [...REFUSED, ...SURVIVED.toReversed()];
  const free = Array.from({ length: 14 }, () => Promise.resolve());
  all.forEach((scenario, index) => {
    const lane = index % free.length;
    const played = (free[lane] ?? Promise.resolve()).then(() => play(scenario, index));
    free[lane] = played.then(
      () => undefined,
      () => undefined,
    );
    playing.set(scenario.name, played);
  });
});

async function play({ quirks = {}, then, region, database }: Scenario, index: number): Promise<Outcome> {
  const simulated = await startAccount({ inventory: shop(), quirks });
  try {
    const account = { url: simulated.url };
    const state = ['--state', `state-${index}`];
    const where = region === undefined ? [] : ['--region', region];
    const file = database === false ? 'volumes.yaml' : 'shop.yaml';
    const started = lifeboat.start(account, ['restore', file, '--yes', ...where, ...state]);
    if (then !== undefined) {
      await started.said(then.after);
      simulated.setQuirks(then.quirks);
    }
    const ended = await started.ended;
    simulated.setQuirks({});
    const [runId] = runsIn(`state-${index}`);
    const told =
      runId === undefined ? undefined : await lifeboat.run(account, ['report', runId, ...state, '--json']);
    const report = JSON.parse(told?.stdout ?? '{}') as Readonly<Record<string, unknown>>;
    return { ended, report, requests: simulated.requests, made: made(simulated) };
  } finally {
    await simulated.close();
  }
}

function runsIn(state: string): readonly string[] {
  const folder = join(lifeboat.folder, state, 'runs');
  return existsSync(folder) ? readdirSync(folder) : [];
}

async function outcomeOf({ name }: Scenario): Promise<Outcome> {
  const played = playing.get(name);
  if (played === undefined) throw new Error(`nobody played '${name}'`);
  return played;
}

test.each(SURVIVED)('survived: $name', async (scenario) => {
  const { ended, report, requests, made: left } = await outcomeOf(scenario);
  const met = new Set(requests.map(({ fault }) => fault));
  const faults = [...(scenario.quirks?.faults ?? []), ...(scenario.then?.quirks.faults ?? [])];
  for (const { does } of faults) expect(met).toContain(does);
  expectNoStack(ended);
  expect([ended.exitCode, ended.stderr, report]).toEqual([
    0,
    expect.anything(),
    expect.objectContaining({ status: 'completed', leftovers: [] }),
  ]);
  // What was never made is not taken for lost later.
  expect(JSON.stringify(report['timeline'])).not.toContain('fault.vanished');
  expect(left.volumes).toHaveLength(2);
  expect(left.dbInstances).toHaveLength(scenario.database === false ? 0 : 1);
});

const ERROR_AND_TRY = /Error: .+\n(?: {2}.+\n)*Try: .+\n$/;

test.each<[string, number, RegExp]>([
  ['another Region', 1, /AuthFailure|Region/],
  ['a signature for another Region', 1, /SignatureDoesNotMatch|Region/],
  ['HTML to everything', 1, /not (one of )?AWS/],
  ['a silent endpoint', 1, /answer|time/i],
  ['expired credentials', 1, /expired/],
])('refused: %s', async (name, exitCode, said) => {
  const scenario = REFUSED.find((one) => one.name === name) ?? { name };
  const { ended, made: left } = await outcomeOf(scenario);
  expectNoStack(ended);
  expect([ended.exitCode, ended.stderr]).toEqual([exitCode, expect.stringMatching(said)]);
  expect(ended.stderr).toMatch(ERROR_AND_TRY);
  expect(left).toEqual({ volumes: [], dbInstances: [], snapshots: [] });
});

test('a permission lost half-way stops the run, which says so and keeps what it made', async () => {
  const { ended, report, made: left } = await outcomeOf({ name: 'a permission lost half-way' });
  expectNoStack(ended);
  expect(ended.exitCode).not.toBe(0);
  expect(ended.stdout + ended.stderr).toContain('UnauthorizedOperation');
  expect(report).toMatchObject({ status: expect.stringMatching(/^(halted|failed)$/) });
  expect(left.volumes).toHaveLength(1);
});
