import type { Advice } from '../../advice.ts';
import { LifeboatError } from '../../errors.ts';
import type { ErrorCode } from '../../errors.ts';
import type { LineBatch } from '../base/survey.ts';
import type { SurveyPart } from './survey-part.ts';
import type { FileTask } from './survey-task.ts';

/** Messages to a worker of the survey. */
export type ToWorker =
  | { readonly kind: 'task'; readonly task: FileTask }
  /** A batch is no longer used; its buffers go back to the worker. */
  | { readonly kind: 'returned'; readonly batch: LineBatch };

/** Its answers. */
export type FromWorker =
  | { readonly kind: 'lines'; readonly batch: LineBatch }
  | { readonly kind: 'progress'; readonly bytes: number }
  | { readonly kind: 'done'; readonly part: SurveyPart }
  | { readonly kind: 'failed'; readonly failure: PlainFailure };

/** An error as plain data: the class is lost between threads. */
export interface PlainFailure {
  readonly code?: ErrorCode;
  readonly next?: Advice;
  readonly message: string;
  readonly stack: string;
}

export function plainFailure(error: unknown): PlainFailure {
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  return error instanceof LifeboatError
    ? { code: error.code, next: error.next, message, stack }
    : { message, stack };
}

/** The error again; what is not expected stays the bug that it is, with the stack of its thread. */
export function failureFrom({ code, next, message, stack }: PlainFailure): Error {
  if (code !== undefined && next !== undefined) return new LifeboatError(code, message, next);
  const error = new Error(message);
  error.stack = stack;
  return error;
}
