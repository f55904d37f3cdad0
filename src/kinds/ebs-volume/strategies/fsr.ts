import {
  FSR_CREDITS_ACCRUE_WHILE_OPTIMISING,
  FSR_MAX_SNAPSHOT_GIB,
  FSR_OPTIMISING_MINUTES_PER_TIB,
  fsrCreditBucket,
  fsrCreditsPerHour,
  fsrKey,
} from '../../../facts/ebs.ts';
import type { Snapshot } from '../../../inventory/schema.ts';
import { accelerateStep, createStep, finished, HYDRATED_AT_ONCE, storageHold } from '../steps.ts';
import type { Forecast } from '../../forecast.ts';
import type { Strategy } from '../../strategy.ts';
import type { VolumeSubject } from '../subject.ts';
import { offer, refuse } from '../../strategy.ts';

const HOUR_SECONDS = 3_600;

/** Fast snapshot restore: slow to enable; after that, every volume created with a credit has full speed at once. */
export const fsr: Strategy<VolumeSubject> = {
  name: 'fsr',
  propose(subject) {
    const { snapshot, spec, copies, fsrUnread } = subject;
    // Without its state a run can neither wait for it nor disable it afterwards.
    if (fsrUnread !== undefined) return refuse('fsr', `its state cannot be read: ${fsrUnread}`);
    if (snapshot.sizeGiB > FSR_MAX_SNAPSHOT_GIB) {
      return refuse('fsr', `the snapshot is ${snapshot.sizeGiB} GiB, the limit ${FSR_MAX_SNAPSHOT_GIB} GiB`);
    }
    const now = fsrNow(snapshot, spec.zone);
    if (now.state === 'disabling') {
      return refuse('fsr', `it is being disabled for this snapshot in ${spec.zone}`);
    }
    return offer(
      {
        name: 'fsr',
        why: whyOf(now, spec.zone),
        point: subject.point,
        spec,
        steps: finished(
          [
            accelerateStep(
              fsrKey(spec),
              accelerateSeconds(snapshot.sizeGiB, copies, now),
              now.state !== 'disabled',
            ),
            createStep([storageHold(spec)], 'credit'),
            HYDRATED_AT_ONCE,
          ],
          subject,
        ),
      },
      subject,
    );
  },
};

/** The state of fast snapshot restore for a snapshot in a zone. Unknown credits count as none. */
export interface FsrNow {
  readonly state: Snapshot['fsr'][number]['state'];
  readonly credits: number;
  readonly creditsKnown: boolean;
}

export function fsrNow(snapshot: Pick<Snapshot, 'fsr'>, zone: string): FsrNow {
  const entry = snapshot.fsr.find((candidate) => candidate.zone === zone);
  return {
    state: entry?.state ?? 'disabled',
    credits: entry?.credits ?? 0,
    creditsKnown: entry?.credits !== undefined,
  };
}

/** Seconds until the credit for the last of `copies` is there: optimizing, unless that is over, then credits at their rate. */
export function accelerateSeconds(snapshotGiB: number, copies: number, now: FsrNow): Forecast {
  const seconds = (minutesPerTiB: number): number => {
    const optimising = now.state === 'enabled' ? 0 : (snapshotGiB / 1_024) * minutesPerTiB * 60;
    const perHour = fsrCreditsPerHour(snapshotGiB);
    const gained = FSR_CREDITS_ACCRUE_WHILE_OPTIMISING
      ? Math.min(fsrCreditBucket(snapshotGiB), (optimising / HOUR_SECONDS) * perHour)
      : 0;
    const credits = now.state === 'enabled' ? now.credits : gained;
    return optimising + (Math.max(0, copies - credits) / perHour) * HOUR_SECONDS;
  };
  return {
    p50Seconds: seconds(FSR_OPTIMISING_MINUTES_PER_TIB.p50),
    p90Seconds: seconds(FSR_OPTIMISING_MINUTES_PER_TIB.p90),
  };
}

function whyOf(now: FsrNow, zone: string): string {
  switch (now.state) {
    case 'enabled':
      return now.creditsKnown
        ? `already enabled in ${zone} with ${Math.floor(now.credits)} credits`
        : `already enabled in ${zone}; its credits are unknown and count as none`;
    case 'enabling':
    case 'optimizing':
      return `already being enabled in ${zone}; AWS does not report its progress, so the forecast counts all of it`;
    default:
      return 'full speed from the first read, once it is optimized and has a credit for every copy';
  }
}
