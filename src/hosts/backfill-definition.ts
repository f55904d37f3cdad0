import type { BackfillDefinition } from '../backfill/base/definition.ts';
import type { RunRecord } from '../journal/journal.ts';

/** Requests undone by a restore lie between the oldest recovery point and the damage. */
export function definitionOf(
  { runId, runbook, plan }: RunRecord,
  spec: NonNullable<RunRecord['backfill']>,
): BackfillDefinition {
  const { incidentAt, damagedAt, objectives } = plan;
  const { dataCompleteSeconds } = objectives;
  const points = plan.resources.flatMap(({ strategies }) => strategies[0]?.recoveryPoint.at ?? []);
  const from = Math.min(damagedAt, ...points);
  return {
    name: runId,
    createdAt: plan.plannedAt,
    runbook,
    incidentAt,
    ...(dataCompleteSeconds !== undefined && { dataCompleteSeconds }),
    spec,
    ...(spec.windows.restored && from < damagedAt && { undone: { from, to: damagedAt } }),
  };
}
