import { Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { DEPLOYMENT_PARAMETER } from '../../src/hosts/lambda/requests.ts';
import { functionArn, RUN_FUNCTIONS } from '../names.ts';
import { JOURNAL } from '../permissions/deployment.ts';

/**
 * What an operator needs to start, watch, signal and approve runs from the command line: a policy to attach to people's roles. It gives nothing of the
 * account that is recovered; driving a run on a machine needs that too.
 */
export class Operators extends Construct {
  constructor(scope: Construct, id: string, table: ITable) {
    super(scope, id);
    const { partition, region, account } = Stack.of(this);
    const functions = Object.values(RUN_FUNCTIONS);
    const parameter = `arn:${partition}:ssm:${region}:${account}:parameter${DEPLOYMENT_PARAMETER}`;
    const allowed: readonly (readonly [actions: readonly string[], resources: readonly string[]])[] = [
      [JOURNAL, [table.tableArn]],
      [['ssm:GetParameter'], [parameter]],
      [
        ['lambda:InvokeFunction', 'lambda:ListDurableExecutionsByFunction'],
        functions.flatMap((name) => [functionArn(this, name), functionArn(this, name, '*')]),
      ],
      [
        ['lambda:SendDurableExecutionCallbackSuccess', 'lambda:GetDurableExecution'],
        functions.map((name) => functionArn(this, name, '*/durable-execution/*/*')),
      ],
    ];
    new ManagedPolicy(this, 'Policy', {
      managedPolicyName: `lifeboat-operators-${region}`,
      description: 'To start, watch, signal and approve runs of Lifeboat.',
      statements: allowed.map(
        ([actions, resources]) => new PolicyStatement({ actions: [...actions], resources: [...resources] }),
      ),
    });
  }
}
