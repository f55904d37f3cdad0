import { NO_TIME, type Forecast } from '../kinds/forecast.ts';
import { phasesOf, takesTurns } from '../kinds/phases.ts';
import { schedule } from '../plan/schedule.ts';
import { taskOf, type Task, type TaskProgress } from '../plan/task.ts';
import type { Plan, PlannedResource, PlannedStrategy } from '../plan/types.ts';
import { SECOND_MS, type Instant } from '../time.ts';
import type { LiveForecast, ObjectiveChange, ObjectiveState } from './live.ts';

/** The progress of one resource. Instants are absent until they happen. */
export interface ResourceProgress {
  /** Index of the strategy in use. */
  readonly strategy: number;
  readonly step:
    | 'queued'
    | 'accelerating'
    | 'restoring'
    | 'warming'
    | 'verifying'
    | 'ready'
    | 'failed'
    /** The resource halted: it is kept, and waits for an operator's decision. */
    | 'halted'
    | 'over';
  /** When the present step began. */
  readonly since: Instant;
  readonly startedAt?: Instant;
  readonly availableAt?: Instant;
  readonly hydratedAt?: Instant;
  readonly readyAt?: Instant;
  /** Hydration, 0 to 100, while warming. */
  readonly percent?: number;
}

/** Below this percentage of hydration, its rate cannot be extrapolated. */
const PERCENT_THAT_TELLS = 5;
/** A step beyond its p90 is forecast to need this fraction of its elapsed time in addition. */
const OVERDUE_SHARE = 0.1;

type Quantile = keyof Forecast;

/** Seconds that a step still needs, from its progress so far. */
export function remainingSeconds(
  forecast: Forecast,
  quantile: Quantile,
  elapsedSeconds: number,
  percent?: number,
): number {
  if (percent !== undefined && percent >= PERCENT_THAT_TELLS)
    return (elapsedSeconds * (100 - percent)) / percent;
  const planned = forecast[quantile] - elapsedSeconds;
  if (planned > 0) return planned;
  return Math.max(forecast.p90Seconds - elapsedSeconds, elapsedSeconds * OVERDUE_SHARE);
}

/**
 * Seconds in which a step will probably not end: none once it could end any moment. By the plan alone: what AWS says of the progress may be minutes old, so it
 * would promise too much.
 */
function quietSecondsOf(strategy: PlannedStrategy, { step, since }: ResourceProgress, now: Instant): number {
  if (step === 'restoring' && takesTurns(strategy)) return 0;
  const phases = phasesOf(strategy);
  const forecasts: Partial<Readonly<Record<ResourceProgress['step'], Forecast | null>>> = {
    accelerating: phases.accelerate,
    restoring: phases.restore,
    warming: phases.warm,
  };
  return Math.max(0, (forecasts[step]?.p50Seconds ?? 0) - (now - since) / SECOND_MS);
}

function remainingOf(
  resource: PlannedResource,
  strategy: PlannedStrategy,
  seen: ResourceProgress,
  quantile: Quantile,
  now: Instant,
): number {
  const { accelerate, restore, warm, notice, verify } = phasesOf(strategy);
  const waits = resource.readyWhen === 'hydrated';
  const warming = waits ? (warm ?? NO_TIME) : NO_TIME;
  const afterwards = verify[quantile] + (waits ? notice[quantile] : 0);
  const elapsed = Math.max(0, now - seen.since) / SECOND_MS;
  switch (seen.step) {
    case 'accelerating':
      return (
        remainingSeconds(accelerate, quantile, elapsed) + restore[quantile] + warming[quantile] + afterwards
      );
    case 'restoring':
      return remainingSeconds(restore, quantile, elapsed) + warming[quantile] + afterwards;
    case 'warming':
      return remainingSeconds(warming, quantile, elapsed, seen.percent) + afterwards;
    case 'verifying':
      return remainingSeconds(verify, quantile, elapsed);
    default:
      return 0;
  }
}

function progressOf(
  resource: PlannedResource,
  strategy: PlannedStrategy,
  seen: ResourceProgress,
  quantile: Quantile,
  now: Instant,
  incidentAt: Instant,
): TaskProgress | undefined {
  if (seen.step === 'queued' || seen.startedAt === undefined) return undefined;
  const seconds = (at: Instant): number => (at - incidentAt) / SECOND_MS;
  return {
    startedSeconds: seconds(seen.startedAt),
    ...(seen.availableAt !== undefined && { availableSeconds: seconds(seen.availableAt) }),
    ...(seen.hydratedAt !== undefined && { hydratedSeconds: seconds(seen.hydratedAt) }),
    ...(seen.step === 'ready' && seen.readyAt !== undefined
      ? { readySeconds: seconds(seen.readyAt) }
      : { remainingSeconds: remainingOf(resource, strategy, seen, quantile, now) }),
  };
}

/** A resource as a task of the schedule, before it begins, with one of its strategies. */
interface PlannedTask {
  readonly strategy: PlannedStrategy;
  readonly task: Task;
}

/** One resource in the schedule: its strategy at that time, and when it is ready. */
interface Expectation {
  readonly strategy: number;
  readonly readySeconds: number;
}

/**
 * The last schedule, for each resource in the order of the plan: its strategy and when it is ready, in seconds from the incident;
 * null if the schedule does not contain the resource.
 */
export type Baseline = readonly (readonly [strategy: number, readySeconds: number] | null)[];

/** The schedule from now on, with actual progress instead of planned progress. */
export class LiveSchedule {
  readonly #plan: Plan;
  readonly #order: readonly PlannedResource[];
  readonly #resources: ReadonlyMap<string, PlannedResource>;
  readonly #expected = new Map<string, Expectation>();
  /** The part of each task that follows from the plan, for the strategy that the resource uses. */
  readonly #planned: Readonly<Record<Quantile, Map<string, PlannedTask>>> = {
    p50Seconds: new Map(),
    p90Seconds: new Map(),
  };

  /** `baseline`: of an earlier schedule, to continue from. */
  constructor(plan: Plan, baseline: Baseline = []) {
    this.#plan = plan;
    const starts = new Map(plan.schedule.map((slot) => [slot.resource, slot.startSeconds]));
    this.#order = plan.resources
      .filter((resource) => resource.strategies.length > 0)
      .toSorted((one, other) => (starts.get(one.id) ?? Infinity) - (starts.get(other.id) ?? Infinity));
    this.#resources = new Map(this.#order.map((resource) => [resource.id, resource]));
    for (const [index, expected] of baseline.entries()) {
      const id = this.#order[index]?.id;
      if (id !== undefined && expected !== null)
        this.#expected.set(id, { strategy: expected[0], readySeconds: expected[1] });
    }
  }

  get baseline(): Baseline {
    return this.#order.map(({ id }) => {
      const expected = this.#expected.get(id);
      return expected === undefined ? null : [expected.strategy, expected.readySeconds];
    });
  }

  /** When the last resource is ready, in seconds from the incident, and which one that is. */
  end(
    progress: ReadonlyMap<string, ResourceProgress>,
    quantile: Quantile,
    now: Instant,
  ): { readonly seconds: number; readonly resource?: string } {
    const nowSeconds = (now - this.#plan.incidentAt) / SECOND_MS;
    let seconds = nowSeconds;
    let resource: string | undefined;
    for (const slot of schedule(this.#tasks(progress, quantile, now), this.#plan.pools, nowSeconds)) {
      if (quantile === 'p50Seconds') {
        this.#expected.set(slot.id, {
          strategy: progress.get(slot.id)?.strategy ?? 0,
          readySeconds: Math.round(slot.readySeconds * SECOND_MS) / SECOND_MS,
        });
      }
      if (slot.readySeconds >= seconds) [seconds, resource] = [slot.readySeconds, slot.id];
    }
    return resource === undefined ? { seconds } : { seconds, resource };
  }

  /** When a resource will probably be ready by the last schedule, in seconds from the incident. */
  readySeconds(id: string): number | undefined {
    return this.#expected.get(id)?.readySeconds;
  }

  /** Seconds in which the present step of a resource will probably not end. */
  quietSeconds(id: string, seen: ResourceProgress, now: Instant): number {
    const strategy = this.#resources.get(id)?.strategies[seen.strategy];
    return strategy === undefined ? 0 : quietSecondsOf(strategy, seen, now);
  }

  /** How far a resource deviates from the last schedule, early or late. Infinity: the schedule does not contain it. */
  deviationSeconds(id: string, seen: ResourceProgress | undefined, now: Instant): number {
    const expected = this.#expected.get(id);
    const resource = this.#resources.get(id);
    const strategy = resource?.strategies[seen?.strategy ?? 0];
    if (seen === undefined || resource === undefined || strategy === undefined || seen.step === 'over')
      return 0;
    if (expected === undefined || expected.strategy !== seen.strategy || isStopped(seen)) return Infinity;
    const nowSeconds = (now - this.#plan.incidentAt) / SECOND_MS;
    if (seen.step === 'queued')
      return Math.max(0, nowSeconds + strategy.forecast.p50Seconds - expected.readySeconds);
    const readySeconds =
      seen.step === 'ready' && seen.readyAt !== undefined
        ? (seen.readyAt - this.#plan.incidentAt) / SECOND_MS
        : nowSeconds + remainingOf(resource, strategy, seen, 'p50Seconds', now);
    return Math.abs(readySeconds - expected.readySeconds);
  }

  /**
   * The present state of the objectives. An objective is at risk as soon as the p90 misses it,
   * and breached once it can no longer be met. While a resource has failed for good, or waits for a decision, the recovery has no end
   * (Infinity), because it halts until an operator acts. In a drill no operator retries what failed.
   */
  forecast(
    progress: ReadonlyMap<string, ResourceProgress>,
    now: Instant,
    recoveredAt?: Instant,
  ): LiveForecast {
    const { objectives, incidentAt } = this.#plan;
    const elapsedSeconds = ((recoveredAt ?? now) - incidentAt) / SECOND_MS;
    const likely =
      recoveredAt === undefined ? this.end(progress, 'p50Seconds', now) : { seconds: elapsedSeconds };
    const stopped = recoveredAt === undefined ? this.#stopped(progress) : undefined;
    // Once the p50 misses it, the p90 adds nothing.
    const isLikelyMissed =
      stopped !== undefined || likely.seconds > objectives.rtoSeconds || recoveredAt !== undefined;
    const cautious = isLikelyMissed ? likely : this.end(progress, 'p90Seconds', now);
    const forecastSeconds = stopped === undefined ? Math.max(elapsedSeconds, likely.seconds) : Infinity;
    const cause = stopped ?? likely.resource ?? cautious.resource;
    const hasFailed = stopped !== undefined && progress.get(stopped)?.step === 'failed';
    const isOver = hasFailed && this.#plan.mode === 'drill';
    return {
      at: now,
      rto: {
        objectiveSeconds: objectives.rtoSeconds,
        elapsedSeconds,
        forecastSeconds,
        state: isOver
          ? 'breached'
          : stateOf(objectives.rtoSeconds, elapsedSeconds, forecastSeconds, cautious.seconds),
      },
      ...this.#rpo(progress, stopped !== undefined),
      ...(cause !== undefined && { cause: { resource: cause, step: progress.get(cause)?.step ?? 'queued' } }),
    };
  }

  #tasks(progress: ReadonlyMap<string, ResourceProgress>, quantile: Quantile, now: Instant): readonly Task[] {
    const tasks: Task[] = [];
    for (const resource of this.#order) {
      const seen = progress.get(resource.id);
      if (seen !== undefined && (isStopped(seen) || seen.step === 'over')) continue;
      const strategy = resource.strategies[seen?.strategy ?? 0];
      if (strategy === undefined) continue;
      const task = this.#plannedTask(resource, strategy, quantile);
      const known =
        seen === undefined
          ? undefined
          : progressOf(resource, strategy, seen, quantile, now, this.#plan.incidentAt);
      tasks.push(known === undefined ? task : { ...task, progress: known });
    }
    return tasks;
  }

  #plannedTask(resource: PlannedResource, strategy: PlannedStrategy, quantile: Quantile): Task {
    const known = this.#planned[quantile].get(resource.id);
    if (known?.strategy === strategy) return known.task;
    const task = taskOf(resource, strategy, quantile);
    this.#planned[quantile].set(resource.id, { strategy, task });
    return task;
  }

  /** The first resource in the order of the plan that has failed for good; else the first that waits for a decision. */
  #stopped(progress: ReadonlyMap<string, ResourceProgress>): string | undefined {
    const first = (step: ResourceProgress['step']): string | undefined =>
      this.#order.find(({ id }) => progress.get(id)?.step === step)?.id;
    return first('failed') ?? first('halted');
  }

  /** A resource that is not recovered loses all its data. */
  #rpo(
    progress: ReadonlyMap<string, ResourceProgress>,
    hasStopped: boolean,
  ): Pick<LiveForecast, 'rpo' | 'oldest'> {
    const { rpoSeconds } = this.#plan.objectives;
    let age = 0;
    let oldest: string | undefined;
    for (const { id, strategies } of this.#order) {
      const ageSeconds = strategies[progress.get(id)?.strategy ?? 0]?.recoveryPoint.ageSeconds ?? 0;
      if (ageSeconds > age) [age, oldest] = [ageSeconds, id];
    }
    const state = age > rpoSeconds ? 'breached' : hasStopped ? 'at-risk' : 'on-track';
    return {
      rpo: { objectiveSeconds: rpoSeconds, elapsedSeconds: age, forecastSeconds: age, state },
      ...(oldest !== undefined && { oldest }),
    };
  }
}

function stateOf(
  objectiveSeconds: number,
  elapsedSeconds: number,
  p50Seconds: number,
  p90Seconds: number,
): ObjectiveState {
  if (elapsedSeconds > objectiveSeconds) return 'breached';
  return p50Seconds > objectiveSeconds || p90Seconds > objectiveSeconds ? 'at-risk' : 'on-track';
}

/** Waits until an operator acts. */
function isStopped({ step }: { readonly step: string }): boolean {
  return step === 'failed' || step === 'halted';
}

/** The new state of one objective, with what decides it. */
export function changeOf(name: 'rto' | 'rpo', { rto, rpo, cause, oldest }: LiveForecast): ObjectiveChange {
  const { forecastSeconds, ...objective } = name === 'rto' ? rto : rpo;
  return {
    ...objective,
    forecastSeconds: Number.isFinite(forecastSeconds) ? forecastSeconds : null,
    ...(cause !== undefined && { cause }),
    ...(name === 'rpo' && oldest !== undefined && { oldest }),
  };
}
