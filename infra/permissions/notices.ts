import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { allow, type Scope } from './scope.ts';

/** The topics that runbooks notify, beside that of the deployment. */
export function noticeStatements({ runbooks }: Scope): readonly PolicyStatement[] {
  const topics = runbooks.flatMap(({ notify }) =>
    notify.flatMap((target) => ('sns' in target ? [target.sns] : [])),
  );
  return topics.length === 0 ? [] : [allow(['sns:Publish'], [...new Set(topics)])];
}
