import type { EbsResource } from './runbook.ts';
import type { Isolation } from '../../runbook/schema.ts';
import type { Snapshot, Volume } from '../../inventory/schema.ts';
import type { InventoryIndex } from '../inventory-index.ts';
import type { RunMode, VolumeSpec } from '../specs.ts';

/** CreateVolume refuses IOPS for any other type. */
const TYPES_WITH_IOPS: ReadonlySet<string> = new Set(['gp3', 'io1', 'io2']);
/** CreateVolume refuses a throughput for any other type. */
const TYPES_WITH_THROUGHPUT: ReadonlySet<string> = new Set(['gp3']);
/** The volume type when the type of the source is unknown. */
const TYPE_WITHOUT_RECORD = 'gp3';

export interface VolumeTarget {
  readonly resource: EbsResource;
  readonly mode: RunMode;
  readonly isolation: Isolation | undefined;
}

/** The request for a volume like its source, from a snapshot of it; or why it cannot be written. Without a rate. */
export function volumeSpec(
  target: VolumeTarget,
  snapshot: Snapshot,
  source: Volume | undefined,
  index: InventoryIndex,
): { readonly spec: VolumeSpec } | { readonly why: string } {
  const zone = chooseZone(target, snapshot, source, index);
  if (zone === undefined) return { why: 'its zone is unknown: give target.zone' };
  if (index.zones.length > 0 && !index.zones.includes(zone)) {
    return { why: `its zone ${zone} is not among the zones of the account: give another target.zone` };
  }
  const volumeType = source?.type ?? TYPE_WITHOUT_RECORD;
  const sizeGiB = Math.max(snapshot.sizeGiB, source?.sizeGiB ?? 0);
  const iops = TYPES_WITH_IOPS.has(volumeType) ? source?.iops : undefined;
  const throughputMiBps = TYPES_WITH_THROUGHPUT.has(volumeType) ? source?.throughputMiBps : undefined;
  const encrypted = snapshot.encrypted || (source?.encrypted ?? false);
  // The key that is known to open the snapshot goes before the one its source was last seen with.
  const kmsKeyId = encrypted ? (snapshot.kmsKeyId ?? source?.kmsKeyId) : undefined;
  return {
    spec: {
      kind: 'volume',
      snapshotId: snapshot.id,
      zone,
      volumeType,
      sizeGiB,
      fullSizeGiB: snapshot.fullSizeGiB ?? snapshot.sizeGiB,
      encrypted,
      tags: source?.tags ?? snapshot.tags,
      ...(iops === undefined ? {} : { iops }),
      ...(throughputMiBps === undefined ? {} : { throughputMiBps }),
      ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
    },
  };
}

/** A drill's isolation goes before the target, so that a rehearsal stays where it was meant to. */
function chooseZone(
  { resource, mode, isolation }: VolumeTarget,
  snapshot: Snapshot,
  source: Volume | undefined,
  index: InventoryIndex,
): string | undefined {
  const isolated = mode === 'drill' ? isolation?.zone : undefined;
  const known = isolated ?? resource.target?.zone ?? source?.zone;
  if (known !== undefined) return known;
  const accelerated = snapshot.fsr.find((entry) => entry.state === 'enabled')?.zone;
  return accelerated ?? index.zones[0];
}
