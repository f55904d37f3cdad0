import { defaultOptionGroup, defaultParameterGroup } from '../facts/default-groups.ts';
import { volumeCopyInitialization } from '../facts/durations.ts';
import { FSR_OPTIMISING_MINUTES_PER_TIB } from '../facts/ebs.ts';
import type { DbInstance, Inventory, Volume } from '../inventory/schema.ts';
import { MINUTE_MS, SECOND_MS } from '../time.ts';
import type { Instant } from '../time.ts';
import { defaultPort, DEFAULT_SECURITY_GROUP, DEFAULT_SUBNET_GROUP } from './rds/defaults.ts';
import { seededSettings } from './rds/kept-settings.ts';
import { fsrId, optimizingMs } from './model/fsr-timeline.ts';
import type { DbInstanceRecord, DbSettings, FsrRecord, VolumeRecord } from './model/records.ts';
import type { Account, WorldState } from './state/state.ts';
import { zoneIds } from './ec2/zones.ts';

/** What is fixed about the account, from the inventory; its zones are those it lists and those it uses. */
export function accountOf(inventory: Inventory): Account {
  const used = [
    ...inventory.zones,
    ...inventory.volumes.map(({ zone }) => zone),
    ...inventory.instances.map(({ zone }) => zone),
    ...inventory.dbInstances.flatMap(({ zone }) => zone ?? []),
    ...inventory.snapshots.flatMap(({ fsr }) => fsr.map(({ zone }) => zone)),
  ];
  const zones =
    used.length === 0 ? [`${inventory.region}a`, `${inventory.region}b`] : [...new Set(used)].sort();
  return {
    id: inventory.account,
    region: inventory.region,
    zones,
    zoneIds: zoneIds(inventory.region, zones),
    quotas: inventory.quotas,
    kmsKeys: inventory.kmsKeys,
    beganAt: inventory.capturedAt,
  };
}

/**
 * Fills a new world from the inventory. Copies in other Regions are not part of this one. A rehearsal may begin (`beginsAt`)
 * before the inventory was captured: what it holds existed then, too.
 */
export function seedWorld(state: WorldState, inventory: Inventory, beginsAt: Instant): void {
  const at = Math.min(inventory.capturedAt, beginsAt);
  for (const volume of inventory.volumes) state.seedVolume(volumeRecord(volume, at));
  for (const { fsr, region, ...snapshot } of inventory.snapshots) {
    if (region !== undefined && region !== inventory.region) continue;
    const { fullSizeGiB } = snapshot;
    state.snapshots.seed(
      fullSizeGiB === undefined
        ? { ...snapshot, fullSizeGiB: snapshot.sizeGiB, fullSizeUntold: true }
        : { ...snapshot, fullSizeGiB },
    );
    for (const zone of fsr) state.fsr.seed(fsrRecord(snapshot, zone, at));
  }
  for (const instance of inventory.instances) state.instances.seed(instance);
  for (const instance of inventory.dbInstances) state.dbInstances.seed(dbInstanceRecord(instance, at, state));
  for (const { region, ...snapshot } of inventory.dbSnapshots) {
    if (region === undefined || region === inventory.region) state.dbSnapshots.seed(snapshot);
  }
  for (const cluster of inventory.dbClusters)
    state.dbClusters.seed({ ...cluster, id: cluster.id.toLowerCase() });
  for (const { region, ...snapshot } of inventory.dbClusterSnapshots) {
    if (region === undefined || region === inventory.region) state.dbClusterSnapshots.seed(snapshot);
  }
  state.noteUse(at);
}

function volumeRecord({ state, attachedTo, copyingFrom, ...volume }: Volume, at: Instant): VolumeRecord {
  return {
    ...volume,
    fullSizeGiB: 0,
    ...(copyingFrom !== undefined && copyInProgress(copyingFrom, volume.sizeGiB, at)),
    fastRestored: false,
    createdAt: at,
    availableAt: state === 'creating' ? null : at,
    ...(state === 'error' ? { errorAt: at } : {}),
    ...(state === 'deleting' ? { deletedAt: at, goneAt: at + MINUTE_MS } : {}),
    ...(attachedTo === undefined
      ? {}
      : { attachments: [{ ...attachedTo, at: at - MINUTE_MS, attachedAt: at - MINUTE_MS }] }),
    ...(attachedTo === undefined && state === 'in-use' ? { attachedUntold: true } : {}),
    fromInventory: true,
  };
}

/** A copy that was asked for when the world began. */
function copyInProgress(sourceVolumeId: string, sizeGiB: number, at: Instant): Partial<VolumeRecord> {
  const { p50Seconds } = volumeCopyInitialization(sizeGiB);
  return { sourceVolumeId, fullSizeGiB: sizeGiB, copyEndsAt: at + p50Seconds * SECOND_MS };
}

function fsrRecord(
  snapshot: { readonly id: string; readonly sizeGiB: number },
  fsr: Inventory['snapshots'][number]['fsr'][number],
  at: Instant,
): FsrRecord {
  const optimizingAt = fsr.state === 'enabling' ? at + MINUTE_MS : at;
  const isOn = fsr.state === 'enabled' || fsr.state === 'disabling' || fsr.state === 'disabled';
  return {
    id: fsrId(snapshot.id, fsr.zone),
    snapshotId: snapshot.id,
    zone: fsr.zone,
    snapshotGiB: snapshot.sizeGiB,
    enablingAt: at,
    optimizingAt,
    enabledAt: isOn ? at : optimizingAt + optimizingMs(snapshot.sizeGiB, FSR_OPTIMISING_MINUTES_PER_TIB.p50),
    ...(fsr.state === 'disabling' ? { disablingAt: at, disabledAt: at + MINUTE_MS } : {}),
    ...(fsr.state === 'disabled' ? { disablingAt: at, disabledAt: at } : {}),
    credits: { amount: fsr.credits ?? 0, at },
    ...(fsr.credits === undefined ? { creditsUntold: true } : {}),
    fromInventory: true,
  };
}

function dbInstanceRecord(instance: DbInstance, at: Instant, state: WorldState): DbInstanceRecord {
  const { engine, engineVersion } = instance;
  return {
    id: instance.id.toLowerCase(),
    engine,
    engineVersion,
    encrypted: instance.encrypted,
    kmsKeyId: instance.kmsKeyId,
    settings: {
      class: instance.class,
      storageGiB: instance.storageGiB,
      storageType: instance.storageType,
      iops: instance.iops,
      throughputMiBps: instance.throughputMiBps,
      zone: instance.zone ?? state.account.zones[0] ?? `${state.account.region}a`,
      multiAz: instance.multiAz,
      subnetGroup: instance.subnetGroup ?? DEFAULT_SUBNET_GROUP,
      publiclyAccessible: instance.publiclyAccessible ?? false,
      securityGroups:
        instance.securityGroups.length === 0 ? [DEFAULT_SECURITY_GROUP] : instance.securityGroups,
      parameterGroup: instance.parameterGroup ?? defaultParameterGroup(engine, engineVersion),
      optionGroup: instance.optionGroup ?? defaultOptionGroup(engine, engineVersion),
      deletionProtection: instance.deletionProtection,
      backupRetentionDays: instance.backupRetentionDays,
      iamAuth: instance.iamAuth,
      logExports: instance.logExports,
      monitoringIntervalSeconds: instance.monitoringIntervalSeconds ?? 0,
      monitoringRole: instance.monitoringRole,
      performanceInsights: instance.performanceInsights ?? false,
      port: instance.port ?? defaultPort(engine),
      ...seededSettings(instance),
    },
    untold: untoldSettings(instance),
    pending: {},
    tags: instance.tags,
    createdAt: at,
    statuses: [{ from: 0, status: instance.status }],
    replicaOf: instance.replicaOf?.toLowerCase(),
    replicaLagSeconds: instance.replicaLagSeconds,
    clusterId: instance.clusterId,
    earliestRestorableTime: instance.earliestRestorableTime,
    latestRestorableTime: instance.latestRestorableTime,
    fromInventory: true,
  };
}

/** Settings that an inventory may leave open. */
const OPTIONAL_SETTINGS = [
  'zone',
  'subnetGroup',
  'publiclyAccessible',
  'parameterGroup',
  'optionGroup',
  'monitoringIntervalSeconds',
  'performanceInsights',
  'port',
] as const satisfies readonly (keyof DbInstance & keyof DbSettings)[];

function untoldSettings(instance: DbInstance): (keyof DbSettings)[] {
  const left = OPTIONAL_SETTINGS.filter((name) => instance[name] == null);
  return instance.securityGroups.length === 0 ? [...left, 'securityGroups'] : left;
}
