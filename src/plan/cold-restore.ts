import { DURATIONS, readSeconds, type RateRange } from '../facts/durations.ts';
import { MAKING } from '../kinds/registry.ts';
import type { ColdRead } from '../kinds/planning.ts';
import type { Pools } from './input.ts';
import { schedule } from './schedule.ts';
import type { ResourceSubject } from './subjects.ts';
import type { Task } from './task.ts';
import { taskOf } from './task.ts';
import type { ColdRestore, Forecast, PlannedStrategy } from './types.ts';

interface Recovered {
  readonly subject: ResourceSubject;
  readonly strategy: PlannedStrategy;
  /** Absent: nothing could be left out of its strategy. */
  readonly cold: ColdRead | undefined;
}

interface ColdVolume {
  readonly subject: ResourceSubject;
  readonly cold: ColdRead;
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
    if (strategy === undefined) return [];
    const cold = MAKING[strategy.spec.kind].coldRead?.(strategy, subject.copies);
    return [{ subject, strategy, cold }];
  });
  const volumes = recovered.flatMap(({ subject, cold }): readonly ColdVolume[] =>
    cold !== undefined && subject.readyWhen === 'hydrated' ? [{ subject, cold }] : [],
  );
  if (volumes.length === 0) return undefined;
  const deepRate = sharedRate(volumes, ({ cold }) => cold.deepQueue);
  const streamRate = sharedRate(volumes, ({ cold }) => cold.oneStream);
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
    dataGiB: sumOf(volumes, ({ subject, cold }) => subject.copies * cold.dataGiB),
    oneStream: both(streamRate),
    deepQueue: both(deepRate),
    deepQueueMiBps: Math.round(sumOf(volumes, (volume) => volume.subject.copies * deepRate(volume).p50MiBps)),
  };
}

function coldTask({ subject, strategy, cold }: Recovered, rateOf: RateOf, quantile: Quantile): Task {
  if (cold === undefined) return taskOf(subject, strategy, quantile);
  return {
    id: subject.id,
    dependsOn: subject.dependsOn,
    readyWhen: subject.readyWhen,
    needs: cold.uses,
    accelerateSeconds: 0,
    restoreSeconds: cold.restoreSeconds[quantile],
    warmSeconds: readSeconds(cold.dataGiB, rateOf({ subject, cold }))[quantile],
    verifySeconds: DURATIONS.configurationCheck[quantile],
  };
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
