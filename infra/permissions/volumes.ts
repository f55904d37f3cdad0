import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { EbsResource } from '../../src/kinds/ebs-volume/runbook.ts';
import { happensIn } from '../../src/kinds/drill-rules.ts';
import type { Runbook } from '../../src/runbook/schema.ts';
import { madeBy, takenBy } from './made.ts';
import { allow, arnIn, snapshotArn, type Scope } from './scope.ts';

type Tags = Readonly<Record<string, string>>;

/** Volumes and their snapshots: made with the tags of a run, and deleted by them alone. */
export function volumeStatements(scope: Scope): readonly PolicyStatement[] {
  const volumes = arnIn(scope, 'ec2', 'volume/*');
  const snapshots = snapshotArn(scope);
  const { mode, runbooks } = scope;
  const copied = runbooks.flatMap(({ resources }) => resources.filter(isCopied));
  const making = ['CreateVolume', 'CreateSnapshot', ...(copied.length > 0 ? ['CopyVolumes'] : [])];
  return [
    allow(['ec2:CreateVolume'], [volumes], madeBy('aws:RequestTag', scope)),
    // The recovery point that a volume is made from.
    allow(['ec2:CreateVolume'], [snapshots]),
    allow(['ec2:CreateTags'], [volumes, snapshots], {
      StringEquals: { 'ec2:CreateAction': making },
    }),
    allow(['ec2:DeleteVolume'], [volumes], madeBy('aws:ResourceTag', scope)),
    ...copyStatements(scope, copied, volumes),
    ...attachStatements(scope, volumes),
    ...(happensIn(mode, 'takeSnapshot') ? snapshotStatements(scope, volumes, snapshots) : []),
    ...runbooks.flatMap((runbook) => fastRestoreStatements(scope, runbook)),
  ];
}

/**
 * Copies, with the tags of a run, of the volumes for which the runbooks list that. ? Where IAM counts the tags of the request for the source as well, as no
 * source says, any volume may be copied.
 */
function copyStatements(
  scope: Scope,
  copied: readonly EbsResource[],
  volumes: string,
): readonly PolicyStatement[] {
  if (copied.length === 0) return [];
  return [
    allow(['ec2:CopyVolumes'], [volumes], madeBy('aws:RequestTag', scope)),
    ...copied.map(({ source }) =>
      typeof source === 'string'
        ? allow(['ec2:CopyVolumes'], [arnIn(scope, 'ec2', `volume/${source}`)])
        : allow(['ec2:CopyVolumes'], [volumes], { StringEquals: taggedAs(source.tags) }),
    ),
  ];
}

/** What a run made is attached to the instances that the runbooks name; in a drill to that of its isolation alone. */
function attachStatements(scope: Scope, volumes: string): readonly PolicyStatement[] {
  const { mode, runbooks } = scope;
  const named = runbooks.flatMap(({ resources, drill }) => {
    const targets = resources.flatMap((resource) =>
      resource.type === 'ebs-volume' ? (resource.target?.attachTo?.instance ?? []) : [],
    );
    return mode === 'drill' && targets.length > 0 ? (drill?.isolation?.instance ?? []) : targets;
  });
  if (named.length === 0) return [];
  const actions = ['ec2:AttachVolume', 'ec2:DetachVolume'];
  return [
    allow(actions, [volumes], madeBy('aws:ResourceTag', scope)),
    allow(
      actions,
      [...new Set(named)].map((id) => arnIn(scope, 'ec2', `instance/${id}`)),
    ),
  ];
}

/** Fresh recovery points of what a restore made, and evidence of what is damaged. */
function snapshotStatements(scope: Scope, volumes: string, snapshots: string): readonly PolicyStatement[] {
  const takesEvidence = scope.runbooks.some(({ forensics }) => forensics);
  const tagged = takenBy('aws:RequestTag', scope, ['protection', ...(takesEvidence ? ['forensics'] : [])]);
  return [
    allow(['ec2:CreateSnapshot'], [snapshots], tagged),
    // Of any volume: a snapshot changes nothing, and what is damaged carries no tag of a run.
    allow(['ec2:CreateSnapshot'], [volumes]),
    allow(['ec2:DeleteSnapshot'], [snapshots], takenBy('aws:ResourceTag', scope, ['protection'])),
  ];
}

/**
 * Fast snapshot restore of the snapshots of the runbook's own volumes: those of a volume that it names, or with the tags that it selects by. In a
 * drill in the zone of drills alone, where the runbook names one.
 */
function fastRestoreStatements(scope: Scope, { resources, drill }: Runbook): readonly PolicyStatement[] {
  const zone = scope.mode === 'drill' ? drill?.isolation?.zone : undefined;
  const inZone: Tags = zone === undefined ? {} : { 'ec2:AvailabilityZone': zone };
  return resources.flatMap((resource) => {
    if (resource.type !== 'ebs-volume' || !usesFastRestore(resource)) return [];
    const { source } = resource;
    const own = typeof source === 'string' ? undefined : taggedAs(source.tags);
    return allow(
      ['ec2:EnableFastSnapshotRestores', 'ec2:DisableFastSnapshotRestores'],
      [snapshotArn(scope)],
      {
        ...((zone !== undefined || own !== undefined) && { StringEquals: { ...own, ...inZone } }),
        ...(typeof source === 'string' && {
          ArnLike: { 'ec2:ParentVolume': arnIn(scope, 'ec2', `volume/${source}`) },
        }),
      },
    );
  });
}

/** Only where it is listed: `auto` never takes it. */
function isCopied(resource: Runbook['resources'][number]): resource is EbsResource {
  return resource.type === 'ebs-volume' && resource.strategies.includes('volume-copy');
}

function usesFastRestore({ strategies }: EbsResource): boolean {
  return strategies.some((strategy) => strategy === 'auto' || strategy === 'fsr');
}

function taggedAs(tags: Tags): Tags {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value]));
}
