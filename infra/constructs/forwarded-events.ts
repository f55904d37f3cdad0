import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { EventBus as EventBusTarget } from 'aws-cdk-lib/aws-events-targets';
import { Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Runbook } from '../../src/runbook/schema.ts';
import { patternOf } from './triggers.ts';
import { EVENTS } from './wake-events.ts';

interface ForwardedEventsProps {
  readonly runbooks: readonly Runbook[];
  /** Account of the functions. */
  readonly account: string;
}

/** The alarms and events of this account that the deployment in another account waits for. */
export class ForwardedEvents extends Construct {
  constructor(scope: Construct, id: string, { runbooks, account }: ForwardedEventsProps) {
    super(scope, id);
    const { partition, region } = Stack.of(this);
    const bus = EventBus.fromEventBusArn(
      this,
      'Bus',
      `arn:${partition}:events:${region}:${account}:event-bus/default`,
    );
    const target = new EventBusTarget(bus);
    const triggers = runbooks.flatMap(({ name, triggers: declared }) =>
      declared.map((trigger, index) => [`${name}-${index}`, patternOf(trigger)] as const),
    );
    for (const [name, eventPattern] of [...Object.entries(EVENTS), ...triggers]) {
      new Rule(this, name, {
        description: `Goes to Lifeboat in account ${account}.`,
        eventPattern,
        targets: [target],
      });
    }
  }
}
