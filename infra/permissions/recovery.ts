import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { backfillStatements } from './backfill.ts';
import { drillBoundaries } from './boundaries.ts';
import { claimStatements } from './claims.ts';
import { databaseStatements } from './databases.ts';
import { freezeStatements } from './freezes.ts';
import { keyStatements } from './keys.ts';
import { noticeStatements } from './notices.ts';
import { readingStatements } from './reading.ts';
import type { Scope } from './scope.ts';
import { volumeStatements } from './volumes.ts';

/** What the runs of one mode may do in the account that they recover: what their runbooks need, and no more. */
export function recoveryStatements(scope: Scope): readonly PolicyStatement[] {
  return [
    ...readingStatements(scope),
    ...claimStatements(scope),
    ...volumeStatements(scope),
    ...databaseStatements(scope),
    ...keyStatements(scope),
    ...drillBoundaries(scope),
  ];
}

/** What they use beside it, in the account of the deployment or wherever a runbook says: logs, queues, secrets, freeze files and topics. */
export function runbookStatements(scope: Scope): readonly PolicyStatement[] {
  return [...backfillStatements(scope), ...freezeStatements(scope), ...noticeStatements(scope)];
}
