import type { z } from 'zod';

/**
 * What a check of one's own expected, for `refine` and `addIssue`: told as `expected ..., not ...`. Without it the message of such a check is a
 * sentence of its own.
 *
 * @example duration.refine((seconds) => seconds >= 1, expected('at least 1s'))
 */
export function expected(message: string) {
  return { message, params: { isExpectation: true } };
}

/** The message of an issue says what was expected: of those of zod all do, see `expectation`. */
export function isExpectation(issue: z.core.$ZodIssue): boolean {
  return issue.code !== 'custom' || issue.params?.['isExpectation'] === true;
}

/** The message of an issue as a clause of its own. */
export function clauseOf(issue: z.core.$ZodIssue): string {
  return isExpectation(issue) ? `expected ${issue.message}` : issue.message;
}
