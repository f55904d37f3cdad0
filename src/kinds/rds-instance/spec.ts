import { ownGroup } from '../../facts/default-groups.ts';
import { gp3FloorGiB } from '../../facts/storage-rules.ts';
import type { DbInstance, DbSnapshot } from '../../inventory/schema.ts';
import type { RdsResource } from './runbook.ts';
import type { Isolation } from '../../runbook/schema.ts';
import type { InventoryIndex } from '../inventory-index.ts';
import type { DbInstanceSpec, RunMode } from '../specs.ts';

export interface DatabaseTarget {
  readonly resource: RdsResource;
  readonly mode: RunMode;
  readonly isolation: Isolation | undefined;
}

/**
 * The request for a DB instance like its source, with every setting that a restore would lose; or why it cannot be written.
 * Without the source's record, only what the runbook's target gives is known.
 */
export function databaseSpec(
  target: DatabaseTarget,
  from: DbInstanceSpec['from'],
  source: DbInstance | undefined,
  snapshot: DbSnapshot | undefined,
  index: InventoryIndex,
): { readonly spec: DbInstanceSpec } | { readonly why: string } {
  const { resource, mode } = target;
  const instanceClass = resource.target?.class ?? source?.class;
  if (instanceClass === undefined) {
    return {
      why: 'the inventory does not contain the source, so its class and settings are unknown: give --baseline, or target.class',
    };
  }
  const zone = chooseZone(target, source);
  if (zone !== undefined && index.zones.length > 0 && !index.zones.includes(zone)) {
    return { why: `its zone ${zone} is not among the zones of the account: give another target.zone` };
  }
  const network = networkOf(target, source);
  const encrypted = snapshot?.encrypted ?? source?.encrypted ?? false;
  const kmsKeyId = snapshot?.kmsKeyId ?? source?.kmsKeyId;
  return {
    spec: {
      kind: 'dbInstance',
      from,
      engine: source?.engine ?? snapshot?.engine ?? 'unknown',
      class: instanceClass,
      multiAz: source?.multiAz ?? false,
      ...network,
      ...(zone === undefined ? {} : { zone }),
      ...publicAccess(mode, source),
      deletionProtection: mode === 'drill' ? false : (source?.deletionProtection ?? false),
      backupRetentionDays: source?.backupRetentionDays ?? 0,
      iamAuth: source?.iamAuth ?? false,
      logExports: source?.logExports ?? [],
      encrypted,
      ...(encrypted && kmsKeyId !== undefined ? { kmsKeyId } : {}),
      ...storageOf(source, snapshot),
      ...optionalSettings(source),
      tags: source?.tags ?? snapshot?.tags ?? {},
    },
  };
}

/** Set explicitly: a subnet group must never give a copy of a private database a public address. */
function publicAccess(mode: DatabaseTarget['mode'], source: DbInstance | undefined) {
  const publiclyAccessible = mode === 'drill' ? false : source?.publiclyAccessible;
  return publiclyAccessible === undefined ? {} : { publiclyAccessible };
}

/** Multi-AZ chooses its zones itself; naming one is refused. */
function chooseZone({ resource, mode, isolation }: DatabaseTarget, source: DbInstance | undefined) {
  if (source?.multiAz === true) return undefined;
  const isolated = mode === 'drill' ? isolation?.zone : undefined;
  return isolated ?? resource.target?.zone ?? source?.zone;
}

function networkOf({ resource, mode, isolation }: DatabaseTarget, source: DbInstance | undefined) {
  const isolated = mode === 'drill' ? isolation : undefined;
  const subnetGroup = isolated?.subnetGroup ?? resource.target?.subnetGroup ?? source?.subnetGroup;
  return {
    securityGroups:
      isolated?.securityGroups ?? resource.target?.securityGroups ?? source?.securityGroups ?? [],
    ...(subnetGroup == null ? {} : { subnetGroup }),
  };
}

function storageOf(source: DbInstance | undefined, snapshot: DbSnapshot | undefined) {
  const storageType = source?.storageType ?? 'gp3';
  // A restore takes the size that the store had when the snapshot was taken, however much it has grown since.
  const storageGiB = snapshot?.storageGiB ?? source?.storageGiB ?? 0;
  const tunable =
    storageType.startsWith('io') ||
    (storageType === 'gp3' && storageGiB >= gp3FloorGiB(source?.engine ?? ''));
  const iops = tunable ? source?.iops : undefined;
  const throughputMiBps = tunable && storageType === 'gp3' ? source?.throughputMiBps : undefined;
  return {
    storageGiB,
    storageType,
    ...(iops === undefined ? {} : { iops }),
    ...(throughputMiBps === undefined ? {} : { throughputMiBps }),
  };
}

function optionalSettings(source: DbInstance | undefined) {
  if (source === undefined) return {};
  const { monitoringIntervalSeconds, monitoringRole, performanceInsights, port } = source;
  const [parameterGroup, optionGroup] = [ownGroup(source.parameterGroup), ownGroup(source.optionGroup)];
  return {
    ...(parameterGroup === undefined ? {} : { parameterGroup }),
    ...(optionGroup === undefined ? {} : { optionGroup }),
    ...(monitoringIntervalSeconds === undefined ? {} : { monitoringIntervalSeconds }),
    ...(monitoringRole === undefined ? {} : { monitoringRole }),
    ...(performanceInsights === undefined ? {} : { performanceInsights }),
    ...(port === undefined ? {} : { port }),
  };
}
