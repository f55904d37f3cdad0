import { switchesFsrOn } from '../cost.ts';
import { chooseSnapshot } from './recovery-points.ts';
import type { KindReadiness } from '../kind.ts';

export const ebsVolumeReadiness: KindReadiness = {
  newestPoints:
    (_inventory, index, policy) =>
    ({ sourceId }) =>
      chooseSnapshot(index.snapshotsOf(sourceId), policy, index).chosen?.point,
  examples: (strategies) => {
    const volumes = strategies.flatMap((strategy) =>
      strategy.spec.kind === 'volume' ? [{ strategy, spec: strategy.spec }] : [],
    );
    const [created, copied] = [false, true].map(
      (isCopy) => volumes.find(({ spec }) => (spec.sourceVolumeId !== undefined) === isCopy)?.spec,
    );
    const fsr = volumes.find(({ strategy }) => switchesFsrOn(strategy))?.spec;
    return {
      ...(created !== undefined && { createVolume: created }),
      ...(copied !== undefined && { copyVolume: copied }),
      ...(volumes.length > 0 && { deletesVolumes: true }),
      ...(fsr?.snapshotId !== undefined && {
        fastSnapshotRestore: { snapshotId: fsr.snapshotId, zone: fsr.zone },
      }),
    };
  },
  snapshotExample: (createSnapshotOf) => ({ createSnapshotOf }),
  unproven: () => [],
};
