import { phasesOf, usesOf } from '../kinds/phases.ts';
import type { ReadyWhen } from '../runbook/schema.ts';
import type { PlannedResource, PlannedStrategy, PoolUse } from './types.ts';

/** What is already known of a task that has begun. Seconds count from the same origin as the schedule's. */
export interface TaskProgress {
  readonly startedSeconds: number;
  /** When it became available; absent: not yet. */
  readonly availableSeconds?: number;
  /** When it became hydrated; absent: not yet. */
  readonly hydratedSeconds?: number;
  /** When it became ready; absent: not yet. */
  readonly readySeconds?: number;
  /** A better estimate than the step durations: seconds to ready, from the schedule's start. */
  readonly remainingSeconds?: number;
}

/** One resource, as the scheduler sees it. */
export interface Task {
  readonly id: string;
  readonly dependsOn: readonly string[];
  readonly needs: readonly PoolUse[];
  readonly accelerateSeconds: number;
  readonly restoreSeconds: number;
  /** `null`: it never hydrates. */
  readonly warmSeconds: number | null;
  /** From hydrated (or available, where that is enough) to ready: until it shows, and is verified. */
  readonly verifySeconds: number;
  readonly readyWhen: ReadyWhen;
  readonly progress?: TaskProgress;
}

/** When a task runs. Infinity everywhere: it can never start. */
export interface Slot {
  readonly id: string;
  readonly startSeconds: number;
  readonly availableSeconds: number;
  readonly hydratedSeconds: number | null;
  readonly readySeconds: number;
  /** The task whose end it waited for: a dependency, or the holder of a quota. */
  readonly waitsFor: string | undefined;
}

/** The slot of a task that begins at `begin`, in a schedule from `start` on. */
export function slotOf(task: Task, begin: number, start: number, waitsFor: string | undefined): Slot {
  const progress = task.progress;
  // An event that has not happened by the schedule's start cannot be forecast before it.
  const earliest = progress === undefined ? begin : Math.max(begin, start);
  const readyBy =
    progress?.readySeconds ??
    (progress?.remainingSeconds === undefined ? undefined : start + Math.max(0, progress.remainingSeconds));
  const waitsToHydrate = task.readyWhen === 'hydrated';
  const stepsToReady = task.verifySeconds + (waitsToHydrate ? (task.warmSeconds ?? 0) : 0);
  const availableSeconds =
    progress?.availableSeconds ??
    (readyBy === undefined
      ? Math.max(earliest, begin + task.accelerateSeconds + task.restoreSeconds)
      : Math.min(readyBy, Math.max(earliest, readyBy - stepsToReady)));
  const hydratedSeconds =
    progress?.hydratedSeconds ??
    (readyBy !== undefined && waitsToHydrate
      ? Math.max(availableSeconds, readyBy - task.verifySeconds)
      : task.warmSeconds === null
        ? null
        : Math.max(earliest, availableSeconds + task.warmSeconds));
  const readySeconds =
    readyBy ??
    Math.max(
      earliest,
      (waitsToHydrate ? (hydratedSeconds ?? Infinity) : availableSeconds) + task.verifySeconds,
    );
  return { id: task.id, startSeconds: begin, availableSeconds, hydratedSeconds, readySeconds, waitsFor };
}

/** The slot of a task that can never start. */
export function neverSlot(id: string): Slot {
  return {
    id,
    startSeconds: Infinity,
    availableSeconds: Infinity,
    hydratedSeconds: null,
    readySeconds: Infinity,
    waitsFor: undefined,
  };
}

/**
 * A planned resource as the scheduler's task, with the steps of one of its strategies.
 *
 * @example schedule(plan.resources.map((resource) => taskOf(resource, resource.strategies[0], 'p50Seconds')), plan.pools, 0)
 */
export function taskOf(
  resource: Pick<PlannedResource, 'id' | 'dependsOn' | 'readyWhen' | 'copies'>,
  strategy: Pick<PlannedStrategy, 'steps'>,
  quantile: 'p50Seconds' | 'p90Seconds',
): Task {
  const { accelerate, restore, warm, notice, verify } = phasesOf(strategy);
  return {
    id: resource.id,
    dependsOn: resource.dependsOn,
    needs: usesOf(strategy, resource.copies),
    accelerateSeconds: accelerate[quantile],
    restoreSeconds: restore[quantile],
    warmSeconds: warm === null ? null : warm[quantile],
    verifySeconds: verify[quantile] + (resource.readyWhen === 'hydrated' ? notice[quantile] : 0),
    readyWhen: resource.readyWhen,
  };
}
