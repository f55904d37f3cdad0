import { DURATIONS } from '../../facts/durations.ts';
import type { Strategy, VolumeSubject } from './strategy.ts';
import { NO_TIME, offer, refuse, storageUse } from './strategy.ts';

/** The volume is available at once, and each block is slow until it has been read. */
export const lazy: Strategy<VolumeSubject> = {
  name: 'lazy',
  propose(subject) {
    const { spec, copies, readyWhen } = subject;
    if (readyWhen !== 'available') return refuse('lazy', 'lazy never meets readyWhen: hydrated');
    return offer(
      {
        name: 'lazy',
        why: 'available at once and free, but every first read of a block is slow',
        point: subject.point,
        spec,
        uses: [storageUse(spec, copies)],
        steps: {
          accelerate: NO_TIME,
          restore: DURATIONS.createVolume,
          warm: null,
          verify: DURATIONS.configurationCheck,
        },
      },
      subject,
    );
  },
};
