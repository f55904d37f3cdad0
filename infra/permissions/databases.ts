import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { happensIn } from '../../src/kinds/drill-rules.ts';
import type { Runbook } from '../../src/runbook/schema.ts';
import { madeBy, takenBy } from './made.ts';
import { allow, arnIn, type Scope } from './scope.ts';

const RESTORE = ['rds:RestoreDBInstanceFromDBSnapshot', 'rds:RestoreDBInstanceToPointInTime'];
/** RDS takes 63 characters; what is longer ends with a hyphen and a hash of 16. */
const KEPT_OF_A_LONG_NAME = 46;

/**
 * Databases: made under the names that Lifeboat gives them, with the tags of a run. RDS lets a role tag whatever it may call AddTagsToResource on,
 * so the names keep it from giving the tags of a run to a database in production, and deleting it then.
 */
export function databaseStatements(scope: Scope): readonly PolicyStatement[] {
  const databases = scope.runbooks.flatMap((runbook) =>
    runbook.resources.flatMap((resource) =>
      resource.type === 'rds-instance' ? [{ runbook, resource }] : [],
    ),
  );
  if (databases.length === 0) return [];
  const names = databases.flatMap(({ runbook, resource }) => madeNames(runbook.name, resource));
  const made = names.map((name) => arnIn(scope, 'rds', `db:${name}`));
  const sources = databases.map(({ resource }) => arnIn(scope, 'rds', `db:${resource.source.toLowerCase()}`));
  const used = ['og:*', 'pg:*', 'snapshot:*', 'auto-backup:*'].map((one) => arnIn(scope, 'rds', one));
  const { partition, account, monitoringRoles } = scope;
  return [
    allow(RESTORE, [...made, ...sources, ...used], madeBy('aws:RequestTag', scope)),
    ...scope.runbooks.filter(hasDatabases).map((runbook) => networkStatement(scope, runbook)),
    allow(['rds:AddTagsToResource'], made, madeBy('aws:RequestTag', scope)),
    allow(['rds:ModifyDBInstance', 'rds:DeleteDBInstance'], made, madeBy('aws:ResourceTag', scope)),
    allow(
      ['iam:PassRole'],
      monitoringRoles.map((name) => `arn:${partition}:iam::${account}:role/${name}`),
      { StringEquals: { 'iam:PassedToService': 'monitoring.rds.amazonaws.com' } },
    ),
    // RDS makes the secret of a managed master password in the name of the caller.
    allow(
      ['secretsmanager:CreateSecret', 'secretsmanager:TagResource'],
      [arnIn(scope, 'secretsmanager', 'secret:rds!db-*')],
    ),
    ...roleStatements(scope, made),
    ...promotionStatements(scope),
    ...(happensIn(scope.mode, 'takeSnapshot')
      ? snapshotStatements(scope, names, { made: [...made, ...replicasOf(scope)], sources })
      : []),
  ];
}

function roleStatements(scope: Scope, made: readonly string[]): readonly PolicyStatement[] {
  const { partition, account, databaseRoles } = scope;
  if (!happensIn(scope.mode, 'databaseRoles') || databaseRoles.length === 0) return [];
  return [
    allow(['rds:AddRoleToDBInstance'], made, madeBy('aws:ResourceTag', scope)),
    allow(
      ['iam:PassRole'],
      databaseRoles.map((name) => `arn:${partition}:iam::${account}:role/${name}`),
      { StringEquals: { 'iam:PassedToService': 'rds.amazonaws.com' } },
    ),
  ];
}

/** A replica carries no tag of a run, so the deployment names those that a restore may promote. */
function promotionStatements(scope: Scope): readonly PolicyStatement[] {
  const replicas = replicasOf(scope);
  if (replicas.length === 0) return [];
  return [
    allow(['rds:PromoteReadReplica', 'rds:ModifyDBInstance'], replicas),
    // IAM decides about the parameter group that a modification names as well.
    allow(['rds:ModifyDBInstance'], [arnIn(scope, 'rds', 'pg:*')]),
  ];
}

function replicasOf(scope: Scope): readonly string[] {
  if (!happensIn(scope.mode, 'promoteReplica')) return [];
  return scope.replicas.map((id) => arnIn(scope, 'rds', `db:${id}`));
}

/** Fresh recovery points of what a restore made, and evidence of what is damaged. */
function snapshotStatements(
  scope: Scope,
  names: readonly string[],
  { made, sources }: { readonly made: readonly string[]; readonly sources: readonly string[] },
): readonly PolicyStatement[] {
  const takesEvidence = scope.runbooks.some(({ forensics }) => forensics);
  const purposes = ['protection', ...(takesEvidence ? ['forensics'] : [])];
  const snapshots = [...names, ...(takesEvidence ? ['evidence-*'] : [])].map((name) =>
    // The name of a snapshot is that of its database and more.
    arnIn(scope, 'rds', `snapshot:${name.endsWith('*') ? name : `${name}-*`}`),
  );
  return [
    allow(
      ['rds:CreateDBSnapshot'],
      [...made, ...snapshots, ...(takesEvidence ? sources : [])],
      takenBy('aws:RequestTag', scope, purposes),
    ),
    allow(['rds:AddTagsToResource'], snapshots, takenBy('aws:RequestTag', scope, purposes)),
    allow(['rds:DeleteDBSnapshot'], snapshots, takenBy('aws:ResourceTag', scope, ['protection'])),
  ];
}

/** Patterns of the names of what is made: `<source>-<runbook>-<time>-<n>`, or `restoreAs`. */
function madeNames(
  runbook: string,
  { source, restoreAs }: { readonly source: string; readonly restoreAs?: string | undefined },
): readonly string[] {
  if (restoreAs === undefined) return [`${cleaned(`${source}-${runbook}-`)}*`];
  const name = cleaned(restoreAs);
  return [name, `${name}-g*`];
}

function cleaned(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '-')
    .replace(/-{2,}/g, '-')
    .slice(0, KEPT_OF_A_LONG_NAME);
}

/** A drill gets no other network than that of drills, where its runbook names one. */
function networkStatement(scope: Scope, runbook: Runbook): PolicyStatement {
  const group = scope.mode === 'drill' ? runbook.drill?.isolation?.subnetGroup?.toLowerCase() : undefined;
  return allow(
    RESTORE,
    [arnIn(scope, 'rds', `subgrp:${group ?? '*'}`)],
    madeBy('aws:RequestTag', { ...scope, runbooks: [runbook] }),
  );
}

function hasDatabases({ resources }: Runbook): boolean {
  return resources.some(({ type }) => type === 'rds-instance');
}
