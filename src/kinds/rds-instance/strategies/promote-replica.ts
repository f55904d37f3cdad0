import { backingUp, DURATIONS } from '../../../facts/durations.ts';
import type { Strategy } from '../../strategy.ts';
import type { DatabaseSubject } from '../subject.ts';
import { offer, refuse } from '../../strategy.ts';
import { formatDuration } from '../../../time.ts';
import { NO_TIME, sum } from '../../forecast.ts';
import type { StrategyStep } from '../../steps.ts';
import { VERIFY } from '../../verify-step.ts';
import { configureStep } from '../steps.ts';

/**
 * A read replica takes over, with what it has applied of its source: the least data lost, and the fastest. It cannot go back to an earlier
 * instant, so with `at` or --recover-to it is offered only where it has not passed that instant. Nothing undoes it: from the moment RDS accepts
 * it the replica no longer follows its source, so a drill never promotes.
 */
export const promoteReplica: Strategy<DatabaseSubject> = {
  name: 'promote-replica',
  propose(subject) {
    if (subject.drill) {
      const forecast = sum(DURATIONS.replicaPromotion, DURATIONS.configurationCheck);
      return refuse('promote-replica', 'a drill never promotes: it would end the replication', forecast, 0);
    }
    const way = subject.fromReplica;
    if ('why' in way) return refuse('promote-replica', way.why);
    const { replica, point, spec, lagSeconds, keeps, remains } = way;
    // With backups on it is backed up first, which forbids changes.
    const backup = spec.backupRetentionDays > 0 ? backingUp(spec.storageGiB) : NO_TIME;
    const kept = keeps.length === 0 ? '' : `; it keeps its own ${keeps.join(', ')}`;
    return offer(
      {
        name: 'promote-replica',
        why: `${replica.id} takes over, ${formatDuration(lagSeconds)} behind its source, and stops replicating for good${kept}`,
        point,
        spec,
        steps: [promoteStep(replica.id), configureStep(backup), VERIFY],
        remains,
        // The source may still be in use: an operator decides, by listing it.
        onlyListed: 'auto takes nothing that cannot be undone',
      },
      { ...subject, copies: 1 },
    );
  },
};

function promoteStep(id: string): StrategyStep {
  return {
    id: 'promote',
    phase: 'restore',
    scope: 'copy',
    operation: 'promoteReplica',
    makes: { role: 'instance', type: 'dbInstance', use: 'result', id, origin: 'existing' },
    until: 'promoted',
    irreversible: true,
    touchesProduction: true,
    tokenless: true,
    onFailure: 'halt',
    takes: DURATIONS.replicaPromotion,
  };
}
