import { textOf } from '../../kinds/values.ts';
import { RUNBOOK_TAG } from '../../tags.ts';
import { foundBy, type FoundOfKind } from '../found.ts';
import { describeSnapshotsWhere, describeVolumesWhere, type Ec2Access } from './reads.ts';

/** All volumes and snapshots that carry the runbook's tag. */
export async function findVolumes(aws: Ec2Access, runbook: string): Promise<readonly FoundOfKind[]> {
  const Filters = [{ Name: `tag:${RUNBOOK_TAG}`, Values: [runbook] }];
  const volumes = await describeVolumesWhere(aws, Filters);
  const snapshots = await describeSnapshotsWhere(aws, { Filters });
  const of = { kind: 'ebs-volume', region: aws.region, runbook } as const;
  return [
    ...volumes.flatMap(({ Tags: tags, VolumeId: id, CreateTime: at, SnapshotId, SourceVolumeId, State }) => {
      const from = textOf(SourceVolumeId) ?? SnapshotId;
      return foundBy({ ...of, type: 'volume', tags, id, at, from, status: State ?? 'creating' });
    }),
    ...snapshots.flatMap(({ Tags: tags, SnapshotId: id, StartTime: at, VolumeId: from, State }) =>
      foundBy({ ...of, type: 'snapshot', tags, id, at, from, status: State ?? 'pending' }),
    ),
  ];
}
