import { Stack } from 'aws-cdk-lib';
import { ParameterTier, StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { DEPLOYMENT_PARAMETER, type Deployment } from '../../src/hosts/lambda/requests.ts';

/** What the command line needs to know of this deployment. */
export class DeploymentParameter extends Construct {
  constructor(scope: Construct, id: string, deployment: Deployment) {
    super(scope, id);
    new StringParameter(this, 'Parameter', {
      parameterName: DEPLOYMENT_PARAMETER,
      description: 'Where lifeboat --cloud finds this deployment.',
      // The names of many runbooks do not fit into 4 KB.
      tier: ParameterTier.INTELLIGENT_TIERING,
      stringValue: Stack.of(this).toJsonString(deployment),
    });
  }
}
