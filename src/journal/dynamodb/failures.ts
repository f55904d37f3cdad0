import { LifeboatError } from '../../errors.ts';
import type { Failure } from '../../workflow/base/effects.ts';
import type { Units } from './rows.ts';

/** The table as an operator knows it. */
export interface Table {
  readonly name: string;
  /** Absent: the SDK's own choice. */
  readonly region?: string | undefined;
}

/** The place of what is kept in the table, for people. */
export function placeIn({ name }: Table, ...words: readonly string[]): string {
  return [`dynamodb://${name}`, ...words].join('/');
}

const ACTIONS = 'dynamodb:GetItem, Query, PutItem, UpdateItem and DeleteItem';

/** A request that failed for good, or for longer than retries may take. What was committed before is safe. */
export function tableFailure(
  kind: keyof Units,
  failure: Failure,
  table: Table,
  cause: unknown,
): LifeboatError {
  const { why, next } = told(failure, table);
  const [code, verb] =
    kind === 'read' ? (['JOURNAL_UNREADABLE', 'read'] as const) : (['JOURNAL_UNWRITABLE', 'write'] as const);
  return new LifeboatError(code, `Cannot ${verb} the journal in ${placeIn(table)}: ${why}.`, next, { cause });
}

function told(failure: Failure, { name, region }: Table): { readonly why: string; readonly next: string } {
  const { code, message } = failure;
  const where = region === undefined ? 'in this account and Region' : `in ${region} in this account`;
  if (code === 'ResourceNotFoundException')
    return {
      why: `there is no table '${name}' ${where}`,
      next: `Check the table's name, the Region and the account. A table that was deleted is restored from its backup under the same name, '${name}'; then repeat the command.`,
    };
  const why = `${code}: ${message.replace(/\.$/, '')}`;
  switch (failure.class) {
    case 'denied':
      return {
        why,
        next: `Give the role ${ACTIONS} on the table '${name}' and use of its key, then repeat.`,
      };
    case 'credentials':
      return {
        why,
        next: 'Sign in, set AWS_PROFILE or renew the role, then repeat: what was committed is safe.',
      };
    case 'unreachable':
      return { why, next: 'Check the network, the Region and AWS_ENDPOINT_URL, then repeat the command.' };
    case 'throttled':
    case 'transient':
      return { why, next: 'Wait a minute, then repeat the command: what was committed is safe.' };
    default:
      return {
        why,
        next: `Check that '${name}' is the table of a Lifeboat journal, then repeat the command.`,
      };
  }
}

/** The table has invalid contents. `what`: a whole clause. */
export function damaged(place: string, what: string, cause?: unknown): LifeboatError {
  return new LifeboatError(
    'JOURNAL_DAMAGED',
    `The journal ${place} is damaged: ${what}.`,
    'Restore the table to an earlier point in time under another name and use that; without it, find what the run made by its tag lifeboat:run.',
    { cause },
  );
}
