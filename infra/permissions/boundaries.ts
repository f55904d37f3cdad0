import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { MAKE_TAG } from '../../src/tags.ts';
import { arnIn, deny, type Scope } from './scope.ts';

/**
 * What no drill does, whatever else its role is given: move traffic, do what the rules of drills leave to restores, or change and delete what no drill made. A condition on a tag is also met
 * where the tag is missing.
 */
export function drillBoundaries(scope: Scope): readonly PolicyStatement[] {
  if (scope.mode !== 'drill') return [];
  const isNoDrills = { StringNotLike: { [`aws:ResourceTag/${MAKE_TAG}`]: 'drill/*' } };
  return [
    deny(
      [
        'route53:ChangeResourceRecordSets',
        'elasticloadbalancing:Modify*',
        'elasticloadbalancing:*Targets',
        'ec2:CreateSnapshot',
        'rds:CreateDBSnapshot',
        'rds:Promote*',
        'rds:Switchover*',
        'rds:Failover*',
      ],
      ['*'],
    ),
    deny(
      [
        'ec2:DeleteVolume',
        'ec2:ModifyVolume',
        'rds:DeleteDBInstance',
        'rds:ModifyDBInstance',
        'rds:RebootDBInstance',
        'rds:StopDBInstance',
      ],
      ['*'],
      isNoDrills,
    ),
    // Of the volume alone: the instance that it is attached to carries no tag.
    deny(['ec2:AttachVolume', 'ec2:DetachVolume'], [arnIn(scope, 'ec2', 'volume/*')], isNoDrills),
  ];
}
