import { Validations, type Stack } from 'aws-cdk-lib';
import { ManagedPolicy, Policy } from 'aws-cdk-lib/aws-iam';

/** Why a resource of a policy has a wildcard. What none of these explains is a violation of cdk-nag's rule AwsSolutions-IAM5. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^\*$/, 'These actions take no resource, and only read.'],
  [/\/durable-execution\//, 'Executions get their names when they start; the function is fixed.'],
  [/:function:lifeboat-(drill|restore):\*$/, 'A run goes on in the version that it began with.'],
  [/^<Functions\w+\.Arn>:\*$/, 'CDK grants a function together with its versions; the function is fixed.'],
  [
    /^<RunbooksBucket\w+\.Arn>\/\*$/,
    'Every function may read every runbook, and nothing else is in this bucket.',
  ],
  [
    /^<EvidenceBucket\w+\.Arn>\/\*$/,
    'The key of a report has the id of its run; it can be written and not deleted.',
  ],
  [
    /^<BackfillsBucket\w+\.Arn>\/backfills\/\*$/,
    'What the backfill of a run is kept in has the id of the run.',
  ],
  [
    /:ec2:.*:volume\/\*$/,
    'EC2 chooses the ids of volumes; the tags of a run are a condition wherever one is changed or deleted.',
  ],
  [
    /:ec2:.*::snapshot\/\*$/,
    'Which snapshots are recovery points is known when a run is planned; tags are a condition of every change.',
  ],
  [
    /:rds:.*:(db|snapshot):\*$/,
    'Any source may carry the claim; no other tag is allowed. Any snapshot may be a recovery point.',
  ],
  [/:rds:.*:(db|snapshot):.+\*$/, 'The names that Lifeboat gives end with the id of the run.'],
  [
    /:rds:.*:(og|pg|auto-backup|subgrp):\*$/,
    'What a restored database uses is what its source used, as the account says when a run is planned.',
  ],
  [/:secretsmanager:.*:secret:rds!db-\*$/, 'RDS chooses the names of the secrets that it manages.'],
  [
    /:kms:.*:key\/\*$/,
    'Which keys recovery points are encrypted with is known when a run is planned; EBS and RDS use them, never the role.',
  ],
  [/:s3:::.+\*$/, 'The logs that a runbook names by their bucket and prefix.'],
];

interface Statement {
  readonly Effect: string;
  readonly Resource: unknown;
}

/** Acknowledges the wildcards of all policies of a stack, each with its reason. Call it when the stack is complete. */
export function acknowledgeWildcards(stack: Stack): void {
  for (const policy of stack.node.findAll()) {
    if (!(policy instanceof Policy || policy instanceof ManagedPolicy)) continue;
    const { Statement: statements = [] } = stack.resolve(policy.document.toJSON()) as {
      readonly Statement?: readonly Statement[];
    };
    const resources = statements.flatMap(({ Effect, Resource }) =>
      Effect === 'Allow' ? [Resource].flat() : [],
    );
    for (const resource of new Set(resources.map(flattened).filter((one) => one.includes('*')))) {
      const reason = REASONS.find(([pattern]) => pattern.test(resource))?.[1];
      if (reason === undefined) continue;
      // The rest of a large policy becomes another one beside it, under the same role.
      Validations.of(policy instanceof Policy ? (policy.node.scope ?? policy) : policy).acknowledge({
        id: `AwsSolutions-IAM5[Resource::${resource}]`,
        reason,
      });
    }
  }
}

/** A resource as cdk-nag writes it: `<Table.Arn>` for a reference. */
function flattened(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[key, inner] = ['', undefined]] = Object.entries(value as Readonly<Record<string, unknown>>);
  if (key === 'Ref') return `<${String(inner)}>`;
  if (key === 'Fn::GetAtt') return `<${(inner as readonly string[]).join('.')}>`;
  if (key === 'Fn::Join') {
    const [separator, parts] = inner as readonly [string, readonly unknown[]];
    return parts.map(flattened).join(separator);
  }
  return JSON.stringify(value);
}
