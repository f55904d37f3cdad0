import { formatInstant } from '../../../time.ts';
import { offer, refuse } from '../../strategy.ts';
import type { Strategy } from '../../strategy.ts';
import type { CopySubject } from '../copies.ts';
import { copyStep, finished, initializeStep } from '../steps.ts';

/**
 * A copy of the source as it is when EC2 accepts the request: the least data lost where the volume itself is sound, such as after the loss of its
 * instance or of its file system. It needs no snapshot and has the damage that the volume has.
 */
export const volumeCopy: Strategy<CopySubject> = {
  name: 'volume-copy',
  propose(subject) {
    const { way, mode, copies, readyWhen } = subject;
    if ('why' in way) return refuse('volume-copy', way.why);
    const { point, spec } = way;
    const turns =
      copies === 1
        ? ''
        : `; the ${copies} copies follow one another, each when the one before is initialized, with the data of its own instant`;
    return offer(
      {
        name: 'volume-copy',
        why: `what is on the volume when it is copied, planned for ${formatInstant(point.at)}; usable at once, slower until it is initialized${turns}`,
        point,
        spec,
        steps: finished([copyStep(spec, copies, readyWhen), initializeStep(spec)], { spec, mode }),
        onlyListed: 'auto copies no source: only an operator knows that what is on it is sound',
      },
      subject,
    );
  },
};
