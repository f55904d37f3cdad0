import type { Objection } from '../document/complaints.ts';
import { mappingsAt, numberAt, textAt } from '../document/values.ts';
import { DB_MONITORING_INTERVALS_SECONDS, DB_PORTS, DB_RETENTION_MOST_DAYS } from '../facts/rds.ts';
import { dbStorageFault, gp2Iops, volumeFault } from '../facts/storage-rules.ts';
import type { StorageFault } from '../facts/storage-rules.ts';

type Mapping = Readonly<Record<string, unknown>>;

const SNAPSHOT_MOST_GIB = 65_536;

/**
 * Values beyond AWS's limits: a recovery would request the same, and be refused under every strategy. Each with the limit and a correct
 * value. Read from the plain values of the file: what does not fit the schema is reported by the schema.
 */
export function limitObjections(inventory: Mapping): readonly Objection[] {
  return [...volumes(inventory), ...snapshots(inventory), ...databases(inventory)];
}

function volumes(inventory: Mapping): readonly Objection[] {
  return mappingsAt(inventory, ['volumes']).flatMap(({ index, value }) => {
    const type = textAt(value, ['type']);
    const sizeGiB = numberAt(value, ['sizeGiB']);
    if (type === undefined || sizeGiB === undefined) return [];
    const iops = numberAt(value, ['iops']);
    // EC2 reports what a gp2 volume has.
    const isGp2Own = type === 'gp2' && iops !== undefined && iops <= gp2Iops(sizeGiB);
    const shape = { type, sizeGiB, throughputMiBps: numberAt(value, ['throughputMiBps']) };
    const fault = volumeFault(isGp2Own ? shape : { ...shape, iops });
    // The schema complains of an unknown type.
    return fault === undefined || fault.field === 'type'
      ? []
      : [objection('volumes', index, fault.field, fault)];
  });
}

function snapshots(inventory: Mapping): readonly Objection[] {
  return mappingsAt(inventory, ['snapshots']).flatMap(({ index, value }) => {
    const sizeGiB = numberAt(value, ['sizeGiB']);
    if (sizeGiB === undefined || sizeGiB <= SNAPSHOT_MOST_GIB) return [];
    const limit = `no volume has more than ${SNAPSHOT_MOST_GIB.toLocaleString('en-US')} GiB, and so no snapshot: correct it`;
    return [objection('snapshots', index, 'sizeGiB', { limit })];
  });
}

const DB_FIELDS = {
  type: 'storageType',
  sizeGiB: 'storageGiB',
  iops: 'iops',
  throughputMiBps: 'throughputMiBps',
} as const satisfies Record<StorageFault['field'], string>;

/** An instance of a cluster uses the cluster's storage. */
function databases(inventory: Mapping): readonly Objection[] {
  return mappingsAt(inventory, ['dbInstances']).flatMap(({ index, value }) => {
    const engine = textAt(value, ['engine']);
    const sizeGiB = numberAt(value, ['storageGiB']);
    const settings = dbSettings(value).map(([field, limit]) =>
      objection('dbInstances', index, field, { limit }),
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
      : [...settings, objection('dbInstances', index, DB_FIELDS[fault.field], fault)];
  });
}

function dbSettings(value: Mapping): readonly (readonly [field: string, limit: string])[] {
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

function objection(
  list: string,
  index: number,
  field: string,
  { limit }: { readonly limit: string },
): Objection {
  return { path: [list, index, field], message: `${list}[${index}].${field}: ${limit}` };
}
