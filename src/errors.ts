import type { Advice } from './advice.ts';

/** Every expected failure, by a code that scripts can rely on. */
export const ERROR_CODES = [
  'USAGE',
  'FILE_UNREADABLE',
  'FILE_TOO_LARGE',
  'INVALID_DOCUMENT',
  'INVALID_RUNBOOK',
  'INVALID_INVENTORY',
  'UNKNOWN_RESOURCE',
  'NOT_YET_SUPPORTED',
  'NO_FEASIBLE_PLAN',
  'QUESTION_UNANSWERED',
  'QUESTION_DECLINED',
  'NOT_DEPLOYED',
  'RUN_NOT_FOUND',
  'RUN_IS_DRIVEN',
  'RUN_NOT_POSSIBLE',
  'CLEANUP_REFUSED',
  'JOURNAL_DAMAGED',
  'JOURNAL_TOO_NEW',
  'JOURNAL_CONFLICT',
  'JOURNAL_UNREADABLE',
  'JOURNAL_UNWRITABLE',
  'STATE_UNSAFE',
  'SYSTEM_FAILED',
  'BASELINE_UNWRITABLE',
  'WORLD_DAMAGED',
  'WORLD_UNWRITABLE',
  'BACKFILL_DAMAGED',
  'BACKFILL_UNWRITABLE',
  'LEDGER_DAMAGED',
  'LEDGER_CONFLICT',
  'LEDGER_UNWRITABLE',
  'SCRATCH_UNWRITABLE',
  'OUTPUT_UNWRITABLE',
  'FORMAT_TOO_NEW',
  'INTERRUPTED',
  'AWS_CREDENTIALS',
  'AWS_UNREACHABLE',
  'AWS_DENIED',
  'AWS_FAILED',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** A place in a file, as people and editors write it. Lines and columns count from 1; both are 0 for a file that was not read. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One thing wrong with a document. */
export interface Complaint {
  readonly place: Place;
  /** The problem and the expected value, in one sentence. */
  readonly message: string;
  /** The suggested value, if there is a good guess. */
  readonly suggestion?: string;
}

/**
 * An expected failure: says what happened and what to do now. Anything else that is thrown is a bug.
 *
 * @example
 * throw new LifeboatError('RUN_NOT_FOUND', `No run 'x' under .lifeboat.`, advise`List the runs: ${lifeboat('runs')}.`);
 */
export class LifeboatError extends Error {
  override readonly name = 'LifeboatError';
  readonly code: ErrorCode;
  /** One imperative sentence: the next thing to do. */
  readonly next: Advice;
  readonly at: Place | undefined;
  /** All complaints about a document; empty for other failures. */
  readonly complaints: readonly Complaint[];
  /** The message without its first complaint, for output that lists all complaints; absent if the message contains none. */
  readonly summary: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    next: Advice,
    detail: { cause?: unknown; complaints?: readonly Complaint[]; summary?: string; at?: Place } = {},
  ) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    this.next = next;
    this.complaints = detail.complaints ?? [];
    this.summary = detail.summary;
    this.at = detail.at ?? this.complaints[0]?.place;
  }
}

/** The place of a complaint about a whole file that could not be read. */
export function wholeFile(file: string): Place {
  return { file, line: 0, column: 0 };
}

export function isWholeFile({ line }: Place): boolean {
  return line === 0;
}

/** `file:line:column`, which terminals and editors turn into a link; the file alone where nothing of it was read. */
export function formatPlace(place: Place): string {
  if (isWholeFile(place)) return place.file;
  return `${place.file}:${place.line}:${place.column}`;
}
