import {
  AttachVolumeCommand,
  CopyVolumesCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypesCommand,
  DescribeVolumeStatusCommand,
  DetachVolumeCommand,
} from '@aws-sdk/client-ec2';
import {
  DescribeDBInstancesCommand,
  InvalidDBInstanceStateFault,
  PromoteReadReplicaCommand,
} from '@aws-sdk/client-rds';
import { serveAccount, type ServedAccount } from '../../src/simulator/endpoint/account.ts';
import { inventory } from '../simulator/support.ts';
import { clientsOf, refusalOf, type Clients } from './clients.ts';

// Changes of what exists, as the SDK's own clients see them over HTTP.

const DATABASE = { engine: 'mysql', engineVersion: '8.0.39', class: 'db.t4g.medium', storageGiB: 20 };
let account: ServedAccount;
let clients: Clients;
const bugs: unknown[] = [];
beforeEach(async () => {
  const dbInstances = [
    { ...DATABASE, id: 'shop' },
    { ...DATABASE, id: 'copy', replicaOf: 'shop', replicaLagSeconds: 3 },
  ];
  account = await serveAccount({ inventory: inventory({ dbInstances }), onBug: (error) => bugs.push(error) });
  clients = clientsOf(account.url);
});
afterEach(async () => {
  for (const client of Object.values(clients)) client.destroy();
  await account.close();
  expect(bugs.splice(0)).toEqual([]);
});

test('a replica is promoted once', async () => {
  const { DBInstances } = await clients.rds.send(new DescribeDBInstancesCommand({}));
  expect(DBInstances).toMatchObject([
    { ReadReplicaDBInstanceIdentifiers: ['copy'] },
    { StatusInfos: [{ StatusType: 'read replication', Normal: true, Status: 'replicating' }] },
  ]);
  const promote = (DBInstanceIdentifier: string) =>
    clients.rds.send(new PromoteReadReplicaCommand({ DBInstanceIdentifier, BackupRetentionPeriod: 2 }));
  expect((await promote('copy')).DBInstance).toMatchObject({
    ...{ DBInstanceStatus: 'modifying', ReadReplicaSourceDBInstanceIdentifier: 'shop' },
    BackupRetentionPeriod: 2,
  });
  await expect(promote('copy')).rejects.toBeInstanceOf(InvalidDBInstanceStateFault);
  await expect(promote('shop')).rejects.toThrow('DB Instance is not a read replica.');
});

test('a volume is on one instance at a time', async () => {
  const { ec2 } = clients;
  const request = { VolumeId: 'vol-1', InstanceId: 'i-1', Device: '/dev/sdf' };
  const attach = () => ec2.send(new AttachVolumeCommand(request));
  expect(await refusalOf(attach())).toEqual(['VolumeInUse', 400]);
  expect(await ec2.send(new DetachVolumeCommand({ VolumeId: 'vol-1' }))).toMatchObject({
    ...request,
    State: 'detaching',
  });
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: ['i-1'] }));
  expect(Reservations?.[0]?.Instances).toMatchObject([
    { State: { Code: 16 }, BlockDeviceMappings: [{ DeviceName: '/dev/sdf', Ebs: { VolumeId: 'vol-1' } }] },
  ]);
  const { InstanceTypes } = await ec2.send(new DescribeInstanceTypesCommand({}));
  expect(InstanceTypes).toMatchObject([{ Hypervisor: 'nitro', EbsInfo: { NvmeSupport: 'required' } }]);
});

test('a volume is copied once a token, and one copy at a time', async () => {
  const { ec2 } = clients;
  const copy = (ClientToken: string) =>
    ec2.send(new CopyVolumesCommand({ SourceVolumeId: 'vol-1', VolumeType: 'gp3', Size: 120, ClientToken }));
  const { Volumes = [] } = await copy('one');
  expect(Volumes).toMatchObject([{ SourceVolumeId: 'vol-1', Size: 120, State: 'creating' }]);
  expect((await copy('one')).Volumes?.[0]?.VolumeId).toBe(Volumes[0]?.VolumeId);
  expect(await refusalOf(copy('two'))).toEqual(['CopyVolumesLimitExceeded', 400]);
  // A described volume may be stale for ten seconds.
  account.clock.setSpeed(100_000);
  await new Promise((resolve) => void setTimeout(resolve, 50));
  const { VolumeStatuses } = await ec2.send(
    new DescribeVolumeStatusCommand({ VolumeIds: [Volumes[0]?.VolumeId ?? ''] }),
  );
  expect(VolumeStatuses?.[0]?.InitializationStatusDetails).toMatchObject({
    InitializationType: 'volume-copy',
  });
});
