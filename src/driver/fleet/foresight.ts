import { changeOf, LiveSchedule, type Baseline, type ResourceProgress } from '../../objectives/forecast.ts';
import type { Plan } from '../../plan/types.ts';
import { SECOND_MS, type Instant } from '../../time.ts';
import type { Member } from '../../workflow/fleet.ts';
import type { RecoveryContext, RecoveryEvent } from '../../workflow/recovery/recovery-context.ts';
import { copiesOf } from '../../workflow/resource/parts.ts';
import type { ResourceContext } from '../../workflow/resource/resource-context.ts';

type ObjectiveEvent = Extract<RecoveryEvent, { type: 'OBJECTIVE' }>;

/** The schedule is recomputed when a resource deviates from it by this fraction of the RTO. */
const TOLERANCE = 0.005;

/** A step that ends early is seen after this share of its remaining time at the latest. */
const QUIET_SHARE = 0.25;

/**
 * The forecast of a run. Every event is compared with the schedule; when a resource deviates, or the step that decides the end changes,
 * the rest is rescheduled with actual times in place of planned ones.
 */
export class Foresight {
  readonly #schedule: LiveSchedule;
  readonly #plan: Plan;
  readonly #toleranceSeconds: number;
  readonly #progress = new Map<string, ResourceProgress>();
  readonly #moved = new Set<string>();
  readonly #underWay = new Set<string>();
  #hasLapsed = false;
  /** The schedule that progress is compared with; absent before the first forecast. */
  #baseline: Baseline | undefined;

  constructor(plan: Plan, baseline?: Baseline) {
    this.#plan = plan;
    this.#baseline = baseline;
    this.#schedule = new LiveSchedule(plan, baseline);
    this.#toleranceSeconds = plan.objectives.rtoSeconds * TOLERANCE;
  }

  get baseline(): Baseline | undefined {
    return this.#baseline;
  }

  /** No resource has changed since the last revision. */
  get isUpToDate(): boolean {
    return this.#moved.size === 0 && !this.#hasLapsed;
  }

  /** Every resource is as it was when the forecast was last revised. */
  goOn(): void {
    this.#moved.clear();
  }

  /** The forecast has been suspended: any resource may have changed meanwhile. */
  lapse(): void {
    this.#hasLapsed = true;
  }

  /** Records the present state of one resource. */
  update(id: string, member: Member): void {
    const seen = progressOf(member);
    this.#progress.set(id, seen);
    this.#moved.add(id);
    if (
      seen.startedAt === undefined ||
      seen.step === 'ready' ||
      seen.step === 'over' ||
      seen.step === 'failed' ||
      seen.step === 'halted'
    )
      this.#underWay.delete(id);
    else this.#underWay.add(id);
  }

  /** Returns an event for each objective whose state has changed. */
  revise(recovery: RecoveryContext, at: Instant): readonly ObjectiveEvent[] {
    const off = this.#isOff(at);
    this.#moved.clear();
    this.#hasLapsed = false;
    if (this.#baseline !== undefined && !off && !this.#isNewlyOverdue(recovery, at)) return [];
    const forecast = this.#schedule.forecast(this.#progress, at, recovery.recoveredAt);
    this.#baseline = this.#schedule.baseline;
    const expectsMiss = forecast.rto.forecastSeconds > forecast.rto.objectiveSeconds;
    return (['rto', 'rpo'] as const)
      .filter(
        (objective) =>
          forecast[objective].state !== recovery.objectiveStates[objective] ||
          (objective === 'rto' && expectsMiss !== recovery.expectsMiss),
      )
      .map((objective) => ({
        type: 'OBJECTIVE',
        at,
        objective,
        expectsMiss,
        change: changeOf(objective, forecast),
      }));
  }

  /** When the RTO expires and must be reported as breached; `undefined` once it has been reported. */
  breachAt({ objectiveStates, objectives, recoveredAt }: RecoveryContext): Instant | undefined {
    if (objectiveStates.rto === 'breached' || recoveredAt !== undefined) return undefined;
    return this.#plan.incidentAt + Math.floor(objectives.rtoSeconds * SECOND_MS) + 1;
  }

  /**
   * How long a look can probably see nothing new, ms: a part of the shortest time that a step under way is forecast to need, so that a step which ends early
   * is seen soon. `undefined` when no step is under way.
   */
  quietMs(at: Instant): number | undefined {
    const seconds = [...this.#underWay].map((id) => {
      const seen = this.#progress.get(id);
      return seen === undefined ? 0 : this.#schedule.quietSeconds(id, seen, at);
    });
    return seconds.length === 0 ? undefined : Math.min(...seconds) * QUIET_SHARE * SECOND_MS;
  }

  /** Whether actual progress, or its absence, contradicts the schedule. */
  #isOff(at: Instant): boolean {
    for (const id of this.#hasLapsed ? this.#progress.keys() : this.#moved)
      if (this.#schedule.deviationSeconds(id, this.#progress.get(id), at) > this.#toleranceSeconds)
        return true;
    for (const id of this.#underWay)
      if (this.#schedule.deviationSeconds(id, this.#progress.get(id), at) > this.#toleranceSeconds)
        return true;
    return false;
  }

  #isNewlyOverdue(recovery: RecoveryContext, at: Instant): boolean {
    const breachAt = this.breachAt(recovery);
    return breachAt !== undefined && at >= breachAt;
  }
}

/** The progress of a resource, as input of the forecast. */
export function progressOf({ state, context }: Member): ResourceProgress {
  return { strategy: context.strategy, step: stepOf(state), since: context.since, ...instantsOf(context) };
}

function stepOf(state: Member['state']): ResourceProgress['step'] {
  switch (state) {
    case 'removing':
    case 'removed':
    case 'kept':
      return 'over';
    case 'protecting':
    case 'protected':
      return 'ready';
    default:
      return state;
  }
}

function instantsOf(context: ResourceContext): Omit<ResourceProgress, 'strategy' | 'step' | 'since'> {
  const { startedAt, restoredAt, warmedAt, readyAt } = context;
  const percent = Math.min(...copiesOf(context).map(({ data }) => data.progress ?? 0));
  return {
    ...(startedAt !== undefined && { startedAt }),
    ...(restoredAt !== undefined && { availableAt: restoredAt }),
    ...(warmedAt !== undefined && { hydratedAt: warmedAt }),
    ...(readyAt !== undefined && { readyAt }),
    ...(percent > 0 && { percent }),
  };
}
