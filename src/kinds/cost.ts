import { regionOfZone } from '../facts/ebs.ts';
import {
  dbInstanceUsdPerHour,
  FSR_MIN_HOURS,
  FSR_USD_PER_HOUR,
  provisionedInitUsdPerGib,
  VOLUME_COPY_USD_PER_GIB,
  volumeUsdPerHour,
} from '../facts/prices.ts';
import { phasesOf } from './phases.ts';
import type { MakeSpec } from './specs.ts';
import type { PlannedStrategy } from './strategy.ts';

const HOUR_SECONDS = 3_600;

/** How long billed resources exist. */
export interface HeldSeconds {
  /** From the request of a copy until completion; in a drill until cleanup. */
  readonly storageSeconds: number;
  /** How long the run keeps fast snapshot restore on; 0 where it was enabled before. */
  readonly fsrSeconds: number;
}

/**
 * USD that a resource's own recovery costs: the storage and compute of what is made while it is held, fast snapshot restore by
 * the hour, provisioned initialization and copies of volumes by the GiB. With forecasts before the run, with what really happened after it.
 */
export function resourceCostUsd(
  strategy: Pick<PlannedStrategy, 'name' | 'spec' | 'steps'>,
  copies: number,
  held: HeldSeconds,
): number {
  const { spec } = strategy;
  const storageHours = held.storageSeconds / HOUR_SECONDS;
  let usd = makesNothing(strategy) ? 0 : copies * usdPerHour(spec) * storageHours;
  if (spec.kind === 'volume' && spec.rateMiBps !== undefined) {
    // The most that it may be: a limit of cost is not passed unnoticed.
    const { highUsd } = provisionedInitUsdPerGib(regionOfZone(spec.zone), spec.rateMiBps);
    usd += copies * spec.fullSizeGiB * highUsd;
  }
  if (spec.kind === 'volume' && spec.sourceVolumeId !== undefined)
    usd += copies * spec.fullSizeGiB * VOLUME_COPY_USD_PER_GIB.highUsd;
  if (switchesFsrOn(strategy)) {
    usd += FSR_USD_PER_HOUR * Math.max(FSR_MIN_HOURS, held.fsrSeconds / HOUR_SECONDS);
  }
  return roundUsd(usd);
}

/** The forecast of it, with a copy held until `storageUntil` seconds after its request. */
export function forecastHeld(
  strategy: Pick<PlannedStrategy, 'steps' | 'forecast'>,
  storageSeconds = strategy.forecast.p50Seconds - phasesOf(strategy).accelerate.p50Seconds,
): HeldSeconds {
  const { accelerate, restore } = phasesOf(strategy);
  return {
    storageSeconds,
    fsrSeconds: switchesFsrOn(strategy) ? accelerate.p50Seconds + restore.p50Seconds : 0,
  };
}

/** Whether the run enables fast snapshot restore, and so pays for it and disables it again. */
export function switchesFsrOn({ steps }: Pick<PlannedStrategy, 'steps'>): boolean {
  return steps.some(({ holds = [] }) => holds.some(({ pool }) => pool === 'fsrSnapshots'));
}

/** What existed before costs what it did. */
function makesNothing({ steps }: Pick<PlannedStrategy, 'steps'>): boolean {
  return steps.some(({ makes }) => makes?.use === 'result' && makes.origin === 'existing');
}

/** To a hundredth of a cent. */
export function roundUsd(usd: number): number {
  return Math.round(usd * 10_000) / 10_000;
}

function usdPerHour(spec: MakeSpec): number {
  const rest = {
    ...(spec.iops === undefined ? {} : { iops: spec.iops }),
    ...(spec.throughputMiBps === undefined ? {} : { throughputMiBps: spec.throughputMiBps }),
  };
  return spec.kind === 'volume'
    ? volumeUsdPerHour({ type: spec.volumeType, sizeGiB: spec.sizeGiB, ...rest })
    : dbInstanceUsdPerHour(spec.class, spec.multiAz, {
        type: spec.storageType,
        sizeGiB: spec.storageGiB,
        ...rest,
      });
}
