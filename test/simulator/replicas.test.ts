import {
  DeleteDBInstanceCommand,
  DescribeDBInstancesCommand,
  InvalidDBInstanceStateFault,
  ModifyDBInstanceCommand,
  PromoteReadReplicaCommand,
  RestoreDBInstanceToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import type { PromoteReadReplicaCommandInput } from '@aws-sdk/client-rds';
import { GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/time.ts';
import { BEGIN, inventory, refusal, stage } from './support.ts';
import type { Stage } from './support.ts';

const LAG_SECONDS = 40;

const instance = (id: string, changes: object = {}) => ({
  ...{ id, engine: 'postgres', engineVersion: '16.4', class: 'db.t4g.medium', storageGiB: 20 },
  ...changes,
});
const replica = (id: string, changes: object = {}) =>
  instance(id, { replicaOf: 'orders', replicaLagSeconds: LAG_SECONDS, ...changes });

/** A primary, two replicas, and a replica of one of them. */
function account(changes: Partial<Record<'primary' | 'replica', object>> = {}, options = {}): Stage {
  const dbInstances = [
    instance('orders', { backupRetentionDays: 7, ...changes.primary }),
    replica('near', changes.replica),
    replica('other'),
    replica('below', { replicaOf: 'near' }),
  ];
  return stage({ inventory: inventory({ dbInstances }), ...options });
}

const promote = ({ world }: Stage, changes: Partial<PromoteReadReplicaCommandInput> = {}) =>
  world.rds.send(new PromoteReadReplicaCommand({ DBInstanceIdentifier: 'near', ...changes }));
const remove = ({ world }: Stage, id: string, changes: object = { SkipFinalSnapshot: true }) =>
  world.rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: id, ...changes }));
const truth = ({ world }: Stage, id = 'near') => world.dbInstances().find((one) => one.id === id);
const shown = async ({ world }: Stage, id = 'near') =>
  (await world.rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }))).DBInstances?.[0];

/** The statuses that follow one another within a day, and the minutes after which each was seen first. */
function statusesOfADay(here: Stage, id = 'near'): readonly (readonly [string, number])[] {
  const seen: (readonly [string, number])[] = [];
  for (let at = 0; at < DAY_MS; at += 5 * SECOND_MS) {
    const status = truth(here, id)?.status ?? '';
    if (seen.at(-1)?.[0] !== status) seen.push([status, at / MINUTE_MS]);
    here.wait(5 * SECOND_MS);
  }
  return seen;
}

const names = (statuses: readonly (readonly [string, number])[]) => statuses.map(([status]) => status);

/** The lag that CloudWatch has for the minutes from the beginning until now. */
async function lags({ world, clock }: Stage, id = 'near'): Promise<readonly number[] | undefined> {
  const Metric = {
    ...{ Namespace: 'AWS/RDS', MetricName: 'ReplicaLag' },
    Dimensions: [{ Name: 'DBInstanceIdentifier', Value: id }],
  };
  const { MetricDataResults: [result] = [] } = await world.cloudwatch.send(
    new GetMetricDataCommand({
      ...{ StartTime: new Date(BEGIN), EndTime: new Date(clock.now()), ScanBy: 'TimestampAscending' },
      MetricDataQueries: [{ Id: 'lag', MetricStat: { Metric, Period: 60, Stat: 'Average' } }],
    }),
  );
  return result?.Values;
}

test('a primary names its replicas, a replica its source and that it replicates', async () => {
  const here = account();
  expect(await shown(here, 'orders')).toMatchObject({
    ReadReplicaDBInstanceIdentifiers: ['near', 'other'],
  });
  expect(await shown(here, 'orders')).not.toHaveProperty('StatusInfos');
  expect(await shown(here)).toMatchObject({
    ReadReplicaSourceDBInstanceIdentifier: 'orders',
    ReadReplicaDBInstanceIdentifiers: ['below'],
    StatusInfos: [{ StatusType: 'read replication', Normal: true, Status: 'replicating' }],
  });
  expect(await shown(here)).not.toHaveProperty('ReplicaMode');
  const oracle = account({ replica: { engine: 'oracle-ee', engineVersion: '19.0' } });
  expect(await shown(oracle)).toMatchObject({ ReplicaMode: 'open-read-only' });
});

test('a promotion modifies, reboots, takes a backup and ends with an instance of its own', async () => {
  const here = account();
  const answer = await promote(here);
  expect(answer.DBInstance).toMatchObject({ DBInstanceIdentifier: 'near', DBInstanceStatus: 'modifying' });
  here.wait(10 * SECOND_MS);
  expect(await shown(here)).toMatchObject({
    ReadReplicaSourceDBInstanceIdentifier: 'orders',
    StatusInfos: [],
  });
  const statuses = statusesOfADay(here);
  expect(names(statuses)).toEqual(['modifying', 'rebooting', 'backing-up', 'available']);
  const minutes = statuses[2]?.[1] ?? 0;
  expect(minutes).toBeGreaterThan(0.5);
  expect(minutes).toBeLessThanOrEqual(15);
  const after = await shown(here);
  expect(after).toMatchObject({ ReadReplicaDBInstanceIdentifiers: ['below'], BackupRetentionPeriod: 1 });
  expect(after).not.toHaveProperty('ReadReplicaSourceDBInstanceIdentifier');
  expect(after).not.toHaveProperty('StatusInfos');
  expect(await shown(here, 'orders')).toMatchObject({ ReadReplicaDBInstanceIdentifiers: ['other'] });
  expect(await shown(here, 'below')).toMatchObject({ ReadReplicaSourceDBInstanceIdentifier: 'near' });
});

test('without backups it is available after the reboot; with them it can be restored from its first one on', async () => {
  const without = account({ replica: { replicaOf: 'other' } });
  await promote(without, { DBInstanceIdentifier: 'below', BackupRetentionPeriod: 0 });
  expect(names(statusesOfADay(without, 'below'))).toEqual(['modifying', 'rebooting', 'available']);
  const here = account();
  await promote(here, { BackupRetentionPeriod: 3, PreferredBackupWindow: '23:45-00:15' });
  const promotedAt = here.clock.now();
  const restore = () =>
    here.world.rds.send(
      new RestoreDBInstanceToPointInTimeCommand({
        ...{ SourceDBInstanceIdentifier: 'near', TargetDBInstanceIdentifier: 'made' },
        RestoreTime: new Date(promotedAt),
      }),
    );
  here.wait(30 * SECOND_MS);
  expect((await refusal(restore())).name).toBe('PointInTimeRestoreNotEnabledFault');
  here.wait(DAY_MS);
  expect(await shown(here)).toMatchObject({ BackupRetentionPeriod: 3, PreferredBackupWindow: '23:45-00:15' });
  expect((await shown(here))?.LatestRestorableTime?.getTime()).toBeGreaterThan(promotedAt + HOUR_MS);
  expect((await refusal(restore())).name).toBe('InvalidRestoreFault');
});

test('its data end at what it had applied when the promotion was accepted', async () => {
  const here = account();
  here.wait(MINUTE_MS);
  expect(truth(here)).toMatchObject({
    replicaOf: 'orders',
    dataAt: here.clock.now() - LAG_SECONDS * SECOND_MS,
  });
  const dataAt = truth(here)?.dataAt;
  await promote(here);
  here.wait(HOUR_MS);
  expect(truth(here)).toMatchObject({ replicaOf: undefined, dataAt });
  expect(truth(here, 'orders')?.dataAt).toBeUndefined();
  expect(await lags(here)).toEqual([LAG_SECONDS]);
});

test.each<[string, string, (lag: readonly number[]) => void]>([
  ['grows on PostgreSQL', 'postgres', (lag) => expect(lag).toEqual([40, 100, 160, 220, 280])],
  ['is -1 on MySQL', 'mysql', (lag) => expect(lag).toEqual([-1, -1, -1, -1, -1])],
])('once its source is down its data stand and the lag %s', async (_, engine, check) => {
  const broken = account({ primary: { status: 'storage-full' }, replica: { engine } });
  broken.wait(5 * MINUTE_MS);
  expect(truth(broken)?.dataAt).toBe(BEGIN - LAG_SECONDS * SECOND_MS);
  expect(await shown(broken)).toMatchObject({ StatusInfos: [{ Normal: false, Status: 'error' }] });
  check((await lags(broken)) ?? []);
  await promote(broken);
  broken.wait(DAY_MS);
  expect(truth(broken)).toMatchObject({ status: 'available', dataAt: BEGIN - LAG_SECONDS * SECOND_MS });
});

test.each<[string, Partial<PromoteReadReplicaCommandInput>, string, string]>([
  ['none that exists', { DBInstanceIdentifier: 'none' }, 'DBInstanceNotFoundFault', 'not found'],
  [
    'a primary',
    { DBInstanceIdentifier: 'orders' },
    'InvalidDBInstanceStateFault',
    'DB Instance is not a read replica.',
  ],
  ['36 days of backups', { BackupRetentionPeriod: 36 }, 'InvalidParameterValue', '36'],
  [
    'no backups, though it has a replica',
    { BackupRetentionPeriod: 0 },
    'InvalidParameterCombination',
    'source',
  ],
  ['a window without an end', { PreferredBackupWindow: '04:00' }, 'InvalidParameterValue', '04:00'],
  ['a window of 20 minutes', { PreferredBackupWindow: '23:50-00:10' }, 'InvalidParameterValue', '23:50'],
])('a promotion of %s is refused', async (_, changes, name, message) => {
  const here = account();
  const error = await refusal(promote(here, changes));
  expect(error.name).toBe(name);
  expect(error.message).toContain(message);
  expect(truth(here)?.status).toBe('available');
});

test.each(['backing-up', 'modifying', 'rebooting', 'stopped', 'storage-optimization'])(
  'a replica that is %s is not promoted',
  async (status) => {
    const here = account({ replica: { status } });
    const error = await refusal(promote(here));
    expect(error).toBeInstanceOf(InvalidDBInstanceStateFault);
    expect(error).toMatchObject({
      Code: 'InvalidDBInstanceState',
      message: 'DB Instance is not in available state.',
    });
    expect(truth(here)?.status).toBe(status);
  },
);

test('a second request finds it first in another state, then no replica, and changes nothing', async () => {
  const here = account();
  await promote(here);
  here.wait(SECOND_MS);
  const during = await refusal(promote(here, { BackupRetentionPeriod: 9 }));
  expect(during.message).toBe('DB Instance is not in available state.');
  here.wait(DAY_MS);
  const after = await refusal(promote(here, { BackupRetentionPeriod: 9 }));
  expect(after.message).toBe('DB Instance is not a read replica.');
  expect(truth(here)?.settings.backupRetentionDays).toBe(1);
});

test('a lost answer leaves a promotion that was accepted', async () => {
  for (let seed = 1; seed < 100; seed += 1) {
    const here = account({}, { seed, faults: 'storm' });
    const error: unknown = await promote(here).catch((thrown: unknown) => thrown);
    const isLost = error instanceof Error && /timed out|ECONNRESET/.test(error.message);
    if (!isLost) continue;
    expect(truth(here)?.status).toBe('modifying');
    return;
  }
  throw new Error('no seed loses the answer');
});

test('a describe may still show the replica as it was', async () => {
  const here = account();
  await promote(here);
  expect(await shown(here)).toMatchObject({
    DBInstanceStatus: 'available',
    StatusInfos: [{ Status: 'replicating' }],
  });
});

test('under storm a promotion may fail, with a replica as before, or hang', async () => {
  const ends = new Set<string>();
  for (let seed = 1; seed < 200; seed += 1) {
    const here = account({}, { seed, faults: 'storm' });
    await promote(here).catch(() => undefined);
    if (truth(here)?.status !== 'modifying') continue;
    here.wait(2 * HOUR_MS);
    const { status, replicaOf, dataAt = 0 } = truth(here) ?? {};
    ends.add(`${status} ${replicaOf === undefined ? 'promoted' : 'replica'}`);
    if (status === 'available' && replicaOf !== undefined) {
      expect(dataAt).toBe(here.clock.now() - LAG_SECONDS * SECOND_MS);
      await expectAccepted(here);
    }
  }
  expect([...ends].sort()).toEqual(['available promoted', 'available replica', 'modifying replica']);
});

/** Chance may refuse a request, not for ever. */
async function expectAccepted(here: Stage): Promise<void> {
  for (let attempt = 0; attempt < 20 && truth(here)?.status !== 'modifying'; attempt += 1) {
    here.wait(SECOND_MS);
    await promote(here).catch(() => undefined);
  }
  expect(truth(here)?.status).toBe('modifying');
}

test('under drift a promoted instance may need a cure', async () => {
  for (let seed = 1; seed < 50; seed += 1) {
    const here = account({}, { seed, faults: 'drift' });
    await promote(here);
    here.wait(DAY_MS);
    if (truth(here)?.status === 'available') continue;
    expect(truth(here)).toMatchObject({
      status: expect.stringMatching(/^(storage-full|incompatible-)/) as string,
      replicaOf: undefined,
    });
    return;
  }
  throw new Error('no seed has a promoted instance that ails');
});

test('replicas outlive their source: RDS promotes each, which cannot be undone', async () => {
  const here = account();
  here.wait(MINUTE_MS);
  await remove(here, 'orders');
  const dataAt = here.clock.now() - LAG_SECONDS * SECOND_MS;
  here.wait(DAY_MS);
  expect(truth(here, 'orders')?.status).toBe('deleted');
  for (const id of ['near', 'other'])
    expect(truth(here, id)).toMatchObject({ status: 'available', replicaOf: undefined, dataAt });
  expect(truth(here, 'below')).toMatchObject({ status: 'available', replicaOf: 'near' });
  expect((await refusal(promote(here))).message).toBe('DB Instance is not a read replica.');
});

test('a source takes its replicas along only once they are free: one that is modified is promoted afterwards, one that failed stays so', async () => {
  const here = account({ replica: { status: 'failed' } });
  const modify = { DBInstanceIdentifier: 'other', BackupRetentionPeriod: 2 };
  await here.world.rds.send(new ModifyDBInstanceCommand(modify));
  await remove(here, 'orders');
  expect(names(statusesOfADay(here, 'other'))).toEqual(
    expect.arrayContaining(['modifying', 'rebooting', 'backing-up', 'available']) as string[],
  );
  expect(truth(here, 'other')?.replicaOf).toBeUndefined();
  expect(truth(here)).toMatchObject({ status: 'failed', replicaOf: undefined });
});

test('a replica is deleted without a final snapshot, and its source no longer names it', async () => {
  const here = account();
  const error = await refusal(remove(here, 'near', { FinalDBSnapshotIdentifier: 'last' }));
  expect(error).toMatchObject({
    name: 'InvalidParameterCombination',
    message: 'FinalDBSnapshotIdentifier can not be specified when deleting a replica instance',
  });
  await remove(here, 'near');
  here.wait(HOUR_MS);
  expect(await shown(here, 'orders')).toMatchObject({ ReadReplicaDBInstanceIdentifiers: ['other'] });
});

test('a replica of a source elsewhere replicates, and is promoted', async () => {
  const source = 'arn:aws:rds:eu-west-1:111111111111:db:orders';
  const here = account({ replica: { replicaOf: source } });
  expect(await shown(here)).toMatchObject({ ReadReplicaSourceDBInstanceIdentifier: source });
  await promote(here);
  here.wait(DAY_MS);
  expect(truth(here)).toMatchObject({ status: 'available', replicaOf: undefined });
});
