import {
  AddRoleToDBInstanceCommand,
  DescribeDBInstancesCommand,
  ModifyDBInstanceCommand,
  RestoreDBInstanceFromDBSnapshotCommand,
  RestoreDBInstanceToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import { DB_ROWS } from '../../src/kinds/rds-instance/settings.ts';
import { differencesOf, laterChanges, requestMembers } from '../../src/kinds/settings.ts';
import type { DbInstanceSpec } from '../../src/kinds/specs.ts';
import { DAY_MS, formatInstant, HOUR_MS } from '../../src/time.ts';
import { BEGIN, inventory, stage } from '../simulator/support.ts';
import { DB_WITH_ALL } from './everything.ts';

/** Oracle has most of the settings; those of other engines, of RDS Custom and of gp3 are left out. */
const OTHERS: ReadonlySet<string> = new Set([
  'lifecycleSupport',
  'customIamInstanceProfile',
  'throughputMiBps',
]);
const SPEC = Object.fromEntries(
  Object.entries(DB_WITH_ALL).filter(([name]) => !OTHERS.has(name)),
) as unknown as DbInstanceSpec;
const NOT_SETTINGS: ReadonlySet<string> = new Set(['kind', 'from', 'tags']);
const SETTINGS = Object.fromEntries(Object.entries(SPEC).filter(([name]) => !NOT_SETTINGS.has(name)));

const SOURCE = {
  ...SETTINGS,
  id: 'orders',
  engineVersion: '19.0',
  earliestRestorableTime: formatInstant(BEGIN - DAY_MS),
  latestRestorableTime: formatInstant(BEGIN - HOUR_MS),
};
const SNAPSHOT = {
  ...{
    id: 'orders-1',
    dbInstanceId: 'orders',
    at: formatInstant(BEGIN - HOUR_MS),
    storageGiB: SPEC.storageGiB,
  },
  ...{ engine: SPEC.engine, engineVersion: '19.0', encrypted: true, kmsKeyId: SPEC.kmsKeyId },
};

type Rows = typeof DB_ROWS;

/** Restores with what these rows say, gives back later what they say, and tells what differs in the end from all rows. */
async function rehearse(rows: Rows, toPointInTime: boolean): Promise<readonly string[]> {
  const { world, wait } = stage({ inventory: inventory({ dbInstances: [SOURCE], dbSnapshots: [SNAPSHOT] }) });
  const operation = toPointInTime ? 'RestoreDBInstanceToPointInTime' : 'RestoreDBInstanceFromDBSnapshot';
  const members = requestMembers(rows, SPEC, operation);
  if (toPointInTime)
    await world.rds.send(
      new RestoreDBInstanceToPointInTimeCommand({
        ...{ ...members, SourceDBInstanceIdentifier: 'orders', TargetDBInstanceIdentifier: 'made' },
        RestoreTime: new Date(BEGIN - 2 * HOUR_MS),
      }),
    );
  else
    await world.rds.send(
      new RestoreDBInstanceFromDBSnapshotCommand({
        ...{ ...members, DBInstanceIdentifier: 'made', DBSnapshotIdentifier: 'orders-1' },
      }),
    );
  wait(DAY_MS);
  const made = async () => {
    const { DBInstances: [instance] = [] } = await world.rds.send(
      new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'made' }),
    );
    if (instance === undefined) throw new Error('it is not there');
    return instance;
  };
  let changes = {};
  for (const change of laterChanges(rows, SPEC, await made())) {
    if (change.call === 'ModifyDBInstance') changes = { ...changes, ...change.members };
    else
      for (const { role, feature } of change.roles)
        await world.rds.send(
          new AddRoleToDBInstanceCommand({
            DBInstanceIdentifier: 'made',
            RoleArn: role,
            FeatureName: feature,
          }),
        );
  }
  await world.rds.send(
    new ModifyDBInstanceCommand({ ...changes, DBInstanceIdentifier: 'made', ApplyImmediately: true }),
  );
  wait(HOUR_MS);
  return differencesOf(DB_ROWS, SPEC, await made()).map(({ name }) => name);
}

describe.each([
  ['from a snapshot', false],
  ['to a point in time', true],
])('restored %s', (_, toPointInTime) => {
  test('an instance has every setting of its source again', async () => {
    expect(await rehearse(DB_ROWS, toPointInTime)).toEqual([]);
  });

  // These come with the backup, are what RDS would choose anyway, or are set by the row of another one as well.
  const silent = new Set([
    ...['class', 'storageGiB', 'encrypted', 'kmsKeyId', 'port', 'iops', 'throughputMiBps', 'backupTarget'],
    ...['additionalVolumes', 'licenseModel', 'characterSet', 'nationalCharacterSet', 'timezone', 'zone'],
    ...[
      'monitoringRole',
      'monitoringIntervalSeconds',
      'performanceInsights',
      'performanceInsightsKeyId',
      'performanceInsightsRetentionDays',
    ],
    ...['backupRetentionDays', 'masterSecretKeyId', 'storageType'],
  ]);
  test.each(DB_ROWS.filter(({ name }) => !silent.has(name) && name in SPEC))(
    'without the row $name the comparison tells what was lost',
    async ({ name }) => {
      const rows = DB_ROWS.filter((row) => row.name !== name);
      expect(await rehearse(rows, toPointInTime)).toContain(name);
    },
  );
});
