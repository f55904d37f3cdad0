import { DURATIONS } from '../../../facts/durations.ts';
import { restoreSteps } from '../steps.ts';
import type { Strategy } from '../../strategy.ts';
import type { DatabaseSubject } from '../subject.ts';
import { offer, refuse } from '../../strategy.ts';

/** A new instance from the newest usable snapshot. */
export const restoreSnapshot: Strategy<DatabaseSubject> = {
  name: 'restore-snapshot',
  propose(subject) {
    const way = subject.fromSnapshot;
    if ('why' in way) return refuse('restore-snapshot', way.why);
    return offer(
      {
        name: 'restore-snapshot',
        why: 'a new instance from the snapshot; its storage loads in the background',
        point: way.point,
        spec: way.spec,
        steps: restoreSteps(DURATIONS.dbRestoreFromSnapshot, way.spec, subject.readyWhen),
      },
      { ...subject, copies: 1 },
    );
  },
};
