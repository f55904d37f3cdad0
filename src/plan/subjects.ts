import type { EbsResource } from '../kinds/ebs-volume/runbook.ts';
import type { RdsResource } from '../kinds/rds-instance/runbook.ts';
import type { Isolation, RunbookResource, StrategyName } from '../runbook/schema.ts';
import type { Finding } from './findings.ts';
import type { PlanInput, PlanMember, Pools } from './input.ts';
import { databaseSpec } from './database-spec.ts';
import type { InventoryIndex } from './inventory-index.ts';
import type { PointPolicy } from './recovery-points.ts';
import { chooseDbSnapshot, choosePointInTime, chooseSnapshot } from './recovery-points.ts';
import { auroraStrategies } from './strategies/aurora.ts';
import { fsr } from './strategies/fsr.ts';
import { lazy } from './strategies/lazy.ts';
import { pointInTime } from './strategies/point-in-time.ts';
import { chooseReplica, promotedRecord, type ReplicaWay } from '../kinds/rds-instance/replicas.ts';
import { promoteReplica } from '../kinds/rds-instance/strategies/promote-replica.ts';
import { provisionedRate } from './strategies/provisioned-rate.ts';
import { readThrough } from './strategies/read-through.ts';
import { restoreSnapshot } from './strategies/restore-snapshot.ts';
import type { DatabaseWay, Proposal } from './strategies/strategy.ts';
import { refuse } from './strategies/strategy.ts';
import type { PassedOverPoint, PlannedResource } from './types.ts';
import { volumeSpec } from './volume-spec.ts';

const EBS = [fsr, provisionedRate, readThrough, lazy] as const;
const RDS = [promoteReplica, pointInTime, restoreSnapshot] as const;

/** A resource before its strategy is chosen: all that does not depend on quotas is settled. */
export interface ResourceSubject extends Pick<
  PlannedResource,
  'id' | 'type' | 'source' | 'restoreAs' | 'dependsOn' | 'readyWhen' | 'copies'
> {
  readonly runbookId: string;
  /** The runbook's order of preference; undefined for `auto`. */
  readonly listed: readonly StrategyName[] | undefined;
  /** Every strategy of the type, feasible or not, with this much of each quota left. */
  readonly propose: (pools: Pools) => readonly Proposal[];
  /** False: there is no recovery point. */
  readonly hasPoint: boolean;
  /** Snapshots that were passed over, newest first. */
  readonly excluded: readonly PassedOverPoint[];
  /** Why the account's snapshots could not be read; absent when they were. */
  readonly unread?: string;
  /** The instance that would read a volume through, where its limit is known. */
  readonly reader?: { readonly instanceId: string; readonly throughputMiBps: number };
  readonly findings: readonly Finding[];
}

interface SubjectContext {
  readonly input: PlanInput;
  readonly index: InventoryIndex;
  readonly policy: PointPolicy;
  readonly isolation: Isolation | undefined;
}

type SubjectParts = Pick<
  ResourceSubject,
  'propose' | 'hasPoint' | 'excluded' | 'unread' | 'findings' | 'copies' | 'reader'
>;

export function subjectsOf(input: PlanInput, index: InventoryIndex): readonly ResourceSubject[] {
  const context: SubjectContext = {
    input,
    index,
    policy: policyOf(input),
    isolation: input.runbook.drill?.isolation,
  };
  const dependenciesOf = dependencies(input.members);
  return input.members.map((member) => {
    const { resource } = member;
    const { restoreAs } = resource;
    return {
      id: member.planId,
      runbookId: resource.id,
      type: resource.type,
      source: member.sourceId,
      ...(restoreAs === undefined ? {} : { restoreAs }),
      dependsOn: dependenciesOf(resource),
      readyWhen: resource.readyWhen,
      listed: listedOf(resource),
      ...partsOf(member, context),
    };
  });
}

export function policyOf(input: PlanInput): PointPolicy {
  const { recoveryPoint } = input.runbook;
  const at = input.recoverTo ?? recoveryPoint.at;
  return {
    policy: input.recoverTo === undefined ? recoveryPoint.policy : 'at',
    incidentAt: input.incidentAt,
    damagedAt: input.damagedAt,
    ...(at === undefined ? {} : { at }),
  };
}

function listedOf(resource: RunbookResource): readonly StrategyName[] | undefined {
  const names: readonly (StrategyName | 'auto')[] = resource.strategies;
  return names.includes('auto') ? undefined : names.filter((name) => name !== 'auto');
}

/** Planned ids by runbook resource. Members of one selector share the array: graphs are grouped by it. */
function dependencies(members: readonly PlanMember[]): (resource: RunbookResource) => readonly string[] {
  const plannedIds = new Map<string, string[]>();
  for (const { resource, planId } of members) {
    const ids = plannedIds.get(resource.id);
    if (ids === undefined) plannedIds.set(resource.id, [planId]);
    else ids.push(planId);
  }
  const known = new Map<string, readonly string[]>();
  return (resource) => {
    let ids = known.get(resource.id);
    if (ids === undefined) {
      ids = resource.dependsOn.flatMap((id) => plannedIds.get(id) ?? []);
      known.set(resource.id, ids);
    }
    return ids;
  };
}

function partsOf(member: PlanMember, context: SubjectContext): SubjectParts {
  const { resource } = member;
  switch (resource.type) {
    case 'ebs-volume':
      return volumeParts(member, resource, context);
    case 'rds-instance':
      return databaseParts(member, resource, context);
    case 'aurora-cluster':
      return {
        copies: 1,
        hasPoint: true,
        excluded: [],
        findings: [],
        propose: () => auroraStrategies.map((strategy) => strategy.propose(member)),
      };
  }
}

function volumeParts(member: PlanMember, resource: EbsResource, context: SubjectContext): SubjectParts {
  const { index, input, isolation } = context;
  const { copies, readyWhen } = resource;
  const source = index.volume(member.sourceId);
  const { chosen, excluded } = chooseSnapshot(index.snapshotsOf(member.sourceId), context.policy, index);
  const unread = index.whyUnread('DescribeSnapshots');
  const common = { copies, excluded, ...(unread === undefined ? {} : { unread }) };
  if (chosen === undefined) {
    return { ...common, hasPoint: false, findings: [], propose: () => refuseAll(EBS, noSnapshot(unread)) };
  }
  const { copy: snapshot, point } = chosen;
  const findings = [
    ...(source === undefined
      ? [configUnknown(member, 'it is created as gp3, with the size of its snapshot.')]
      : []),
    ...(snapshot.encrypted && !index.isKeyKnown(snapshot.kmsKeyId)
      ? [keyUnknown(member, snapshot.kmsKeyId)]
      : []),
  ];
  const made = volumeSpec({ resource, mode: input.mode, isolation }, snapshot, source, index);
  if ('why' in made) {
    return { ...common, hasPoint: true, findings, propose: () => refuseAll(EBS, made.why) };
  }
  const instanceId = resource.target?.attachTo?.instance ?? source?.attachedTo?.instanceId;
  const readerThroughputMiBps =
    instanceId === undefined ? undefined : index.instance(instanceId)?.ebsThroughputMiBps;
  const isReaderKnown = instanceId !== undefined && readerThroughputMiBps !== undefined;
  return {
    ...common,
    ...(isReaderKnown ? { reader: { instanceId, throughputMiBps: readerThroughputMiBps } } : {}),
    hasPoint: true,
    findings,
    propose: (pools) => {
      const reading = { readerThroughputMiBps, fsrUnread: index.whyUnread('DescribeFastSnapshotRestores') };
      const subject = { snapshot, point, spec: made.spec, copies, readyWhen, pools, ...reading };
      return EBS.map((strategy) => strategy.propose(subject));
    },
  };
}

function databaseParts(member: PlanMember, resource: RdsResource, context: SubjectContext): SubjectParts {
  const { index, input, isolation, policy } = context;
  const target = { resource, mode: input.mode, isolation };
  const source = index.dbInstance(member.sourceId);
  const snapshots = index.dbSnapshotsOf(member.sourceId);
  const { chosen, excluded } = chooseDbSnapshot(snapshots, policy, index);
  const unread = index.whyUnread('DescribeDBSnapshots');
  const instant = choosePointInTime(source, member.gone, policy, index);
  const snapshotWay = (): DatabaseWay => {
    if (chosen === undefined) return { why: noSnapshot(unread) };
    const made = databaseSpec(target, { snapshotId: chosen.copy.id }, source, chosen.copy, index);
    return 'why' in made ? made : { point: chosen.point, spec: made.spec };
  };
  const logsWay = (): DatabaseWay => {
    if ('why' in instant) return instant;
    const from = { sourceId: member.sourceId, restoreTime: instant.point.at };
    const made = databaseSpec(target, from, source, undefined, index);
    return 'why' in made ? made : { point: instant.point, spec: made.spec };
  };
  const replicaWay = (): ReplicaWay => {
    const { inventory, now, gone = new Set() } = input;
    const times = { policy, capturedAt: inventory.capturedAt, now };
    const search = { sourceId: member.sourceId, source, isSourceGone: member.gone, gone, ...times };
    const choice = chooseReplica(search, index);
    if ('why' in choice) return choice;
    const record = promotedRecord(choice.replica, source);
    const { class: _class, zone: _zone, subnetGroup: _subnetGroup, ...changeable } = resource.target ?? {};
    const promoted = { ...target, resource: { ...resource, target: changeable } };
    const made = databaseSpec(promoted, { replicaId: choice.replica.id }, record, undefined, index);
    return 'why' in made ? made : { ...choice, spec: made.spec };
  };
  const subject = {
    source,
    readyWhen: resource.readyWhen,
    drill: input.mode === 'drill',
    fromSnapshot: snapshotWay(),
    fromLogs: logsWay(),
    snapshots,
    fromReplica: replicaWay(),
  };
  const encrypted = source?.encrypted ?? chosen?.copy.encrypted ?? false;
  const kmsKeyId = source?.kmsKeyId ?? chosen?.copy.kmsKeyId;
  return {
    copies: 1,
    hasPoint: chosen !== undefined || 'point' in instant || 'point' in subject.fromReplica,
    excluded,
    ...(unread === undefined ? {} : { unread }),
    findings: [
      ...(source === undefined
        ? [configUnknown(member, 'only the settings in its target are applied; the rest are AWS defaults.')]
        : []),
      ...(encrypted && !index.isKeyKnown(kmsKeyId) ? [keyUnknown(member, kmsKeyId)] : []),
      ...(input.mode === 'drill' && !isIsolated(isolation) ? [notIsolated(member)] : []),
    ],
    propose: (pools) => RDS.map((strategy) => strategy.propose({ ...subject, pools })),
  };
}

function noSnapshot(unread: string | undefined): string {
  return unread === undefined ? 'no usable snapshot' : `the snapshots could not be read: ${unread}`;
}

function refuseAll(strategies: readonly { readonly name: StrategyName }[], why: string): readonly Proposal[] {
  return strategies.map((strategy) => refuse(strategy.name, why));
}

function isIsolated(isolation: Isolation | undefined): boolean {
  return isolation?.subnetGroup !== undefined || isolation?.securityGroups !== undefined;
}

function finding(
  member: PlanMember,
  rest: Pick<Finding, 'severity' | 'code' | 'data' | 'text' | 'next'>,
): Finding {
  return { ...rest, runbookId: member.resource.id, resource: member.planId, weight: 0 };
}

function configUnknown(member: PlanMember, consequence: string): Finding {
  return finding(member, {
    severity: 'warning',
    code: 'CONFIG_UNKNOWN',
    data: { source: member.sourceId },
    text: `has no record of the configuration of ${member.sourceId}: ${consequence}`,
    next: 'Give an inventory from before the incident: --baseline FILE.',
  });
}

function keyUnknown(member: PlanMember, keyId: string | undefined): Finding {
  return finding(member, {
    severity: 'info',
    code: 'KEY_STATE_UNKNOWN',
    data: { key: keyId ?? null },
    text: `is encrypted with ${keyId ?? 'a key'}, and the inventory contains no state of any key.`,
    next: 'Make sure that the key is enabled before you need it: aws kms describe-key.',
  });
}

function notIsolated(member: PlanMember): Finding {
  return finding(member, {
    severity: 'warning',
    code: 'DRILL_NOT_ISOLATED',
    data: {},
    text: 'would be created by the drill in the production network.',
    next: 'Give drill.isolation a subnetGroup and securityGroups of its own.',
  });
}
