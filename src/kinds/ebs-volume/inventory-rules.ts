import { printable } from '../../document/complaints.ts';
import type { Objection } from '../../document/complaints.ts';
import { mappingsAt, numberAt, textAt } from '../../document/values.ts';
import { gp2Iops, volumeFault } from '../../facts/storage-rules.ts';
import { fieldObjection } from '../kind-inventory.ts';
import type { KindInventory } from '../kind-inventory.ts';
import type { Snapshot, Volume } from './inventory.ts';

type Mapping = Readonly<Record<string, unknown>>;

export interface Lists {
  readonly volumes: readonly Volume[];
  readonly snapshots: readonly Snapshot[];
}

const SNAPSHOT_MOST_GIB = 65_536;

/** Copies of snapshots carry this placeholder instead of their volume: different volumes would count as one. */
const NO_VOLUME = /^vol-f{8,}$/;

export const ebsVolumeInventory: KindInventory<'ebs-volume', Lists> = {
  name: 'ebs-volume',
  noun: 'volume',
  lists: { volumes: 'volume', snapshots: 'snapshot' },
  sourceList: 'volumes',
  sources: ({ volumes }) => volumes,
  copies: ({ snapshots }) =>
    snapshots.map(({ volumeId, startedAt: at, state, tier, ...rest }) => ({
      ...rest,
      ...(!NO_VOLUME.test(volumeId) && { sourceId: volumeId }),
      at,
      isComplete: state === 'completed' && tier === 'standard',
    })),
  reads: {
    DescribeVolumes: [{ list: 'volumes' }],
    DescribeVolumeStatus: [{ list: 'volumes', field: 'copyingFrom' }],
    DescribeSnapshots: [{ list: 'snapshots' }],
    DescribeFastSnapshotRestores: [{ list: 'snapshots', field: 'fsr' }],
    GetMetricData: [{ list: 'snapshots', field: 'fsr' }],
  },
  contradictions: (inventory) => [...attachments(inventory), ...snapshots(inventory)],
  limits: (inventory) => [...volumeLimits(inventory), ...snapshotLimits(inventory)],
};

function attachments(inventory: Mapping): readonly Objection[] {
  const instanceZones = new Map(
    mappingsAt(inventory, ['instances']).map(({ value }) => [textAt(value, ['id']), textAt(value, ['zone'])]),
  );
  const devices = new Set<string>();
  return mappingsAt(inventory, ['volumes']).flatMap(({ index, value }) => {
    const objections: Objection[] = [];
    const path = ['volumes', index, 'attachedTo'];
    const label = `volumes[${index}].attachedTo`;
    const instanceId = textAt(value, ['attachedTo', 'instanceId']);
    const device = textAt(value, ['attachedTo', 'device']);
    if (instanceId === undefined || device === undefined) return objections;
    const slot = JSON.stringify([instanceId, device]);
    if (devices.has(slot)) {
      const message = `${label}: another volume is already ${printable(device)} of '${printable(instanceId)}'`;
      objections.push({ path, message });
    }
    devices.add(slot);
    const instanceZone = instanceZones.get(instanceId);
    const zone = textAt(value, ['zone']);
    if (instanceZone !== undefined && zone !== undefined && instanceZone !== zone) {
      const message = `${label}: the volume is in ${printable(zone)}, the instance '${printable(instanceId)}' in ${printable(instanceZone)}`;
      objections.push({ path, message });
    }
    if (value.state === 'available') {
      objections.push({ path, message: `${label}: a volume that is attached is in-use, not available` });
    }
    return objections;
  });
}

function snapshots(inventory: Mapping): readonly Objection[] {
  return mappingsAt(inventory, ['snapshots']).flatMap(({ index, value }) => {
    const objections: Objection[] = [];
    const label = `snapshots[${index}]`;
    const sizeGiB = numberAt(value, ['sizeGiB']);
    const fullSizeGiB = numberAt(value, ['fullSizeGiB']);
    if (sizeGiB !== undefined && fullSizeGiB !== undefined && fullSizeGiB > sizeGiB) {
      const message = `${label}.fullSizeGiB: expected at most sizeGiB (${sizeGiB}), not ${fullSizeGiB}`;
      objections.push({ path: ['snapshots', index, 'fullSizeGiB'], message });
    }
    const seen = new Set<string>();
    for (const fsr of mappingsAt(value, ['fsr'])) {
      const path = ['snapshots', index, 'fsr', fsr.index];
      const zone = textAt(fsr.value, ['zone']) ?? '';
      if (seen.has(zone))
        objections.push({ path, message: `${label}.fsr: the zone '${printable(zone)}' is given twice` });
      seen.add(zone);
      if (value.tier === 'archive' && fsr.value.state !== 'disabled' && fsr.value.state !== 'disabling') {
        objections.push({
          path,
          message: `${label}.fsr: archiving a snapshot disables its fast snapshot restore`,
        });
      }
    }
    return objections;
  });
}

function volumeLimits(inventory: Mapping): readonly Objection[] {
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
      : [fieldObjection('volumes', index, fault.field, fault.limit)];
  });
}

function snapshotLimits(inventory: Mapping): readonly Objection[] {
  return mappingsAt(inventory, ['snapshots']).flatMap(({ index, value }) => {
    const sizeGiB = numberAt(value, ['sizeGiB']);
    if (sizeGiB === undefined || sizeGiB <= SNAPSHOT_MOST_GIB) return [];
    const limit = `no volume has more than ${SNAPSHOT_MOST_GIB.toLocaleString('en-US')} GiB, and so no snapshot: correct it`;
    return [fieldObjection('snapshots', index, 'sizeGiB', limit)];
  });
}
