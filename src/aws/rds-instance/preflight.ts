import type { DBInstance, DBSnapshot } from '@aws-sdk/client-rds';
import type { Thing } from '../../kinds/things.ts';
import type { EffectResults, Finding } from '../../workflow/base/effects.ts';
import { REPLICA } from '../../kinds/rds-instance/course.ts';
import { idsOf } from '../adapter.ts';
import { isReplica } from './promote.ts';
import { describeDbInstances, describeDbSnapshot, finderOf, type RdsAccess } from './reads.ts';

/** Whether the backups are still usable. A missing one is a finding, not a failure. */
export async function preflightDatabases(
  aws: RdsAccess,
  relies: readonly Thing<'existing'>[],
): Promise<EffectResults['preflight']> {
  const findings: Finding[] = [];
  for (const id of idsOf(relies, 'dbSnapshot'))
    findings.push(...dbSnapshotFindings(id, await describeDbSnapshot(aws, id)));
  const [sources, replicas] = [idsOf(relies, 'dbInstance'), idsOf(relies, REPLICA)];
  const find = finderOf(await describeDbInstances(aws, [...new Set([...sources, ...replicas])]));
  for (const id of sources) findings.push(...sourceFindings(id, find(id)));
  for (const id of replicas) findings.push(...replicaFindings(id, find(id)));
  return { findings, on: [] };
}

function dbSnapshotFindings(id: string, snapshot: DBSnapshot | undefined): Finding[] {
  const finding = (message: string): Finding[] => [
    { subject: `DB snapshot ${id}`, message, code: 'backup-unusable', data: { thing: id } },
  ];
  if (snapshot === undefined) return finding('no longer exists');
  const { Status: status } = snapshot;
  return status === undefined || status === 'available' ? [] : finding(`is ${status}, not available`);
}

function sourceFindings(id: string, source: DBInstance | undefined): Finding[] {
  const finding = (message: string): Finding[] => [
    { subject: `DB instance ${id}`, message, code: 'backup-unusable', data: { thing: id } },
  ];
  if (source === undefined)
    return finding('no longer exists: it cannot be restored to a point in time by its name');
  return source.BackupRetentionPeriod === 0
    ? finding('keeps no automated backups: it cannot be restored to a point in time')
    : [];
}

/** RDS promotes an available replica alone; what passes by itself is waited for. */
const PASSES: ReadonlySet<string> = new Set([
  'available',
  'backing-up',
  'modifying',
  'rebooting',
  'maintenance',
]);

function replicaFindings(id: string, replica: DBInstance | undefined): Finding[] {
  const finding = (message: string): Finding[] => [
    { subject: `DB instance ${id}`, message, code: 'backup-unusable', data: { thing: id } },
  ];
  if (replica === undefined) return finding('no longer exists: it cannot be promoted');
  if (!isReplica(replica)) return finding('is no read replica any more: it cannot be promoted');
  const { DBInstanceStatus: status = 'available' } = replica;
  return PASSES.has(status) ? [] : finding(`is ${status}: RDS promotes an available replica alone`);
}
