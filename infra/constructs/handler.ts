import { RemovalPolicy, Stack, type Duration } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Function as LambdaFunction,
  Runtime,
  type Code,
  type FunctionProps,
  type ILayerVersion,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { FunctionEnvironment } from '../../src/hosts/lambda/requests.ts';
import { roleOfFunction } from '../names.ts';

/** What all functions of the deployment share. */
export interface Shared {
  readonly code: Code;
  readonly runbooks: ILayerVersion;
  readonly environment: FunctionEnvironment;
  readonly deadLetters: IQueue;
  readonly logDays: number;
}

export interface HandlerProps {
  readonly shared: Shared;
  /** Name of the function. It is fixed, because roles and environments name functions that do not exist yet. */
  readonly name: string;
  /** What the bundle exports. */
  readonly handler: 'run' | 'start' | 'wake' | 'check';
  readonly description: string;
  /** Default: a role of its own, which may write its log and nothing else. */
  readonly role?: Role;
  /** Beside what all functions have. */
  readonly environment?: Partial<FunctionEnvironment>;
  readonly timeout: Duration;
  readonly more?: Partial<FunctionProps>;
}

/** One function of the bundle with its log group and role. */
export class Handler extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: HandlerProps) {
    super(scope, id);
    const { shared, name, handler, description, environment, timeout, more } = props;
    this.role = props.role ?? this.#newRole(name, description);
    const logGroup = new LogGroup(this, 'Log', {
      retention: shared.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    logGroup.grantWrite(this.role);
    this.function = new LambdaFunction(this, 'Function', {
      functionName: name,
      description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: shared.code,
      handler: `index.${handler}`,
      layers: [shared.runbooks],
      role: this.role,
      environment: { ...shared.environment, ...environment },
      memorySize: 1_024,
      timeout,
      logGroup,
      deadLetterQueue: shared.deadLetters,
      ...more,
    });
  }

  /** What it may do is added by the constructs that give it something to do. */
  #newRole(functionName: string, description: string): Role {
    return new Role(this, 'Role', {
      roleName: roleOfFunction(functionName, Stack.of(this).region),
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description,
    });
  }
}
