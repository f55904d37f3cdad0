import 'aws-sdk-client-mock-jest';
import {
  DescribeDBInstancesCommand,
  ModifyDBInstanceCommand,
  PromoteReadReplicaCommand,
} from '@aws-sdk/client-rds';
import type { DbInstanceSpec } from '../../src/kinds/specs.ts';
import type { DBInstance } from '@aws-sdk/client-rds';
import { RDSClient } from '@aws-sdk/client-rds';
import { createExecutor } from '../../src/aws/executor.ts';
import { existing, promoting, REGION, relying, watching } from './effects.ts';
import { DB_SPEC, failureOf, NEVER_SETTLES, rdsError, recordingCall, RUN } from './fixtures.ts';
import { stageRds } from './stages.ts';

const ID = 'orders-replica';
const SPEC: DbInstanceSpec = { ...DB_SPEC, from: { replicaId: ID }, backupRetentionDays: 7 };
const REPLICA: DBInstance = {
  DBInstanceIdentifier: ID,
  DBInstanceStatus: 'available',
  ReadReplicaSourceDBInstanceIdentifier: 'orders-prod',
};
const PROMOTED: DBInstance = { DBInstanceIdentifier: ID, DBInstanceStatus: 'available' };

const { rds, perform, observe, result, failure, operations } = stageRds();
const present = (...DBInstances: DBInstance[]) =>
  rds.on(DescribeDBInstancesCommand).resolves({ DBInstances });
const once = () => promoting(SPEC);
const again = () => ({ ...once(), attempt: 2 });

beforeEach(() => {
  rds.on(PromoteReadReplicaCommand).resolves({ DBInstance: {} });
  rds.on(ModifyDBInstanceCommand).resolves({ DBInstance: {} });
});

describe('a promotion', () => {
  test('looks first, gives the backups of the plan, and no tags', async () => {
    present(REPLICA);
    expect(await result(once())).toEqual({ id: ID });
    expect(operations()).toEqual(['DescribeDBInstances', 'PromoteReadReplica']);
    expect(rds).toHaveReceivedCommandWith(PromoteReadReplicaCommand, {
      DBInstanceIdentifier: ID,
      BackupRetentionPeriod: 7,
    });
  });

  test('whose answer was lost is not asked for again: what is no replica any more is the result', async () => {
    present(PROMOTED);
    expect(await result(again())).toEqual({ id: ID });
    expect(await result({ ...once(), doubtful: true })).toEqual({ id: ID });
    expect(rds).not.toHaveReceivedCommand(PromoteReadReplicaCommand);
  });

  test('of what another user promoted is refused for good: nobody knows what it holds', async () => {
    present(PROMOTED);
    expect(await failure(once())).toMatchObject({ class: 'invalid', code: 'NotAReplica' });
    expect(rds).not.toHaveReceivedCommand(PromoteReadReplicaCommand);
  });

  test('that a stale read sends although it is over is told apart in the same way', async () => {
    present(REPLICA);
    const over = rdsError('InvalidDBInstanceState', 400, 'DB Instance is not a read replica.');
    rds.on(PromoteReadReplicaCommand).rejects(over);
    expect(await failure(once())).toMatchObject({ class: 'invalid', code: 'NotAReplica' });
    expect(await result(again())).toEqual({ id: ID });
  });

  test.each(['backing-up', 'modifying'])('in state %s waits', async (DBInstanceStatus) => {
    present({ ...REPLICA, DBInstanceStatus });
    const notNow = rdsError('InvalidDBInstanceState', 400, 'DB Instance is not in available state.');
    rds.on(PromoteReadReplicaCommand).rejects(notNow);
    expect(await failure(once())).toMatchObject({ class: 'busy' });
    expect(await failure(again())).toMatchObject({ class: 'busy' });
  });

  test('of what no read shows, or is being deleted, is gone', async () => {
    present();
    expect(await failure(once())).toMatchObject({ class: 'gone' });
    present({ ...REPLICA, DBInstanceStatus: 'deleting' });
    expect(await failure(again())).toMatchObject({ class: 'gone' });
  });

  test('an answer that says nothing is not taken for one', async () => {
    present(REPLICA);
    rds.on(PromoteReadReplicaCommand).resolves({});
    expect(await failure(once())).toMatchObject({ class: 'transient' });
  });

  test('by the spec of a restore is a bug of the caller', async () => {
    await expect(perform([promoting(DB_SPEC)])).rejects.toThrow('names no replica');
  });

  test('is refused to a drill before anything is asked', async () => {
    const { call, operations: asked } = recordingCall();
    const drill = { ...RUN, ...NEVER_SETTLES, mode: 'drill' } as const;
    const executor = createExecutor({
      rds: new RDSClient({ region: REGION }),
      region: REGION,
      call,
      ...drill,
    });
    const one = once();
    expect(failureOf(one, await executor.perform([one]))).toMatchObject({
      class: 'denied',
      code: 'NotInDrill',
    });
    expect(asked).toEqual([]);
  });
});

describe('the settings of production', () => {
  const configure = (spec = SPEC) => ({
    ...promoting(spec),
    operation: 'configureDbInstance',
    target: existing('dbInstance', ID),
  });

  test('are given to what this run promoted, though it carries no tags', async () => {
    present({ ...PROMOTED, DeletionProtection: false });
    expect(await result(configure())).toEqual({});
    expect(rds).toHaveReceivedCommandWith(ModifyDBInstanceCommand, { DeletionProtection: true });
  });

  test.each([
    [
      'a replica that is not promoted yet',
      { DBInstanceIdentifier: ID, ReadReplicaSourceDBInstanceIdentifier: 'p' },
      SPEC,
    ],
    ['another instance', PROMOTED, { ...SPEC, from: { replicaId: 'another' } }],
    ['an instance that was restored', PROMOTED, DB_SPEC],
  ])('are not given to %s', async (_what, instance, spec) => {
    present(instance);
    expect(await failure(configure(spec))).toMatchObject({ class: 'denied', code: 'NotOfThisRun' });
    expect(rds).not.toHaveReceivedCommand(ModifyDBInstanceCommand);
  });
});

test('a sighting tells whether it is a replica, of an instance or of a cluster', async () => {
  const ofCluster = { DBInstanceIdentifier: 'b', ReadReplicaSourceDBClusterIdentifier: 'cluster-1' };
  present(
    REPLICA,
    { ...ofCluster, DBInstanceStatus: 'available' },
    { ...PROMOTED, DBInstanceIdentifier: 'c' },
  );
  const seen = await observe(watching([ID, 'b', 'c'].map((id) => existing('dbInstance', id))));
  expect(seen.map((sighting) => 'data' in sighting && sighting.data)).toEqual([
    ...[{ isReplica: true }, { isReplica: true }, { isReplica: false }],
  ]);
});

describe('before the run, a replica', () => {
  const found = async () =>
    (await result(relying(existing('dbReplica', ID)))).findings.map(({ message }) => message);

  test('that follows its source is usable, also without backups of its own', async () => {
    present({ ...REPLICA, BackupRetentionPeriod: 0 });
    expect(await found()).toEqual([]);
    present({ ...REPLICA, DBInstanceStatus: 'backing-up' });
    expect(await found()).toEqual([]);
  });

  test.each([
    ['that is gone', [], 'no longer exists'],
    ['that was promoted', [PROMOTED], 'is no read replica any more'],
    ['that is broken', [{ ...REPLICA, DBInstanceStatus: 'storage-full' }], 'is storage-full'],
  ])('%s is not', async (_what, instances: DBInstance[], message) => {
    present(...instances);
    expect(await found()).toEqual([expect.stringContaining(message)]);
  });
});
