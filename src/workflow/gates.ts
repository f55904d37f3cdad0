import type { Plan } from '../plan/types.ts';
import type { Runbook } from '../runbook/schema.ts';
import type { Gate } from './recovery-context.ts';

/**
 * What a run waits for people for. A drill touches no production traffic, so only the cost limit holds for it;
 * a gate marked `unless: incident` is open when an incident was declared.
 */
export function gatesOf(runbook: Runbook, plan: Plan, isIncident: boolean): readonly Gate[] {
  const gates: Gate[] = [];
  const limit = runbook.limits?.costUsd;
  if (limit !== undefined && plan.costUsd > limit) {
    gates.push({
      before: 'restore',
      approvals: 1,
      why: `the recovery costs about ${plan.costUsd.toFixed(2)} USD, above the limit of ${limit} USD`,
    });
  }
  if (plan.mode === 'drill') return gates;
  for (const gate of runbook.gates) {
    if (gate.approvals === undefined || (gate.unless === 'incident' && isIncident)) continue;
    gates.push({
      before: gate.before,
      approvals: gate.approvals,
      why: `the runbook wants ${gate.approvals} approval(s) before ${gate.before}`,
    });
  }
  return gates;
}
