import { DURATIONS } from '../../facts/durations.ts';
import type { DatabaseSubject, Strategy } from './strategy.ts';
import { sum } from '../../kinds/forecast.ts';
import { refuse } from './strategy.ts';

/** A read replica takes over. Forecast for comparison; not executed yet. */
export const promoteReplica: Strategy<DatabaseSubject> = {
  name: 'promote-replica',
  propose(subject) {
    const replica = subject.replicas[0];
    if (replica === undefined) return refuse('promote-replica', 'no replica of the source is known');
    return refuse(
      'promote-replica',
      subject.drill ? 'a drill never promotes: it would end the replication' : 'not supported yet',
      sum(DURATIONS.replicaPromotion, DURATIONS.configurationCheck),
      0,
    );
  },
};
