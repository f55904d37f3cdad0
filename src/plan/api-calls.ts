import { FSR_SNAPSHOTS_PER_CALL, VOLUMES_PER_DESCRIBE } from '../facts/ebs.ts';
import { phasesOf } from '../kinds/phases.ts';
import { switchesFsrOn } from './cost.ts';
import type { Slot } from './task.ts';
import type { Plan, PlannedResource, PlannedStrategy, RunMode } from './types.ts';

/** DescribeFastSnapshotRestores: entries a page. */
const FSR_PER_DESCRIBE = 200;
/** DescribeDBInstances: records a page. */
const DB_INSTANCES_PER_DESCRIBE = 100;

/** A resource that is planned, with its slot. */
export interface PlannedSlot {
  readonly resource: Pick<PlannedResource, 'copies'>;
  readonly strategy: PlannedStrategy;
  readonly slot: Slot;
}

/**
 * About how many requests a run sends, by operation: the reads grow with its length, the others with its size.
 *
 * @param everySeconds how often it looks at what is under way
 * @param protects a restore takes a fresh recovery point of what it recovered; the looks at those are not counted
 */
export function estimateApiCalls(
  planned: readonly PlannedSlot[],
  mode: RunMode,
  everySeconds: number,
  protects: boolean,
): Plan['apiCalls'] {
  const calls = new Map<string, number>();
  const count = (operation: string, amount: number): void => {
    if (amount > 0) calls.set(operation, (calls.get(operation) ?? 0) + Math.ceil(amount));
  };
  const volumes = planned.filter(({ strategy }) => strategy.spec.kind === 'volume');
  const databases = planned.filter(({ strategy }) => strategy.spec.kind === 'dbInstance');
  const polls = pollsEvery(everySeconds);
  countVolumes(volumes, mode, count, polls);
  countDatabases(databases, mode, count, polls);
  if (planned.length > 0) for (const operation of MARKING) count(operation, 1);
  if (mode === 'restore' && protects) {
    count('CreateSnapshot', copiesOf(volumes));
    count('CreateDBSnapshot', databases.length);
  }
  const byOperation = Object.fromEntries([...calls].sort(([left], [right]) => (left < right ? -1 : 1)));
  return { total: [...calls.values()].reduce((total, amount) => total + amount, 0), byOperation };
}

/** The claim in the account: written at the start, read and removed at the end. */
const MARKING = ['PutParameter', 'GetParameter', 'DeleteParameter'];

function copiesOf(volumes: readonly PlannedSlot[]): number {
  return volumes.reduce((total, { resource }) => total + resource.copies, 0);
}

type Count = (operation: string, amount: number) => void;
/** Pages read while anything is in a phase. */
type Polls = (
  planned: readonly PlannedSlot[],
  perPage: number,
  phase: (planned: PlannedSlot) => readonly [from: number, to: number],
) => number;

function countVolumes(volumes: readonly PlannedSlot[], mode: RunMode, count: Count, polls: Polls): void {
  const copies = copiesOf(volumes);
  const snapshots = new Set(volumes.map(({ strategy }) => snapshotOf(strategy)));
  count('DescribeSnapshots', snapshots.size / VOLUMES_PER_DESCRIBE);
  count('CreateVolume', copies);
  count('DescribeVolumes', polls(volumes, VOLUMES_PER_DESCRIBE, underWay));
  count('DescribeVolumeStatus', polls(volumes, VOLUMES_PER_DESCRIBE, hydrating));
  // Verification and the closing sweep read everything once more.
  count('DescribeVolumes', (2 * copies) / VOLUMES_PER_DESCRIBE);
  if (mode === 'drill') count('DeleteVolume', copies);
  const accelerated = volumes.filter(({ strategy }) => switchesFsrOn(strategy));
  const zones = new Map<string, number>();
  for (const { strategy } of accelerated) {
    const zone = strategy.spec.zone ?? '';
    zones.set(zone, (zones.get(zone) ?? 0) + 1);
  }
  for (const inZone of zones.values()) {
    count('EnableFastSnapshotRestores', inZone / FSR_SNAPSHOTS_PER_CALL);
    count('DisableFastSnapshotRestores', inZone / FSR_SNAPSHOTS_PER_CALL);
  }
  const fsr = volumes.filter(({ strategy }) => strategy.name === 'fsr');
  count('DescribeFastSnapshotRestores', fsr.length / FSR_PER_DESCRIBE);
  count('DescribeFastSnapshotRestores', polls(fsr, FSR_PER_DESCRIBE, accelerating));
}

function countDatabases(databases: readonly PlannedSlot[], mode: RunMode, count: Count, polls: Polls): void {
  for (const { strategy } of databases) {
    if (strategy.spec.kind !== 'dbInstance') continue;
    const { from, monitoringIntervalSeconds, performanceInsights } = strategy.spec;
    if ('replicaId' in from) {
      count('PromoteReadReplica', 1);
      count('ModifyDBInstance', 1);
      count('DescribeDBInstances', 1);
      continue;
    }
    count('snapshotId' in from ? 'RestoreDBInstanceFromDBSnapshot' : 'RestoreDBInstanceToPointInTime', 1);
    count('snapshotId' in from ? 'DescribeDBSnapshots' : 'DescribeDBInstances', 1);
    if ((monitoringIntervalSeconds ?? 0) > 0 || performanceInsights === true) count('ModifyDBInstance', 1);
    if (mode === 'drill') count('DeleteDBInstance', 1);
  }
  count('DescribeDBInstances', polls(databases, DB_INSTANCES_PER_DESCRIBE, underWay));
  count('DescribeDBInstances', (2 * databases.length) / DB_INSTANCES_PER_DESCRIBE);
}

function snapshotOf(strategy: PlannedStrategy): string {
  return strategy.spec.kind === 'volume' ? strategy.spec.snapshotId : '';
}

/** One page a poll at least, more where the average crowd needs them. */
function pollsEvery(everySeconds: number): Polls {
  return (planned, perPage, phase) => {
    let first = Infinity;
    let last = -Infinity;
    let crowdSeconds = 0;
    for (const entry of planned) {
      const [from, to] = phase(entry);
      if (to <= from) continue;
      first = Math.min(first, from);
      last = Math.max(last, to);
      crowdSeconds += (to - from) * entry.resource.copies;
    }
    if (last <= first) return 0;
    const seconds = last - first;
    return (seconds / everySeconds) * Math.ceil(crowdSeconds / seconds / perPage - 1e-6);
  };
}

function underWay({ slot, strategy }: PlannedSlot): readonly [number, number] {
  return [slot.startSeconds + phasesOf(strategy).accelerate.p50Seconds, slot.readySeconds];
}

function hydrating({ slot, strategy }: PlannedSlot): readonly [number, number] {
  const to = Math.min(slot.hydratedSeconds ?? 0, slot.readySeconds);
  return strategy.name === 'fsr' ? [0, 0] : [slot.availableSeconds, to];
}

function accelerating({ slot, strategy }: PlannedSlot): readonly [number, number] {
  return [slot.startSeconds, slot.startSeconds + phasesOf(strategy).accelerate.p50Seconds];
}
