import { CfnEventBusPolicy } from 'aws-cdk-lib/aws-events';
import { Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';

/** Lets another account put events on the default bus, where the rules of this deployment see them like its own. */
export class EventsFrom extends Construct {
  constructor(scope: Construct, id: string, account: string) {
    super(scope, id);
    const { partition, region, account: own } = Stack.of(this);
    new CfnEventBusPolicy(this, 'Policy', {
      statementId: `lifeboat-${account}`,
      statement: {
        Effect: 'Allow',
        Principal: { AWS: `arn:${partition}:iam::${account}:root` },
        Action: 'events:PutEvents',
        Resource: `arn:${partition}:events:${region}:${own}:event-bus/default`,
      },
    });
  }
}
