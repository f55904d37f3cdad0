import { coldReadRate, DURATIONS, RATES, readSeconds } from '../facts/durations.ts';
import type { RateRange } from '../facts/durations.ts';
import { VOLUME_TYPE_LIMITS } from '../facts/ebs.ts';
import { storageHold } from '../kinds/ebs-volume/steps.ts';
import type { Pools } from './input.ts';
import { schedule } from './schedule.ts';
import type { ResourceSubject } from './subjects.ts';
import type { Task } from './task.ts';
import { taskOf } from './task.ts';
import type { ColdRestore, Forecast, PlannedStrategy, VolumeSpec } from './types.ts';

interface Recovered {
  readonly subject: ResourceSubject;
  readonly strategy: PlannedStrategy;
}

interface ColdVolume {
  readonly subject: ResourceSubject;
  readonly spec: VolumeSpec;
}

type Quantile = keyof Forecast;
type RateOf = (volume: ColdVolume) => RateRange;

/**
 * The same recovery without acceleration: every volume from its recovery point, all of them read through at once, with the
 * throughput of the reading instances shared among them. An instance that the inventory does not contain counts as no limit. Databases have nothing that could be left out: theirs is the strategy of the plan.
 *
 * @param chosen the strategy of each subject
 * @returns undefined where no resource waits for a volume to be hydrated
 */
export function coldRestore(
  subjects: readonly ResourceSubject[],
  chosen: readonly (PlannedStrategy | undefined)[],
  pools: Pools,
  startSeconds: number,
): ColdRestore | undefined {
  const recovered = subjects.flatMap((subject, at): readonly Recovered[] => {
    const strategy = chosen[at];
    return strategy === undefined ? [] : [{ subject, strategy }];
  });
  const volumes = recovered.flatMap(({ subject, strategy: { spec } }): readonly ColdVolume[] =>
    spec.kind === 'volume' && subject.readyWhen === 'hydrated' ? [{ subject, spec }] : [],
  );
  if (volumes.length === 0) return undefined;
  const deepRate = sharedRate(volumes, deepQueueRate);
  const streamRate = sharedRate(volumes, oneStreamRate);
  const endOf = (rateOf: RateOf, quantile: Quantile): number => {
    const tasks = recovered.map((each) => coldTask(each, rateOf, quantile));
    const slots = schedule(tasks, pools, startSeconds);
    // A resource that can never start because of a quota has a problem of its own.
    const ends = slots.map(({ readySeconds }) => readySeconds).filter((end) => end < Infinity);
    return Math.ceil(ends.reduce((latest, end) => Math.max(latest, end), startSeconds) - 1e-6);
  };
  const both = (rateOf: RateOf): Forecast => ({
    p50Seconds: endOf(rateOf, 'p50Seconds'),
    p90Seconds: endOf(rateOf, 'p90Seconds'),
  });
  return {
    volumes: sumOf(volumes, ({ subject }) => subject.copies),
    dataGiB: sumOf(volumes, ({ subject, spec }) => subject.copies * spec.fullSizeGiB),
    oneStream: both(streamRate),
    deepQueue: both(deepRate),
    deepQueueMiBps: Math.round(sumOf(volumes, (volume) => volume.subject.copies * deepRate(volume).p50MiBps)),
  };
}

function coldTask({ subject, strategy }: Recovered, rateOf: RateOf, quantile: Quantile): Task {
  const { spec } = strategy;
  if (spec.kind !== 'volume') return taskOf(subject, strategy, quantile);
  const amount = storageHold(spec).amount * subject.copies;
  return {
    id: subject.id,
    dependsOn: subject.dependsOn,
    readyWhen: subject.readyWhen,
    needs: [{ pool: storageHold(spec).pool, amount, until: 'never' }],
    accelerateSeconds: 0,
    restoreSeconds: DURATIONS.createVolume[quantile],
    warmSeconds: readSeconds(spec.fullSizeGiB, rateOf({ subject, spec }))[quantile],
    verifySeconds: DURATIONS.configurationCheck[quantile],
  };
}

function deepQueueRate({ spec }: ColdVolume): RateRange {
  return coldReadRate(spec.volumeType, throughputOf(spec));
}

function oneStreamRate({ spec }: ColdVolume): RateRange {
  const limit = throughputOf(spec);
  const { p50MiBps, p90MiBps } = RATES.coldReadOneStream;
  return { p50MiBps: Math.min(p50MiBps, limit), p90MiBps: Math.min(p90MiBps, limit) };
}

function throughputOf({ volumeType, throughputMiBps }: VolumeSpec): number {
  return throughputMiBps ?? VOLUME_TYPE_LIMITS[volumeType]?.throughputMiBps ?? Infinity;
}

/** The rates when all volumes that the same instance reads are read at once. */
function sharedRate(volumes: readonly ColdVolume[], wanted: RateOf): RateOf {
  const wants = new Map<string, { p50MiBps: number; p90MiBps: number }>();
  for (const volume of volumes) {
    const { reader, copies } = volume.subject;
    if (reader === undefined) continue;
    const rate = wanted(volume);
    const sum = wants.get(reader.instanceId) ?? { p50MiBps: 0, p90MiBps: 0 };
    sum.p50MiBps += copies * rate.p50MiBps;
    sum.p90MiBps += copies * rate.p90MiBps;
    wants.set(reader.instanceId, sum);
  }
  return (volume) => {
    const { reader } = volume.subject;
    const rate = wanted(volume);
    const sum = reader === undefined ? undefined : wants.get(reader.instanceId);
    if (reader === undefined || sum === undefined) return rate;
    const share = (want: number): number => Math.min(1, reader.throughputMiBps / want);
    return {
      p50MiBps: rate.p50MiBps * share(sum.p50MiBps),
      p90MiBps: rate.p90MiBps * share(sum.p90MiBps),
    };
  };
}

function sumOf<T>(items: readonly T[], amountOf: (item: T) => number): number {
  return items.reduce((total, item) => total + amountOf(item), 0);
}
