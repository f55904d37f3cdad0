import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { RunMode } from '../../src/plan/types.ts';
import type { Runbook } from '../../src/runbook/schema.ts';

/** What a role recovers: the runbooks of one Region, in one account, by runs of one mode. */
export interface Scope {
  readonly mode: RunMode;
  readonly runbooks: readonly Runbook[];
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  /** Names of the roles that a restored database may be given for enhanced monitoring. */
  readonly monitoringRoles: readonly string[];
  /** Names of the roles that a restored database may be associated with. */
  readonly databaseRoles: readonly string[];
  /** Identifiers of the read replicas that a restore may promote. */
  readonly replicas: readonly string[];
}

type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** ARN of something in the Region and account of the scope. */
export function arnIn({ partition, region, account }: Scope, service: string, resource: string): string {
  return `arn:${partition}:${service}:${region}:${account}:${resource}`;
}

/** Snapshots of EBS belong to no account in their ARN. */
export function snapshotArn({ partition, region }: Scope): string {
  return `arn:${partition}:ec2:${region}::snapshot/*`;
}

export function allow(
  actions: readonly string[],
  resources: readonly string[],
  conditions: Conditions = {},
): PolicyStatement {
  return statement(Effect.ALLOW, actions, resources, conditions);
}

export function deny(
  actions: readonly string[],
  resources: readonly string[],
  conditions: Conditions = {},
): PolicyStatement {
  return statement(Effect.DENY, actions, resources, conditions);
}

function statement(
  effect: Effect,
  actions: readonly string[],
  resources: readonly string[],
  conditions: Conditions,
): PolicyStatement {
  return new PolicyStatement({ effect, actions: [...actions], resources: [...resources], conditions });
}
