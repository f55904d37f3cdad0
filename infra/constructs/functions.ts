import { Duration } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { Handler, type Shared } from './handler.ts';
import { RunFunction } from './run-function.ts';

/** The functions of the deployment: all from one bundle. */
export class Functions extends Construct {
  readonly drill: RunFunction;
  readonly restore: RunFunction;
  readonly start: Handler;
  readonly wake: Handler;
  readonly check: Handler;

  constructor(scope: Construct, id: string, shared: Shared) {
    super(scope, id);
    this.drill = new RunFunction(this, 'Drill', { mode: 'drill', shared });
    this.restore = new RunFunction(this, 'Restore', { mode: 'restore', shared });
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
    });
    // Readiness is that of the role that would recover: a check by another role would prove nothing.
    this.check = new Handler(this, 'Check', {
      shared,
      name: 'lifeboat-check',
      handler: 'check',
      description: 'Checks once a day whether every runbook could be recovered now.',
      timeout: Duration.minutes(15),
      role: this.restore.handler.role,
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
