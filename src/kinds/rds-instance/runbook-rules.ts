import { formatPath } from '../../document/complaints.ts';
import { textAt } from '../../document/values.ts';
import { notExercised, OTHER_STRATEGY, refused } from '../../runbook/unsupported.ts';
import { happensIn } from '../drill-rules.ts';
import type { KindRunbook } from '../kind-runbook.ts';
import type { RdsResource } from './runbook.ts';

/** Names of databases, as instances and as clusters. */
export const databaseNames: Pick<KindRunbook<string, unknown>, 'contradictions'> = {
  contradictions(resource, path) {
    if (!/--|-$/.test(textAt(resource, ['restoreAs']) ?? '')) return [];
    const place = [...path, 'restoreAs'];
    const what = 'a database name has no two hyphens in a row and none at the end';
    return [{ path: place, message: `${formatPath(place)}: ${what}` }];
  },
};

export const rdsInstanceRunbook: KindRunbook<'rds-instance', RdsResource> = {
  name: 'rds-instance',
  ...databaseNames,
  unsupported: ({ id, strategies }, path, mode) =>
    strategies.flatMap((strategy, index) => {
      if (strategy !== 'promote-replica' || happensIn(mode, 'promoteReplica')) return [];
      const place = [...path, 'strategies', index];
      const name = `strategy ${strategy}`;
      if (strategies.length > 1) {
        const message = `A drill never promotes the replica of '${id}'; the next strategy is exercised instead`;
        return [notExercised(place, name, message, 'Rehearse the promotion in an account of its own.')];
      }
      return [refused(place, name, `A drill never promotes the replica of '${id}'`, OTHER_STRATEGY)];
    }),
};
