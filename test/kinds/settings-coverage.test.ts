import * as ec2 from '@aws-sdk/client-ec2';
import * as rds from '@aws-sdk/client-rds';
import { NormalizedSchema } from '@smithy/core/schema';
import type { SchemaRef } from '@smithy/types';
import { VOLUME_NOT_CARRIED, VOLUME_NOT_SENT } from '../../src/kinds/ebs-volume/not-carried.ts';
import { VOLUME_REQUEST_ROWS } from '../../src/kinds/ebs-volume/settings.ts';
import { LOST_PROPERTIES } from '../../src/kinds/rds-instance/lost.ts';
import { DB_NOT_CARRIED, DB_NOT_SENT } from '../../src/kinds/rds-instance/not-carried.ts';
import { DB_ROWS } from '../../src/kinds/rds-instance/settings.ts';
import { laterChanges, requestMembers } from '../../src/kinds/settings.ts';
import type { DbInstanceSpec } from '../../src/kinds/specs.ts';
import { DB_WITH_ALL, VOLUME_WITH_ALL } from './everything.ts';

/** Members that are no structures, by their paths; lists without their indexes. */
function leavesOf(schema: SchemaRef, path = ''): readonly string[] {
  const normalized = NormalizedSchema.of(schema);
  if (normalized.isListSchema()) return leavesOf(normalized.getValueSchema(), path);
  if (!normalized.isStructSchema()) return [path];
  return [...normalized.structIterator()].flatMap(([name, member]) =>
    leavesOf(member, path === '' ? name : `${path}.${name}`),
  );
}

const membersOf = (schema: SchemaRef): readonly string[] =>
  [...NormalizedSchema.of(schema).structIterator()].map(([name]) => name);

/** An answer that remembers which of its members were read; each list has one entry. */
function watched(schema: SchemaRef, seen: Set<string>, path = ''): unknown {
  const normalized = NormalizedSchema.of(schema);
  if (normalized.isListSchema()) return [watched(normalized.getValueSchema(), seen, path)];
  if (!normalized.isStructSchema()) {
    seen.add(path);
    if (normalized.isNumericSchema()) return 7;
    return normalized.isBooleanSchema() ? true : 'coreCount';
  }
  const members = new Map(normalized.structIterator());
  return new Proxy(
    {},
    {
      get: (_target, name) => {
        const member = members.get(String(name));
        return member && watched(member, seen, path === '' ? String(name) : `${path}.${String(name)}`);
      },
    },
  );
}

interface Reader {
  readonly name: string;
  readonly reads: readonly string[];
  read(actual: never): unknown;
  pending?(actual: never): unknown;
}

const lostReads = Object.values(LOST_PROPERTIES).flatMap(({ reads }) => reads);

describe.each<[string, SchemaRef, readonly Reader[], Readonly<Record<string, string>>, readonly string[]]>([
  ['a DB instance', rds.DBInstance$, DB_ROWS, DB_NOT_CARRIED, lostReads],
  ['a volume', ec2.Volume$, VOLUME_REQUEST_ROWS, VOLUME_NOT_CARRIED, []],
])('of %s', (_, schema, rows, notCarried, lost) => {
  const read = new Set(rows.flatMap(({ reads }) => reads));
  const isCovered = (leaf: string, names: readonly string[]): boolean =>
    names.some((name) => leaf === name || leaf.startsWith(`${name}.`));

  test('every property is carried, not carried for a reason, or reported as lost', () => {
    const open = leavesOf(schema).filter(
      (leaf) => !read.has(leaf) && !isCovered(leaf, [...Object.keys(notCarried), ...lost]),
    );
    expect(open).toEqual([]);
  });

  test('nothing that the tables name is missing in AWS’s own description', () => {
    const leaves = leavesOf(schema);
    const named = [...read, ...Object.keys(notCarried), ...lost];
    expect(named.filter((name) => !leaves.some((leaf) => isCovered(leaf, [name])))).toEqual([]);
    expect([...read].filter((path) => path in notCarried || lost.includes(path))).toEqual(
      [...read].filter((path) => path === 'Engine'),
    );
  });

  test.each(rows)('the row $name reads what it says that it reads', ({ reads, ...row }) => {
    const seen = new Set<string>();
    const actual = watched(schema, seen) as never;
    row.read(actual);
    row.pending?.(actual);
    expect([...seen].filter((path) => !reads.includes(path))).toEqual([]);
  });
});

const sentLater = (actual: rds.DBInstance): readonly string[] =>
  laterChanges(DB_ROWS, DB_WITH_ALL, actual).flatMap((change) =>
    change.call === 'ModifyDBInstance' ? Object.keys(change.members) : [],
  );
/** Of a directory of one's own, and in a single zone: both exclude other members. */
const OTHERWISE: DbInstanceSpec = {
  ...DB_WITH_ALL,
  multiAz: false,
  domain: {
    fqdn: 'corp.example',
    unit: 'OU=db',
    secret: 'arn:secret',
    dnsAddresses: ['10.0.0.1', '10.0.0.2'],
  },
};
const restored = (operation: string): readonly string[] =>
  [DB_WITH_ALL, OTHERWISE].flatMap((spec) => Object.keys(requestMembers(DB_ROWS, spec, operation)));

/** What RDS tells of a restored instance where a request said nothing. */
const RESTORED: rds.DBInstance = {
  ...{
    EnabledCloudwatchLogsExports: [],
    MultiAZ: false,
    BackupRetentionPeriod: 1,
    DatabaseInsightsMode: 'standard',
  },
  ...{ PreferredMaintenanceWindow: 'mon:03:00-mon:03:30', PreferredBackupWindow: '04:00-04:30' },
};

/** What a modification could change and a restore has given already. */
const GIVEN_BY_RESTORES = new Set([
  ...restored('RestoreDBInstanceToPointInTime'),
  ...['DBPortNumber', 'DBSubnetGroupName', 'VpcSecurityGroupIds'],
]);

const copied = (): readonly string[] =>
  ['io2', 'gp3'].flatMap((volumeType) =>
    Object.keys(requestMembers(VOLUME_REQUEST_ROWS, { ...VOLUME_WITH_ALL, volumeType }, 'CopyVolumes')),
  );

test.each<[string, SchemaRef, () => Iterable<string>, Readonly<Record<string, string>>]>([
  [
    'RestoreDBInstanceFromDBSnapshot',
    rds.RestoreDBInstanceFromDBSnapshotMessage$,
    () => restored('RestoreDBInstanceFromDBSnapshot'),
    DB_NOT_SENT,
  ],
  [
    'RestoreDBInstanceToPointInTime',
    rds.RestoreDBInstanceToPointInTimeMessage$,
    () => restored('RestoreDBInstanceToPointInTime'),
    DB_NOT_SENT,
  ],
  [
    'ModifyDBInstance',
    rds.ModifyDBInstanceMessage$,
    () => [...sentLater(RESTORED), ...GIVEN_BY_RESTORES],
    DB_NOT_SENT,
  ],
  [
    'CreateVolume',
    ec2.CreateVolumeRequest$,
    () =>
      ['io2', 'gp3'].flatMap((volumeType) =>
        Object.keys(requestMembers(VOLUME_REQUEST_ROWS, { ...VOLUME_WITH_ALL, volumeType }, 'CreateVolume')),
      ),
    VOLUME_NOT_SENT,
  ],
  ['CopyVolumes', ec2.CopyVolumesRequest$, copied, VOLUME_NOT_SENT],
])('every member of %s is sent, or not sent for a reason', (_, schema, sent, notSent) => {
  const given = new Set(sent());
  expect(membersOf(schema).filter((name) => !given.has(name) && !(name in notSent))).toEqual([]);
});

test('no request has a member that AWS does not take', () => {
  const unknown = (schema: SchemaRef, names: readonly string[]): readonly string[] =>
    names.filter((name) => !membersOf(schema).includes(name));
  expect(
    unknown(rds.RestoreDBInstanceFromDBSnapshotMessage$, restored('RestoreDBInstanceFromDBSnapshot')),
  ).toEqual([]);
  expect(
    unknown(rds.RestoreDBInstanceToPointInTimeMessage$, restored('RestoreDBInstanceToPointInTime')),
  ).toEqual([]);
  expect(unknown(rds.ModifyDBInstanceMessage$, sentLater({}))).toEqual([]);
  expect(unknown(ec2.CopyVolumesRequest$, copied())).toEqual([]);
});
