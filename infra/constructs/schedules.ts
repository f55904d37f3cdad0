import { Duration, Stack, TimeZone } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  ContextAttribute,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
  TimeWindow,
} from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { ScheduledDrill } from '../../src/hosts/lambda/requests.ts';
import type { Runbook } from '../../src/runbook/schema.ts';

interface SchedulesProps {
  readonly runbooks: readonly Runbook[];
  readonly checkSchedule: string;
  readonly start: IFunction;
  readonly check: IFunction;
  readonly deadLetters: IQueue;
}

interface Timed {
  readonly id: string;
  readonly description: string;
  readonly schedule: string;
  readonly timeZone?: string;
  readonly target: IFunction;
  readonly input: object;
}

/** A drill that could not be started for so long is missed, and an alarm says so: hours later it would disturb the day. */
const LATEST_START = Duration.hours(1);

/** What EventBridge Scheduler starts: the drills of each runbook at its own times, and the daily check. */
export class Schedules extends Construct {
  constructor(scope: Construct, id: string, props: SchedulesProps) {
    super(scope, id);
    const { deadLetters: deadLetterQueue } = props;
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      description: 'Starts drills and checks when they are due.',
    });
    const delivery = { role, deadLetterQueue, maxEventAge: LATEST_START, retryAttempts: 20 };
    for (const { id: name, description, schedule, timeZone, target, input } of timesOf(props)) {
      new Schedule(this, name, {
        description,
        schedule: ScheduleExpression.expression(schedule, TimeZone.of(timeZone ?? 'UTC')),
        timeWindow: TimeWindow.off(),
        target: new LambdaInvoke(target, { ...delivery, input: ScheduleTargetInput.fromObject(input) }),
      });
    }
  }
}

function timesOf({ runbooks, checkSchedule, start, check }: SchedulesProps): readonly Timed[] {
  const drills = runbooks.flatMap(({ name, drill }): Timed[] => {
    if (drill?.schedule === undefined) return [];
    const { schedule, timeZone } = drill;
    const input: ScheduledDrill = {
      kind: 'schedule',
      runbook: name,
      scheduledAt: ContextAttribute.scheduledTime,
    };
    const description = `Drills of the runbook ${name}.`;
    return [{ id: `Drill-${name}`, description, schedule, timeZone, target: start, input }];
  });
  const description = 'Checks whether every runbook could be recovered now.';
  return [...drills, { id: 'Check', description, schedule: checkSchedule, target: check, input: {} }];
}
