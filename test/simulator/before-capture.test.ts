import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DescribeFastSnapshotRestoresCommand,
  DescribeVolumesCommand,
} from '@aws-sdk/client-ec2';
import { GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateDBSnapshotCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  RestoreDBInstanceFromDBSnapshotCommand,
  RestoreDBInstanceToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import { DescribeInstanceInformationCommand } from '@aws-sdk/client-ssm';
import { openWorld, SimulatedClock } from '../../src/simulator/index.ts';
import type { World } from '../../src/simulator/index.ts';
import { HOUR_MS, MINUTE_MS } from '../../src/time.ts';
import { BEGIN, dbSnapshot, inventory, refusal, snapshot } from './support.ts';
import { NEVER, reference, rehearse } from '../hosts/support.ts';

// Goal: an incident from before the inventory was captured can be rehearsed. What the inventory says exists, existed then.

const EARLIER = BEGIN - 6 * HOUR_MS;
const ZONE = 'us-east-1a';

const on = (state: string): object => ({ zone: ZONE, state, ...(state === 'enabled' && { credits: 2 }) });
const database = (changes: object): object => ({
  ...{ id: 'shop', engine: 'postgres', engineVersion: '16.4', class: 'db.r6g.large', storageGiB: 100 },
  ...{ zone: ZONE, backupRetentionDays: 7, earliestRestorableTime: '2026-11-13T03:00:00Z' },
  latestRestorableTime: new Date(BEGIN - 3 * MINUTE_MS).toISOString(),
  ...changes,
});

function worldAt(now: number, changes: Record<string, unknown> = {}): World {
  const content = inventory({
    snapshots: [
      snapshot('snap-on', { fsr: [on('enabled')] }),
      snapshot('snap-optimizing', { fsr: [on('optimizing')] }),
      snapshot('snap-pending', { state: 'pending', startedAt: new Date(BEGIN - MINUTE_MS).toISOString() }),
    ],
    instances: [{ id: 'i-1', zone: ZONE, managedBySsm: true }],
    dbInstances: [database({}), database({ id: 'shop-replica', replicaOf: 'shop', replicaLagSeconds: 4 })],
    dbSnapshots: [dbSnapshot('shop-1', { dbInstanceId: 'shop' })],
    dbClusters: [
      {
        id: 'ledger',
        engine: 'aurora-postgresql',
        engineVersion: '16.4',
        latestRestorableTime: '2026-11-20T02:59:00Z',
      },
    ],
    ...changes,
  });
  const clock = new SimulatedClock(now);
  return openWorld({ path: ':memory:', inventory: content, seed: 1, faults: 'none', clock });
}

test('volumes and their attachments, and a snapshot can be taken of them', async () => {
  const { ec2 } = worldAt(EARLIER);
  const { Volumes = [] } = await ec2.send(new DescribeVolumesCommand({}));
  expect(Volumes).toMatchObject([
    { State: 'in-use', Attachments: [{ InstanceId: 'i-1', State: 'attached' }] },
  ]);
  expect(Volumes[0]?.CreateTime?.getTime()).toBeLessThanOrEqual(EARLIER);
  expect(await ec2.send(new CreateSnapshotCommand({ VolumeId: 'vol-1' }))).toMatchObject({
    State: 'pending',
  });
});

test('fast snapshot restore with its credits, and what is on its way stays so', async () => {
  const { ec2, cloudwatch, volumes } = worldAt(EARLIER);
  const { FastSnapshotRestores = [] } = await ec2.send(new DescribeFastSnapshotRestoresCommand({}));
  expect(FastSnapshotRestores.map(({ SnapshotId, State }) => [SnapshotId, State])).toEqual([
    ['snap-on', 'enabled'],
    ['snap-optimizing', 'optimizing'],
  ]);
  const metric = {
    Namespace: 'AWS/EBS',
    MetricName: 'FastSnapshotRestoreCreditsBalance',
    Dimensions: [
      { Name: 'SnapshotId', Value: 'snap-on' },
      { Name: 'AvailabilityZone', Value: ZONE },
    ],
  };
  const { MetricDataResults: [credits] = [] } = await cloudwatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(EARLIER - 10 * MINUTE_MS),
      EndTime: new Date(EARLIER),
      MetricDataQueries: [{ Id: 'c', MetricStat: { Metric: metric, Period: 60, Stat: 'Average' } }],
    }),
  );
  expect(credits?.Values?.[0]).toBe(2);
  await ec2.send(
    new CreateVolumeCommand({ AvailabilityZone: ZONE, SnapshotId: 'snap-on', VolumeType: 'gp3' }),
  );
  expect(volumes().at(-1)).toMatchObject({ fastRestored: true });
  const pending = { AvailabilityZone: ZONE, SnapshotId: 'snap-pending', VolumeType: 'gp3' } as const;
  expect((await refusal(ec2.send(new CreateVolumeCommand(pending)))).name).toBe('IncorrectState');
});

test('DB instances, their restorable window and snapshots, replicas, clusters and managed instances', async () => {
  const { rds, ssm } = worldAt(EARLIER);
  const { DBInstances = [] } = await rds.send(new DescribeDBInstancesCommand({}));
  expect(DBInstances).toMatchObject([
    { DBInstanceStatus: 'available', LatestRestorableTime: new Date(BEGIN - 3 * MINUTE_MS) },
    { DBInstanceStatus: 'available', ReadReplicaSourceDBInstanceIdentifier: 'shop' },
  ]);
  const { DBClusters = [] } = await rds.send(new DescribeDBClustersCommand({}));
  expect(DBClusters).toMatchObject([
    { Status: 'available', LatestRestorableTime: new Date('2026-11-20T02:59:00Z') },
  ]);
  await rds.send(
    new RestoreDBInstanceToPointInTimeCommand({
      SourceDBInstanceIdentifier: 'shop',
      TargetDBInstanceIdentifier: 'made-1',
      RestoreTime: new Date(EARLIER - 1_000),
    }),
  );
  await rds.send(
    new RestoreDBInstanceFromDBSnapshotCommand({
      DBSnapshotIdentifier: 'shop-1',
      DBInstanceIdentifier: 'made-2',
    }),
  );
  await rds.send(
    new CreateDBSnapshotCommand({ DBInstanceIdentifier: 'shop', DBSnapshotIdentifier: 'evidence' }),
  );
  const { InstanceInformationList = [] } = await ssm.send(new DescribeInstanceInformationCommand({}));
  expect(InstanceInformationList).toHaveLength(1);
});

test('a capture whose latest restorable time lies a moment after it was captured', async () => {
  const latest = new Date(BEGIN + 400);
  const { rds } = worldAt(BEGIN, { dbInstances: [database({ latestRestorableTime: latest.toISOString() })] });
  const { DBInstances: [shown] = [] } = await rds.send(new DescribeDBInstancesCommand({}));
  expect(shown?.LatestRestorableTime).toEqual(latest);
  const asked = { SourceDBInstanceIdentifier: 'shop', TargetDBInstanceIdentifier: 'made-1' };
  const made = await rds.send(
    new RestoreDBInstanceToPointInTimeCommand({ ...asked, UseLatestRestorableTime: true }),
  );
  expect(made.DBInstance).toMatchObject({ DBInstanceStatus: 'creating' });
  // What was just made has no window before its first backup.
  expect(made.DBInstance?.LatestRestorableTime).toBeUndefined();
});

test.each(['drill', 'restore'] as const)(
  'a %s of the reference runbook for an incident before the capture: the first strategy of each, evidence included in a restore',
  async (mode) => {
    const scenario = reference('orders');
    const forensic = { ...scenario, runbook: { ...scenario.runbook, forensics: mode === 'restore' } };
    const incidentAt = scenario.inventory.capturedAt - 30 * MINUTE_MS;
    const { host, plan, lines } = await rehearse(forensic, { mode, incidentAt });
    expect(await host.drive(NEVER)).toMatchObject({ phase: 'completed' });
    await host.close();
    expect(plan.resources[0]?.strategies[0]).toMatchObject({
      name: 'point-in-time',
      recoveryPoint: { at: incidentAt - 1_000, ageSeconds: 1 },
    });
    expect(lines.filter(({ code }) => code.startsWith('fault.') || code === 'resource.fallback')).toEqual([]);
    expect(lines.filter(({ code }) => code === 'resource.evidence')).toHaveLength(mode === 'restore' ? 4 : 0);
  },
);
