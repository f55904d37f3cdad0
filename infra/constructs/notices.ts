import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

const ALARMS = 'cloudwatch.amazonaws.com';

/** Where everything is told that a person must know: questions of runs, alarms, dead letters. */
export class Notices extends Construct {
  readonly topic: Topic;
  readonly key: Key;

  constructor(scope: Construct, id: string, emails: readonly string[]) {
    super(scope, id);
    // Alarms cannot publish to a topic under AWS's own key, whose policy does not name CloudWatch.
    this.key = new Key(this, 'Key', {
      description: 'Encrypts the notices of Lifeboat.',
      enableKeyRotation: true,
      // Nothing that is kept is encrypted with it.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // ? Whether KMS is told for which account CloudWatch asks: the topic holds alarms to this one.
    this.key.grant(new ServicePrincipal(ALARMS), 'kms:Decrypt', 'kms:GenerateDataKey*');
    this.topic = new Topic(this, 'Topic', { displayName: 'Lifeboat', masterKey: this.key, enforceSSL: true });
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal(ALARMS)],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
      }),
    );
    for (const email of emails) this.topic.addSubscription(new EmailSubscription(email));
  }
}
