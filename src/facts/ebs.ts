/**
 * What AWS documents about EBS, in one place. A line marked `?` is not settled by any source: correct it here when one does.
 */

/** EnableFastSnapshotRestores and DisableFastSnapshotRestores: snapshots a call. */
export const FSR_SNAPSHOTS_PER_CALL = 10;
/** Minutes of optimising per TiB of snapshot volume size. */
export const FSR_OPTIMISING_MINUTES_PER_TIB = { p50: 60, p90: 75 } as const;
/** ? How long `disabling` lasts, and counts against the quota, at the most, seconds. */
export const FSR_DISABLING_SECONDS = 120;
/** Largest snapshot that fast snapshot restore takes, GiB. */
export const FSR_MAX_SNAPSHOT_GIB = 16_384;
/** ? Whether volume-creation credits accrue while a snapshot is still optimising. Taken as not: the slower case. */
export const FSR_CREDITS_ACCRUE_WHILE_OPTIMISING = false;

/** Volume-creation credits that a snapshot of `snapshotGiB` gains per hour in one zone. */
export function fsrCreditsPerHour(snapshotGiB: number): number {
  return Math.min(10, 1024 / snapshotGiB);
}

/** The most credits that a snapshot of `snapshotGiB` can hold in one zone. */
export function fsrCreditBucket(snapshotGiB: number): number {
  return Math.max(1, Math.min(10, 1024 / snapshotGiB));
}

/** Provisioned initialisation: the range CreateVolume accepts, MiB/s. */
export const PROVISIONED_RATE_MIN_MIBPS = 100;
export const PROVISIONED_RATE_MAX_MIBPS = 300;

/** Seconds until a volume is initialised at a provisioned rate. */
export function provisionedInitSeconds(fullSizeGiB: number, rateMiBps: number): number {
  return (fullSizeGiB * 1024) / rateMiBps;
}

const REGION_OF_ZONE = /^[a-z]+(?:-[a-z]+)+-\d+/;
const LOCAL_ZONE = /^[a-z]+(?:-[a-z]+)+-\d+-/;
const WAVELENGTH_ZONE = /-wlz-/;

/** @example regionOfZone('us-west-2-lax-1a') // 'us-west-2' */
export function regionOfZone(zone: string): string {
  return REGION_OF_ZONE.exec(zone)?.[0] ?? zone;
}

/** Whether volumes in this zone can have a provisioned rate: not in Local Zones and Wavelength Zones. Nor do volumes of an Outpost, whose zone does not tell. */
export function takesProvisionedRate(zone: string): boolean {
  return !LOCAL_ZONE.test(zone);
}

/** Whether volumes in this zone can be copied: not in Wavelength Zones. */
export function takesVolumeCopies(zone: string): boolean {
  return !WAVELENGTH_ZONE.test(zone);
}

/** CopyVolumes: copies of a Region that are not all written, by default; a source has one at a time. */
export const VOLUME_COPIES_PER_REGION = 5;

/** DescribeVolumes: ids a call that work without trouble. */
export const VOLUMES_PER_DESCRIBE = 500;
/** An initialisation status may be this old, seconds. */
export const INITIALIZATION_STATUS_LAG_SECONDS = 300;
/** After a change, reads may not show it for this long, seconds. ? No figure is published; observed delays are seconds. */
export const SETTLE_SECONDS = 60;

/** Limits of one volume by type. */
export const VOLUME_TYPE_LIMITS: Readonly<
  Record<string, { readonly iops: number; readonly throughputMiBps: number }>
> = {
  gp2: { iops: 16_000, throughputMiBps: 250 },
  gp3: { iops: 80_000, throughputMiBps: 2_000 },
  io1: { iops: 64_000, throughputMiBps: 1_000 },
  io2: { iops: 256_000, throughputMiBps: 4_000 },
  st1: { iops: 500, throughputMiBps: 500 },
  sc1: { iops: 250, throughputMiBps: 250 },
  standard: { iops: 200, throughputMiBps: 90 },
};

/**
 * Fast snapshot restore belongs to a snapshot in a zone, not to a resource: only one resource may use it at a time.
 *
 * @example fsrKey({ snapshotId: 'snap-1', zone: 'us-east-1a' }) // 'snap-1@us-east-1a'
 */
export function fsrKey({
  snapshotId = '',
  zone = '',
}: {
  readonly snapshotId?: string | undefined;
  readonly zone?: string | undefined;
}): string {
  return `${snapshotId}@${zone}`;
}

/** A volume with Multi-Attach is attached to at most this many instances; only these types have it, and only Nitro instances take part. */
export const MULTI_ATTACH_INSTANCES = 16;
export const MULTI_ATTACH_TYPES: readonly string[] = ['io1', 'io2'];

/**
 * Devices that an instance can have. Of a Nitro instance with a shared limit they are volumes and network interfaces together, and one interface is
 * always there. ? Newer types have a limit of volumes alone, which differs by type; 28 is the least.
 */
export const NITRO_ATTACHMENTS = 28;
/** ? A Xen instance has no documented limit; more than 40 volumes are not supported. */
export const XEN_ATTACHMENTS = 40;

const XEN_FAMILY = /^(t1|t2|m[1-4]|c[134]|r[34]|i2|d2|g[23]|p[23]|x1|x1e|h1|f1|hs1|cc2|cr1)\./;

/** Whether instances of this type see volumes as NVMe devices, whose names are not those of the requests. ? All types but the old families. */
export function isNitro(instanceType: string): boolean {
  return !XEN_FAMILY.test(instanceType);
}

/**
 * The attachment point that a device name stands for; `undefined` when EC2 does not take the name. ? `sdf` and `xvdf` are one.
 *
 * @example attachmentPoint('/dev/xvdf') // 'sdf'
 */
export function attachmentPoint(device: string): string | undefined {
  const [, name] = /^(?:\/dev\/)?(?:sd|xvd)([a-z]{1,2}(?:[1-9]|1[0-5])?)$/.exec(device) ?? [];
  return name === undefined ? undefined : `sd${name}`;
}

/** @example fsrTargetOf('snap-1@us-east-1a') // { snapshotId: 'snap-1', zone: 'us-east-1a' } */
export function fsrTargetOf(key: string): { readonly snapshotId: string; readonly zone: string } {
  const at = key.indexOf('@');
  return { snapshotId: key.slice(0, at), zone: key.slice(at + 1) };
}
