import { quantileAt } from '../../facts/distribution.ts';
import { DURATIONS, PROVISIONED_INIT_FACTOR, volumeCopyInitialization } from '../../facts/durations.ts';
import {
  FSR_DISABLING_SECONDS,
  INITIALIZATION_STATUS_LAG_SECONDS,
  provisionedInitSeconds,
} from '../../facts/ebs.ts';
import type { ReadyWhen } from '../../runbook/schema.ts';
import { NO_TIME, sum, type Forecast } from '../forecast.ts';
import type { RunMode, VolumeSpec } from '../specs.ts';
import type { Hold, StrategyStep } from '../steps.ts';
import { VERIFY } from '../verify-step.ts';

/** A provisioned initialization takes at most this many times data / rate. */
const SLOWEST = quantileAt(PROVISIONED_INIT_FACTOR, 1);
/** The clock of AWS differs from the local one. */
const CLOCK_MARGIN_SECONDS = 1;

/** Fast snapshot restore counts against its quota until it is disabled, which takes a while. */
const FSR_SLOT: Hold = {
  pool: 'fsrSnapshots',
  amount: 1,
  until: { milestone: 'undone', plusSeconds: FSR_DISABLING_SECONDS },
};

/** Two resources must not share its credits, nor switch it off while the other needs it. */
function useHold(key: string): Hold {
  return { pool: `only:${key}`, amount: 1, until: { milestone: 'undone' }, evenIfExisting: true };
}

/** Enables fast snapshot restore. `key`: its snapshot and zone. `isOn`: it counts against the quota already. */
export function accelerateStep(key: string, takes: Forecast, isOn: boolean): StrategyStep {
  return {
    id: 'accelerate',
    phase: 'prepare',
    scope: 'resource',
    operation: 'enableFsr',
    makes: { role: 'fsr', type: 'fsr', use: 'means', id: key },
    until: 'credited',
    holds: isOn ? [useHold(key)] : [FSR_SLOT, useHold(key)],
    undo: 'disableFsr',
    onFailure: 'fallback',
    takes,
  };
}

/** Creates a volume. `gate`: the condition that must be met before. */
export function createStep(holds: readonly Hold[], gate?: 'credit'): StrategyStep {
  return {
    id: 'create',
    phase: 'restore',
    scope: 'copy',
    operation: 'createVolume',
    makes: { role: 'volume', type: 'volume', use: 'result' },
    until: 'available',
    ...(gate === undefined ? {} : { gate }),
    holds,
    onFailure: 'remake',
    takes: DURATIONS.createVolume,
  };
}

/** A volume that stays in `creating` for longer is stuck. */
const CREATE_LIMIT_SECONDS = 15 * 60;

/** Hydration shows only in a status that AWS renews once a period: the wait is spread evenly over one. */
export const UNTIL_IT_SHOWS: Forecast = {
  p50Seconds: 0.5 * INITIALIZATION_STATUS_LAG_SECONDS,
  p90Seconds: 0.9 * INITIALIZATION_STATUS_LAG_SECONDS,
};

/**
 * Copies a volume so many times. A volume has one copy in progress at a time, so each copy waits until the one before is initialized: what it takes is until
 * the last one is made.
 */
export function copyStep(spec: VolumeSpec, copies: number, readyWhen: ReadyWhen): StrategyStep {
  const initialization = volumeCopyInitialization(spec.fullSizeGiB);
  const turn = sum(DURATIONS.createVolume, initialization, UNTIL_IT_SHOWS);
  const turns = Array.from({ length: copies - 1 }, () => turn);
  // Nothing reads the progress of a volume that is ready: then the longest that AWS documents counts.
  const until =
    readyWhen === 'hydrated'
      ? { milestone: 'hydrated' }
      : { milestone: 'made', plusSeconds: longestCopySeconds(spec) };
  const turnHold = { amount: 1, until: { ...until, orUndone: true }, once: true } as const;
  return {
    id: 'copy',
    phase: 'restore',
    scope: 'copy',
    operation: 'copyVolume',
    makes: { role: 'volume', type: 'volume', use: 'result' },
    until: 'available',
    gate: 'turn',
    holds: [
      { pool: 'volumeCopies', ...turnHold },
      { pool: `only:copy of ${spec.sourceVolumeId ?? ''}`, ...turnHold },
      storageHold(spec),
    ],
    onFailure: 'remake',
    takes: sum(DURATIONS.createVolume, ...turns),
    limitSeconds: CREATE_LIMIT_SECONDS,
  };
}

/**
 * Waits until a copy is initialized. One that stalls is not replaced: its source has no other copy until it is deleted, and it may hold the newest data that
 * there are. An operator decides.
 */
export function initializeStep(spec: VolumeSpec): StrategyStep {
  const step = hydrateStep(volumeCopyInitialization(spec.fullSizeGiB), UNTIL_IT_SHOWS);
  return { ...step, onFailure: 'halt' };
}

/** The longest that a copy may take to be initialized. The data may have grown since they were last measured. */
export function longestCopySeconds({ sizeGiB }: VolumeSpec): number {
  return volumeCopyInitialization(sizeGiB).p90Seconds;
}

/** The storage quota that a volume takes until it is deleted. */
export function storageHold(spec: { readonly volumeType: string; readonly sizeGiB: number }): Hold {
  return {
    pool: `storageTiB.${spec.volumeType}`,
    amount: spec.sizeGiB / 1_024,
    until: { milestone: 'undone' },
  };
}

/**
 * Provisioned initialization counts against its quota from creation, also when the volume is deleted meanwhile. By computation: the status of
 * a volume may be minutes old, and the slowest initialization takes longer than data / rate.
 */
export function rateHold(fullSizeGiB: number, rateMiBps: number): Hold {
  const slowestMs = Math.ceil(SLOWEST * provisionedInitSeconds(fullSizeGiB, rateMiBps) * 1_000);
  return {
    pool: 'provisionedInitMiBps',
    amount: rateMiBps,
    until: { milestone: 'made', plusSeconds: slowestMs / 1_000 + CLOCK_MARGIN_SECONDS },
  };
}

/** Waits until the volume is filled; `null`: it never is, because no instance reads it. */
export function hydrateStep(takes: Forecast | null, notice?: Forecast): StrategyStep {
  return {
    id: 'hydrate',
    phase: 'warmup',
    scope: 'copy',
    on: 'volume',
    until: 'hydrated',
    onFailure: 'remake',
    takes,
    ...(notice === undefined ? {} : { notice }),
  };
}

/** A volume that has full speed at once. */
export const HYDRATED_AT_ONCE = hydrateStep(NO_TIME);
export const NEVER_HYDRATED = hydrateStep(null);

/** Steps that make and load volumes, with those that every strategy ends with. */
export function finished(
  steps: readonly StrategyStep[],
  { spec, mode }: { readonly spec: VolumeSpec; readonly mode: RunMode },
): readonly StrategyStep[] {
  return [...steps, ...(spec.attachTo === undefined ? [] : [attachStep(mode === 'drill')]), VERIFY];
}

/** Attaches each volume once it is hydrated. `isIsolated`: to the instance of a drill, which nothing else uses. */
function attachStep(isIsolated: boolean): StrategyStep {
  return {
    id: 'attach',
    phase: 'warmup',
    scope: 'copy',
    operation: 'attachVolume',
    makes: { role: 'attachment', type: 'attachment', use: 'result', builtOn: ['volume'] },
    until: 'attached',
    undo: 'detachVolume',
    ...(isIsolated ? {} : { touchesProduction: true }),
    tokenless: true,
    onFailure: 'halt',
    takes: DURATIONS.attachVolume,
  };
}
