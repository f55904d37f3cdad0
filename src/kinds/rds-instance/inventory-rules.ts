import { printable } from '../../document/complaints.ts';
import type { Objection } from '../../document/complaints.ts';
import { mappingsAt, numberAt, textAt } from '../../document/values.ts';
import { DB_MONITORING_INTERVALS_SECONDS, DB_PORTS, DB_RETENTION_MOST_DAYS } from '../../facts/rds.ts';
import { dbStorageFault } from '../../facts/storage-rules.ts';
import type { StorageFault } from '../../facts/storage-rules.ts';
import { fieldObjection } from '../kind-inventory.ts';
import type { KindInventory } from '../kind-inventory.ts';
import type { DbInstance, DbSnapshot } from './inventory.ts';

type Mapping = Readonly<Record<string, unknown>>;

export interface Lists {
  readonly dbInstances: readonly DbInstance[];
  readonly dbSnapshots: readonly DbSnapshot[];
}

export const rdsInstanceInventory: KindInventory<'rds-instance', Lists> = {
  name: 'rds-instance',
  noun: 'DB instance',
  lists: { dbInstances: 'DB instance', dbSnapshots: 'DB snapshot' },
  sourceList: 'dbInstances',
  sources: ({ dbInstances }) =>
    dbInstances.map(({ id, tags, encrypted, kmsKeyId, latestRestorableTime, replicaOf, clusterId }) => ({
      ...{ id, tags, encrypted, kmsKeyId, latestRestorableTime },
      ...(replicaOf !== undefined && { comesWith: { kind: 'rds-instance', id: replicaOf } }),
      ...(clusterId !== undefined && { comesWith: { kind: 'aurora-cluster', id: clusterId } }),
    })),
  copies: ({ dbSnapshots }) =>
    dbSnapshots.map((copy) => ({
      ...copy,
      sourceId: copy.dbInstanceId,
      isComplete: copy.state === 'available',
    })),
  reads: {
    DescribeDBInstances: [{ list: 'dbInstances' }],
    DescribeDBSnapshots: [{ list: 'dbSnapshots' }],
    GetMetricData: [{ list: 'dbInstances', field: 'replicaLagSeconds' }],
  },
  contradictions: replicas,
  limits,
};

function replicas(inventory: Mapping): readonly Objection[] {
  const entries = mappingsAt(inventory, ['dbInstances']);
  const primaryOf = new Map(
    entries.map(({ value }) => [textAt(value, ['id']), textAt(value, ['replicaOf'])] as const),
  );
  return entries.flatMap(({ index, value }) => {
    const id = textAt(value, ['id']);
    const seen = new Set<string>();
    let primary = textAt(value, ['replicaOf']);
    while (primary !== undefined && primary !== id && !seen.has(primary)) {
      seen.add(primary);
      primary = primaryOf.get(primary);
    }
    if (primary === undefined || primary !== id) return [];
    const what = `'${printable(id)}' is a replica of itself, directly or through others`;
    return [fieldObjection('dbInstances', index, 'replicaOf', what)];
  });
}

const FIELDS = {
  type: 'storageType',
  sizeGiB: 'storageGiB',
  iops: 'iops',
  throughputMiBps: 'throughputMiBps',
} as const satisfies Record<StorageFault['field'], string>;

/** An instance of a cluster uses the cluster's storage. */
function limits(inventory: Mapping): readonly Objection[] {
  return mappingsAt(inventory, ['dbInstances']).flatMap(({ index, value }) => {
    const engine = textAt(value, ['engine']);
    const sizeGiB = numberAt(value, ['storageGiB']);
    const settings = settingLimits(value).map(([field, limit]) =>
      fieldObjection('dbInstances', index, field, limit),
    );
    if (engine === undefined || sizeGiB === undefined || textAt(value, ['clusterId']) !== undefined)
      return settings;
    const fault = dbStorageFault({
      engine,
      type: textAt(value, ['storageType']) ?? 'gp3',
      sizeGiB,
      iops: numberAt(value, ['iops']),
      throughputMiBps: numberAt(value, ['throughputMiBps']),
    });
    return fault === undefined
      ? settings
      : [...settings, fieldObjection('dbInstances', index, FIELDS[fault.field], fault.limit)];
  });
}

function settingLimits(value: Mapping): readonly (readonly [field: string, limit: string])[] {
  const found: (readonly [string, string])[] = [];
  const port = numberAt(value, ['port']);
  const days = numberAt(value, ['backupRetentionDays']);
  const interval = numberAt(value, ['monitoringIntervalSeconds']);
  if (port !== undefined && (port < DB_PORTS.least || port > DB_PORTS.most))
    found.push(['port', `RDS takes ports ${DB_PORTS.least} to ${DB_PORTS.most}, not ${port}`]);
  if (days !== undefined && days > DB_RETENTION_MOST_DAYS)
    found.push([
      'backupRetentionDays',
      `RDS keeps backups at most ${DB_RETENTION_MOST_DAYS} days, not ${days}`,
    ]);
  if (interval !== undefined && !DB_MONITORING_INTERVALS_SECONDS.includes(interval))
    found.push([
      'monitoringIntervalSeconds',
      `RDS takes ${DB_MONITORING_INTERVALS_SECONDS.join(', ')}, not ${interval}`,
    ]);
  if (interval !== undefined && interval > 0 && textAt(value, ['monitoringRole']) === undefined)
    found.push([
      'monitoringIntervalSeconds',
      'monitoring needs a role: give monitoringRole, or leave the interval out',
    ]);
  return found;
}
