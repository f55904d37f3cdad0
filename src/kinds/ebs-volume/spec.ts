import type { Snapshot, Volume } from '../../inventory/schema.ts';
import type { InventoryIndex } from '../inventory-index.ts';
import type { RunMode, VolumeSpec } from '../specs.ts';
import type { Isolation } from '../../runbook/schema.ts';
import type { EbsResource } from './runbook.ts';
import { wantedValues } from '../settings.ts';
import { VOLUME_ROWS, type VolumeRecovery, type VolumeSettings } from './settings.ts';

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
  return {
    spec: {
      kind: 'volume',
      snapshotId: snapshot.id,
      ...settingsIn(zone, target.mode, snapshot, source),
      fullSizeGiB: snapshot.fullSizeGiB ?? snapshot.sizeGiB,
      tags: source?.tags ?? snapshot.tags,
    },
  };
}

/** The request for a copy of a volume, in its zone and with its settings. `dataGiB`: what is on it, where that is known. */
export function copySpec(source: Volume, mode: RunMode, dataGiB: number | undefined): VolumeSpec {
  const { id, zone, sizeGiB, tags } = source;
  return {
    kind: 'volume',
    sourceVolumeId: id,
    ...settingsIn(zone, mode, source, source),
    fullSizeGiB: Math.min(sizeGiB, dataGiB ?? sizeGiB),
    tags,
  };
}

function settingsIn(
  zone: string,
  mode: RunMode,
  origin: VolumeRecovery['origin'],
  source: Volume | undefined,
): VolumeSettings {
  const recovery: VolumeRecovery = {
    isDrill: mode === 'drill',
    zone,
    isInPlace: zone === source?.zone,
    type: source?.type ?? TYPE_WITHOUT_RECORD,
    isEncrypted: origin.encrypted || (source?.encrypted ?? false),
    origin,
  };
  return wantedValues(VOLUME_ROWS, source, recovery) as VolumeSettings;
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
