import { backingUp, RATES, readSeconds } from '../../facts/durations.ts';
import type { ReadyWhen } from '../../runbook/schema.ts';
import { longest, NO_TIME, type Forecast } from '../forecast.ts';
import type { Hold, StrategyStep } from '../steps.ts';
import { VERIFY } from '../verify-step.ts';

/** It counts until the deletion is over, which takes minutes. */
const INSTANCE: Hold = { pool: 'dbInstances', amount: 1, until: { milestone: 'gone' } };
const INSTANCES: readonly Hold[] = [INSTANCE];

/** A DB instance is backed up first, up to 3 h on large stores, and cannot be changed meanwhile. */
const CONFIGURE_LIMIT_SECONDS = 6 * 3_600;

/** Gives an instance the settings that its creation could not take. */
export function configureStep(takes: Forecast): StrategyStep {
  return {
    id: 'configure',
    phase: 'restore',
    scope: 'copy',
    operation: 'configureDbInstance',
    on: 'instance',
    gate: 'modifiable',
    until: 'configured',
    onFailure: 'halt',
    onDenied: 'note',
    takes,
    limitSeconds: CONFIGURE_LIMIT_SECONDS,
  };
}

/**
 * The steps of a restored DB instance. With backups on it is first backed up, which forbids changes; its storage loads from the
 * backup at the same time, so hydration takes the longer of the two.
 */
export function restoreSteps(
  restore: Forecast,
  spec: { readonly storageGiB: number; readonly backupRetentionDays: number },
  readyWhen: ReadyWhen,
): readonly StrategyStep[] {
  // Where the retention is unknown RDS keeps that of the source, which is mostly on.
  const backup = spec.backupRetentionDays === 0 ? NO_TIME : backingUp(spec.storageGiB);
  const load = readSeconds(spec.storageGiB, RATES.dbBackgroundLoad);
  const waitsToHydrate = readyWhen === 'hydrated';
  return [
    {
      id: 'restore',
      phase: 'restore',
      scope: 'copy',
      operation: 'restoreDbInstance',
      makes: { role: 'instance', type: 'dbInstance', use: 'result' },
      until: 'available',
      holds: INSTANCES,
      onFailure: 'remake',
      takes: restore,
    },
    configureStep(waitsToHydrate ? NO_TIME : backup),
    {
      id: 'hydrate',
      phase: 'warmup',
      scope: 'copy',
      on: 'instance',
      until: 'hydrated',
      onFailure: 'halt',
      takes: waitsToHydrate ? longest(load, backup) : load,
    },
    VERIFY,
  ];
}
