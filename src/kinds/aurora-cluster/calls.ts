import type { KindCalls } from '../kind-calls.ts';

/** Clusters are planned and not recovered yet: they are only captured. */
export const auroraClusterCalls: KindCalls = {
  operations: {},
  parts: {},
  beside: [],
  capture: ['rds:DescribeDBClusters', 'rds:DescribeDBClusterSnapshots'],
};
