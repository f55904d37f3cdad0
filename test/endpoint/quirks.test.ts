import { CreateVolumeCommand, DescribeVolumesCommand } from '@aws-sdk/client-ec2';
import { DescribeDBInstancesCommand, RestoreDBInstanceFromDBSnapshotCommand } from '@aws-sdk/client-rds';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { inventory } from '../simulator/support.ts';
import { startAccount, type TestAccount } from './account.ts';
import { clientsOf, refusalOf, type Clients } from './clients.ts';
import type { Fault, Quirks } from './quirks.ts';

let account: TestAccount;
let clients: Clients;
beforeEach(async () => {
  account = await startAccount({ inventory: inventory() });
  clients = clientsOf(account.url, { requestTimeout: 1_500 });
});
afterEach(async () => {
  for (const client of Object.values(clients)) client.destroy();
  await account.close();
});

const create = () => clients.ec2.send(new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', Size: 1 }));
const look = () => clients.ec2.send(new DescribeVolumesCommand({}));
const databases = () => clients.rds.send(new DescribeDBInstancesCommand({}));
const parameter = () => clients.ssm.send(new GetParameterCommand({ Name: 'x' }));
const identity = () => clients.sts.send(new GetCallerIdentityCommand({}));

/** Whether the request was carried out, and how its client saw it end. */
async function struck(fault: Fault): Promise<{ done: boolean; name: string; status: number | undefined }> {
  const before = account.world.volumes().length;
  account.setQuirks({ faults: [fault] });
  const [name, status] = await refusalOf(create());
  // On a busy machine the client may give up before the server has come to it.
  while (account.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  return { done: account.world.volumes().length > before, name, status };
}

test.each<[Fault, boolean]>([
  [{ does: 'lose' }, true],
  [{ does: 'swallow' }, true],
  [{ does: 'cut' }, true],
  [{ does: 'halve' }, true],
  [{ does: 'reset' }, false],
  [{ does: 'hang' }, false],
  [{ does: 'page', status: 500 }, false],
  [{ does: 'page', status: 404 }, false],
  [{ does: 'page', status: 501 }, false],
])('%j: carried out %s, and no readable answer', async (fault, done) => {
  const seen = await struck(fault);
  expect(seen.done).toBe(done);
  expect(seen.name).not.toMatch(/Refusal/);
  expect(account.requests).toMatchObject([
    { operation: 'CreateVolume', mutating: true, outcome: fault.does },
  ]);
});

test('a page with status 200 is not an answer of AWS', async () => {
  account.setQuirks({ faults: [{ does: 'page', status: 200 }] });
  const seen = await Promise.allSettled([look(), databases(), parameter()]);
  const volumes = seen.map((one) => (one.status === 'fulfilled' ? Object.keys(one.value) : []));
  for (const fields of volumes) expect(fields).not.toContain('Volumes');
});

test.each<[Fault, readonly (readonly [string, number])[]]>([
  [
    { does: 'throttle' },
    [
      ['RequestLimitExceeded', 503],
      ['Throttling', 400],
      ['ThrottlingException', 400],
      ['Throttling', 400],
    ],
  ],
  [
    { does: 'expire' },
    [
      ['ExpiredToken', 403],
      ['ExpiredToken', 403],
      ['ExpiredTokenException', 403],
      ['ExpiredToken', 403],
    ],
  ],
  [
    { does: 'deny' },
    [
      ['UnauthorizedOperation', 403],
      ['AccessDenied', 403],
      ['AccessDeniedException', 403],
      ['AccessDenied', 403],
    ],
  ],
  [
    { does: 'not-know' },
    [
      ['InvalidAction', 400],
      ['InvalidAction', 400],
      ['UnknownOperationException', 400],
      ['InvalidAction', 400],
    ],
  ],
])('%j in the words of EC2, RDS, SSM and STS', async (fault, said) => {
  account.setQuirks({ faults: [fault] });
  expect(await Promise.all([look, databases, parameter, identity].map((ask) => refusalOf(ask())))).toEqual(
    said,
  );
});

test('a fault strikes the operations, the keys, the share and the time it is for', async () => {
  const deny = (strike: Partial<Fault>): Quirks => ({ faults: [{ ...strike, does: 'deny' }] });
  const ends = async (asks: readonly (() => Promise<unknown>)[]) => {
    const seen: string[] = [];
    for (const ask of asks)
      seen.push(
        await ask().then(
          () => 'ok',
          () => 'no',
        ),
      );
    return seen.join(' ');
  };
  account.setQuirks(deny({ operations: ['write'] }));
  expect(await ends([look, create, look])).toBe('ok no ok');
  account.setQuirks(deny({ operations: ['DescribeVolumes'], after: 1, times: 2 }));
  expect(await ends([look, create, look, create, look, look])).toBe('ok ok no ok no ok');
  account.setQuirks(deny({ accessKeys: ['AKIDSAM'] }));
  expect(
    await ends([
      look,
      () => clientsOf(account.url, { accessKeyId: 'AKIDSAM' }).ec2.send(new DescribeVolumesCommand({})),
    ]),
  ).toBe('ok no');
  account.setQuirks(deny({ services: ['rds'] }));
  expect(await ends([look, databases])).toBe('ok no');
  account.setQuirks(deny({ fromMs: 3_600_000 }));
  expect(await ends([look])).toBe('ok');
  account.setQuirks(deny({ untilMs: 3_600_000 }));
  expect(await ends([look])).toBe('no');
});

test('what is new is not shown for a while', async () => {
  account.setQuirks({ visibleAfterMs: 60_000 });
  const { VolumeId } = await create();
  const restore = new RestoreDBInstanceFromDBSnapshotCommand({
    ...{ DBInstanceIdentifier: 'copy', DBSnapshotIdentifier: 'orders-1' },
  });
  await clients.rds.send(restore);
  const shown = async () => [
    ((await look()).Volumes ?? []).some((volume) => volume.VolumeId === VolumeId),
    ((await databases()).DBInstances ?? []).some((one) => one.DBInstanceIdentifier === 'copy'),
  ];
  expect(await shown()).toEqual([false, false]);
  account.setQuirks({});
  expect(await shown()).toEqual([true, true]);
});

test('what is new is creating while it is held', async () => {
  account.setQuirks({ holds: true });
  const { VolumeId = '' } = await create();
  const state = async () => (await look()).Volumes?.find((volume) => volume.VolumeId === VolumeId)?.State;
  const isReally = () => account.world.volumes().find(({ id }) => id === VolumeId)?.state;
  while (isReally() !== 'available') await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await state()).toBe('creating');
  account.setQuirks({});
  expect(await state()).toBe('available');
});

test('fields that are never told, and one instant for all', async () => {
  account.setQuirks({ hides: ['State', 'Size'], frozenAt: '2020-01-01T00:00:00Z' });
  const { Volumes } = await look();
  expect(Volumes).toMatchObject([{ CreateTime: new Date('2020-01-01T00:00:00Z'), VolumeType: 'gp3' }]);
  expect([Volumes?.[0]?.State, Volumes?.[0]?.Size, Volumes?.[0]?.Attachments?.[0]?.State]).toEqual(
    Array(3).fill(undefined),
  );
});

test('the same client token makes another volume where tokens are ignored', async () => {
  const ask = () =>
    clients.ec2.send(new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', Size: 1, ClientToken: 't' }));
  const [one, same] = [await ask(), await ask()];
  expect(same.VolumeId).toBe(one.VolumeId);
  account.setQuirks({ ignoresTokens: true });
  expect((await ask()).VolumeId).not.toBe(one.VolumeId);
});

test('a request for another Region is refused', async () => {
  account.setQuirks({ otherRegion: 'AuthFailure' });
  await look();
  const { ec2 } = clientsOf(account.url, { region: 'eu-west-1' });
  expect(await refusalOf(ec2.send(new DescribeVolumesCommand({})))).toEqual(['AuthFailure', 403]);
});

test('a request for no known service gets an HTML page', async () => {
  const [get, post] = await Promise.all([
    fetch(account.url),
    fetch(account.url, { method: 'POST', body: 'Action=DescribeVolumes' }),
  ]);
  expect([get.status, post.status, get.headers.get('content-type')]).toEqual([404, 404, 'text/html']);
});
