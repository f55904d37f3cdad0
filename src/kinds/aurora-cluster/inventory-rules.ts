import type { KindInventory } from '../kind-inventory.ts';
import type { DbCluster, DbClusterSnapshot } from './inventory.ts';

export interface Lists {
  readonly dbClusters: readonly DbCluster[];
  readonly dbClusterSnapshots: readonly DbClusterSnapshot[];
}

export const auroraClusterInventory: KindInventory<'aurora-cluster', Lists> = {
  name: 'aurora-cluster',
  noun: 'DB cluster',
  lists: { dbClusters: 'DB cluster', dbClusterSnapshots: 'DB cluster snapshot' },
  sourceList: 'dbClusters',
  sources: ({ dbClusters }) => dbClusters,
  copies: ({ dbClusterSnapshots }) =>
    dbClusterSnapshots.map((copy) => ({
      ...copy,
      sourceId: copy.dbClusterId,
      isComplete: copy.state === 'available',
    })),
  reads: {
    DescribeDBClusters: [{ list: 'dbClusters' }],
    DescribeDBClusterSnapshots: [{ list: 'dbClusterSnapshots' }],
  },
  contradictions: () => [],
  limits: () => [],
};
