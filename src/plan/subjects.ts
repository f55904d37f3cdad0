import type { PlanMember, PlanningContext, SubjectParts } from '../kinds/planning.ts';
import { KINDS } from '../kinds/registry.ts';
import type { InventoryIndex } from '../kinds/inventory-index.ts';
import type { PointPolicy } from '../kinds/recovery-points.ts';
import type { RunbookResource, StrategyName } from '../runbook/schema.ts';
import type { Finding } from './findings.ts';
import type { PlanInput } from './input.ts';
import type { PlannedResource } from './types.ts';

/** A resource before its strategy is chosen: all that does not depend on quotas is settled. */
export interface ResourceSubject
  extends
    Omit<SubjectParts, 'findings'>,
    Pick<PlannedResource, 'id' | 'type' | 'source' | 'restoreAs' | 'dependsOn' | 'readyWhen'> {
  readonly runbookId: string;
  /** The runbook's order of preference; undefined for `auto`. */
  readonly listed: readonly StrategyName[] | undefined;
  readonly findings: readonly Finding[];
}

export function subjectsOf(input: PlanInput, index: InventoryIndex): readonly ResourceSubject[] {
  const context: PlanningContext = {
    members: input.members,
    index,
    policy: policyOf(input),
    mode: input.mode,
    isolation: input.runbook.drill?.isolation,
    capturedAt: input.inventory.capturedAt,
    now: input.now,
    gone: input.gone ?? new Set(),
  };
  const dependenciesOf = dependencies(input.members);
  return input.members.map((member) => {
    const { resource, planId } = member;
    const { restoreAs } = resource;
    const { findings, ...parts } = KINDS[resource.type].subject(member, context);
    return {
      id: planId,
      runbookId: resource.id,
      type: resource.type,
      source: member.sourceId,
      ...(restoreAs === undefined ? {} : { restoreAs }),
      dependsOn: dependenciesOf(resource),
      readyWhen: resource.readyWhen,
      listed: listedOf(resource),
      ...parts,
      findings: findings.map((finding) => ({
        ...finding,
        runbookId: resource.id,
        resource: planId,
        weight: 0,
      })),
    };
  });
}

export function policyOf(input: PlanInput): PointPolicy {
  const { recoveryPoint } = input.runbook;
  const at = input.recoverTo ?? recoveryPoint.at;
  return {
    policy: input.recoverTo === undefined ? recoveryPoint.policy : 'at',
    incidentAt: input.incidentAt,
    damagedAt: input.damagedAt,
    ...(at === undefined ? {} : { at }),
  };
}

function listedOf(resource: RunbookResource): readonly StrategyName[] | undefined {
  const names: readonly (StrategyName | 'auto')[] = resource.strategies;
  return names.includes('auto') ? undefined : names.filter((name) => name !== 'auto');
}

/** Planned ids by runbook resource. Members of one selector share the array: graphs are grouped by it. */
function dependencies(members: readonly PlanMember[]): (resource: RunbookResource) => readonly string[] {
  const plannedIds = new Map<string, string[]>();
  for (const { resource, planId } of members) {
    const ids = plannedIds.get(resource.id);
    if (ids === undefined) plannedIds.set(resource.id, [planId]);
    else ids.push(planId);
  }
  const known = new Map<string, readonly string[]>();
  return (resource) => {
    let ids = known.get(resource.id);
    if (ids === undefined) {
      ids = resource.dependsOn.flatMap((id) => plannedIds.get(id) ?? []);
      known.set(resource.id, ids);
    }
    return ids;
  };
}
