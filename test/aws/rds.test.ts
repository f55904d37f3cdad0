import 'aws-sdk-client-mock-jest';
import {
  DeleteDBInstanceCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  ModifyDBInstanceCommand,
  RestoreDBInstanceFromDBSnapshotCommand,
  RestoreDBInstanceToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import type { DescribeDBInstancesMessage, DescribeDBSnapshotsMessage } from '@aws-sdk/client-rds';
import { ObservationFailure } from '../../src/workflow/base/executor.ts';
import { deleting, existing, inspecting, made, relying, restoring, sweeping, watching } from './effects.ts';
import { DB_SPEC, failureOf, FOREIGN, MARK, MARK_TAG, OURS, rdsError, resultOf, RUN } from './fixtures.ts';
import { stageRds } from './stages.ts';

const ID = 'orders-prod-run';
const { rds, perform, observe, result, failure, operations } = stageRds();

const restore = (spec = DB_SPEC) => restoring({ identity: ID, resource: 'orders-db', mark: MARK, spec });
const SETTINGS = {
  DBInstanceClass: 'db.r6g.xlarge',
  MultiAZ: true,
  DBSubnetGroupName: 'prod',
  VpcSecurityGroupIds: ['sg-1', 'sg-2'],
  DBParameterGroupName: 'orders-pg16',
  OptionGroupName: 'orders-options',
  PubliclyAccessible: false,
  Port: 6_432,
  StorageType: 'gp3',
  Iops: 12_000,
  StorageThroughput: 500,
  // Protected only once it is available: see configureDbInstance.
  DeletionProtection: false,
  BackupRetentionPeriod: 7,
  EnableIAMDatabaseAuthentication: true,
  EnableCloudwatchLogsExports: ['postgresql', 'upgrade'],
  Tags: [
    { Key: 'lifeboat:run', Value: RUN.runId },
    { Key: 'lifeboat:runbook', Value: 'orders' },
    { Key: 'lifeboat:resource', Value: 'orders-db' },
    { Key: 'lifeboat:identity', Value: ID },
    { Key: 'lifeboat:make', Value: MARK_TAG },
    { Key: 'Name', Value: ID },
    { Key: 'app', Value: 'orders' },
  ],
};

describe('restoreDbInstance', () => {
  test('from a snapshot gives back everything that a restore loses', async () => {
    rds.on(RestoreDBInstanceFromDBSnapshotCommand).resolves({ DBInstance: {} });
    expect(await result(restore())).toEqual({ id: ID });
    expect(rds.commandCalls(RestoreDBInstanceFromDBSnapshotCommand)[0]?.args[0].input).toEqual({
      ...SETTINGS,
      DBInstanceIdentifier: ID,
      DBSnapshotIdentifier: 'rds:orders-prod-2026-11-20',
    });
    expect(operations()).toEqual(['RestoreDBInstanceFromDBSnapshot']);
  });

  test('to a point in time takes the same settings', async () => {
    rds.on(RestoreDBInstanceToPointInTimeCommand).resolves({ DBInstance: {} });
    const restoreTime = Date.UTC(2026, 10, 20, 2, 57);
    await perform([restore({ ...DB_SPEC, from: { sourceId: 'orders-prod', restoreTime } })]);
    expect(rds.commandCalls(RestoreDBInstanceToPointInTimeCommand)[0]?.args[0].input).toEqual({
      ...SETTINGS,
      SourceDBInstanceIdentifier: 'orders-prod',
      TargetDBInstanceIdentifier: ID,
      RestoreTime: new Date(restoreTime),
    });
    expect(operations()).toEqual(['RestoreDBInstanceToPointInTime']);
  });

  test('names the zone only without Multi-AZ, and nothing that is not set', async () => {
    rds.on(RestoreDBInstanceFromDBSnapshotCommand).resolves({ DBInstance: {} });
    await perform([
      restore({
        kind: 'dbInstance',
        from: { snapshotId: 'snap' },
        engine: 'postgres',
        class: 'db.t4g.micro',
        storageGiB: 20,
        storageType: 'gp3',
        zone: 'us-east-1b',
        multiAz: false,
        securityGroups: [],
        deletionProtection: false,
        backupRetentionDays: 0,
        iamAuth: false,
        logExports: [],
        encrypted: false,
        tags: {},
      }),
    ]);
    expect(rds.commandCalls(RestoreDBInstanceFromDBSnapshotCommand)[0]?.args[0].input).toEqual({
      DBInstanceIdentifier: ID,
      DBSnapshotIdentifier: 'snap',
      DBInstanceClass: 'db.t4g.micro',
      MultiAZ: false,
      AvailabilityZone: 'us-east-1b',
      StorageType: 'gp3',
      DeletionProtection: false,
      BackupRetentionPeriod: 0,
      Tags: SETTINGS.Tags.slice(0, 6),
    });
  });

  test.each([
    ['DBSnapshotNotFoundFault', 'DBSnapshotNotFound', 'gone'],
    ['InvalidDBSnapshotStateFault', 'InvalidDBSnapshotState', 'busy'],
    ['InstanceQuotaExceededFault', 'InstanceQuotaExceeded', 'quota'],
    ['StorageQuotaExceededFault', 'StorageQuotaExceeded', 'quota'],
    ['InsufficientDBInstanceCapacityFault', 'InsufficientDBInstanceCapacity', 'capacity'],
    ['InvalidRestoreFault', 'InvalidRestore', 'invalid'],
    ['KMSKeyNotAccessibleFault', 'KMSKeyNotAccessible', 'denied'],
    ['ThrottlingException', 'ThrottlingException', 'throttled'],
  ] as const)('%s is answered as %s: %s', async (name, code, expected) => {
    rds.on(RestoreDBInstanceFromDBSnapshotCommand).rejects(rdsError(name));
    expect(await failure(restore())).toMatchObject({ class: expected, code });
    expect(operations()).toEqual(['RestoreDBInstanceFromDBSnapshot']);
  });

  test.each([
    ['default.postgres9.3', 'default:postgres-9-3'],
    ['Default.mysql8.0', 'default:mysql-8-0'],
  ])('never names the default groups %s and %s', async (parameterGroup, optionGroup) => {
    rds.onAnyCommand().resolves({ DBInstance: {} });
    await perform([restore({ ...DB_SPEC, parameterGroup, optionGroup })]);
    await perform([
      restore({ ...DB_SPEC, parameterGroup, optionGroup, from: { sourceId: 'orders-prod', restoreTime: 0 } }),
    ]);
    const inputs = rds.calls().map(({ args: [command] }) => command.input);
    expect(inputs).toHaveLength(2);
    for (const input of inputs) {
      expect(input).not.toHaveProperty('DBParameterGroupName');
      expect(input).not.toHaveProperty('OptionGroupName');
    }
  });

  describe('when the name is taken', () => {
    const resource = { Key: 'lifeboat:resource', Value: 'orders-db' };
    beforeEach(() => {
      rds.on(RestoreDBInstanceFromDBSnapshotCommand).rejects(rdsError('DBInstanceAlreadyExistsFault'));
    });
    const taken = async (instances: object[]) => {
      rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: instances });
      const asked = restore();
      return { asked, answers: await perform([asked]) };
    };

    test('by this run, for this resource: it is the answer to the first request', async () => {
      const { asked, answers } = await taken([{ DBInstanceIdentifier: ID, TagList: [...OURS, resource] }]);
      expect(resultOf(asked, answers)).toEqual({ id: ID });
    });

    test.each([
      ['by another run', [...FOREIGN, resource]],
      ['for another resource', [...OURS, { Key: 'lifeboat:resource', Value: 'users-db' }]],
      ['by nobody known', []],
    ])('%s: it is not ours', async (_what, TagList) => {
      const { asked, answers } = await taken([{ DBInstanceIdentifier: ID, TagList }]);
      expect(failureOf(asked, answers)).toMatchObject({ class: 'invalid', code: 'DBInstanceAlreadyExists' });
    });

    test('by one that is not visible yet, or on its way out: later', async () => {
      const unseen = await taken([]);
      expect(failureOf(unseen.asked, unseen.answers).class).toBe('busy');
      const leaving = await taken([
        { DBInstanceIdentifier: ID, DBInstanceStatus: 'deleting', TagList: [...OURS, resource] },
      ]);
      expect(failureOf(leaving.asked, leaving.answers).class).toBe('busy');
    });
  });
});

describe('deleteDbInstance', () => {
  const remove = (id = ID) => deleting(made('dbInstance', id));
  const present = (instance: object) =>
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [{ DBInstanceIdentifier: ID, ...instance }] });

  test('leaves no snapshot and no backups behind', async () => {
    present({ DBInstanceStatus: 'available', TagList: OURS });
    rds.on(DeleteDBInstanceCommand).resolves({ DBInstance: {} });
    expect(await result(remove())).toEqual({});
    expect(rds).toHaveReceivedCommandWith(DeleteDBInstanceCommand, {
      DBInstanceIdentifier: ID,
      SkipFinalSnapshot: true,
      DeleteAutomatedBackups: true,
    });
    expect(operations()).toEqual(['DescribeDBInstances', 'DeleteDBInstance']);
  });

  test('switches protection off first', async () => {
    present({ DeletionProtection: true, TagList: OURS });
    rds
      .on(ModifyDBInstanceCommand)
      .resolves({ DBInstance: {} })
      .on(DeleteDBInstanceCommand)
      .resolves({ DBInstance: {} });
    expect(await result(remove())).toEqual({});
    expect(rds).toHaveReceivedCommandWith(ModifyDBInstanceCommand, {
      DeletionProtection: false,
      ApplyImmediately: true,
    });
    expect(operations()).toEqual(['DescribeDBInstances', 'ModifyDBInstance', 'DeleteDBInstance']);
  });

  test('protection that is still in force is busy', async () => {
    present({ DeletionProtection: true, TagList: OURS });
    rds.on(ModifyDBInstanceCommand).resolves({ DBInstance: {} });
    rds
      .on(DeleteDBInstanceCommand)
      .rejects(rdsError('InvalidParameterCombination', 400, 'Cannot delete protected DB Instance'));
    expect((await failure(remove())).class).toBe('busy');
  });

  test.each([
    ['of another run', FOREIGN],
    ['without tags', undefined],
  ])('one %s is neither unprotected nor deleted', async (_what, TagList) => {
    present({ DeletionProtection: true, TagList });
    expect(await failure(remove())).toMatchObject({
      class: 'denied',
      code: 'NotOfThisRun',
    });
    expect(operations()).toEqual(['DescribeDBInstances']);
  });

  test('gone, going, or gone meanwhile is success', async () => {
    rds.on(DescribeDBInstancesCommand).rejects(rdsError('DBInstanceNotFoundFault', 404));
    expect(await result(remove())).toEqual({ wasGone: true });
    present({ DBInstanceStatus: 'deleting', TagList: OURS });
    expect(await result(remove())).toEqual({ wasGone: true });
    expect(rds).not.toHaveReceivedCommand(DeleteDBInstanceCommand);
    present({ DBInstanceStatus: 'available', TagList: OURS });
    rds.on(DeleteDBInstanceCommand).rejects(rdsError('DBInstanceNotFoundFault', 404));
    expect(await result(remove())).toEqual({});
  });

  test('a state that forbids it is busy', async () => {
    present({ DBInstanceStatus: 'backing-up', TagList: OURS });
    rds.on(DeleteDBInstanceCommand).rejects(rdsError('InvalidDBInstanceStateFault'));
    expect((await failure(remove())).class).toBe('busy');
  });
});

describe('preflight', () => {
  test('what is missing or unusable is a finding', async () => {
    rds
      .on(DescribeDBSnapshotsCommand)
      .callsFake(({ DBSnapshotIdentifier: id }: DescribeDBSnapshotsMessage) => {
        if (id === 'missing') throw rdsError('DBSnapshotNotFoundFault', 404);
        return {
          DBSnapshots: [{ DBSnapshotIdentifier: id, Status: id === 'ok' ? 'available' : 'creating' }],
        };
      });
    rds.on(DescribeDBInstancesCommand).resolves({
      DBInstances: [
        { DBInstanceIdentifier: 'orders-prod', BackupRetentionPeriod: 7 },
        { DBInstanceIdentifier: 'users-prod', BackupRetentionPeriod: 0 },
      ],
    });
    const { findings } = await result(
      relying(
        ...['ok', 'missing', 'half'].map((id) => existing('dbSnapshot', id)),
        ...['Orders-Prod', 'users-prod', 'lost-prod'].map((id) => existing('dbInstance', id)),
      ),
    );
    expect(findings.map(({ subject }) => subject)).toEqual([
      'DB snapshot missing',
      'DB snapshot half',
      'DB instance users-prod',
      'DB instance lost-prod',
    ]);
  });

  test('what could not be read is a failure', async () => {
    rds.on(DescribeDBSnapshotsCommand).rejects(rdsError('AccessDenied', 403));
    expect((await failure(relying(existing('dbSnapshot', 'a')))).class).toBe('denied');
  });
});

describe('verify', () => {
  const verify = () => inspecting([made('dbInstance', ID)], DB_SPEC);

  test('compares with the spec', async () => {
    rds.on(DescribeDBInstancesCommand).resolves({
      DBInstances: [{ DBInstanceIdentifier: ID, DBInstanceClass: 'db.t4g.micro', Engine: 'postgres' }],
    });
    expect((await result(verify())).findings).toMatchObject([
      { subject: `DB instance ${ID}: class`, message: 'is db.t4g.micro, not db.r6g.xlarge' },
    ]);
  });

  test('an instance that no read shows is gone, not well', async () => {
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [] });
    expect((await failure(verify())).class).toBe('gone');
  });
});

describe('sweep', () => {
  test('reads all pages and removes only what carries the tag and is not kept', async () => {
    const available = { DBInstanceStatus: 'available' };
    rds
      .on(DescribeDBInstancesCommand)
      .resolvesOnce({
        DBInstances: [
          { ...available, DBInstanceIdentifier: 'kept', TagList: OURS },
          { ...available, DBInstanceIdentifier: 'orders-prod', TagList: FOREIGN },
          { ...available, DBInstanceIdentifier: 'users-prod' },
        ],
        Marker: 'more',
      })
      .resolvesOnce({
        DBInstances: [
          { DBInstanceStatus: 'deleting', DBInstanceIdentifier: 'going', TagList: OURS },
          { ...available, DBInstanceIdentifier: 'left', TagList: OURS, DeletionProtection: true },
        ],
      });
    rds
      .on(ModifyDBInstanceCommand)
      .resolves({ DBInstance: {} })
      .on(DeleteDBInstanceCommand)
      .resolves({ DBInstance: {} });
    rds.on(DescribeDBSnapshotsCommand).resolves({ DBSnapshots: [] });
    const asked = sweeping([made('dbInstance', 'Kept')]);
    const { found, removed } = await result(asked);
    // RDS says 'kept'; the run knows it as it asked for it.
    expect(found.map(({ id }) => id)).toEqual(['Kept', 'left']);
    expect(removed).toEqual([made('dbInstance', 'left')]);
    expect(operations()).toEqual([
      'DescribeDBInstances',
      'DescribeDBInstances',
      'ModifyDBInstance',
      'DeleteDBInstance',
      'DescribeDBSnapshots',
    ]);
    expect(rds).toHaveReceivedNthCommandWith(2, DescribeDBInstancesCommand, { Marker: 'more' });
  });
});

describe('observe', () => {
  const look = (...ids: string[]) => observe(watching(ids.map((id) => made('dbInstance', id))));

  test('is asked by filter; loading is told only while it lasts', async () => {
    rds.on(DescribeDBInstancesCommand).resolves({
      DBInstances: [
        { DBInstanceIdentifier: 'a', DBInstanceStatus: 'creating' },
        {
          DBInstanceIdentifier: 'b',
          DBInstanceStatus: 'available',
          StorageOperationStatus: 'Initializing',
          StorageOperationPercentProgress: 40,
        },
        {
          DBInstanceIdentifier: 'c',
          DBInstanceStatus: 'storage-optimization',
          StorageOperationStatus: 'Optimizing',
          StorageOperationPercentProgress: 10,
        },
      ],
    });
    const data = { isReplica: false };
    expect(await look('a', 'B', 'c', 'd')).toEqual([
      { type: 'dbInstance', id: 'a', status: 'creating', data },
      { type: 'dbInstance', id: 'B', status: 'available', data, progress: 40 },
      { type: 'dbInstance', id: 'c', status: 'storage-optimization', data },
    ]);
    expect(rds).toHaveReceivedCommandWith(DescribeDBInstancesCommand, {
      Filters: [{ Name: 'db-instance-id', Values: ['a', 'B', 'c', 'd'] }],
      MaxRecords: 100,
    });
    expect(operations()).toEqual(['DescribeDBInstances']);
  });

  test('the slowest of all volumes counts, also where the first one is idle again', async () => {
    const loading = (percent: number) => ({
      StorageOperationStatus: 'Initializing',
      StorageOperationPercentProgress: percent,
    });
    rds.on(DescribeDBInstancesCommand).resolves({
      DBInstances: [
        {
          ...{ DBInstanceIdentifier: 'a', DBInstanceStatus: 'available', ...loading(90) },
          AdditionalStorageVolumes: [{ VolumeName: 'rdsdbdata2', ...loading(20) }],
        },
        {
          ...{ DBInstanceIdentifier: 'b', DBInstanceStatus: 'available' },
          AdditionalStorageVolumes: [
            { VolumeName: 'rdsdbdata2', ...loading(70) },
            { VolumeName: 'rdsdbdata3' },
          ],
        },
      ],
    });
    expect(await look('a', 'b')).toMatchObject([{ progress: 20 }, { progress: 70 }]);
  });

  test('an endpoint that fails the call for one unknown id is asked for each', async () => {
    rds.on(DescribeDBInstancesCommand).callsFake(({ Filters }: DescribeDBInstancesMessage) => {
      const ids = Filters?.[0]?.Values ?? [];
      if (ids.includes('gone')) throw rdsError('DBInstanceNotFoundFault', 404);
      return { DBInstances: ids.map((id) => ({ DBInstanceIdentifier: id, DBInstanceStatus: 'available' })) };
    });
    expect((await look('a', 'gone', 'b')).map((sighting) => 'id' in sighting && sighting.id)).toEqual([
      'a',
      'b',
    ]);
  });

  test('a marker that comes again ends the read with a failure', async () => {
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [], Marker: 'again' });
    await expect(look('a')).rejects.toThrow(ObservationFailure);
    expect(operations()).toHaveLength(2);
  });

  test('what was not read is unknown', async () => {
    rds.on(DescribeDBInstancesCommand).rejects(rdsError('ThrottlingException'));
    await expect(look('a')).rejects.toMatchObject({
      failure: { class: 'throttled', code: 'ThrottlingException' },
    });
  });
});

test('effects of another service are a bug of the caller', async () => {
  await expect(perform([deleting(made('volume', 'vol-1'))])).rejects.toThrow("no client for 'ebs-volume'");
});
