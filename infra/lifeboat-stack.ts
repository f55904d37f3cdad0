import { Stack, type StackProps } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { Runbook } from '../src/runbook/schema.ts';
import { AccessLogs } from './constructs/access-logs.ts';
import { Alarms } from './constructs/alarms.ts';
import { Backfills } from './constructs/backfills.ts';
import { Dashboard } from './constructs/dashboard.ts';
import { DeadLetters } from './constructs/dead-letters.ts';
import { DeploymentParameter } from './constructs/deployment-parameter.ts';
import { EventsFrom } from './constructs/events-from.ts';
import { Evidence } from './constructs/evidence.ts';
import { Functions } from './constructs/functions.ts';
import type { Handler } from './constructs/handler.ts';
import { JournalTable } from './constructs/journal-table.ts';
import { Notices } from './constructs/notices.ts';
import { Operators } from './constructs/operators.ts';
import { RunbookLibrary } from './constructs/runbook-library.ts';
import { Schedules } from './constructs/schedules.ts';
import { Triggers } from './constructs/triggers.ts';
import { WakeEvents } from './constructs/wake-events.ts';
import { accessRoleName, functionArn, LIVE, RUN_FUNCTIONS, type Actor } from './names.ts';
import { grantDeployment, mayReadTags } from './permissions/deployment.ts';
import { recoveryStatements, runbookStatements } from './permissions/recovery.ts';
import { allow, type Scope } from './permissions/scope.ts';
import { acknowledgeWildcards } from './permissions/wildcards.ts';
import type { Settings } from './settings.ts';

export interface LifeboatStackProps {
  readonly settings: Settings;
  /** Where the runbooks recover to. */
  readonly region: string;
  readonly runbooks: readonly Runbook[];
}

/** A deployment in one Region: what drives recoveries there, starts them, watches them and keeps their evidence. */
export class LifeboatStack extends Stack {
  constructor(scope: Construct, id: string, { settings, region, runbooks }: LifeboatStackProps) {
    super(scope, id, stackProps(settings, region));
    const notices = new Notices(this, 'Notices', settings.emails);
    const deadLetters = new DeadLetters(this, 'DeadLetters').queue;
    const { table } = new JournalTable(this, 'Journal');
    const accessLogs = new AccessLogs(this, 'AccessLogs', settings.logDays).bucket;
    const evidence = new Evidence(this, 'Evidence', { accessLogs, keepDays: settings.evidenceDays }).bucket;
    const backfills = new Backfills(this, 'Backfills', accessLogs).bucket;
    const library = new RunbookLibrary(this, 'Runbooks', { folder: settings.runbooks, accessLogs });
    const drillFunction = functionArn(this, RUN_FUNCTIONS.drill, LIVE);
    const restoreFunction = functionArn(this, RUN_FUNCTIONS.restore, LIVE);
    const functions = new Functions(this, 'Functions', {
      code: Code.fromAsset(settings.bundle),
      runbooks: library.layer,
      environment: {
        LIFEBOAT_TABLE: table.tableName,
        LIFEBOAT_EVIDENCE_BUCKET: evidence.bucketName,
        LIFEBOAT_RUNBOOK_BUCKET: library.bucket.bucketName,
        LIFEBOAT_BACKFILL_BUCKET: backfills.bucketName,
        LIFEBOAT_TOPIC: notices.topic.topicArn,
        LIFEBOAT_RUNBOOKS: '/opt',
        LIFEBOAT_DRILL_FUNCTION: drillFunction,
        LIFEBOAT_RESTORE_FUNCTION: restoreFunction,
      },
      deadLetters,
      logDays: settings.logDays,
      accountRoles: this.#accountRoles(settings),
    });
    grantDeployment(functions, { table, runbooks: library.bucket, evidence, backfills, notices });
    this.#grantRecovery(functions, { settings, region, runbooks });
    this.#addStarters(functions, deadLetters, { settings, region, runbooks });
    const alarms = new Alarms(this, 'Alarms', {
      ...{ runbooks, functions, deadLetters, topic: notices.topic, table: table.tableName },
    });
    new Dashboard(this, 'Dashboard', { runbooks, alarms: alarms.all });
    new Operators(this, 'Operators', table);
    new DeploymentParameter(this, 'Deployment', {
      schema: 'lifeboat.deployment/v1',
      region: this.region,
      table: table.tableName,
      functions: { drill: drillFunction, restore: restoreFunction },
      runbookBucket: library.bucket.bucketName,
      evidenceBucket: evidence.bucketName,
      topic: notices.topic.topicArn,
      runbooks: runbooks.map(({ name }) => name),
    });
    acknowledgeWildcards(this);
  }

  /** In the account of the deployment the functions recover in their own roles; in another one they assume those of its {@link AccessStack}. */
  #grantRecovery(
    { drill, restore, wake }: Functions,
    { settings: { monitoringRoles, databaseRoles, replicas, recoveryAccount }, runbooks }: LifeboatStackProps,
  ): void {
    const { partition, region, account } = this;
    const grant = ({ role }: Handler, actor: Actor, statements: readonly PolicyStatement[]): void => {
      const assumes = allow(['sts:AssumeRole'], [this.#accessRole(actor, recoveryAccount)]);
      for (const statement of recoveryAccount === undefined ? statements : [assumes])
        role.addToPolicy(statement);
    };
    for (const [mode, { handler }] of [
      ['drill', drill],
      ['restore', restore],
    ] as const) {
      const named = { monitoringRoles, databaseRoles, replicas };
      const scope: Scope = { mode, runbooks, partition, region, account, ...named };
      grant(handler, mode, recoveryStatements(scope));
      for (const statement of runbookStatements(scope)) handler.role.addToPolicy(statement);
    }
    grant(wake, 'wake', [mayReadTags()]);
    if (recoveryAccount !== undefined) new EventsFrom(this, 'EventsFrom', recoveryAccount);
  }

  #accountRoles({ recoveryAccount }: Settings): Readonly<Record<Actor, string>> | undefined {
    if (recoveryAccount === undefined) return undefined;
    const of = (actor: Actor) => this.#accessRole(actor, recoveryAccount);
    return { drill: of('drill'), restore: of('restore'), wake: of('wake') };
  }

  #accessRole(actor: Actor, account = this.account): string {
    return `arn:${this.partition}:iam::${account}:role/${accessRoleName(actor, this.region)}`;
  }

  /** What starts functions: times, alarms, events. */
  #addStarters(
    { start, check, wake }: Functions,
    deadLetters: DeadLetters['queue'],
    { settings: { checkSchedule }, runbooks }: LifeboatStackProps,
  ): void {
    const starter = { runbooks, start: start.function, deadLetters };
    new Schedules(this, 'Schedules', { ...starter, checkSchedule, check: check.function });
    new Triggers(this, 'Triggers', starter);
    new WakeEvents(this, 'WakeEvents', wake.function);
  }
}

function stackProps({ account }: Settings, region: string): StackProps {
  return {
    env: { region, ...(account !== undefined && { account }) },
    description: 'Lifeboat: drills and restores of the runbooks of this Region.',
    terminationProtection: true,
  };
}
