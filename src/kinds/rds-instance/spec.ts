import type { DbInstance, DbSnapshot } from '../../inventory/schema.ts';
import type { InventoryIndex } from '../inventory-index.ts';
import type { DbInstanceSpec, RunMode } from '../specs.ts';
import type { Isolation } from '../../runbook/schema.ts';
import type { Instant } from '../../time.ts';
import type { SubjectFinding } from '../planning.ts';
import type { RdsResource } from './runbook.ts';
import { groupFamily, ownGroup } from '../../facts/default-groups.ts';
import { fitDbStorage, GP3_IOPS, GP3_THROUGHPUT_MIBPS } from '../../facts/storage-rules.ts';
import { wantedValues } from '../settings.ts';
import { DB_ROWS, type DbSettings } from './settings.ts';
import type { DbRecovery } from './settings/setting.ts';

export interface DatabaseTarget {
  readonly resource: RdsResource;
  readonly mode: RunMode;
  readonly isolation: Isolation | undefined;
}

/**
 * The request for a DB instance like its source, with every setting that a restore would lose; or why it cannot be written. Engine, version and storage are those of
 * the backup. Without the source's record only what the backup and the runbook's target tell is known, and nothing else is asked for.
 *
 * @param version of the engine in the backup
 */
export function databaseSpec(
  target: DatabaseTarget,
  from: DbInstanceSpec['from'],
  source: DbInstance | undefined,
  snapshot: DbSnapshot | undefined,
  index: InventoryIndex,
  version = snapshot?.engineVersion ?? source?.engineVersion,
): { readonly spec: DbInstanceSpec } | { readonly why: string } {
  const engine = snapshot?.engine ?? source?.engine;
  const recovery = recoveryOf(target, source, snapshot, engine, version);
  const settings = wantedValues(DB_ROWS, source ?? snapshot, recovery) as Partial<DbSettings>;
  if (settings.class === undefined) {
    return {
      why: 'the inventory does not contain the source, so its class and settings are unknown: give --baseline, or target.class',
    };
  }
  const { zone } = settings;
  if (zone !== undefined && index.zones.length > 0 && !index.zones.includes(zone)) {
    return { why: `its zone ${zone} is not among the zones of the account: give another target.zone` };
  }
  return {
    spec: {
      kind: 'dbInstance',
      from,
      engine: engine ?? 'unknown',
      ...(settings as Omit<DbSettings, 'engine'>),
      tags: source?.tags ?? snapshot?.tags ?? {},
    },
  };
}

function recoveryOf(
  { resource, mode, isolation }: DatabaseTarget,
  source: DbInstance | undefined,
  snapshot: DbSnapshot | undefined,
  engine = '',
  version = '',
): DbRecovery & { readonly isUnknown: boolean } {
  const isDrill = mode === 'drill';
  const target = resource.target ?? {};
  const isolated = (isDrill ? isolation : undefined) ?? {};
  const subnetGroup = isolated.subnetGroup ?? target.subnetGroup ?? source?.subnetGroup;
  const storageType = snapshot?.storageType ?? source?.storageType ?? 'gp3';
  const storageGiB = snapshot?.storageGiB ?? source?.storageGiB ?? 0;
  // A backup of another type of storage has figures of its own, or those of its type.
  const figures = snapshot?.storageType === undefined ? source : snapshot;
  const { iops, throughputMiBps } = fitDbStorage({
    ...{ engine, type: storageType, sizeGiB: storageGiB },
    ...{ iops: figures?.iops, throughputMiBps: figures?.throughputMiBps },
  });
  return {
    isDrill,
    isUnknown: source === undefined,
    target,
    isolation: isolated,
    keepsClass: (target.class ?? source?.class) === source?.class,
    keepsSubnetGroup: subnetGroup === source?.subnetGroup,
    // A capture that tells no version says nothing against the groups.
    keepsGroups:
      source === undefined ||
      version === '' ||
      groupFamily(source.engine, source.engineVersion) === groupFamily(engine, version),
    engine,
    multiAz: source?.multiAz ?? false,
    storageType,
    storageGiB,
    iops,
    throughputMiBps,
    isEncrypted: snapshot?.encrypted ?? source?.encrypted ?? false,
    snapshot,
  };
}

/** Of the engine at an instant: before an upgrade it was that of the last snapshot until then. */
export function versionAt(
  source: DbInstance | undefined,
  snapshots: readonly DbSnapshot[],
  at: Instant,
): string | undefined {
  const last = snapshots
    .filter((snapshot) => snapshot.at <= at)
    .reduce<DbSnapshot | undefined>((newest, one) => (one.at > (newest?.at ?? -1) ? one : newest), undefined);
  return last?.engineVersion ?? source?.engineVersion;
}

/** In what a request differs from the source because its backup is of another time. */
export function changedFrom(
  source: DbInstance | undefined,
  spec: DbInstanceSpec,
  snapshots: readonly DbSnapshot[],
): readonly SubjectFinding[] {
  if (source === undefined || 'replicaId' in spec.from) return [];
  const { from } = spec;
  const snapshot = 'snapshotId' in from ? snapshots.find(({ id }) => id === from.snapshotId) : undefined;
  const version =
    'restoreTime' in from ? versionAt(source, snapshots, from.restoreTime) : snapshot?.engineVersion;
  return [...groupsLeftOut(source, spec, version), ...storageFitted(source, spec, snapshot)];
}

function groupsLeftOut(
  source: DbInstance,
  spec: DbInstanceSpec,
  version: string | undefined,
): readonly SubjectFinding[] {
  const family = groupFamily(spec.engine, version ?? source.engineVersion);
  const left = (['parameterGroup', 'optionGroup'] as const).filter(
    (group) => ownGroup(source[group]) !== undefined && spec[group] === undefined,
  );
  if (left.length === 0) return [];
  const names = left.map(
    (group) => `${group === 'parameterGroup' ? 'parameter' : 'option'} group ${source[group]}`,
  );
  return [
    {
      severity: 'warning',
      code: 'GROUPS_LEFT_OUT',
      data: {
        engine: spec.engine,
        engineVersion: version ?? null,
        groups: left.flatMap((group) => source[group] ?? []),
      },
      text:
        `is restored as ${spec.engine} ${version}, and its ${names.join(' and ')} fits ${source.engine} ${source.engineVersion}: ` +
        'RDS gives it the default group of its version.',
      next: `Name groups of ${family} in ${left.map((group) => `target.${group}`).join(' and ')}, or accept the defaults.`,
    },
  ];
}

function storageFitted(
  source: DbInstance,
  spec: DbInstanceSpec,
  snapshot: DbSnapshot | undefined,
): readonly SubjectFinding[] {
  const had = snapshot?.storageType === undefined ? source : snapshot;
  const isGp3 = spec.storageType === 'gp3';
  const changes = (
    [
      ['iops', 'IOPS', GP3_IOPS],
      ['throughputMiBps', 'MiB/s', GP3_THROUGHPUT_MIBPS],
    ] as const
  ).filter(
    ([name, , least]) => had[name] !== undefined && had[name] !== (spec[name] ?? (isGp3 ? least : had[name])),
  );
  if (changes.length === 0) return [];
  const texts = changes.map(
    ([name, unit]) => `${spec[name] ?? 'the default'} instead of ${had[name]} ${unit}`,
  );
  return [
    {
      severity: 'warning',
      code: 'STORAGE_FITTED',
      data: { storageGiB: spec.storageGiB, storageType: spec.storageType ?? null },
      text: `is restored with ${spec.storageGiB} GiB of ${spec.storageType}, which cannot have the figures of its source: it gets ${texts.join(' and ')}.`,
      next: 'Raise them when its storage has grown, or test that they suffice.',
    },
  ];
}
