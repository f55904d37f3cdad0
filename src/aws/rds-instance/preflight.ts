import type { DBInstance, DBSnapshot } from '@aws-sdk/client-rds';
import type { Thing } from '../../kinds/things.ts';
import type { EffectResults, Finding } from '../../workflow/base/effects.ts';
import { idsOf } from '../adapter.ts';
import { describeDbInstances, describeDbSnapshot, finderOf, type RdsAccess } from './reads.ts';

/** Whether the backups are still usable. A missing one is a finding, not a failure. */
export async function preflightDatabases(
  aws: RdsAccess,
  relies: readonly Thing<'existing'>[],
): Promise<EffectResults['preflight']> {
  const findings: Finding[] = [];
  for (const id of idsOf(relies, 'dbSnapshot'))
    findings.push(...dbSnapshotFindings(id, await describeDbSnapshot(aws, id)));
  const sources = idsOf(relies, 'dbInstance');
  const find = finderOf(await describeDbInstances(aws, sources));
  for (const id of sources) findings.push(...sourceFindings(id, find(id)));
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
