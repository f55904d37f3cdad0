import { backingUp, DURATIONS, RATES, readSeconds } from '../../facts/durations.ts';
import type { ReadyWhen } from '../../runbook/schema.ts';
import type { DbInstanceSpec, Forecast, StepForecasts } from '../types.ts';
import { NO_TIME, sum } from './strategy.ts';

/**
 * The steps of a restored DB instance. With backups on it is first backed up, which forbids changes; its storage loads from the
 * backup at the same time, so whoever waits for hydration waits for the longer of the two.
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
  return {
    p50Seconds: Math.max(left.p50Seconds, right.p50Seconds),
    p90Seconds: Math.max(left.p90Seconds, right.p90Seconds),
  };
}
