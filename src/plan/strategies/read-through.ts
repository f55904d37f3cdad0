import { coldReadRate, DURATIONS, readSeconds } from '../../facts/durations.ts';
import { VOLUME_TYPE_LIMITS } from '../../facts/ebs.ts';
import { forecastHeld, resourceCostUsd } from '../cost.ts';
import type { Strategy, VolumeSubject } from './strategy.ts';
import { forecastOf, NO_TIME, refuse, storageUse } from './strategy.ts';

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
    const steps = {
      accelerate: NO_TIME,
      restore: DURATIONS.createVolume,
      warm: readSeconds(spec.fullSizeGiB, rate),
      verify: DURATIONS.configurationCheck,
    };
    const forecast = forecastOf(steps, readyWhen);
    const bare = { name: 'read-through', spec, uses: [storageUse(spec, copies)], steps, forecast } as const;
    return refuse(
      'read-through',
      'not supported yet: its reader, on an instance that the volume is attached to, is missing',
      forecast,
      resourceCostUsd(bare, copies, forecastHeld(bare)),
    );
  },
};
