import type { AdditionalStorageVolumeOutput } from '@aws-sdk/client-rds';
import * as z from 'zod';
import { count, encryption, gib } from '../../../inventory/parts.ts';
import { gp3FloorGiB } from '../../../facts/storage-rules.ts';
import { gibOf, isSameKey, keyId, textOf, wholeOf } from '../../values.ts';
import { modify, setting, type DbRecovery, type SpecFacts } from './setting.ts';

const additionalVolume = z.strictObject({
  name: z.string(),
  storageGiB: gib,
  storageType: z.string().optional(),
  iops: count.optional(),
  throughputMiBps: count.optional(),
  maxStorageGiB: gib.optional(),
});
type AdditionalVolume = z.output<typeof additionalVolume>;

const isEncrypted = ({ encrypted }: SpecFacts): boolean => encrypted;
/** gp3 has chosen figures from a size on that depends on the engine. */
const isTunable = ({ storageType, storageGiB, engine }: DbRecovery): boolean =>
  storageType.startsWith('io') || (storageType === 'gp3' && storageGiB >= gp3FloorGiB(engine));

export const STORAGE = {
  storageGiB: setting({
    label: 'storage in GiB',
    schema: gib,
    reads: ['AllocatedStorage'],
    // Aurora's instances share their cluster's storage and tell nothing, or 1.
    read: ({ AllocatedStorage: size }) => gibOf(size),
    otherwise: 1,
    // A restore takes the size that the store had when the snapshot was taken, however much it has grown since.
    wanted: (_own, { storageGiB }) => storageGiB,
    // Storage autoscaling may have grown the source after the backup: more storage is no difference.
    same: (wanted, found) => found >= wanted,
  }),
  storageType: setting({
    label: 'storage type',
    schema: z.string().default('gp3'),
    reads: ['StorageType', 'PendingModifiedValues.StorageType'],
    // Of a backup that does not tell, RDS chooses.
    wanted: (own, { snapshot }) => snapshot?.storageType ?? own,
    read: ({ StorageType: type }) => type,
    pending: ({ PendingModifiedValues: pending }) => pending?.StorageType,
    otherwise: 'gp3',
    request: (type) => ({ StorageType: type }),
  }),
  iops: setting({
    label: 'iops',
    schema: count.optional(),
    reads: ['Iops', 'PendingModifiedValues.Iops'],
    read: ({ Iops: iops }) => wholeOf(iops),
    pending: ({ PendingModifiedValues: pending }) => pending?.Iops,
    wanted: (_own, recovery) => (isTunable(recovery) ? recovery.iops : undefined),
    request: (iops) => ({ Iops: iops }),
  }),
  throughputMiBps: setting({
    label: 'throughput in MiB/s',
    schema: count.optional(),
    reads: ['StorageThroughput', 'PendingModifiedValues.StorageThroughput'],
    read: ({ StorageThroughput: throughput }) => wholeOf(throughput),
    pending: ({ PendingModifiedValues: pending }) => pending?.StorageThroughput,
    wanted: (_own, recovery) =>
      isTunable(recovery) && recovery.storageType === 'gp3' ? recovery.throughputMiBps : undefined,
    request: (throughput) => ({ StorageThroughput: throughput }),
  }),
  encrypted: setting({
    label: 'encryption',
    schema: encryption.encrypted,
    reads: ['StorageEncrypted', 'KmsKeyId'],
    read: ({ StorageEncrypted: encrypted, KmsKeyId: key }) =>
      encrypted ?? (textOf(key) === undefined ? undefined : true),
    otherwise: false,
    wanted: (_own, recovery) => recovery.isEncrypted,
    counts: isEncrypted,
    note: "A restore keeps the snapshot's encryption and key.",
  }),
  kmsKeyId: setting({
    label: 'key',
    schema: encryption.kmsKeyId,
    reads: ['KmsKeyId', 'StorageEncrypted'],
    read: ({ KmsKeyId: key, StorageEncrypted: encrypted }) => (encrypted === false ? undefined : textOf(key)),
    wanted: (own, { isEncrypted: encrypted, snapshot }) =>
      encrypted ? (snapshot?.kmsKeyId ?? own) : undefined,
    counts: isEncrypted,
    same: isSameKey,
    written: keyId,
    note: "A restore keeps the snapshot's encryption and key.",
  }),
  maxStorageGiB: setting({
    label: 'storage autoscaling limit in GiB',
    schema: gib.optional(),
    reads: ['MaxAllocatedStorage'],
    read: ({ MaxAllocatedStorage: most }) => gibOf(most),
    leftOut: 0,
    // Refused unless it exceeds the storage: equal to it means that autoscaling is off.
    wanted: (own, { storageGiB }) => (own !== undefined && own > storageGiB ? own : undefined),
    takenBy: ['RestoreDBInstanceToPointInTime'],
    request: (most) => ({ MaxAllocatedStorage: most }),
    later: modify((most: number) => ({ MaxAllocatedStorage: most })),
  }),
  dedicatedLogVolume: setting({
    label: 'dedicated log volume',
    schema: z.boolean().optional(),
    reads: ['DedicatedLogVolume', 'PendingModifiedValues.DedicatedLogVolume'],
    read: ({ DedicatedLogVolume: isOn }) => isOn,
    pending: ({ PendingModifiedValues: pending }) => pending?.DedicatedLogVolume,
    leftOut: false,
    request: (isOn) => ({ DedicatedLogVolume: isOn }),
  }),
  additionalVolumes: setting({
    label: 'additional volumes',
    schema: z.array(additionalVolume).optional(),
    reads: [
      'AdditionalStorageVolumes.VolumeName',
      'AdditionalStorageVolumes.AllocatedStorage',
      'AdditionalStorageVolumes.StorageType',
      'AdditionalStorageVolumes.IOPS',
      'AdditionalStorageVolumes.StorageThroughput',
      'AdditionalStorageVolumes.MaxAllocatedStorage',
    ],
    read: ({ AdditionalStorageVolumes: volumes }) => notEmpty(volumes?.flatMap(additionalVolumeOf)),
    leftOut: [],
    same: (wanted, found) => wanted.every((volume) => found.some((other) => isLike(volume, other))),
    written: (volumes) => volumes.map(volumeText).sort().join(', ') || 'none',
    request: (volumes) => ({
      AdditionalStorageVolumes: volumes.map((volume) => ({
        VolumeName: volume.name,
        AllocatedStorage: volume.storageGiB,
        ...(volume.storageType !== undefined && { StorageType: volume.storageType }),
        ...(volume.iops !== undefined && { IOPS: volume.iops }),
        ...(volume.throughputMiBps !== undefined && { StorageThroughput: volume.throughputMiBps }),
        ...(volume.maxStorageGiB !== undefined && { MaxAllocatedStorage: volume.maxStorageGiB }),
      })),
    }),
    note: 'Requested in the size of the source: a volume grows only, so none is smaller than in the backup.',
  }),
  backupTarget: setting({
    label: 'backup target',
    schema: z.string().optional(),
    reads: ['BackupTarget'],
    read: ({ BackupTarget: target }) => textOf(target),
    request: (target) => ({ BackupTarget: target }),
  }),
};

function notEmpty<T>(list: T[] | undefined): T[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list;
}

function additionalVolumeOf(volume: AdditionalStorageVolumeOutput): AdditionalVolume[] {
  const name = textOf(volume.VolumeName);
  const storageGiB = gibOf(volume.AllocatedStorage);
  if (name === undefined || storageGiB === undefined) return [];
  const storageType = textOf(volume.StorageType);
  const iops = wholeOf(volume.IOPS);
  const throughputMiBps = wholeOf(volume.StorageThroughput);
  const maxStorageGiB = gibOf(volume.MaxAllocatedStorage);
  return [
    {
      ...{ name, storageGiB },
      ...(storageType !== undefined && { storageType }),
      ...(iops !== undefined && { iops }),
      ...(throughputMiBps !== undefined && { throughputMiBps }),
      ...(maxStorageGiB !== undefined && { maxStorageGiB }),
    },
  ];
}

/** Names are compared without case; it may have grown. */
function isLike(wanted: AdditionalVolume, found: AdditionalVolume): boolean {
  return (
    wanted.name.toLowerCase() === found.name.toLowerCase() &&
    found.storageGiB >= wanted.storageGiB &&
    (wanted.storageType ?? found.storageType)?.toLowerCase() === found.storageType?.toLowerCase() &&
    (wanted.iops ?? found.iops) === found.iops &&
    (wanted.throughputMiBps ?? found.throughputMiBps) === found.throughputMiBps &&
    (wanted.maxStorageGiB ?? found.maxStorageGiB) === found.maxStorageGiB
  );
}

function volumeText({ name, storageGiB, storageType, iops, throughputMiBps }: AdditionalVolume): string {
  const figures = [storageType, iops, throughputMiBps].filter((figure) => figure !== undefined);
  return [name, `${storageGiB} GiB`, ...figures].join(' ');
}
