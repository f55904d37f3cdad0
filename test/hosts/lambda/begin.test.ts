import { createHash } from 'node:crypto';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { parameterName } from '../../../src/aws/claim/parameter.ts';
import { claimText } from '../../../src/aws/claim/text.ts';
import { beginRun, type Begun } from '../../../src/hosts/lambda/begin.ts';
import { LifeboatError } from '../../../src/errors.ts';
import type { BeginRun } from '../../../src/hosts/lambda/requests.ts';
import { formatInventory } from '../../../src/inventory/serialize.ts';
import type { RunStore } from '../../../src/journal/run-store.ts';
import type { RunMode } from '../../../src/plan/types.ts';
import { HOUR_MS, MINUTE_MS } from '../../../src/time.ts';
import { FUNCTION, newStage, ORDERS, requestOf, TOPIC, type Stage } from './stage.ts';

async function begin(stage: Stage, change: Partial<BeginRun> = {}): Promise<Begun> {
  return beginRun(requestOf(stage, change), FUNCTION, await stage.ports());
}

async function runIds(stage: Stage): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { runId } of stage.store.list()) ids.push(runId);
  return ids;
}

async function claim(stage: Stage, mode: RunMode): Promise<void> {
  const at = stage.now - HOUR_MS;
  const held = { runId: 'orders-20261120T0200-7', runbook: 'orders', mode, by: 'ann', host: 'laptop', at };
  const Value = claimText({ ...held, incidentAt: at, damagedAt: at });
  await stage.world.ssm.send(
    new PutParameterCommand({ Name: parameterName('orders'), Type: 'String', Value }),
  );
}

const FIRST = 'orders-20261120T0300-42';
const SECOND = 'orders-20261120T0310-43';

test('a requested run has a record that any process can drive, with its approval, its topic and its function', async () => {
  const stage = await newStage();
  const incidentAt = stage.now - 10 * MINUTE_MS;
  expect(await begin(stage, { incidentAt })).toEqual({ runId: FIRST });
  const record = await stage.store.find(FIRST);
  expect(record).toMatchObject({
    ...{ mode: 'restore', runbook: 'orders', account: '111111111111', function: FUNCTION },
    ...{ startedBy: 'the alarm orders-down', startedOn: 'lifeboat-restore' },
    notify: [{ sns: TOPIC }],
    options: { yes: false, incidentDeclared: true },
  });
  expect(record.plan.incidentAt).toBe(incidentAt);
  expect(record.gates).toMatchObject([{ before: 'restore', kind: 'approvals', approvals: 1 }]);
  expect(stage.told).toEqual([]);
});

test('a run that a person asked for has no approval but those of its runbook', async () => {
  const stage = await newStage();
  await begin(stage, { asksApproval: false });
  expect((await stage.store.find(FIRST)).gates).toEqual([]);
});

test('a request that names the text of a runbook is refused where the function would use another', async () => {
  const stage = await newStage();
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const { refused } = await begin(stage, { runbookSha256: sha256(`${ORDERS}# a comment\n`) });
  expect(refused).toMatchObject({
    code: 'RUN_NOT_POSSIBLE',
    next: expect.stringContaining('aws s3 cp FILE s3://'),
  });
  expect(await runIds(stage)).toEqual([]);
  expect(await begin(stage, { runbookSha256: sha256(ORDERS) })).toEqual({ runId: FIRST });
});

test('a restore counts from when it was asked for, however late the function starts; a drill from its start', async () => {
  for (const mode of ['restore', 'drill'] as const) {
    const stage = await newStage();
    const at = stage.now - 10 * MINUTE_MS;
    await begin(stage, { mode, at });
    expect((await stage.store.find(FIRST)).plan.incidentAt).toBe(mode === 'restore' ? at : stage.now);
  }
});

test('an instant in the future was mistyped and starts nothing, but two clocks may differ by seconds', async () => {
  const stage = await newStage();
  const { refused } = await begin(stage, { incidentAt: stage.now + HOUR_MS });
  expect(refused).toMatchObject({ code: 'USAGE' });
  await begin(stage, { at: stage.now + 5_000 });
  expect((await stage.store.find(FIRST)).plan.incidentAt).toBe(stage.now);
});

test('a repeated request, also at the same time, gives one run', async () => {
  const stage = await newStage();
  const begun = await Promise.all([begin(stage), begin(stage)]);
  begun.push(await begin(stage));
  expect(begun).toEqual([1, 2, 3].map(() => ({ runId: FIRST })));
  expect(await runIds(stage)).toEqual([FIRST]);
});

describe('another run of the runbook', () => {
  test.each([
    ['drill', 'drill', false],
    ['restore', 'drill', false],
    ['restore', 'restore', false],
    ['drill', 'restore', true],
  ] as const)('that is in the journal: beside a %s a %s begins: %s', async (running, mode, begins) => {
    const stage = await newStage();
    await begin(stage, { mode: running });
    const { refused } = await begin(stage, { mode, runId: SECOND });
    expect(refused).toEqual(begins ? undefined : expect.objectContaining({ code: 'RUN_NOT_POSSIBLE' }));
    expect(await runIds(stage)).toEqual(begins ? [SECOND, FIRST] : [FIRST]);
  });

  test.each([
    ['drill', 'drill', false],
    ['restore', 'drill', false],
    ['restore', 'restore', false],
    ['drill', 'restore', true],
  ] as const)('that marks the account: beside a %s a %s begins: %s', async (running, mode, begins) => {
    const stage = await newStage();
    await claim(stage, running);
    const { refused } = await begin(stage, { mode });
    expect(refused).toEqual(begins ? undefined : expect.objectContaining({ code: 'RUN_NOT_POSSIBLE' }));
    expect(await runIds(stage)).toEqual(begins ? [FIRST] : []);
  });

  test('that was recorded and never driven is in the way for an hour only', async () => {
    const stage = await newStage();
    await begin(stage, { mode: 'drill' });
    stage.virtual.advanceTo(stage.now + HOUR_MS);
    expect(await begin(stage, { mode: 'drill', runId: SECOND })).toEqual({ runId: SECOND });
  });
});

describe('a runbook that no longer parses', () => {
  test('gives way to its last good version, which people and the report are told', async () => {
    const stage = await newStage();
    await stage.put('orders.yaml', ORDERS.replace('rpo: 2h', 'rpo: 90m'));
    await stage.put('orders.yaml', ORDERS.replace('resources:', 'resourses:'));
    expect(await begin(stage)).toEqual({ runId: FIRST });
    const { plan } = await stage.store.find(FIRST);
    expect(plan.objectives.rpoSeconds).toBe(90 * 60);
    expect(plan.problems).toContainEqual(
      expect.objectContaining({ severity: 'warning', code: 'OLDER_RUNBOOK' }),
    );
    expect(stage.told).toMatchObject([
      { subject: 'orders: an older version of the runbook is used', text: expect.stringContaining('s3://') },
    ]);
  });

  test('is that of the deployment again once its object is deleted', async () => {
    const stage = await newStage();
    await stage.put('orders.yaml', ORDERS.replace('rpo: 2h', 'rpo: 90m'));
    await stage.delete('orders.yaml');
    await begin(stage);
    expect((await stage.store.find(FIRST)).plan.objectives.rpoSeconds).toBe(7_200);
    expect(stage.told).toEqual([]);
  });

  test('refuses the run when no version is good: nobody knows what to recover', async () => {
    const stage = await newStage();
    stage.bundle('orders.yaml', 'name: [');
    await stage.put('orders.yaml', 'kind: Runbook');
    const { refused } = await begin(stage);
    expect(refused).toMatchObject({ code: 'INVALID_RUNBOOK', at: { file: 's3://runbooks/orders.yaml' } });
    expect(await runIds(stage)).toEqual([]);
  });

  test('is none that the deployment knows, if nothing has its name', async () => {
    const { refused } = await begin(await newStage(), { runbook: 'payments' });
    expect(refused?.message).toMatch(/no runbook 'payments'. It knows: orders/);
  });
});

describe('a freeze file', () => {
  const frozenBy = (file: string): string => `${ORDERS}\ngates: [{ before: restore, freezeFile: ${file} }]\n`;

  test.each(['deployed', 'in the bucket'])(
    'that a runbook %s names is beside it in the bucket',
    async (where) => {
      const stage = await newStage();
      if (where === 'deployed') stage.bundle('orders.yaml', frozenBy('freeze'));
      else await stage.put('orders.yaml', frozenBy('freeze'));
      await begin(stage);
      expect((await stage.store.find(FIRST)).gates).toContainEqual(
        expect.objectContaining({ kind: 'freeze', file: 's3://runbooks/freeze' }),
      );
    },
  );

  test('of a machine is refused in a restore: a function could never see it disappear', async () => {
    const stage = await newStage();
    stage.bundle('orders.yaml', frozenBy('/srv/freeze'));
    const { refused } = await begin(stage);
    expect(refused).toMatchObject({
      code: 'RUN_NOT_POSSIBLE',
      at: { file: expect.stringContaining('orders.yaml') },
    });
    expect(await begin(stage, { mode: 'drill' })).toEqual({ runId: FIRST });
  });
});

describe('a backfill', () => {
  const backfillOf = (spec: string): string => `${ORDERS}\nbackfill: ${spec}\n`;
  const target = 'https://orders.example';

  test('from objects and queues is kept in the bucket of the deployment', async () => {
    const stage = await newStage();
    stage.bundle('orders.yaml', backfillOf(`{ sources: [{ path: 's3://logs/alb/' }, { path: captured/ }] }`));
    expect(await begin(stage)).toEqual({ runId: FIRST });
    const { backfill, backfillBucket } = await stage.store.find(FIRST);
    expect(backfillBucket).toBe('backfills');
    expect(backfill?.sources.map(({ path }) => path)).toEqual(['s3://logs/alb/', 's3://runbooks/captured']);
  });

  test.each([
    ['a log of a machine', `{ sources: [{ path: /var/log/access.log }] }`, '/var/log/access.log'],
    [
      'a live signal from a log',
      `{ sources: [{ path: 's3://logs/' }], replay: { target: '${target}', live: { log: live.log, p99: 300ms } } }`,
      'live.log',
    ],
    [
      'a secret from the environment',
      `{ sources: [{ path: 's3://logs/' }], replay: { target: '${target}', rewrite: { headers: { authorization: { env: TOKEN } } } } }`,
      'TOKEN',
    ],
  ])('that needs %s is refused before anything is restored', async (_, spec, named) => {
    const stage = await newStage();
    stage.bundle('orders.yaml', backfillOf(spec));
    const { refused } = await begin(stage);
    expect(refused).toMatchObject({
      code: 'RUN_NOT_POSSIBLE',
      message: expect.stringContaining(named) as string,
      at: { file: expect.stringContaining('orders.yaml') as string },
    });
    expect(await begin(stage, { mode: 'drill' })).toEqual({ runId: FIRST });
  });
});

describe('the baseline', () => {
  const GONE = 'vol-00000000000000009';
  /** The account once had another volume of the runbook. */
  const earlier = (stage: Stage): string => {
    const { volumes } = stage.inventory;
    const [volume] = volumes.filter(({ tags }) => tags['app'] === 'events');
    if (volume === undefined) throw new Error('the reference inventory has no such volume');
    return formatInventory({
      ...stage.inventory,
      volumes: [
        ...volumes,
        { ...volume, attachedTo: { instanceId: 'i-00000000000000009', device: '/dev/sdz' }, id: GONE },
      ],
    });
  };

  test.each(['journal', 'bucket', 'deployment'])('in the %s tells what is gone by now', async (place) => {
    const stage = await newStage();
    if (place === 'journal') await stage.store.keepBaseline('orders', 'account', earlier(stage));
    if (place === 'bucket') await stage.put('baselines/orders.yaml', earlier(stage));
    if (place === 'deployment') stage.bundle('baselines/orders.yaml', earlier(stage));
    expect((await begin(stage)).refused).toMatchObject({
      code: 'NO_FEASIBLE_PLAN',
      message: expect.stringContaining(GONE),
    });
  });

  test('of another account is passed over and told; if it is the only one, nothing starts', async () => {
    const stage = await newStage();
    const foreign = formatInventory({ ...stage.inventory, account: '222222222222' });
    await stage.store.keepBaseline('orders', 'account', foreign);
    expect((await begin(stage)).refused).toMatchObject({ code: 'INVALID_INVENTORY' });
    stage.bundle('baselines/orders.yaml', formatInventory(stage.inventory));
    expect(await begin(stage)).toEqual({ runId: FIRST });
    expect((await stage.store.find(FIRST)).plan.problems).toContainEqual(
      expect.objectContaining({ code: 'OLDER_BASELINE' }),
    );
    expect(stage.told.map(({ subject }) => subject)).toEqual([
      'orders: an older version of the baseline is used',
    ]);
  });
});

test.each(['ExpiredToken', 'UnauthorizedOperation'])(
  'a role that AWS answers with %s may be mended: the attempt fails, people are told once, and the next attempt begins the run',
  async (code) => {
    const stage = await newStage();
    const ports = await stage.ports();
    stage.refusal = code;
    for (let attempt = 1; attempt <= 2; attempt += 1)
      await expect(beginRun(requestOf(stage), FUNCTION, ports)).rejects.toMatchObject({
        code: expect.stringMatching(/^AWS_(CREDENTIALS|DENIED)$/),
      });
    expect(stage.told).toMatchObject([
      { subject: `${FIRST}: the restore of orders cannot begin yet`, text: expect.stringContaining(code) },
    ]);
    stage.refusal = undefined;
    expect(await beginRun(requestOf(stage), FUNCTION, ports)).toEqual({ runId: FIRST });
  },
);

test('a journal that cannot be read is told once, and is no reason to begin without it', async () => {
  const stage = await newStage();
  const ports = await stage.ports();
  const lost = new LifeboatError('JOURNAL_UNREADABLE', 'There is no table.', 'Restore the table.');
  const store = Object.assign(Object.create(stage.store) as RunStore, { find: () => Promise.reject(lost) });
  for (let attempt = 1; attempt <= 2; attempt += 1)
    await expect(beginRun(requestOf(stage), FUNCTION, { ...ports, store })).rejects.toBe(lost);
  expect(stage.told).toMatchObject([{ text: expect.stringContaining('Restore the table.') }]);
});

test('a request whose run cannot have this id is refused', async () => {
  const { refused } = await begin(await newStage(), { runId: '../orders' });
  expect(refused).toMatchObject({ code: 'USAGE' });
});

test('what can never be recovered is refused with the reason', async () => {
  const stage = await newStage();
  await stage.put('orders.yaml', ORDERS.replace('orders-prod', 'orders-nowhere'));
  expect((await begin(stage)).refused).toMatchObject({ code: 'UNKNOWN_RESOURCE' });
  expect(await runIds(stage)).toEqual([]);
});

test('without access to the bucket the deployed runbook is used and told', async () => {
  const stage = await newStage();
  stage.bucketRefusal = 'AccessDenied';
  expect(await begin(stage)).toEqual({ runId: FIRST });
  expect(stage.told.map(({ subject }) => subject)).toEqual([
    'orders: an older version of the runbook is used',
    'orders: nothing of the baseline is used',
  ]);
  expect(stage.told.every(({ text }) => text.includes('AccessDenied'))).toBe(true);
});
