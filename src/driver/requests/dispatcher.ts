import type { Instant } from '../../time.ts';
import type { Answer, Effect } from '../../workflow/base/effects.ts';
import type { Executor } from '../../workflow/base/executor.ts';

/** Effects sent before their answers are committed: the most that must be repeated after a crash. */
const ROUND = 50;

/** Effects that may be sent at `now`, the most urgent first. `rankOf`: the place of a resource in the plan. */
export function dueEffects(
  outbox: Iterable<Effect>,
  now: Instant,
  rankOf: (aggregate: string) => number,
): readonly Effect[] {
  const due = [...outbox].filter((effect) => (effect.notBefore ?? 0) <= now);
  return due.sort((one, other) => rankOf(one.aggregate) - rankOf(other.aggregate)).slice(0, ROUND);
}

/** Groups effects into requests: those that AWS accepts in one call are sent together. */
export function requestsOf(
  effects: readonly Effect[],
  executor: Pick<Executor, 'batchOf'>,
): readonly (readonly Effect[])[] {
  const requests: Effect[][] = [];
  const open = new Map<string, Effect[]>();
  for (const effect of effects) {
    const batch = executor.batchOf(effect);
    const request = batch && open.get(batch.key);
    if (batch !== undefined && request !== undefined && request.length < batch.most) request.push(effect);
    else {
      const fresh = [effect];
      requests.push(fresh);
      if (batch !== undefined) open.set(batch.key, fresh);
    }
  }
  return requests;
}

/** Number of requests in flight. */
export interface Round {
  /** Resolves when no request is in flight; rejects with the first error thrown. */
  readonly done: Promise<void>;
  /** Answers received since the last call, in the order of the requests. */
  take(): readonly Answer[];
  /** Starts no further request. */
  stop(): void;
}

/**
 * Sends requests, at most `concurrency` at a time, while `mayBegin` allows it. When one throws (a bug, or a journal that cannot be written) nothing more is sent; what is
 * in flight is waited for, so that no request continues after this has returned.
 */
export function send(
  executor: Executor,
  requests: readonly (readonly Effect[])[],
  concurrency: number,
  mayBegin: () => boolean = () => true,
): Round {
  const answers: (readonly Answer[])[] = [];
  let next = 0;
  const stop = (): void => {
    next = requests.length;
  };
  const worker = async (): Promise<void> => {
    while (next < requests.length && mayBegin()) {
      const index = next;
      next += 1;
      try {
        answers[index] = await answersTo(executor, requests[index] ?? []);
      } catch (error) {
        stop();
        throw error;
      }
    }
  };
  const workers = Array.from({ length: Math.min(concurrency, requests.length) }, worker);
  return {
    done: allSettled(workers),
    take() {
      const taken = answers.flat();
      answers.length = 0;
      return taken;
    },
    stop,
  };
}

async function allSettled(workers: readonly Promise<void>[]): Promise<void> {
  const ends = await Promise.allSettled(workers);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** Throws if an effect has no answer: it would be sent again forever. */
async function answersTo(executor: Executor, request: readonly Effect[]): Promise<readonly Answer[]> {
  const answers = await executor.perform(request);
  const answered = new Set(answers.map(({ effectId }) => effectId));
  const unanswered = request.find(({ id }) => !answered.has(id));
  if (unanswered !== undefined) throw new Error(`the executor gave no answer to ${unanswered.id}`);
  return answers;
}
