import {
  AddTagsToResourceCommand,
  CreateDBInstanceCommand,
  DBInstanceAlreadyExistsFault,
  DBInstanceNotFoundFault,
  DeleteDBInstanceCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  ListTagsForResourceCommand,
  ModifyDBInstanceCommand,
  RDSServiceException,
  RebootDBInstanceCommand,
  RestoreDBInstanceFromDBSnapshotCommand,
  RestoreDBInstanceToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import type {
  CreateDBInstanceCommandInput,
  RestoreDBInstanceFromDBSnapshotCommandInput,
  RestoreDBInstanceToPointInTimeCommandInput,
} from '@aws-sdk/client-rds';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/time.ts';
import { BEGIN, dbSnapshot, inventory, refusal, stage } from './support.ts';
import type { Stage } from './support.ts';

const fromSnapshot = ({ world }: Stage, changes: Partial<RestoreDBInstanceFromDBSnapshotCommandInput> = {}) =>
  world.rds.send(
    new RestoreDBInstanceFromDBSnapshotCommand({
      DBInstanceIdentifier: 'orders-run-1',
      DBSnapshotIdentifier: 'orders-1',
      ...changes,
    }),
  );
const toPointInTime = ({ world }: Stage, changes: Partial<RestoreDBInstanceToPointInTimeCommandInput> = {}) =>
  world.rds.send(
    new RestoreDBInstanceToPointInTimeCommand({
      SourceDBInstanceIdentifier: 'orders-prod',
      TargetDBInstanceIdentifier: 'orders-run-1',
      UseLatestRestorableTime: true,
      ...changes,
    }),
  );
const made = ({ world }: Stage) => world.dbInstances().find(({ id }) => id === 'orders-run-1');
const shown = async ({ world }: Stage) =>
  (await world.rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'orders-run-1' })))
    .DBInstances?.[0];

/** Waits until the made instance has this status; the number of minutes it took. */
function minutesUntil(here: Stage, status: string): number {
  for (let minutes = 0; minutes < 600; minutes += 1) {
    if (made(here)?.status === status) return minutes;
    here.wait(MINUTE_MS);
  }
  throw new Error(`never ${status}: ${made(here)?.status}`);
}

const VALUE = 'InvalidParameterValue';
const COMBINATION = 'InvalidParameterCombination';

/** @param code where it is not the name of the fault */
async function expectRefused(
  restore: (here: Stage) => Promise<unknown>,
  name: string,
  code = name,
): Promise<void> {
  const here = stage();
  const error = await refusal(restore(here));
  expect(error).toBeInstanceOf(RDSServiceException);
  expect(error).toMatchObject({ name, Code: code, $fault: 'client' });
  expect(made(here)).toBeUndefined();
}

test.each<[string, Partial<RestoreDBInstanceFromDBSnapshotCommandInput>, string, string?]>([
  ['an unknown snapshot', { DBSnapshotIdentifier: 'none' }, 'DBSnapshotNotFoundFault', 'DBSnapshotNotFound'],
  [
    'a snapshot being copied',
    { DBSnapshotIdentifier: 'orders-copying' },
    'InvalidDBSnapshotStateFault',
    'InvalidDBSnapshotState',
  ],
  ['a key that is disabled', { DBSnapshotIdentifier: 'orders-locked' }, 'KMSKeyNotAccessibleFault'],
  [
    'a name in use, in other letters',
    { DBInstanceIdentifier: 'Orders-PROD' },
    'DBInstanceAlreadyExistsFault',
    'DBInstanceAlreadyExists',
  ],
  ['a name with two hyphens', { DBInstanceIdentifier: 'a--b' }, VALUE],
  ['a name of 64 letters', { DBInstanceIdentifier: 'a'.repeat(64) }, VALUE],
  ['a zone with Multi-AZ', { MultiAZ: true, AvailabilityZone: 'us-east-1a' }, COMBINATION],
  ['too little storage', { AllocatedStorage: 799 }, VALUE],
  ['a tag with a character that RDS does not take', { Tags: [{ Key: 'a', Value: 'b;c' }] }, VALUE],
  ['a tag that RDS keeps for itself', { Tags: [{ Key: 'rds:a', Value: 'b' }] }, VALUE],
  ['36 days of backups', { BackupRetentionPeriod: 36 }, VALUE],
  [
    'the default parameter group of another version',
    { DBParameterGroupName: 'default.postgres15' },
    COMBINATION,
  ],
])('a restore from a snapshot with %s is refused', (...[, changes, name, code]) =>
  expectRefused((here) => fromSnapshot(here, changes), name, code),
);

test.each<[string, Partial<RestoreDBInstanceToPointInTimeCommandInput>, string, string?]>([
  [
    'a default option group that an upgrade has left behind',
    { OptionGroupName: 'default:postgres-9-3' },
    COMBINATION,
  ],
  [
    'a source that is gone',
    { SourceDBInstanceIdentifier: 'none' },
    'DBInstanceNotFoundFault',
    'DBInstanceNotFound',
  ],
  [
    'a source without backups',
    { SourceDBInstanceIdentifier: 'scratch' },
    'PointInTimeRestoreNotEnabledFault',
    'PointInTimeRestoreNotEnabled',
  ],
  [
    'a time after the window',
    { UseLatestRestorableTime: undefined, RestoreTime: new Date(BEGIN) },
    'InvalidRestoreFault',
  ],
  [
    'a time before the window',
    { UseLatestRestorableTime: false, RestoreTime: new Date(0) },
    'InvalidRestoreFault',
  ],
  ['neither time nor latest', { UseLatestRestorableTime: undefined }, COMBINATION],
])('a restore to a point in time with %s is refused', (...[, changes, name, code]) =>
  expectRefused((here) => toPointInTime(here, changes), name, code),
);

test('an instance is made from nothing: it has nothing to load, and keeps backups from the day that it is available', async () => {
  const { world, wait } = stage();
  const make = (more: Partial<CreateDBInstanceCommandInput> = {}) =>
    world.rds.send(
      new CreateDBInstanceCommand({
        ...{ DBInstanceIdentifier: 'Fresh', DBInstanceClass: 'db.t4g.micro', Engine: 'mysql' },
        ...{ AllocatedStorage: 20, BackupRetentionPeriod: 1, Tags: [{ Key: 'a', Value: 'b' }], ...more },
      }),
    );
  expect((await make()).DBInstance).toMatchObject({
    ...{ DBInstanceIdentifier: 'fresh', DBInstanceStatus: 'creating', EngineVersion: '8.0.39' },
    TagList: [{ Key: 'a', Value: 'b' }],
  });
  expect((await refusal(make())).name).toBe('DBInstanceAlreadyExistsFault');
  expect((await refusal(make({ DBInstanceIdentifier: 'other', Engine: undefined }))).name).toBe(
    'MissingParameter',
  );
  expect((await refusal(make({ DBInstanceIdentifier: 'other', Engine: 'none' }))).name).toBe(VALUE);
  wait(6 * HOUR_MS);
  expect(world.dbInstances()).toContainEqual(
    expect.objectContaining({ id: 'fresh', status: 'available', hydration: 100, fromInventory: false }),
  );
});

test('faults are instances of the classes of the SDK, with their HTTP status', async () => {
  const here = stage();
  await fromSnapshot(here);
  const repeated = await refusal(fromSnapshot(here));
  expect(repeated).toBeInstanceOf(DBInstanceAlreadyExistsFault);
  const missing = await refusal(
    here.world.rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'none' })),
  );
  expect(missing).toBeInstanceOf(DBInstanceNotFoundFault);
  expect(missing).toMatchObject({ $metadata: { httpStatusCode: 404 } });
});

test('a restore and a modification take the default groups of the version that it is', async () => {
  const here = stage();
  const groups = { DBParameterGroupName: 'default.postgres16', OptionGroupName: 'default:postgres-16' };
  await fromSnapshot(here, groups);
  minutesUntil(here, 'available');
  const modify = (changes: object) =>
    here.world.rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: 'orders-run-1', ...changes }));
  await modify(groups);
  expect(await refusal(modify({ OptionGroupName: 'default:postgres-9-3' }))).toMatchObject({
    name: 'InvalidParameterCombination',
  });
});

test('a group that fits other instances is refused for an instance of another version, in the words of RDS', async () => {
  const here = stage();
  const modify = new ModifyDBInstanceCommand({
    DBInstanceIdentifier: 'scratch',
    DBParameterGroupName: 'Orders-PG16',
  });
  expect(await refusal(here.world.rds.send(modify))).toMatchObject({
    name: COMBINATION,
    message:
      "The Parameter Group Orders-PG16 with DBParameterGroupFamily postgres16 can't be used for this instance. Use a Parameter Group with DBParameterGroupFamily mysql8.0.",
  });
});

test('a restore loses what it is not given', async () => {
  const here = stage();
  await fromSnapshot(here);
  expect(made(here)?.settings).toMatchObject({
    class: 'db.r6g.xlarge',
    backupRetentionDays: 7,
    parameterGroup: 'default.postgres16',
    optionGroup: 'default:postgres-16',
    securityGroups: ['sg-default'],
    subnetGroup: 'default',
    multiAz: false,
    deletionProtection: false,
    iamAuth: false,
    logExports: [],
  });
});

test('a restore keeps what it is given, and shows it', async () => {
  const here = stage();
  await fromSnapshot(here, {
    DBInstanceIdentifier: 'Orders-Run-1',
    DBParameterGroupName: 'orders-pg16',
    VpcSecurityGroupIds: ['sg-1'],
    MultiAZ: true,
    DeletionProtection: true,
    Tags: [{ Key: 'lifeboat:run', Value: 'run-1' }],
  });
  here.wait(10 * SECOND_MS);
  expect(await shown(here)).toMatchObject({
    DBInstanceIdentifier: 'orders-run-1',
    DBInstanceStatus: 'creating',
    DBParameterGroups: [{ DBParameterGroupName: 'orders-pg16' }],
    VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-1' }],
    MultiAZ: true,
    DeletionProtection: true,
    TagList: [{ Key: 'lifeboat:run', Value: 'run-1' }],
  });
});

test.each<[string, Partial<RestoreDBInstanceFromDBSnapshotCommandInput>, boolean]>([
  ['not told, in the subnets of the default group', {}, true],
  ['not told, in a group of its own', { DBSubnetGroupName: 'prod' }, false],
  ['told not to', { PubliclyAccessible: false }, false],
  ['told to', { DBSubnetGroupName: 'prod', PubliclyAccessible: true }, true],
])('whether the internet reaches a restored instance: %s', async (_, changes, expected) => {
  const here = stage();
  await fromSnapshot(here, changes);
  here.wait(MINUTE_MS);
  expect((await shown(here))?.PubliclyAccessible).toBe(expected);
  minutesUntil(here, 'available');
  await here.world.rds.send(
    new ModifyDBInstanceCommand({ DBInstanceIdentifier: 'orders-run-1', PubliclyAccessible: !expected }),
  );
  here.wait(MINUTE_MS);
  expect((await shown(here))?.PubliclyAccessible).toBe(!expected);
});

test('an instance is as old as its backups, even when the world is younger', async () => {
  const { world } = stage();
  const { DBInstances: [instance] = [] } = await world.rds.send(
    new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'orders-prod' }),
  );
  expect(instance?.InstanceCreateTime?.toISOString()).toBe('2026-11-13T03:00:00.000Z');
});

test.each<[string, (here: Stage) => Promise<unknown>]>([
  ['from a snapshot', fromSnapshot],
  ['to a point in time', toPointInTime],
])('a restore %s is creating, then backs up, then available', async (_, restore) => {
  const here = stage();
  await restore(here);
  expect(made(here)?.status).toBe('creating');
  expect(minutesUntil(here, 'backing-up')).toBeLessThanOrEqual(60);
  expect(minutesUntil(here, 'available')).toBeLessThanOrEqual(4.5 * 60);
});

test('an available instance is not warm: it goes on loading, and says so', async () => {
  const here = stage();
  await fromSnapshot(here, { BackupRetentionPeriod: 0 });
  minutesUntil(here, 'available');
  expect(await shown(here)).toMatchObject({ StorageOperationStatus: 'Initializing' });
  here.wait((800 * 1024 * SECOND_MS) / 100 / 8);
  expect((await shown(here))?.StorageOperationPercentProgress).toBeGreaterThan(0);
  expect((await shown(here))?.StorageOperationPercentProgress).toBeLessThan(100);
  here.wait(7 * HOUR_MS);
  expect(made(here)?.hydration).toBe(100);
  expect((await shown(here))?.StorageOperationStatus).toBeUndefined();
});

test('the latest restorable time moves every five minutes', async () => {
  const here = stage();
  const latest = async () =>
    (
      await here.world.rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'orders-prod' }))
    ).DBInstances?.[0]?.LatestRestorableTime?.getTime();
  expect(await latest()).toBe(BEGIN - 3 * MINUTE_MS);
  here.wait(5 * MINUTE_MS - 1);
  expect(await latest()).toBe(BEGIN - 3 * MINUTE_MS);
  here.wait(1);
  expect(await latest()).toBe(BEGIN + 2 * MINUTE_MS);
  await toPointInTime(here);
  expect(made(here)?.origin).toEqual({
    kind: 'pointInTime',
    id: 'orders-prod',
    dataAt: BEGIN + 2 * MINUTE_MS,
  });
});

test('the quota of instances counts what exists', async () => {
  const here = stage({ inventory: inventory({ quotas: { dbInstances: 3 } }) });
  await fromSnapshot(here);
  const error = await refusal(fromSnapshot(here, { DBInstanceIdentifier: 'another' }));
  expect(error.name).toBe('InstanceQuotaExceededFault');
  expect(here.world.quotaUsage().find(({ quota }) => quota === 'dbInstances')).toMatchObject({
    limit: 3,
    peak: 3,
    refused: 1,
  });
});

test('modifications wait for available, and then the instance is modifying for minutes', async () => {
  const here = stage();
  const role = 'arn:aws:iam::111111111111:role/monitoring';
  const modify = (changes: object) =>
    here.world.rds.send(
      new ModifyDBInstanceCommand({
        DBInstanceIdentifier: 'orders-run-1',
        ApplyImmediately: true,
        ...changes,
      }),
    );
  await fromSnapshot(here, { BackupRetentionPeriod: 0 });
  expect((await refusal(modify({ MonitoringInterval: 60, MonitoringRoleArn: role }))).name).toBe(
    'InvalidDBInstanceStateFault',
  );
  minutesUntil(here, 'available');
  expect((await refusal(modify({ MonitoringInterval: 60 }))).name).toBe('InvalidParameterCombination');
  await modify({ DeletionProtection: false });
  here.wait(MINUTE_MS);
  expect(made(here)?.status).toBe('available');
  await modify({ MonitoringInterval: 60, MonitoringRoleArn: role, EnablePerformanceInsights: true });
  here.wait(20 * SECOND_MS);
  expect(made(here)?.status).toBe('modifying');
  here.wait(5 * MINUTE_MS);
  expect(made(here)?.status).toBe('available');
  expect(await shown(here)).toMatchObject({
    MonitoringInterval: 60,
    MonitoringRoleArn: role,
    PerformanceInsightsEnabled: true,
  });
});

test('another parameter group waits for a reboot, which takes a while and is refused meanwhile', async () => {
  const here = stage();
  const id = { DBInstanceIdentifier: 'orders-prod' };
  const group = async () => {
    const { DBInstances: [one] = [] } = await here.world.rds.send(new DescribeDBInstancesCommand(id));
    return [one?.DBInstanceStatus, one?.DBParameterGroups?.[0]];
  };
  await here.world.rds.send(
    new ModifyDBInstanceCommand({ ...id, DBParameterGroupName: 'orders-pg16-b', ApplyImmediately: true }),
  );
  here.wait(10 * MINUTE_MS);
  const waiting = { DBParameterGroupName: 'orders-pg16-b', ParameterApplyStatus: 'pending-reboot' };
  expect(await group()).toEqual(['available', waiting]);
  await here.world.rds.send(new RebootDBInstanceCommand(id));
  here.wait(10 * SECOND_MS);
  expect((await group())[0]).toBe('rebooting');
  expect(await refusal(here.world.rds.send(new RebootDBInstanceCommand(id)))).toMatchObject({
    name: 'InvalidDBInstanceStateFault',
    message: expect.stringContaining('rebooting'),
  });
  here.wait(10 * MINUTE_MS);
  expect(await group()).toEqual(['available', { ...waiting, ParameterApplyStatus: 'in-sync' }]);
});

test('without ApplyImmediately a new class stays pending', async () => {
  const here = stage();
  const input = { DBInstanceIdentifier: 'scratch', DBInstanceClass: 'db.r6g.large' };
  const { DBInstance } = await here.world.rds.send(new ModifyDBInstanceCommand(input));
  expect(DBInstance).toMatchObject({
    DBInstanceClass: 'db.t4g.medium',
    PendingModifiedValues: { DBInstanceClass: 'db.r6g.large' },
  });
});

test('a delete is refused under protection, takes minutes, and is not repeated', async () => {
  const here = stage();
  const remove = (id: string, changes: object = { SkipFinalSnapshot: true }) =>
    here.world.rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: id, ...changes }));
  expect((await refusal(remove('orders-prod'))).name).toBe('InvalidParameterCombination');
  expect((await refusal(remove('scratch', {}))).name).toBe('InvalidParameterCombination');
  await fromSnapshot(here);
  const final = { FinalDBSnapshotIdentifier: 'last' };
  expect((await refusal(remove('orders-run-1', final))).name).toBe('InvalidDBInstanceStateFault');
  await remove('orders-run-1');
  here.wait(MINUTE_MS);
  expect(made(here)?.status).toBe('deleting');
  expect((await refusal(remove('orders-run-1'))).name).toBe('InvalidDBInstanceStateFault');
  here.wait(8 * MINUTE_MS);
  expect(made(here)?.status).toBe('deleted');
  expect((await refusal(remove('orders-run-1'))).name).toBe('DBInstanceNotFoundFault');
  expect((await fromSnapshot(here)).DBInstance?.DBInstanceStatus).toBe('creating');
  await remove('scratch', final);
  here.wait(10 * SECOND_MS);
  const found = await here.world.rds.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: 'last' }));
  expect(found.DBSnapshots?.[0]).toMatchObject({ DBInstanceIdentifier: 'scratch', SnapshotType: 'manual' });
});

test('tags are given and read by ARN', async () => {
  const here = stage();
  const arn = 'arn:aws:rds:us-east-1:111111111111:db:orders-prod';
  await here.world.rds.send(
    new AddTagsToResourceCommand({ ResourceName: arn, Tags: [{ Key: 'team', Value: 'orders' }] }),
  );
  here.wait(10 * SECOND_MS);
  const { TagList } = await here.world.rds.send(new ListTagsForResourceCommand({ ResourceName: arn }));
  expect(TagList).toEqual([{ Key: 'team', Value: 'orders' }]);
  const unknown = here.world.rds.send(new ListTagsForResourceCommand({ ResourceName: `${arn}-x` }));
  expect((await refusal(unknown)).name).toBe('DBInstanceNotFoundFault');
});

test('pages hold 20 to 100 records', async () => {
  const dbSnapshots = Array.from({ length: 45 }, (_, n) => dbSnapshot(`s-${n}`));
  const here = stage({ inventory: inventory({ dbSnapshots }) });
  const page = (input: object) => here.world.rds.send(new DescribeDBSnapshotsCommand(input));
  for (const size of [19, 101])
    expect((await refusal(page({ MaxRecords: size }))).name).toBe('InvalidParameterValue');
  const ids: (string | undefined)[] = [];
  let Marker: string | undefined;
  do {
    const read = await page({ MaxRecords: 20, Marker, DBInstanceIdentifier: 'orders-prod' });
    ids.push(...(read.DBSnapshots ?? []).map(({ DBSnapshotIdentifier }) => DBSnapshotIdentifier));
    Marker = read.Marker;
  } while (Marker !== undefined);
  expect(ids).toEqual(dbSnapshots.map(({ id }) => id));
});

test('describes filter by identifier, and unknown ones are no error there', async () => {
  const { world } = stage();
  const Filters = [{ Name: 'db-instance-id', Values: ['scratch', 'none'] }];
  const { DBInstances } = await world.rds.send(new DescribeDBInstancesCommand({ Filters }));
  expect(DBInstances?.map(({ DBInstanceIdentifier }) => DBInstanceIdentifier)).toEqual(['scratch']);
  const unknown = world.rds.send(
    new DescribeDBInstancesCommand({ Filters: [{ Name: 'colour', Values: [] }] }),
  );
  expect((await refusal(unknown)).name).toBe('InvalidParameterValue');
});
