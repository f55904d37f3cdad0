import { auroraClusterCalls } from './aurora-cluster/calls.ts';
import { happensIn, type DrillSubject } from './drill-rules.ts';
import { ebsVolumeCalls } from './ebs-volume/calls.ts';
import type { Action, KindCalls } from './kind-calls.ts';
import { rdsInstanceCalls } from './rds-instance/calls.ts';
import type { ResourceType } from './schemas.ts';

/** What is called in AWS for each kind of resource. */
export const CALLS: Readonly<Record<ResourceType, KindCalls>> = {
  'ebs-volume': ebsVolumeCalls,
  'rds-instance': rdsInstanceCalls,
  'aurora-cluster': auroraClusterCalls,
};

/** The actions that runs of a mode need, each once: those of operations and parts only where the mode has these. */
export function actionsIn(mode: 'restore' | 'drill'): ReadonlySet<Action> {
  return new Set(
    Object.values(CALLS).flatMap(({ operations, parts, beside, capture }) => [
      ...Object.entries({ ...operations, ...parts }).flatMap(([subject, actions]) =>
        happensIn(mode, subject as DrillSubject) ? actions : [],
      ),
      ...beside,
      ...capture,
    ]),
  );
}

export function isRead(action: Action): boolean {
  return /:(Describe|Get|List)/.test(action);
}
