import { DURATIONS } from '../facts/durations.ts';
import { phasesOf, usesOf } from '../kinds/phases.ts';
import { SECOND_MS } from '../time.ts';
import type { Instant } from '../time.ts';
import type { PlannedSlot } from './api-calls.ts';
import { estimateApiCalls } from './api-calls.ts';
import { blastRadiusOf } from './blast-radius.ts';
import { alternativesOf, withFallbacks } from './choose.ts';
import { coldRestore } from './cold-restore.ts';
import { forecastHeld, resourceCostUsd, roundUsd } from '../kinds/cost.ts';
import type { Evaluation } from './evaluate.ts';
import { Evaluator } from './evaluate.ts';
import type { PlanInput, Pools } from './input.ts';
import { indexInventory } from '../kinds/inventory-index.ts';
import { lookEverySeconds } from './look-interval.ts';
import { criticalPath, lowerBoundSeconds } from './path.ts';
import type { QuotaStates } from '../kinds/planning.ts';
import { poolsOf, quotaStates } from './pools.ts';
import { problemsOf } from './problems.ts';
import { oldestAgeSeconds } from '../kinds/recovery-points.ts';
import type { RaisedPool } from './quotas.ts';
import { raisePools } from './quotas.ts';
import type { ResourceSubject } from './subjects.ts';
import { policyOf, subjectsOf } from './subjects.ts';
import type {
  Objectives,
  PassedOverPoint,
  Plan,
  PlannedResource,
  QuotaIncrease,
  ScheduledResource,
} from './types.ts';

export type { MissingSource, PlanInput, PlanMember, Pools } from './input.ts';

/**
 * The plan of a recovery: recovery points, strategies with their alternatives, order, schedule, forecast, cost and problems.
 * Never throws for the content of the inventory: a resource that cannot be recovered is a problem of severity `error`.
 *
 * @example
 * const plan = planRecovery({ runbook, inventory, members, missing: [], mode: 'restore', incidentAt, damagedAt: incidentAt,
 *   now: incidentAt, notExercised: [] });
 * plan.meets.rto // false: see plan.problems and plan.quotaIncreases
 */
export function planRecovery(input: PlanInput): Plan {
  const { runbook, inventory, members } = input;
  const plannedAt = Math.max(input.now, input.incidentAt);
  const startSeconds = (plannedAt - input.incidentAt) / SECOND_MS;
  const states = quotaStates(inventory, members);
  const pools = poolsOf(states);
  const subjects = subjectsOf(input, indexInventory(inventory));
  const evaluator = new Evaluator(subjects, startSeconds, runbook.objectives.rpo);
  const evaluation = evaluator.evaluate(pools);
  const p50 = round(evaluation.rtaSeconds);
  const p90 = round(Math.max(p50, evaluator.rtaOf(evaluator.reschedule(evaluation, pools, 'p90Seconds'))));
  const raised = raisePools(evaluator, evaluation, pools, runbook.objectives.rto);
  const quotaIncreases = raised.map((pool) => increaseOf(pool, states, evaluation));
  const strategies = evaluation.chosen.map((candidate) => candidate?.strategy);
  const cold = coldRestore(subjects, strategies, pools, startSeconds);
  const resources = subjects.map((subject, at) => plannedResource(subject, evaluation, at));
  const planned = plannedSlots(resources, evaluation);
  const costUsd = totalCostUsd(planned, input.mode);
  const path = criticalPath(evaluation.slots);
  // The forecast and its lower bound leave out resources that can never start.
  const scheduled = evaluation.chosen.map((candidate, at) =>
    evaluation.slots[at] === undefined ? undefined : candidate,
  );
  const chain = evaluator.longestChainSeconds(scheduled);
  const complete = evaluation.unscheduled === 0 && input.missing.length === 0;
  const rpaSeconds = oldestAgeSeconds(strategies.map((strategy) => strategy?.recoveryPoint));
  return {
    runbook: runbook.name,
    mode: input.mode,
    region: runbook.region,
    incidentAt: input.incidentAt,
    damagedAt: input.damagedAt,
    recoveryPointPolicy: policyOf(input).policy,
    plannedAt,
    objectives: objectivesOf(input),
    resources,
    order: evaluator.waves.map((wave) => wave.map((index) => subjects[index]?.id ?? '')),
    schedule: planned.map(scheduledResource),
    forecast: {
      rtaSeconds: { p50, p90 },
      rpaSeconds: input.missing.length === 0 ? rpaSeconds : null,
      criticalPath: path,
      lowerBoundSeconds: round(startSeconds + lowerBoundSeconds(scheduled, chain, pools)),
    },
    costUsd,
    apiCalls: estimateApiCalls(planned, input.mode, lookEverySeconds(p50), runbook.protection.recoveryPoint),
    meets: {
      rto: complete && p50 <= runbook.objectives.rto,
      rpo: complete && rpaSeconds !== null && rpaSeconds <= runbook.objectives.rpo,
    },
    quotaIncreases,
    ...(cold === undefined ? {} : { coldRestore: cold }),
    pools: usedPools(pools, evaluator),
    problems: problemsOf({
      input,
      policy: policyOf(input),
      subjects,
      evaluation,
      p50Seconds: p50,
      p90Seconds: p90,
      costUsd,
      criticalPath: path,
      quotaIncreases,
      coldRestore: cold,
    }),
    notExercised: input.notExercised,
    blastRadius: blastRadiusOf(resources, input),
  };
}

function objectivesOf({ runbook }: PlanInput): Objectives {
  const { rto, rpo, dataComplete, availability } = runbook.objectives;
  return {
    rtoSeconds: rto,
    rpoSeconds: rpo,
    ...(dataComplete === undefined ? {} : { dataCompleteSeconds: dataComplete }),
    ...(availability === undefined ? {} : { availabilityPercent: availability }),
  };
}

function plannedResource(subject: ResourceSubject, evaluation: Evaluation, at: number): PlannedResource {
  const proposals = evaluation.proposals[at] ?? [];
  const chosen = evaluation.chosen[at]?.strategy;
  const { id, type, source, restoreAs, dependsOn, readyWhen, copies } = subject;
  return {
    id,
    type,
    source,
    ...(restoreAs === undefined ? {} : { restoreAs }),
    dependsOn,
    readyWhen,
    copies,
    strategies: withFallbacks(subject, proposals, chosen),
    alternatives: alternativesOf(subject, proposals),
    passedOver: newerThan(chosen?.recoveryPoint.at, subject.excluded),
  };
}

/** The copies that would have been preferred. */
function newerThan(
  at: Instant | undefined,
  excluded: readonly PassedOverPoint[],
): readonly PassedOverPoint[] {
  return at === undefined ? excluded : excluded.filter((point) => point.at > at);
}

function plannedSlots(resources: readonly PlannedResource[], { slots, chosen }: Evaluation) {
  const planned: (PlannedSlot & { readonly resource: PlannedResource })[] = [];
  resources.forEach((resource, at) => {
    const slot = slots[at];
    const strategy = chosen[at]?.strategy;
    if (slot !== undefined && strategy !== undefined) planned.push({ resource, strategy, slot });
  });
  return planned.sort((left, right) => left.slot.startSeconds - right.slot.startSeconds);
}

function scheduledResource({ resource, slot, strategy }: PlannedSlot): ScheduledResource {
  const uses: Record<string, number> = {};
  for (const use of usesOf(strategy, resource.copies)) uses[use.pool] = (uses[use.pool] ?? 0) + use.amount;
  return {
    resource: slot.id,
    strategy: strategy.name,
    startSeconds: round(slot.startSeconds),
    readySeconds: round(slot.readySeconds),
    hydratedSeconds: slot.hydratedSeconds === null ? null : round(slot.hydratedSeconds),
    uses,
  };
}

/** Until completion: a restore's copies cost until each is ready, a drill's until all are verified and removed. */
function totalCostUsd(planned: readonly PlannedSlot[], mode: PlanInput['mode']): number {
  const end = planned.reduce((latest, { slot }) => Math.max(latest, slot.readySeconds), 0);
  let usd = 0;
  for (const { resource, strategy, slot } of planned) {
    const requested = slot.startSeconds + phasesOf(strategy).accelerate.p50Seconds;
    const until = mode === 'drill' ? end + DURATIONS.cleanup.p50Seconds : slot.readySeconds;
    usd += resourceCostUsd(strategy, resource.copies, forecastHeld(strategy, until - requested));
  }
  return roundUsd(usd);
}

function increaseOf(raised: RaisedPool, states: QuotaStates, base: Evaluation): QuotaIncrease {
  const state = states[raised.pool] ?? { quota: 0, used: 0 };
  return {
    quota: raised.pool,
    from: state.quota,
    to: Math.ceil(state.used + raised.needed - 1e-6),
    savesSeconds: Math.max(0, round(base.rtaSeconds - raised.rtaSeconds)),
    rtaSeconds: { p50: round(raised.rtaSeconds), p90: round(raised.p90Seconds) },
    meetsRto: raised.meets,
    together: raised.together,
  };
}

function usedPools(pools: Pools, evaluator: Evaluator): Pools {
  return Object.fromEntries(Object.entries(pools).filter(([name]) => evaluator.wants.has(name as never)));
}

/** Whole seconds, upwards: a forecast is not more precise than that, and no objective is met by rounding. */
function round(seconds: number): number {
  return Math.max(0, Math.ceil(seconds - 1e-6));
}
