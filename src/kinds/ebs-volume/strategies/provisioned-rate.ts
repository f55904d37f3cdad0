import { PROVISIONED_INIT_FACTOR } from '../../../facts/durations.ts';
import {
  PROVISIONED_RATE_MAX_MIBPS,
  PROVISIONED_RATE_MIN_MIBPS,
  provisionedInitSeconds,
  takesProvisionedRate,
} from '../../../facts/ebs.ts';
import { createStep, finished, hydrateStep, rateHold, storageHold, UNTIL_IT_SHOWS } from '../steps.ts';
import type { Strategy } from '../../strategy.ts';
import type { VolumeSubject } from '../subject.ts';
import { offer, refuse } from '../../strategy.ts';

/** The volume is filled at a rate that is paid for. It can be used meanwhile; it is hydrated when its status says so. */
export const provisionedRate: Strategy<VolumeSubject> = {
  name: 'provisioned-rate',
  propose(subject) {
    const { spec, copies } = subject;
    if (!takesProvisionedRate(spec.zone))
      return refuse(
        'provisioned-rate',
        `${spec.zone} is a Local or Wavelength Zone: volumes take no rate there`,
      );
    if (spec.outpost !== undefined)
      return refuse('provisioned-rate', `volumes of an Outpost take no rate (${spec.outpost})`);
    const quotaMiBps = subject.pools.provisionedInitMiBps ?? Infinity;
    const rateMiBps = Math.floor(Math.min(PROVISIONED_RATE_MAX_MIBPS, quotaMiBps / copies));
    if (rateMiBps < PROVISIONED_RATE_MIN_MIBPS) {
      const needed = PROVISIONED_RATE_MIN_MIBPS * copies;
      const why = `needs ${needed} of the quota provisionedInitMiBps at the lowest rate, of which ${quotaMiBps} is left`;
      return { ...refuse('provisioned-rate', why), shortOf: 'provisionedInitMiBps' };
    }
    const fillSeconds = provisionedInitSeconds(spec.fullSizeGiB, rateMiBps);
    return offer(
      {
        name: 'provisioned-rate',
        why: `filled at a guaranteed ${rateMiBps} MiB/s`,
        point: subject.point,
        spec: { ...spec, rateMiBps },
        steps: finished(
          [
            createStep([rateHold(spec.fullSizeGiB, rateMiBps), storageHold(spec)]),
            hydrateStep(
              { p50Seconds: fillSeconds, p90Seconds: fillSeconds * PROVISIONED_INIT_FACTOR.p90 },
              UNTIL_IT_SHOWS,
            ),
          ],
          subject,
        ),
      },
      subject,
    );
  },
};
