import type { Member } from '../inventory/membership.ts';
import type { Inventory } from '../inventory/schema.ts';
import { KINDS } from '../kinds/registry.ts';
import type { CheckProblem } from './check-codes.ts';

/** What the sources have that their recovered copies will not have. */
export function settingProblems(inventory: Inventory, members: readonly Member[]): readonly CheckProblem[] {
  return members.flatMap(({ resource, planId, sourceId }) =>
    (KINDS[resource.type].lost?.(inventory, sourceId) ?? []).map(({ name, label, next }): CheckProblem => ({
      severity: 'warning',
      code: 'SETTING_LOST',
      resource: planId,
      data: { source: sourceId, setting: name },
      message: `A recovery of ${sourceId} does not give back ${label}.`,
      next,
    })),
  );
}
