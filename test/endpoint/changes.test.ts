import {
  DescribeDBInstancesCommand,
  InvalidDBInstanceStateFault,
  PromoteReadReplicaCommand,
} from '@aws-sdk/client-rds';
import { serveAccount, type ServedAccount } from '../../src/simulator/endpoint/account.ts';
import { inventory } from '../simulator/support.ts';
import { clientsOf, type Clients } from './clients.ts';

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
