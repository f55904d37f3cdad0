import { VOLUME_COPIES_PER_REGION } from '../../facts/ebs.ts';
import type { FsrState } from '../../inventory/schema.ts';
import type { Instant } from '../../time.ts';
import { dbAllLoadedAt, dbSettingsAt, dbStatusAt } from '../model/db-instance-timeline.ts';
import { fsrCreditsAt, fsrStateAt } from '../model/fsr-timeline.ts';
import { isInFlight } from '../model/message-timeline.ts';
import type { DbInstanceRecord, DbSettings, MessageRecord, Tags } from '../model/records.ts';
import { replicationAt } from '../model/replication.ts';
import { dbSnapshotStatusAt, snapshotStateAt } from '../model/snapshot-timeline.ts';
import type { WorldState } from './state.ts';
import { attachmentsAt, hydrationAt, volumeStateAt } from '../model/volume-timeline.ts';
import type { AttachmentAt, VolumeState } from '../model/volume-timeline.ts';

/** A volume on an instance. */
export type TrueAttachment = Pick<AttachmentAt, 'instanceId' | 'device' | 'state'>;

/** The current state of a volume, also where describes are stale. Deleted ones stay listed. */
export interface TrueVolume {
  readonly id: string;
  readonly state: VolumeState;
  readonly zone: string;
  readonly type: string;
  readonly sizeGiB: number;
  readonly snapshotId: string | undefined;
  /** Of a volume copy, whose data are those of this volume when it was created. */
  readonly sourceVolumeId: string | undefined;
  readonly rateMiBps: number | undefined;
  readonly fastRestored: boolean;
  /** 0 to 100. */
  readonly hydration: number;
  readonly attachments: readonly TrueAttachment[];
  readonly tags: Tags;
  readonly createdAt: Instant;
  /** When a delete was accepted, or when it disappeared. */
  readonly deletedAt: Instant | undefined;
  /** It existed before the world began. */
  readonly fromInventory: boolean;
}

/** The current state of a DB instance. Deleted ones stay listed with the status `deleted`. */
export interface TrueDbInstance {
  readonly id: string;
  readonly status: string;
  readonly settings: DbSettings;
  /** Lazy loading, 0 to 100; of the volume that has the least. */
  readonly hydration: number;
  readonly origin: DbInstanceRecord['origin'];
  /** The source of a replica; `undefined` once it is promoted. */
  readonly replicaOf: string | undefined;
  /** The instant that the data of a replica, of a promoted one or of a restored one reach; `undefined` where clients write. */
  readonly dataAt: Instant | undefined;
  readonly tags: Tags;
  readonly createdAt: Instant;
  /** When a delete was accepted, or when it disappeared. */
  readonly deletedAt: Instant | undefined;
  readonly fromInventory: boolean;
}

/** The current state of a snapshot of a volume. Deleted ones stay listed with the state `deleted`. */
export interface TrueSnapshot {
  readonly id: string;
  /** The volume it was taken of. */
  readonly of: string;
  readonly state: string;
  readonly tags: Tags;
  readonly createdAt: Instant;
  readonly deletedAt: Instant | undefined;
  readonly fromInventory: boolean;
}

/** The current state of a DB snapshot; `of` is the DB instance. Deleted ones stay listed with the state `deleted`. */
export type TrueDbSnapshot = TrueSnapshot;

/** A parameter of Systems Manager. */
export interface TrueParameter {
  readonly name: string;
  readonly value: string;
}

/** A message of a queue of SQS. */
export interface TrueMessage {
  readonly id: string;
  readonly body: string;
  readonly attributes: MessageRecord['attributes'];
  readonly group: string | undefined;
  readonly deduplication: string | undefined;
  /** How often it was received. */
  readonly receives: number;
  readonly isInFlight: boolean;
}

export interface TrueFsr {
  readonly snapshotId: string;
  readonly zone: string;
  readonly state: FsrState;
  readonly credits: number;
  readonly enablingAt: Instant;
  readonly fromInventory: boolean;
}

/** One quota of the account: `fsrSnapshots`, `provisionedInitMiBps`, `volumeCopies`, `dbInstances`, or `storageTiB.<type>` (in TiB). */
export interface QuotaUsage {
  readonly quota: string;
  /** Absent: it does not bind. */
  readonly limit: number | undefined;
  readonly used: number;
  /** The most that was ever in use. */
  readonly peak: number;
  /** Calls that were refused because of it. */
  readonly refused: number;
}

export function trueVolumes(state: WorldState, now: Instant): TrueVolume[] {
  return state.volumes.values().map((volume) => ({
    id: volume.id,
    state: volumeStateAt(volume, now),
    zone: volume.zone,
    type: volume.type,
    sizeGiB: volume.sizeGiB,
    snapshotId: volume.snapshotId,
    sourceVolumeId: volume.sourceVolumeId,
    rateMiBps: volume.rateMiBps,
    fastRestored: volume.fastRestored,
    hydration: hydrationAt(volume, now),
    attachments: attachmentsAt(volume, now).map(({ instanceId, device, state: attachmentState }) => ({
      ...{ instanceId, device, state: attachmentState },
    })),
    tags: volume.tags,
    createdAt: volume.createdAt,
    deletedAt: volume.deletedAt ?? past(volume.goneAt, now),
    fromInventory: volume.fromInventory,
  }));
}

export function trueDbInstances(state: WorldState, now: Instant): TrueDbInstance[] {
  return state.dbInstances.values().map((instance) => {
    const replication = replicationAt(instance, state.dbInstances.get(instance.replicaOf ?? ''), now);
    return {
      id: instance.id,
      status: dbStatusAt(instance, now) ?? 'deleted',
      settings: dbSettingsAt(instance, now),
      hydration: dbAllLoadedAt(instance, now),
      origin: instance.origin,
      replicaOf: replication?.source,
      dataAt: replication?.dataAt ?? instance.promotion?.dataAt ?? instance.origin?.dataAt,
      tags: instance.tags,
      createdAt: instance.createdAt,
      deletedAt: instance.deletedAt ?? past(instance.goneAt, now),
      fromInventory: instance.fromInventory,
    };
  });
}

export function trueSnapshots(state: WorldState, now: Instant): TrueSnapshot[] {
  return state.snapshots.values().map((snapshot) => ({
    id: snapshot.id,
    of: snapshot.volumeId,
    state: snapshotStateAt(snapshot, now) ?? 'deleted',
    tags: snapshot.tags,
    createdAt: snapshot.startedAt,
    deletedAt: snapshot.deletedAt,
    fromInventory: snapshot.course === undefined,
  }));
}

export function trueDbSnapshots(state: WorldState, now: Instant): TrueDbSnapshot[] {
  return state.dbSnapshots.values().map((snapshot) => ({
    id: snapshot.id,
    of: snapshot.dbInstanceId,
    state: dbSnapshotStatusAt(snapshot, now) ?? 'deleted',
    tags: snapshot.tags,
    createdAt: snapshot.at,
    deletedAt: snapshot.deletedAt,
    fromInventory: snapshot.course === undefined,
  }));
}

export function trueParameters(state: WorldState): TrueParameter[] {
  return state.parameters
    .values()
    .filter(({ isDeleted }) => !isDeleted)
    .map(({ id, value }) => ({ name: id, value }));
}

/** In the order in which they were sent, without the deleted ones. */
export function trueMessages(state: WorldState, queue: string, now: Instant): TrueMessage[] {
  return state.messagesIn(queue).map((message) => {
    const { id, body, attributes, group, deduplication, receives } = message;
    return { id, body, attributes, group, deduplication, receives, isInFlight: isInFlight(message, now) };
  });
}

export function trueFsr(state: WorldState, now: Instant): TrueFsr[] {
  return state.fsr.values().map((fsr) => ({
    snapshotId: fsr.snapshotId,
    zone: fsr.zone,
    state: fsrStateAt(fsr, now),
    credits: fsrCreditsAt(fsr, now),
    enablingAt: fsr.enablingAt,
    fromInventory: fsr.fromInventory,
  }));
}

const GIB_PER_TIB = 1024;

export function quotaUsage(state: WorldState, now: Instant): QuotaUsage[] {
  const { quotas } = state.account;
  const usage = (quota: string, limit: number | undefined, used: number, unit = 1): QuotaUsage => ({
    quota,
    limit,
    used: used / unit,
    peak: state.store.numbers.get(`peak/${quota}`) / unit,
    refused: state.store.numbers.get(`refused/${quota}`),
  });
  const types = new Set([
    ...Object.keys(quotas.storageTiB ?? {}),
    ...state.volumes.values().map(({ type }) => type),
  ]);
  return [
    usage('fsrSnapshots', quotas.fsrSnapshots, state.fsrSnapshotsInUse(now).size),
    usage(
      'provisionedInitMiBps',
      quotas.provisionedInitMiBps,
      state.ledger.used('provisionedInitMiBps', now),
    ),
    usage(
      'volumeCopies',
      quotas.volumeCopies ?? VOLUME_COPIES_PER_REGION,
      state.copiesInProgress(now).length,
    ),
    usage('dbInstances', quotas.dbInstances, state.dbInstancesInUse(now)),
    ...[...types].sort().map((type) => {
      const pool = `storageTiB.${type}`;
      return usage(pool, quotas.storageTiB?.[type], state.ledger.used(pool, now), GIB_PER_TIB);
    }),
  ];
}

function past(at: Instant | undefined, now: Instant): Instant | undefined {
  return at !== undefined && at <= now ? at : undefined;
}
