import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { happensIn } from '../../src/kinds/drill-rules.ts';
import { allow, arnIn, type Scope } from './scope.ts';

const SECRETS_MANAGER = '/aws/reference/secretsmanager/';

/** What the backfill of a restore reads and writes, each only as far as a runbook names it: logs, queues, and the secrets of its requests. */
export function backfillStatements(scope: Scope): readonly PolicyStatement[] {
  if (!happensIn(scope.mode, 'backfill')) return [];
  return scope.runbooks.flatMap(({ backfill }) => {
    if (backfill === undefined) return [];
    const { sources, replay } = backfill;
    const secrets = Object.values(replay?.rewrite.headers ?? {}).flatMap((value) =>
      typeof value === 'object' && value !== null && 'ssm' in value ? [value.ssm] : [],
    );
    return [
      ...sources.flatMap(({ path }) => logStatements(scope, path)),
      ...sources.flatMap(({ sqs }) => queueStatements(sqs, 'read')),
      // How the live traffic fares. The action takes no resource.
      ...(replay?.live?.loadBalancer === undefined ? [] : [allow(['cloudwatch:GetMetricData'], ['*'])]),
      ...(typeof replay?.target === 'object' ? queueStatements(replay.target.sqs, 'write') : []),
      ...secrets.flatMap((name) => secretStatements(scope, name)),
    ];
  });
}

/** Files on a disk need no permission, and a function has none: only `s3://bucket/prefix` counts. */
function logStatements({ partition }: Scope, path = ''): readonly PolicyStatement[] {
  const [, bucket, key = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(path) ?? [];
  if (bucket === undefined) return [];
  // A pattern such as `2026/*.gz` is listed by what stands before it.
  const prefix = key.replace(/[*?[].*$/, '');
  return [
    allow(['s3:ListBucket'], [`arn:${partition}:s3:::${bucket}`], {
      StringLike: { 's3:prefix': `${prefix}*` },
    }),
    allow(['s3:GetObject'], [`arn:${partition}:s3:::${bucket}/${prefix}*`]),
  ];
}

const QUEUE_ACTIONS = {
  read: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes'],
  write: ['sqs:SendMessage', 'sqs:GetQueueAttributes'],
} as const;

/** `https://sqs.<region>.amazonaws.com/<account>/<name>`; any other address is no queue of AWS. */
function queueStatements(url = '', use: keyof typeof QUEUE_ACTIONS): readonly PolicyStatement[] {
  const [, region, account, name] =
    /^https:\/\/sqs\.([a-z0-9-]+)\.amazonaws\.com\/(\d{12})\/([\w.-]+)$/.exec(url) ?? [];
  if (name === undefined) return [];
  return [allow(QUEUE_ACTIONS[use], [`arn:aws:sqs:${region}:${account}:${name}`])];
}

/** A parameter, or a secret of Secrets Manager that is read through Parameter Store. */
function secretStatements(scope: Scope, name: string): readonly PolicyStatement[] {
  const path = name.startsWith('/') ? name : `/${name}`;
  const parameter = arnIn(scope, 'ssm', `parameter${path}`);
  const secret = path.startsWith(SECRETS_MANAGER) ? path.slice(SECRETS_MANAGER.length) : undefined;
  return [
    allow(['ssm:GetParameter'], [parameter]),
    secret === undefined
      ? allow(['kms:Decrypt'], [arnIn(scope, 'kms', 'key/*')], {
          StringEquals: {
            'kms:ViaService': `ssm.${scope.region}.amazonaws.com`,
            'kms:EncryptionContext:PARAMETER_ARN': parameter,
          },
        })
      : // AWS adds a hyphen and six characters to the name of a secret.
        allow(['secretsmanager:GetSecretValue'], [arnIn(scope, 'secretsmanager', `secret:${secret}-??????`)]),
  ];
}
