import type { RdsOperation } from '../../kinds/rds-instance/calls.ts';
import { adapterOf, byType, idsOf, type AdapterParts, type Operation } from '../adapter.ts';
import { joined } from '../sweeping.ts';
import { deleteDbInstances, sweepDbInstances, verifyDbInstances } from './instances.ts';
import { findDatabases } from './made.ts';
import { observeDbInstances, observeDbSnapshots } from './observe.ts';
import { preflightDatabases } from './preflight.ts';
import { describeDbInstances, type RdsAccess } from './reads.ts';
import { promoteReplicas } from './promote.ts';
import { restoreDbInstances } from './restore.ts';
import { applyDbSettings } from './settings.ts';
import { deleteDbSnapshots, sweepDbSnapshots, takeDbSnapshots } from './snapshots.ts';
import { taggableByRds } from './tagging.ts';

const operations: Readonly<Record<RdsOperation, Operation<RdsAccess>>> = {
  restoreDbInstance: { perform: restoreDbInstances },
  promoteReplica: { perform: promoteReplicas },
  configureDbInstance: { perform: applyDbSettings },
  takeSnapshot: { perform: takeDbSnapshots },
};

const parts: AdapterParts<RdsAccess> = {
  kind: 'rds-instance',
  operations,
  access: ({ rds, call, region }) => (rds === undefined ? undefined : { client: rds, call, region }),
  remove: byType({ dbInstance: deleteDbInstances, dbSnapshot: deleteDbSnapshots }),
  inspect: verifyDbInstances,
  preflight: preflightDatabases,
  async observe(aws, things) {
    return [
      ...(await observeDbInstances(aws, idsOf(things, 'dbInstance'))),
      ...(await observeDbSnapshots(aws, idsOf(things, 'dbSnapshot'))),
    ];
  },
  async sweep(aws, effect) {
    return joined(await sweepDbInstances(aws, effect), await sweepDbSnapshots(aws, effect));
  },
  findMade: findDatabases,
  taggable: taggableByRds,
  async probe(aws) {
    await describeDbInstances(aws, ['lifeboat-probe']);
  },
};

/** DB instances of RDS and their snapshots. */
export const rdsInstanceAdapter = adapterOf(parts);
