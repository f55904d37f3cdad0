import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { CreateVolumeCommand, DescribeVolumesCommand } from '@aws-sdk/client-ec2';
import { DescribeDBInstancesCommand, RestoreDBInstanceFromDBSnapshotCommand } from '@aws-sdk/client-rds';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { clientsOf, refusalOf, type Clients } from '../endpoint/clients.ts';
import { startPeer, type Peer } from './peer.ts';
import type { Fault, Quirks } from './quirks.ts';

let peer: Peer;
let clients: Clients;
beforeEach(async () => {
  peer = await startPeer({
    seed: {
      volumes: [{ id: 'vol-1' }, { id: 'vol-2' }],
      dbSnapshots: [{ id: 'rds:orders-1', fields: { DBInstanceIdentifier: 'orders' } }],
    },
  });
  clients = clientsOf(peer.url, { requestTimeout: 1_500 });
});
afterEach(async () => {
  for (const client of Object.values(clients)) client.destroy();
  await peer.close();
});

const create = () => clients.ec2.send(new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', Size: 1 }));
const look = () => clients.ec2.send(new DescribeVolumesCommand({}));
const databases = () => clients.rds.send(new DescribeDBInstancesCommand({}));
const parameter = () => clients.ssm.send(new GetParameterCommand({ Name: 'x' }));
const identity = () => clients.sts.send(new GetCallerIdentityCommand({}));

/** Whether the request was carried out, and how its client saw it end. */
async function struck(fault: Fault): Promise<{ done: boolean; name: string; status: number | undefined }> {
  const before = peer.world.volumes.size;
  peer.setQuirks({ faults: [fault] });
  const [name, status] = await refusalOf(create());
  // On a busy machine the client may give up before the server has come to it.
  while (peer.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  return { done: peer.world.volumes.size > before, name, status };
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
  expect(peer.requests).toMatchObject([{ operation: 'CreateVolume', mutating: true, outcome: fault.does }]);
});

test('a page with status 200 is not an answer of AWS', async () => {
  peer.setQuirks({ faults: [{ does: 'page', status: 200 }] });
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
  peer.setQuirks({ faults: [fault] });
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
  peer.setQuirks(deny({ operations: ['write'] }));
  expect(await ends([look, create, look])).toBe('ok no ok');
  peer.setQuirks(deny({ operations: ['DescribeVolumes'], after: 1, times: 2 }));
  expect(await ends([look, create, look, create, look, look])).toBe('ok ok no ok no ok');
  peer.setQuirks(deny({ accessKeys: ['AKIDSAM'] }));
  expect(
    await ends([
      look,
      () => clientsOf(peer.url, { accessKeyId: 'AKIDSAM' }).ec2.send(new DescribeVolumesCommand({})),
    ]),
  ).toBe('ok no');
  peer.setQuirks(deny({ services: ['rds'] }));
  expect(await ends([look, databases])).toBe('ok no');
  peer.setQuirks(deny({ fromMs: 3_600_000 }));
  expect(await ends([look])).toBe('ok');
  peer.setQuirks(deny({ untilMs: 3_600_000 }));
  expect(await ends([look])).toBe('no');
});

test('a new resource becomes visible and ready after a delay', async () => {
  peer.setQuirks({ visibleAfterMs: 60_000 });
  await create();
  expect((await look()).Volumes).toHaveLength(2);
  peer.setQuirks({ delays: { volumeMs: 60_000, dbInstanceMs: 60_000 } });
  const made = await create();
  expect(made.State).toBe('creating');
  expect((await look()).Volumes).toHaveLength(3);
  const restore = new RestoreDBInstanceFromDBSnapshotCommand({
    DBInstanceIdentifier: 'a',
    DBSnapshotIdentifier: 'rds:orders-1',
  });
  expect((await clients.rds.send(restore)).DBInstance).toMatchObject({ DBInstanceStatus: 'creating' });
});

test('fields that are never told, and one instant for all', async () => {
  peer.setQuirks({ hides: ['status', 'size'], frozenAt: '2020-01-01T00:00:00Z' });
  const { Volumes } = await look();
  expect(Volumes).toHaveLength(2);
  for (const volume of Volumes ?? []) {
    expect(volume).toMatchObject({ CreateTime: new Date('2020-01-01T00:00:00Z'), VolumeType: 'gp3' });
    expect([volume.State, volume.Size]).toEqual([undefined, undefined]);
  }
});

test('a request for another Region is refused', async () => {
  peer.setQuirks({ otherRegion: 'AuthFailure' });
  await look();
  const { ec2 } = clientsOf(peer.url, { region: 'eu-west-1' });
  expect(await refusalOf(ec2.send(new DescribeVolumesCommand({})))).toEqual(['AuthFailure', 403]);
});

test('a request for no known service gets an HTML page', async () => {
  const [get, post] = await Promise.all([
    fetch(peer.url),
    fetch(peer.url, { method: 'POST', body: 'Action=DescribeVolumes' }),
  ]);
  expect([get.status, post.status, get.headers.get('content-type')]).toEqual([404, 404, 'text/html']);
});

test('as a process of its own it prints its address, and other processes steer it', async () => {
  const child = execFile(process.execPath, [join(__dirname, 'main.ts'), '--port', '0']);
  try {
    const [line] = (await once(child.stdout ?? child, 'data')) as [string];
    const url = line.trim();
    const body = JSON.stringify({ faults: [{ does: 'deny' }] } satisfies Quirks);
    expect((await fetch(`${url}/_peer/quirks`, { method: 'PUT', body })).status).toBe(204);
    expect(await refusalOf(clientsOf(url).ec2.send(new DescribeVolumesCommand({})))).toEqual([
      'UnauthorizedOperation',
      403,
    ]);
    expect(await (await fetch(`${url}/_peer/requests`)).json()).toMatchObject([
      { operation: 'DescribeVolumes' },
    ]);
  } finally {
    child.kill();
  }
});
