import { CfnResource, type Stack } from 'aws-cdk-lib';

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}
type Resources = Readonly<Record<string, Resource>>;

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

/** What a part is, by the first of these types that it has. */
const KINDS: readonly (readonly [type: string, kind: string])[] = [
  ['AWS::Lambda::Function', 'Lambda function'],
  ['AWS::DynamoDB::Table', 'DynamoDB table'],
  ['AWS::Lambda::LayerVersion', 'layer and S3 bucket'],
  ['AWS::S3::Bucket', 'S3 bucket'],
  ['AWS::SQS::Queue', 'SQS queue'],
  ['AWS::SNS::Topic', 'SNS topic'],
  ['AWS::Scheduler::Schedule', 'EventBridge Scheduler'],
  ['AWS::Events::Rule', 'EventBridge rules'],
  ['AWS::CloudWatch::Alarm', 'CloudWatch alarms'],
  ['AWS::CloudWatch::Dashboard', 'CloudWatch dashboard'],
  ['AWS::SSM::Parameter', 'parameter'],
  ['AWS::IAM::ManagedPolicy', 'policy for people'],
];

/** What an allowed action means for a picture; the first that fits. Others, such as logs and keys, are left out. */
const VERBS: readonly (readonly [RegExp, string])[] = [
  [/^lambda:InvokeFunction$/, 'starts'],
  [/^lambda:SendDurable/, 'wakes'],
  [/^dynamodb:(Put|Update|Delete)/, 'reads and writes'],
  [/^dynamodb:/, 'reads'],
  [/^s3:Put/, 'writes'],
  [/^s3:Get/, 'reads'],
  [/^sns:Publish$/, 'tells'],
  [/^sqs:SendMessage$/, 'what failed'],
  [/^(ec2|rds):(Create|Restore)/, 'recovers'],
];

const SAME_ROLE = 'has the role of';
const ACCOUNT = 'Account';
const PEOPLE = 'People';

/** The parts of a stack and what they do to each other, as a Mermaid flow chart: from its constructs and its template, so that it cannot be out of date. */
export function pictureOf(stack: Stack, template: { readonly Resources: Resources }): string {
  const parts = partsOf(stack);
  const { Resources: resources } = template;
  const edges = new Map<string, Set<string>>();
  for (const [id, resource] of Object.entries(resources)) {
    const from = parts.get(id);
    if (from === undefined) continue;
    for (const [to, verb] of edgesOf(resource, targetsIn(resources, parts))) {
      if (to === from) continue;
      const key = `${from} ${to}`;
      edges.set(key, (edges.get(key) ?? new Set()).add(verb));
    }
  }
  const drawn = [...edges].map(
    ([key, verbs]) => [...key.split(' '), strongest(verbs)] as [string, string, string],
  );
  const linked = new Set(drawn.flatMap(([from, to]) => [from, to]));
  const nodes = [...new Set(parts.values())].filter((part) => linked.has(part));
  return [
    'flowchart LR',
    ...nodes.map((part) => `  ${part}["${named(part)}<br/><i>${kindOf(part, parts, resources)}</i>"]`),
    `  ${ACCOUNT}(["Volumes, databases, snapshots"])`,
    ...(linked.has(PEOPLE) ? [`  ${PEOPLE}(["People"])`] : []),
    ...drawn.map(([from, to, verb]) => `  ${from} -- ${verb} --> ${to}`),
  ].join('\n');
}

/** The part that each resource belongs to: a construct of the stack; of the functions each is one. */
function partsOf(stack: Stack): ReadonlyMap<string, string> {
  return new Map(
    stack.node.findAll().flatMap((construct): [string, string][] => {
      if (!(construct instanceof CfnResource)) return [];
      const [, first = '', second = ''] = construct.node.path.split('/');
      return [[String(stack.resolve(construct.logicalId)), first === 'Functions' ? second : first]];
    }),
  );
}

type Targets = (value: unknown) => readonly string[];

/** The parts that a value refers to: by a reference, or by the fixed name of a function. */
function targetsIn(resources: Resources, parts: ReadonlyMap<string, string>): Targets {
  const functions = Object.entries(resources).flatMap(([id, { Properties = {} }]) =>
    typeof Properties.FunctionName === 'string'
      ? [[Properties.FunctionName, parts.get(id) ?? ''] as const]
      : [],
  );
  return (value) => {
    const text = JSON.stringify(value) ?? '';
    const ids = [...text.matchAll(/"(?:Ref|Fn::GetAtt)":\[?"(\w+)"/g)].flatMap(
      ([, id = '']) => parts.get(id) ?? [],
    );
    const names = functions.flatMap(([name, part]) => (text.includes(`:function:${name}:`) ? [part] : []));
    return [...new Set([...ids, ...names])];
  };
}

function* edgesOf(
  { Type, Properties = {} }: Resource,
  targets: Targets,
): Generator<readonly [string, string]> {
  const to = (value: unknown, verb: string) => targets(value).map((part) => [part, verb] as const);
  switch (Type) {
    case 'AWS::Lambda::Function':
      yield* to(Properties.Role, SAME_ROLE);
      return;
    case 'AWS::Scheduler::Schedule':
      yield* to((Properties.Target as { readonly Arn: unknown }).Arn, 'starts');
      return;
    case 'AWS::Events::Rule':
      for (const { Arn } of Properties.Targets as readonly { readonly Arn: unknown }[])
        yield* to(Arn, 'starts');
      return;
    case 'AWS::CloudWatch::Alarm':
      yield* to(Properties.AlarmActions, 'tells');
      return;
    case 'AWS::SNS::Subscription':
      yield [PEOPLE, 'tells'];
      return;
    case 'AWS::IAM::Policy':
    case 'AWS::IAM::ManagedPolicy':
      yield* allowed(Properties.PolicyDocument as { readonly Statement: readonly Statement[] }, targets);
  }
}

function* allowed(
  { Statement: statements }: { readonly Statement: readonly Statement[] },
  targets: Targets,
): Generator<readonly [string, string]> {
  for (const { Effect, Action, Resource } of statements) {
    if (Effect !== 'Allow') continue;
    const verb = VERBS.find(([pattern]) => [Action].flat().some((action) => pattern.test(action)))?.[1];
    if (verb === undefined) continue;
    if (verb === 'recovers') yield [ACCOUNT, verb];
    else for (const part of targets(Resource)) yield [part, verb];
  }
}

/** Of several the one that stands first among the verbs: who writes reads as well. */
function strongest(verbs: ReadonlySet<string>): string {
  return VERBS.map(([, verb]) => verb).find((verb) => verbs.has(verb)) ?? [...verbs].join(', ');
}

function kindOf(part: string, parts: ReadonlyMap<string, string>, resources: Resources): string {
  const own = Object.entries(resources).filter(([id]) => parts.get(id) === part);
  const types = new Set(own.map(([, { Type }]) => Type));
  const kind = KINDS.find(([type]) => types.has(type))?.[1] ?? '';
  const isDurable = own.some(([, { Properties }]) => Properties?.DurableConfig !== undefined);
  return isDurable ? `durable ${kind}` : kind;
}

/** `DeadLetters` as `Dead letters`. */
function named(part: string): string {
  return part.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
