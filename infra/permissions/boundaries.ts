import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { actionsIn, isRead } from '../../src/kinds/calls.ts';
import { happensIn } from '../../src/kinds/drill-rules.ts';
import { MAKE_TAG } from '../../src/tags.ts';
import { deny, type Scope } from './scope.ts';

/** What moves traffic or the writer of a cluster. No version calls any of it yet. */
const CUTOVER = [
  'route53:ChangeResourceRecordSets',
  'elasticloadbalancing:Modify*',
  'elasticloadbalancing:*Targets',
  'rds:PromoteReadReplicaDBCluster',
  'rds:Switchover*',
  'rds:Failover*',
];

/** Changes of volumes and databases that no version calls yet. */
const LATER_CHANGES = ['ec2:ModifyVolume', 'rds:RebootDBInstance', 'rds:StopDBInstance'];

/** Actions that change nothing that existed before: they make something, or concern tags and fast snapshot restore, which have conditions of their own. */
const CHANGES_NOTHING = /:(Create|Copy|Restore|Enable|Disable|AddTags|RemoveTags|DeleteTags)/;

/**
 * What no drill does, whatever else its role is given: what the rules of drills leave to restores, and changing or deleting what no drill made. It
 * follows from what the kinds call. A condition on a tag is also met where the tag is missing.
 */
export function drillBoundaries(scope: Scope): readonly PolicyStatement[] {
  if (scope.mode !== 'drill') return [];
  const inDrills = actionsIn('drill');
  const onlyInRestores = [...actionsIn('restore')].filter((action) => !inDrills.has(action));
  const changes = [...inDrills].filter((action) => !isRead(action) && !CHANGES_NOTHING.test(action));
  return [
    deny([...(happensIn('drill', 'cutover') ? [] : CUTOVER), ...onlyInRestores], ['*']),
    // Of volumes and databases alone: what else such a call names, an instance or a parameter group, carries no tag.
    deny(
      [...changes, ...LATER_CHANGES],
      ['ec2:*:*:volume/*', 'rds:*:*:db:*'].map((thing) => `arn:${scope.partition}:${thing}`),
      { StringNotLike: { [`aws:ResourceTag/${MAKE_TAG}`]: 'drill/*' } },
    ),
  ];
}
