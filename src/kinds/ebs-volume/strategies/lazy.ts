import { createStep, finished, NEVER_HYDRATED, storageHold } from '../steps.ts';
import type { Strategy } from '../../strategy.ts';
import type { VolumeSubject } from '../subject.ts';
import { offer, refuse } from '../../strategy.ts';

/** The volume is available at once, and each block is slow until it has been read. */
export const lazy: Strategy<VolumeSubject> = {
  name: 'lazy',
  propose(subject) {
    const { spec, readyWhen } = subject;
    if (readyWhen !== 'available') return refuse('lazy', 'lazy never meets readyWhen: hydrated');
    return offer(
      {
        name: 'lazy',
        why: 'available at once and free, but every first read of a block is slow',
        point: subject.point,
        spec,
        steps: finished([createStep([storageHold(spec)]), NEVER_HYDRATED], subject),
      },
      subject,
    );
  },
};
