import { coldReadRate, DURATIONS, RATES } from '../../facts/durations.ts';
import { fsrKey, FSR_SNAPSHOTS_PER_CALL, VOLUME_TYPE_LIMITS, VOLUMES_PER_DESCRIBE } from '../../facts/ebs.ts';
import { switchesFsrOn } from '../cost.ts';
import { phasesOf } from '../phases.ts';
import type { Count, MakingPlan, PlannedWork } from '../planning.ts';
import type { VolumeSpec } from '../specs.ts';
import type { PlannedStrategy } from '../strategy.ts';
import { storageHold } from './steps.ts';

/** DescribeFastSnapshotRestores: entries a page. */
const FSR_PER_DESCRIBE = 200;

export const volumeMaking: MakingPlan = {
  protection: 'CreateSnapshot',

  countCalls(volumes, mode, count, polls): void {
    const copies = resultsOf(volumes);
    const snapshots = new Set(volumes.flatMap(({ strategy }) => specOf(strategy).snapshotId ?? []));
    const copied = volumes.filter(({ strategy }) => isCopy(strategy));
    count('DescribeSnapshots', snapshots.size / VOLUMES_PER_DESCRIBE);
    // Before the run they are looked at once more.
    count('DescribeVolumes', copied.length / VOLUMES_PER_DESCRIBE);
    count('CreateVolume', copies - resultsOf(copied));
    count('CopyVolumes', resultsOf(copied));
    count('DescribeVolumes', polls(volumes, VOLUMES_PER_DESCRIBE, underWay));
    count('DescribeVolumeStatus', polls(volumes, VOLUMES_PER_DESCRIBE, hydrating));
    // Verification and the closing sweep read everything once more.
    count('DescribeVolumes', (2 * copies) / VOLUMES_PER_DESCRIBE);
    if (mode === 'drill') count('DeleteVolume', copies);
    countSwitches(volumes, count);
    const fsr = volumes.filter(isAccelerated);
    count('DescribeFastSnapshotRestores', fsr.length / FSR_PER_DESCRIBE);
    count('DescribeFastSnapshotRestores', polls(fsr, FSR_PER_DESCRIBE, accelerating));
  },

  radius(strategy, copies) {
    const { snapshotId, sourceVolumeId, zone, sizeGiB } = specOf(strategy);
    return {
      volumes: copies,
      storageGiB: sizeGiB * copies,
      reads: [snapshotId ?? sourceVolumeId ?? []].flat(),
      switches: switchesFsrOn(strategy) ? [fsrKey({ snapshotId, zone })] : [],
    };
  },

  coldRead(strategy, copies) {
    // A copy of a volume is loaded without being read.
    if (isCopy(strategy)) return undefined;
    const spec = specOf(strategy);
    const { pool, amount } = storageHold(spec);
    const limit = spec.throughputMiBps ?? VOLUME_TYPE_LIMITS[spec.volumeType]?.throughputMiBps ?? Infinity;
    const { p50MiBps, p90MiBps } = RATES.coldReadOneStream;
    return {
      dataGiB: spec.fullSizeGiB,
      uses: [{ pool, amount: amount * copies, until: 'never' }],
      restoreSeconds: DURATIONS.createVolume,
      oneStream: { p50MiBps: Math.min(p50MiBps, limit), p90MiBps: Math.min(p90MiBps, limit) },
      deepQueue: coldReadRate(spec.volumeType, limit),
    };
  },
};

function specOf({ spec }: PlannedStrategy): VolumeSpec {
  if (spec.kind !== 'volume') throw new Error(`a ${spec.kind} is no volume`);
  return spec;
}

function isCopy(strategy: PlannedStrategy): boolean {
  return specOf(strategy).sourceVolumeId !== undefined;
}

function resultsOf(volumes: readonly PlannedWork[]): number {
  return volumes.reduce((total, { resource }) => total + resource.copies, 0);
}

function isAccelerated({ strategy }: PlannedWork): boolean {
  return strategy.steps.some(({ phase }) => phase === 'prepare');
}

function countSwitches(volumes: readonly PlannedWork[], count: Count): void {
  const zones = new Map<string, number>();
  for (const { strategy } of volumes) {
    if (!switchesFsrOn(strategy)) continue;
    const { zone } = specOf(strategy);
    zones.set(zone, (zones.get(zone) ?? 0) + 1);
  }
  for (const inZone of zones.values()) {
    count('EnableFastSnapshotRestores', inZone / FSR_SNAPSHOTS_PER_CALL);
    count('DisableFastSnapshotRestores', inZone / FSR_SNAPSHOTS_PER_CALL);
  }
}

function underWay({ slot, strategy }: PlannedWork): readonly [number, number] {
  return [slot.startSeconds + phasesOf(strategy).accelerate.p50Seconds, slot.readySeconds];
}

/** A volume with a credit of fast snapshot restore has nothing to load. */
function hydrating(work: PlannedWork): readonly [number, number] {
  const { slot } = work;
  const to = Math.min(slot.hydratedSeconds ?? 0, slot.readySeconds);
  // Copies of a volume load one after the other.
  const from = isCopy(work.strategy) ? slot.startSeconds : slot.availableSeconds;
  return isAccelerated(work) ? [0, 0] : [from, to];
}

function accelerating({ slot, strategy }: PlannedWork): readonly [number, number] {
  return [slot.startSeconds, slot.startSeconds + phasesOf(strategy).accelerate.p50Seconds];
}
