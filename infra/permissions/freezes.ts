import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { happensIn } from '../../src/kinds/drill-rules.ts';
import { allow, type Scope } from './scope.ts';

/** Whether a freeze file exists, where it is an object in a bucket: a list of that one key, and nothing of its content. */
export function freezeStatements({ mode, runbooks, partition }: Scope): readonly PolicyStatement[] {
  if (!happensIn(mode, 'freeze')) return [];
  const files = runbooks.flatMap(({ gates }) => gates.flatMap(({ freezeFile }) => freezeFile ?? []));
  return [...new Set(files)].flatMap((file) => {
    const [, bucket, key = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(file) ?? [];
    if (bucket === undefined) return [];
    return [
      allow(['s3:ListBucket'], [`arn:${partition}:s3:::${bucket}`], { StringEquals: { 's3:prefix': key } }),
    ];
  });
}
