import type { Failure } from '../workflow/base/effects.ts';

/** A probe is optional: it waits a shorter time for an answer than a recovery does. */
const ANSWER_WITHIN_MS = 10_000;

export function inTime(): AbortSignal {
  return AbortSignal.timeout(ANSWER_WITHIN_MS);
}

/** Why a probe could not tell. */
export function told({ code, message }: Failure): string {
  if (code === 'AbortError') return `no answer within ${ANSWER_WITHIN_MS / 1_000} s`;
  return `${code}: ${message}`;
}
