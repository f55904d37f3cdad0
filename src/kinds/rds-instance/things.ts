import type { ThingsOfKind } from '../sources.ts';

export const rdsInstanceThings: ThingsOfKind = {
  services: ['rds'],
  source: 'dbInstance',
  point: 'dbSnapshot',
  backupOf({ spec }) {
    if (spec.kind !== 'dbInstance')
      throw new Error(`a DB instance cannot be restored from a spec of a '${spec.kind}'`);
    return 'snapshotId' in spec.from
      ? { type: 'dbSnapshot', id: spec.from.snapshotId }
      : { type: 'dbInstance', id: spec.from.sourceId };
  },
  switchesOn: () => [],
};
