import { longerOf } from '../../facts/distribution.ts';
import { backingUp, durationQuantiles, DURATIONS, RATES, readSeconds } from '../../facts/durations.ts';
import type { ReadyWhen } from '../../runbook/schema.ts';
import type { DbInstanceSpec, Forecast, StepForecasts } from '../types.ts';
import { NO_TIME, sum } from './strategy.ts';

/**
 * The steps of a restored DB instance. With backups on it is first backed up, which forbids changes; its storage loads from the
 * backup at the same time, so hydration takes the longer of the two.
 */
export function databaseSteps(
  restore: Forecast,
  spec: Pick<DbInstanceSpec, 'storageGiB' | 'backupRetentionDays'>,
  readyWhen: ReadyWhen,
): StepForecasts {
  const backup = spec.backupRetentionDays > 0 ? backingUp(spec.storageGiB) : NO_TIME;
  const load = readSeconds(spec.storageGiB, RATES.dbBackgroundLoad);
  const waitsToHydrate = readyWhen === 'hydrated';
  return {
    accelerate: NO_TIME,
    restore: waitsToHydrate ? restore : sum(restore, backup),
    warm: waitsToHydrate ? longest(load, backup) : load,
    verify: DURATIONS.configurationCheck,
  };
}

function longest(left: Forecast, right: Forecast): Forecast {
  if (left === NO_TIME || right === NO_TIME) return left === NO_TIME ? right : left;
  const { p50, p90 } = longerOf(durationQuantiles(left), durationQuantiles(right));
  return { p50Seconds: p50, p90Seconds: p90 };
}
