import type {
  CopyVolumesCommandInput,
  CreateVolumeCommandInput,
  Volume,
  VolumeType,
} from '@aws-sdk/client-ec2';
import * as z from 'zod';
import { count, encryption, gib } from '../../inventory/parts.ts';
import { rowsOf, settingsOf, type SpecOf } from '../settings.ts';
import { gibOf, isSameKey, keyId, textOf, wholeOf } from '../values.ts';

export const VOLUME_TYPES = ['gp2', 'gp3', 'io1', 'io2', 'st1', 'sc1', 'standard'] as const;
type KnownType = (typeof VOLUME_TYPES)[number];
/** CreateVolume refuses IOPS for any other type: theirs follow from the size. */
const TYPES_WITH_IOPS: ReadonlySet<string> = new Set(['gp3', 'io1', 'io2']);
/** CreateVolume refuses a throughput for any other type. */
const TYPES_WITH_THROUGHPUT: ReadonlySet<string> = new Set(['gp3']);

/** CreateVolume refuses Multi-Attach for any other type. */
const TYPES_WITH_MULTI_ATTACH: ReadonlySet<string> = new Set(['io1', 'io2']);

/** What rows look at of the spec beside their own value. */
interface SpecFacts {
  readonly volumeType: string;
  readonly encrypted: boolean;
}

/** What a spec follows from beside its source. */
export interface VolumeRecovery {
  readonly isDrill: boolean;
  /** Of the isolation in a drill, of the target, or of the source; where fast snapshot restore is on, or any. */
  readonly zone: string;
  /** The source is in that zone. */
  readonly isInPlace: boolean;
  readonly type: string;
  /** What it is made from: a snapshot, or the source itself. */
  readonly origin: {
    readonly sizeGiB: number;
    readonly encrypted: boolean;
    readonly kmsKeyId?: string | undefined;
  };
  readonly isEncrypted: boolean;
}

type VolumeRequest = Partial<CreateVolumeCommandInput & CopyVolumesCommandInput>;

const setting = settingsOf<Volume, SpecFacts, VolumeRecovery, VolumeRequest>();

/** A copy of a volume is in its zone. */
const CREATE_ALONE = ['CreateVolume'];

const hasIops = ({ volumeType }: SpecFacts): boolean => TYPES_WITH_IOPS.has(volumeType);
const hasThroughput = ({ volumeType }: SpecFacts): boolean => TYPES_WITH_THROUGHPUT.has(volumeType);
const isEncrypted = ({ encrypted }: SpecFacts): boolean => encrypted;

/** What a volume has of its source. */
export const VOLUME_SETTINGS = {
  volumeType: setting({
    label: 'type',
    schema: z.enum(VOLUME_TYPES),
    field: 'type',
    reads: ['VolumeType'],
    read: ({ VolumeType: type }) => type as KnownType | undefined,
    wanted: (_own, { type }) => type as KnownType,
    request: (type) => ({ VolumeType: type as VolumeType }),
  }),
  sizeGiB: setting({
    label: 'size in GiB',
    schema: gib,
    reads: ['Size'],
    read: ({ Size: size }) => gibOf(size),
    wanted: (own, { origin }) => Math.max(origin.sizeGiB, own ?? 0),
    request: (size) => ({ Size: size }),
  }),
  iops: setting({
    label: 'iops',
    schema: count.optional(),
    reads: ['Iops'],
    read: ({ Iops: iops }) => wholeOf(iops),
    wanted: (own, { type }) => (TYPES_WITH_IOPS.has(type) ? own : undefined),
    counts: hasIops,
    request: (iops) => ({ Iops: iops }),
  }),
  throughputMiBps: setting({
    label: 'throughput in MiB/s',
    schema: count.optional(),
    reads: ['Throughput'],
    read: ({ Throughput: throughput }) => wholeOf(throughput),
    wanted: (own, { type }) => (TYPES_WITH_THROUGHPUT.has(type) ? own : undefined),
    counts: hasThroughput,
    request: (throughput) => ({ Throughput: throughput }),
  }),
  zone: setting({
    label: 'zone',
    schema: z.string(),
    reads: ['AvailabilityZone'],
    read: ({ AvailabilityZone: zone }) => zone,
    wanted: (_own, { zone }) => zone,
    drill: { rule: 'network', value: (_own, { zone }) => zone },
    takenBy: CREATE_ALONE,
    note: 'A copy of a volume is in the zone of its source.',
    request: (zone) => ({ AvailabilityZone: zone }),
  }),
  encrypted: setting({
    label: 'encryption',
    schema: encryption.encrypted,
    reads: ['Encrypted', 'KmsKeyId'],
    read: ({ Encrypted: encrypted, KmsKeyId: key }) =>
      encrypted ?? (textOf(key) === undefined ? undefined : true),
    otherwise: false,
    wanted: (_own, recovery) => recovery.isEncrypted,
    // An account may encrypt by default: encryption that was not asked for is no difference. `false` is refused for an encrypted snapshot;
    // absent, the volume keeps the encryption of the snapshot.
    counts: isEncrypted,
    request: () => ({ Encrypted: true }),
  }),
  kmsKeyId: setting({
    label: 'key',
    schema: encryption.kmsKeyId,
    reads: ['KmsKeyId', 'Encrypted'],
    read: ({ KmsKeyId: key, Encrypted: encrypted }) => (encrypted === false ? undefined : textOf(key)),
    // The key that is known to open the snapshot goes before the one its source was last seen with.
    wanted: (own, recovery) => (recovery.isEncrypted ? (recovery.origin.kmsKeyId ?? own) : undefined),
    counts: isEncrypted,
    same: isSameKey,
    written: keyId,
    request: (key) => ({ KmsKeyId: key }),
  }),
  multiAttach: setting({
    label: 'Multi-Attach',
    schema: z.boolean().optional(),
    reads: ['MultiAttachEnabled'],
    // Off for most: said only where it is on.
    read: ({ MultiAttachEnabled: isOn }) => (isOn === true ? true : undefined),
    leftOut: false,
    counts: ({ volumeType }) => TYPES_WITH_MULTI_ATTACH.has(volumeType),
    request: (isOn) => ({ MultiAttachEnabled: isOn }),
  }),
  outpost: setting({
    label: 'Outpost',
    schema: z.string().optional(),
    reads: ['OutpostArn'],
    read: ({ OutpostArn: arn }) => textOf(arn),
    // An Outpost belongs to one zone.
    wanted: (own, { isInPlace }) => (isInPlace ? own : undefined),
    takenBy: CREATE_ALONE,
    note: 'Volumes of an Outpost are not copied.',
    request: (arn) => ({ OutpostArn: arn }),
  }),
};

/** A volume is made from one of the two: a copy that stayed when a strategy by snapshots took over is told by the comparison, and the other way round. */
const MADE_FROM = ['SnapshotId', 'SourceVolumeId'];

/** What the strategy chooses; an inventory does not hold it. */
export const VOLUME_CHOICES = {
  snapshotId: setting({
    label: 'snapshot',
    schema: z.string().optional(),
    reads: MADE_FROM,
    read: ({ SnapshotId: id, SourceVolumeId: source }) => textOf(id) ?? textOf(source),
    takenBy: CREATE_ALONE,
    request: (id) => ({ SnapshotId: id }),
  }),
  rateMiBps: setting({
    label: 'initialisation rate in MiB/s',
    schema: z.number().optional(),
    reads: ['VolumeInitializationRate'],
    read: ({ VolumeInitializationRate: rate }) => rate,
    takenBy: CREATE_ALONE,
    request: (rate) => ({ VolumeInitializationRate: rate }),
  }),
  sourceVolumeId: setting({
    label: 'source volume',
    schema: z.string().optional(),
    reads: MADE_FROM,
    read: ({ SnapshotId: id, SourceVolumeId: source }) => textOf(source) ?? textOf(id),
    takenBy: ['CopyVolumes'],
    request: (id) => ({ SourceVolumeId: id }),
  }),
};

export type VolumeSettings = Omit<SpecOf<typeof VOLUME_SETTINGS & typeof VOLUME_CHOICES>, 'volumeType'> & {
  readonly volumeType: string;
};

export const VOLUME_ROWS = rowsOf(VOLUME_SETTINGS);
export const VOLUME_COMPARED_ROWS = rowsOf({ ...VOLUME_SETTINGS, ...VOLUME_CHOICES });
/** Requests name these first: the simulator's faults follow from the text of a request. */
const FIRST = { snapshotId: VOLUME_CHOICES.snapshotId, zone: VOLUME_SETTINGS.zone };
export const VOLUME_REQUEST_ROWS = rowsOf({ ...FIRST, ...VOLUME_SETTINGS, ...VOLUME_CHOICES });
