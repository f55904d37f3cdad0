import type { Attempt, Fate } from '../base/replay-ports.ts';

export interface ReplayRules {
  /** How often one request is tried. */
  readonly attempts: number;
  /** What becomes of a request whose outcome is unknown. */
  readonly ambiguous: 'resend' | 'report';
}

/** The attempts at a request so far, this one included. */
export interface History {
  readonly attempts: number;
  /** An earlier attempt may have arrived. */
  readonly maybeArrived: boolean;
}

export type Judgement =
  | { readonly kind: 'final'; readonly fate: Fate }
  /** Another attempt follows. `unknown`: this one may have arrived. */
  | {
      readonly kind: 'again';
      readonly outcome: 'known' | 'unknown';
      readonly why: string;
      readonly retryAfterSeconds?: number;
    };

/** 303 says that the request was accepted and where its result is; 304 answers a conditional read. Other redirects accept nothing. */
const TAKEN_REDIRECTS = new Set([303, 304]);
/** Retryable: they say nothing about the request itself. */
const NOT_NOW = new Set([408, 425, 429]);

/** What an attempt means for its request. Pure. */
export function judge(attempt: Attempt, history: History, policy: ReplayRules): Judgement {
  switch (attempt.kind) {
    case 'answered':
      return judgeAnswer(attempt, history, policy);
    case 'unsent':
      return again('known', attempt.why, history, policy);
    case 'unknown':
      if (policy.ambiguous === 'report') return final({ kind: 'ambiguous', why: attempt.why });
      return again('unknown', attempt.why, history, policy);
    case 'unsendable':
      return final({ kind: 'abandoned', why: attempt.why });
  }
}

function judgeAnswer(
  { status, answer, retryAfterSeconds }: Extract<Attempt, { kind: 'answered' }>,
  history: History,
  policy: ReplayRules,
): Judgement {
  if (isTaken(status)) return final({ kind: 'succeeded', status });
  if (status < 500 && !NOT_NOW.has(status)) {
    const note = history.maybeArrived ? ' (an earlier attempt may have arrived)' : '';
    return final({ kind: 'rejected', status, answer: answer + note });
  }
  const why = answer === '' ? `answered ${status}` : `answered ${status}: ${answer}`;
  return again('known', why, history, policy, retryAfterSeconds);
}

function isTaken(status: number): boolean {
  return (status >= 200 && status < 300) || TAKEN_REDIRECTS.has(status);
}

function again(
  outcome: 'known' | 'unknown',
  why: string,
  { attempts, maybeArrived }: History,
  policy: ReplayRules,
  retryAfterSeconds?: number,
): Judgement {
  if (attempts < policy.attempts)
    return { kind: 'again', outcome, why, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
  const told = `${why}, after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
  // The last attempt alone does not tell whether an earlier one arrived.
  if (outcome === 'unknown' || maybeArrived) return final({ kind: 'ambiguous', why: told });
  return final({ kind: 'abandoned', why: told });
}

function final(fate: Fate): Judgement {
  return { kind: 'final', fate };
}
