/** What a plan is to make of a read that failed, by operation. */
const MEANS: Readonly<Record<string, string>> = {
  DescribeVolumes:
    'volumes are known only from their snapshots and the baseline; how they are configured is not known',
  DescribeVolumeStatus: 'a volume that is a copy of another one counts as not initialized yet',
  DescribeSnapshots: 'no volume has a recovery point that is known',
  DescribeFastSnapshotRestores: 'fast snapshot restore cannot be planned',
  DescribeInstances: 'no instance is known that could read a volume, or that one could be attached to',
  DescribeInstanceTypes: 'the throughput of the instances that read volumes is not taken into account',
  DescribeAvailabilityZones: 'only the zones that something is in are known',
  DescribeInstanceInformation: 'no instance is taken to be managed by Systems Manager',
  DescribeDBInstances:
    'DB instances are known only from their snapshots and the baseline; none can be recovered to a point in time',
  DescribeDBSnapshots: 'no DB instance has a snapshot that is known',
  DescribeDBClusters: 'Aurora clusters are known only from their snapshots and the baseline',
  DescribeDBClusterSnapshots: 'no Aurora cluster has a snapshot that is known',
  DescribeKey: 'a key that cannot be used any more is not noticed before the restore',
  ListServiceQuotas: "quotas are taken to be AWS's defaults",
  GetMetricData:
    'credits of fast snapshot restore are taken as none, and how far a replica lags behind is not known',
  'DescribeDBSnapshots of AWS Backup': 'DB snapshots made by AWS Backup may be missing',
  'DescribeDBClusterSnapshots of AWS Backup': 'DB cluster snapshots made by AWS Backup may be missing',
};

/** @example meaningOf('ListServiceQuotas') // "quotas are taken to be AWS's defaults" */
export function meaningOf(operation: string): string {
  return MEANS[operation] ?? 'what it would have told is not known';
}
