import { Duration } from 'aws-cdk-lib';
import { EventField, Rule, RuleTargetInput, type EventPattern } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { TriggeredRestore } from '../../src/hosts/lambda/requests.ts';
import type { Runbook } from '../../src/runbook/schema.ts';

interface TriggersProps {
  readonly runbooks: readonly Runbook[];
  readonly start: IFunction;
  readonly deadLetters: IQueue;
}

/** The event, part by part: EventBridge documents no path for the whole of it. */
const EVENT = {
  id: EventField.eventId,
  time: EventField.time,
  source: EventField.source,
  'detail-type': EventField.detailType,
  account: EventField.account,
  region: EventField.region,
  resources: EventField.fromPath('$.resources'),
  detail: EventField.fromPath('$.detail'),
};

type Trigger = Runbook['triggers'][number];

/** The rules by which alarms and events start a restore. */
export class Triggers extends Construct {
  constructor(scope: Construct, id: string, { runbooks, start, deadLetters }: TriggersProps) {
    super(scope, id);
    for (const { name, triggers } of runbooks) {
      triggers.forEach((trigger, index) => {
        const input: TriggeredRestore = {
          kind: 'trigger',
          runbook: name,
          trigger: index,
          approval: trigger.approval,
          event: EVENT,
        };
        new Rule(this, `${name}-${index}`, {
          description: `Starts a restore of the runbook ${name} (triggers[${index}]).`,
          eventPattern: patternOf(trigger),
          targets: [
            new LambdaFunction(start, {
              event: RuleTargetInput.fromObject(input),
              deadLetterQueue: deadLetters,
              maxEventAge: Duration.hours(2),
              retryAttempts: 20,
            }),
          ],
        });
      });
    }
  }
}

/** The events that a trigger of a runbook waits for. */
export function patternOf({ alarm, event = {} }: Trigger): EventPattern {
  if (alarm !== undefined)
    return {
      source: ['aws.cloudwatch'],
      detailType: ['CloudWatch Alarm State Change'],
      detail: { alarmName: [alarm], state: { value: ['ALARM'] } },
    };
  const { 'detail-type': detailType, ...rest } = event;
  return { ...rest, ...(detailType !== undefined && { detailType: detailType as string[] }) };
}
