import type { ThingsOfKind } from '../sources.ts';

export const rdsInstanceThings: ThingsOfKind = {
  services: ['rds'],
  source: 'dbInstance',
  point: 'dbSnapshot',
  backupOf({ spec }) {
    if (spec.kind !== 'dbInstance')
      throw new Error(`a DB instance cannot be restored from a spec of a '${spec.kind}'`);
    const { from } = spec;
    if ('snapshotId' in from) return { type: 'dbSnapshot', id: from.snapshotId };
    return { type: 'dbInstance', id: 'sourceId' in from ? from.sourceId : from.replicaId };
  },
  switchesOn: () => [],
};
