import { coldReadRate, readSeconds } from '../../../facts/durations.ts';
import { VOLUME_TYPE_LIMITS } from '../../../facts/ebs.ts';
import { createStep, finished, hydrateStep, storageHold } from '../steps.ts';
import { forecastHeld, resourceCostUsd } from '../../cost.ts';
import type { Strategy } from '../../strategy.ts';
import type { VolumeSubject } from '../subject.ts';
import { forecastOf, refuse } from '../../strategy.ts';

/** Every block is read once by an instance. Forecast for comparison; its reader does not exist yet. */
export const readThrough: Strategy<VolumeSubject> = {
  name: 'read-through',
  propose(subject) {
    const { spec, copies, readyWhen } = subject;
    const rate = coldReadRate(
      spec.volumeType,
      spec.throughputMiBps ?? VOLUME_TYPE_LIMITS[spec.volumeType]?.throughputMiBps ?? Infinity,
      subject.readerThroughputMiBps ?? Infinity,
    );
    const making = [createStep([storageHold(spec)]), hydrateStep(readSeconds(spec.fullSizeGiB, rate))];
    const steps = finished(making, subject);
    const forecast = forecastOf(steps, readyWhen);
    const bare = { name: 'read-through', spec, steps, forecast } as const;
    return refuse(
      'read-through',
      'not supported yet: its reader, on an instance that the volume is attached to, is missing',
      forecast,
      resourceCostUsd(bare, copies, forecastHeld(bare)),
    );
  },
};
