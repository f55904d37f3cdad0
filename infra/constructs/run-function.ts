import { Duration, RemovalPolicy, Size, Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Alias, RecursiveLoop } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { RunMode } from '../../src/plan/types.ts';
import { functionArn, LIVE, RUN_FUNCTIONS } from '../names.ts';
import { Handler, type Shared } from './handler.ts';

/** AWS's longest. A run ends by itself; before a limit comes near it continues in another execution. */
const LONGEST_EXECUTION = Duration.days(366);
/** How long the console shows the steps of an ended execution. Nothing needs them: the journal is in the table. */
const SHOWN_FOR = Duration.days(30);

interface RunFunctionProps {
  readonly mode: RunMode;
  /** Default: 512. */
  readonly diskMiB?: number;
  readonly shared: Shared;
  /** The role in which it recovers another account. */
  readonly accountRole: string | undefined;
}

/**
 * The durable function that drives runs of one mode, with the alias under which it is started. An execution stays with the version that it began
 * with, so versions outlive the deployments that made them.
 */
export class RunFunction extends Construct {
  readonly handler: Handler;
  readonly alias: Alias;

  constructor(scope: Construct, id: string, { mode, diskMiB, shared, accountRole }: RunFunctionProps) {
    super(scope, id);
    const name = RUN_FUNCTIONS[mode];
    Validations.of(this).acknowledge({
      id: 'Annotation::aws-lambda:Function.DurableConfig',
      reason: 'The function has been durable since it exists.',
    });
    this.handler = new Handler(this, 'Handler', {
      shared,
      name,
      handler: 'run',
      description: `Drives each ${mode} of a runbook, from its plan to its report.`,
      ...(accountRole !== undefined && { environment: { LIFEBOAT_ACCOUNT_ROLE: accountRole } }),
      timeout: Duration.minutes(15),
      more: {
        durableConfig: { executionTimeout: LONGEST_EXECUTION, retentionPeriod: SHOWN_FOR },
        currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
        // A long run hands itself over to the next execution; Lambda would stop that after some sixteen times.
        recursiveLoop: RecursiveLoop.ALLOW,
        ...(diskMiB !== undefined && { ephemeralStorageSize: Size.mebibytes(diskMiB) }),
      },
    });
    this.alias = new Alias(this, 'Live', {
      aliasName: LIVE,
      version: this.handler.function.currentVersion,
    });
    this.handler.role.addToPolicy(
      new PolicyStatement({
        actions: ['lambda:CheckpointDurableExecution', 'lambda:GetDurableExecutionState'],
        resources: [functionArn(this, name, '*/durable-execution/*/*')],
      }),
    );
    // Its own successor, which keeps the version that the run began with.
    this.handler.role.addToPolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functionArn(this, name, '*')] }),
    );
  }
}
