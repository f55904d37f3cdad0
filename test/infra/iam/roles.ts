import { runSimulation, type Simulation } from '@cloud-copilot/iam-simulate';
import type { Template } from 'aws-cdk-lib/assertions';
import { ACCOUNT, type IamRequest } from './request.ts';

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}
interface Statement {
  readonly Effect: string;
  readonly Action?: string | readonly string[];
}
type Resources = Readonly<Record<string, Resource>>;

/** A role of the template with its policies, asked what it may do. */
export class DeployedRole {
  readonly #arn: string;
  readonly #policies: Simulation['identityPolicies'];

  private constructor(arn: string, policies: Simulation['identityPolicies']) {
    this.#arn = arn;
    this.#policies = policies;
  }

  /** The role of a function. */
  static ofFunction(template: Template, functionName: string): DeployedRole {
    const resources = template.toJSON().Resources as Resources;
    const found = Object.values(resources).find(({ Properties }) => Properties.FunctionName === functionName);
    const id = (found?.Properties.Role as { 'Fn::GetAtt': [string, string] })['Fn::GetAtt'][0];
    return DeployedRole.#of(template, id);
  }

  /** A role by its name. */
  static named(template: Template, roleName: string): DeployedRole {
    const found = template.findResources('AWS::IAM::Role', { Properties: { RoleName: roleName } });
    return DeployedRole.#of(template, Object.keys(found)[0] ?? '');
  }

  /** A role that has one policy by its name, and nothing else. */
  static ofPolicy(template: Template, managedPolicyName: string): DeployedRole {
    const resources = template.toJSON().Resources as Resources;
    const [found] = Object.values(resources).filter(
      ({ Properties }) => Properties.ManagedPolicyName === managedPolicyName,
    );
    const policy = resolved(found?.Properties.PolicyDocument, resources);
    return new DeployedRole(`arn:aws:iam::${ACCOUNT}:role/person`, [{ name: managedPolicyName, policy }]);
  }

  static #of(template: Template, id: string): DeployedRole {
    const resources = template.toJSON().Resources as Resources;
    const role = resources[id]?.Properties;
    if (role === undefined) throw new Error(`there is no role ${id}`);
    if (JSON.stringify(role.ManagedPolicyArns ?? []).includes(':aws:policy/'))
      throw new Error(`${id} has a policy of AWS`);
    const policies = Object.entries(resources).flatMap(([name, { Type, Properties }]) =>
      /^AWS::IAM::(Managed)?Policy$/.test(Type) && JSON.stringify(Properties.Roles ?? []).includes(`"${id}"`)
        ? [{ name, policy: resolved(Properties.PolicyDocument, resources) }]
        : [],
    );
    return new DeployedRole(`arn:aws:iam::${ACCOUNT}:role/${id}`, policies);
  }

  /** The actions that some statement allows, on whatever resource. */
  get actions(): ReadonlySet<string> {
    const statements = this.#policies.flatMap(
      ({ policy }) => (policy as { readonly Statement: readonly Statement[] }).Statement,
    );
    return new Set(statements.flatMap(({ Effect, Action = [] }) => (Effect === 'Allow' ? Action : [])));
  }

  /** `Allowed`, `ImplicitlyDenied` or `ExplicitlyDenied`. */
  async decide({ action, resource, context }: IamRequest): Promise<string> {
    const answer = await runSimulation(
      {
        request: {
          principal: this.#arn,
          action,
          resource: { resource, accountId: ACCOUNT },
          contextVariables: context as Record<string, string | string[]>,
        },
        identityPolicies: this.#policies,
        serviceControlPolicies: [],
        resourceControlPolicies: [],
        ...(action.startsWith('kms:') && { resourcePolicy: KEY_POLICY }),
      },
      {},
    );
    if (answer.resultType === 'error')
      throw new Error(`${action} ${resource}: ${JSON.stringify(answer.errors)}`);
    const ignored = answer.resultType === 'single' ? (answer.result.ignoredContextKeys ?? []) : [];
    if (ignored.length > 0) throw new Error(`AWS gives ${action} no ${ignored.join(', ')}`);
    return answer.overallResult;
  }
}

/** ARN of the only resource of a type whose logical id matches. */
export function arnInTemplate(template: Template, type: string, id: RegExp): string {
  const ids = Object.keys(template.findResources(type)).filter((one) => id.test(one));
  if (ids.length !== 1) throw new Error(`${ids.length} resources of ${type} match ${id}`);
  return arnOf(ids[0] ?? '', template.toJSON().Resources as Resources);
}

/** What KMS writes for a new key: the policies of the account decide. */
const KEY_POLICY = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' },
  ],
};

/** A value of the template as CloudFormation would fill it in. */
function resolved(value: unknown, resources: Resources): unknown {
  if (Array.isArray(value)) return value.map((one) => resolved(one, resources));
  if (typeof value !== 'object' || value === null) return value;
  const [[key, inner] = ['', undefined], ...more] = Object.entries(value as Record<string, unknown>);
  if (more.length === 0 && key === 'Ref')
    return inner === 'AWS::AccountId' ? ACCOUNT : arnOf(String(inner), resources);
  if (more.length === 0 && key === 'Fn::GetAtt')
    return arnOf(String((inner as readonly string[])[0]), resources);
  if (more.length === 0 && key === 'Fn::Join')
    return ((inner as [string, unknown[]])[1].map((part) => resolved(part, resources)) as string[]).join('');
  return Object.fromEntries(
    Object.entries(value as Record<string, unknown>).map(([name, one]) => [name, resolved(one, resources)]),
  );
}

const ARNS: Readonly<Record<string, (id: string) => string>> = {
  'AWS::DynamoDB::Table': (id) => `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/${id}`,
  'AWS::KMS::Key': (id) => `arn:aws:kms:us-east-1:${ACCOUNT}:key/${id}`,
  'AWS::Lambda::Function': (id) => `arn:aws:lambda:us-east-1:${ACCOUNT}:function:${id}`,
  'AWS::Logs::LogGroup': (id) => `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:${id}:*`,
  'AWS::S3::Bucket': (id) => `arn:aws:s3:::${id.toLowerCase()}`,
  'AWS::SNS::Topic': (id) => `arn:aws:sns:us-east-1:${ACCOUNT}:${id}`,
  'AWS::SQS::Queue': (id) => `arn:aws:sqs:us-east-1:${ACCOUNT}:${id}`,
};

function arnOf(id: string, resources: Resources): string {
  const type = resources[id]?.Type ?? '';
  const make = ARNS[type];
  if (make === undefined) throw new Error(`no ARN for ${id} (${type})`);
  return make(id);
}
