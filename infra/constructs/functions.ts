import { Duration } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Actor } from '../names.ts';
import { Handler, type HandlerProps, type Shared } from './handler.ts';
import { RunFunction } from './run-function.ts';

/** Lambda's most. A backfill works on a copy of what it has found and sent: some millions of requests. */
const BACKFILL_DISK_MIB = 10_240;

interface FunctionsProps extends Shared {
  /** The roles in which functions act in another account than that of the deployment. */
  readonly accountRoles: Readonly<Record<Actor, string>> | undefined;
}

/** The functions of the deployment: all from one bundle. */
export class Functions extends Construct {
  readonly drill: RunFunction;
  readonly restore: RunFunction;
  readonly start: Handler;
  readonly wake: Handler;
  readonly check: Handler;

  constructor(scope: Construct, id: string, { accountRoles, ...shared }: FunctionsProps) {
    super(scope, id);
    this.drill = new RunFunction(this, 'Drill', { mode: 'drill', shared, accountRole: accountRoles?.drill });
    this.restore = new RunFunction(this, 'Restore', {
      mode: 'restore',
      diskMiB: BACKFILL_DISK_MIB,
      shared,
      accountRole: accountRoles?.restore,
    });
    this.start = new Handler(this, 'Start', {
      shared,
      name: 'lifeboat-start',
      handler: 'start',
      description:
        'Starts drills that are due, and restores that an alarm, an event or an operator asks for.',
      timeout: Duration.minutes(5),
    });
    this.wake = new Handler(this, 'Wake', {
      shared,
      name: 'lifeboat-wake',
      handler: 'wake',
      description: 'Ends the wait of a run early, because something that it waits for has happened.',
      timeout: Duration.minutes(1),
      ...environmentOf(accountRoles?.wake),
    });
    // Readiness is that of the role that would recover: a check by another role would prove nothing.
    this.check = new Handler(this, 'Check', {
      shared,
      name: 'lifeboat-check',
      handler: 'check',
      description: 'Checks once a day whether every runbook could be recovered now.',
      timeout: Duration.minutes(15),
      role: this.restore.handler.role,
      ...environmentOf(accountRoles?.restore),
    });
  }

  /** Those that drive runs. */
  get runs(): readonly LambdaFunction[] {
    return [this.drill.handler.function, this.restore.handler.function];
  }

  get all(): readonly LambdaFunction[] {
    return [...this.runs, ...[this.start, this.wake, this.check].map((handler) => handler.function)];
  }
}

function environmentOf(accountRole: string | undefined): Pick<HandlerProps, 'environment'> {
  return accountRole === undefined ? {} : { environment: { LIFEBOAT_ACCOUNT_ROLE: accountRole } };
}
