import { adviceText, type RenderAdvice } from '../advice.ts';
import { formatInstant } from '../time.ts';
import type { Forecast, Plan, PlannedResource, RecoveryPoint } from './types.ts';

/**
 * The document of `plan --json`: plain JSON, instants in ISO 8601 UTC. A resource without a feasible strategy has `null` for its
 * recovery point, strategy, forecast and cost.
 */
export function planDocument(plan: Plan, hint: RenderAdvice = adviceText) {
  return {
    schema: 'lifeboat.plan/v1',
    runbook: plan.runbook,
    mode: plan.mode,
    region: plan.region,
    objectives: plan.objectives,
    incidentAt: formatInstant(plan.incidentAt),
    damagedAt: formatInstant(plan.damagedAt),
    recoveryPointPolicy: plan.recoveryPointPolicy ?? null,
    plannedAt: formatInstant(plan.plannedAt),
    resources: plan.resources.map(resourceDocument),
    order: plan.order,
    schedule: plan.schedule,
    forecast: plan.forecast,
    costUsd: plan.costUsd,
    apiCalls: plan.apiCalls,
    meets: plan.meets,
    quotaIncreases: plan.quotaIncreases,
    coldRestore: plan.coldRestore ?? null,
    problems: plan.problems.map((problem) => ({ ...problem, next: hint(problem.next) })),
    notExercised: plan.notExercised,
    blastRadius: plan.blastRadius,
  } as const;
}

function resourceDocument(resource: PlannedResource) {
  const [chosen, ...fallbacks] = resource.strategies;
  return {
    id: resource.id,
    type: resource.type,
    source: resource.source,
    dependsOn: resource.dependsOn,
    readyWhen: resource.readyWhen,
    copies: resource.copies,
    recoveryPoint: chosen === undefined ? null : pointDocument(chosen.recoveryPoint),
    strategy: chosen?.name ?? null,
    forecast: wholeSeconds(chosen?.forecast ?? null),
    costUsd: chosen?.costUsd ?? null,
    fallbacks: fallbacks.map((strategy) => strategy.name),
    passedOver: (resource.passedOver ?? []).map(({ id, at, reason }) => ({
      id,
      at: formatInstant(at),
      reason,
    })),
    alternatives: resource.alternatives.map((alternative) => ({
      ...alternative,
      forecast: wholeSeconds(alternative.forecast),
    })),
  };
}

function pointDocument(point: RecoveryPoint) {
  return { id: point.id, at: formatInstant(point.at), ageSeconds: point.ageSeconds };
}

/** A forecast is not more precise than a second. */
function wholeSeconds(forecast: Forecast | null): Forecast | null {
  if (forecast === null) return null;
  return { p50Seconds: Math.ceil(forecast.p50Seconds), p90Seconds: Math.ceil(forecast.p90Seconds) };
}
