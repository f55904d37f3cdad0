import { fsrKey } from '../../facts/ebs.ts';
import type { PlannedStrategy } from '../strategy.ts';
import type { ThingId, ThingsOfKind } from '../sources.ts';

export const ebsVolumeThings: ThingsOfKind = {
  services: ['ec2'],
  source: 'volume',
  point: 'snapshot',
  pointIsTokenless: true,
  backupOf({ spec }) {
    if (spec.kind !== 'volume') throw new Error(`a volume cannot be made from a spec of a '${spec.kind}'`);
    return { type: 'snapshot', id: spec.snapshotId };
  },
  switchesOn({ name, spec }: PlannedStrategy): readonly ThingId[] {
    return name === 'fsr' && spec.kind === 'volume' ? [{ type: 'fsr', id: fsrKey(spec) }] : [];
  },
};
