import { Rule, type EventPattern } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { RUN_TAG } from '../../src/tags.ts';

/** Events after which a run may have something to do. AWS sends them as best effort: a run looks again by itself in any case. */
export const EVENTS: Readonly<Record<string, EventPattern>> = {
  Volumes: {
    source: ['aws.ec2'],
    detailType: ['EBS Volume Notification'],
    detail: { event: ['createVolume', 'deleteVolume', 'initializeVolume'] },
  },
  Snapshots: {
    source: ['aws.ec2'],
    detailType: ['EBS Snapshot Notification'],
    detail: { event: ['createSnapshot', 'copySnapshot'] },
  },
  FastSnapshotRestores: {
    source: ['aws.ec2'],
    detailType: ['EBS Fast Snapshot Restore State-change Notification'],
    detail: { state: ['enabled', 'disabled'] },
  },
  // RDS adds the tags of what an event is about: those of other teams' databases wake nobody.
  Databases: {
    source: ['aws.rds'],
    detailType: ['RDS DB Instance Event', 'RDS DB Snapshot Event'],
    detail: { Tags: { [RUN_TAG]: [{ exists: true }] } },
  },
};

/** The rules by which AWS's own events end the wait of a run early. */
export class WakeEvents extends Construct {
  constructor(scope: Construct, id: string, wake: IFunction) {
    super(scope, id);
    for (const [name, eventPattern] of Object.entries(EVENTS)) {
      new Rule(this, name, {
        description: 'Ends the wait of a run early.',
        eventPattern,
        targets: [new LambdaFunction(wake, { retryAttempts: 2 })],
      });
    }
  }
}
