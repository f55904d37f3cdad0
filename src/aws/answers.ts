import type { Thing } from '../kinds/things.ts';
import type {
  Answer,
  Effect,
  EffectOf,
  EffectResults,
  EffectType,
  Failure,
} from '../workflow/base/effects.ts';
import { classify } from './request-failures.ts';
import type { RunIdentity } from './tags.ts';

/** What reads may be behind by, waited out: some seconds of whatever clock the host has. */
export interface Settling {
  readonly settle: () => Promise<void>;
}

/** What became of one request. */
export type Outcome<Result> =
  { readonly ok: true; readonly result: Result } | { readonly ok: false; readonly failure: Failure };

export const done: Outcome<Record<never, never>> = { ok: true, result: {} };

export function refused(failure: Failure): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure };
}

/** Runs requests and turns what AWS or the network says into a failure; a bug is thrown on. */
export async function attempt<Result>(run: () => Promise<Result>): Promise<Outcome<Result>> {
  try {
    return { ok: true, result: await run() };
  } catch (error) {
    return refused(classify(error));
  }
}

/**
 * All results, once every request has ended: one that went on after another had failed would send requests whose answers are lost.
 *
 * @throws what the first of them threw
 */
export async function allOver<T>(parts: readonly Promise<T>[]): Promise<readonly T[]> {
  const ends = await Promise.allSettled(parts);
  return ends.map((end) => {
    if (end.status === 'rejected') throw end.reason;
    return end.value;
  });
}

export function answer<K extends EffectType>(
  effect: EffectOf<K>,
  outcome: Outcome<EffectResults[K]>,
): Answer {
  // The compiler cannot prove that type and result belong together.
  return { effectId: effect.id, type: effect.type, ...outcome } as Answer;
}

/** Answers each effect by a request of its own, all under way at once: the host paces them. */
export function answerEach<K extends EffectType>(
  effects: readonly EffectOf<K>[],
  run: (effect: EffectOf<K>) => Promise<Outcome<EffectResults[K]>>,
): Promise<readonly Answer[]> {
  return Promise.all(
    effects.map(async (effect) => {
      const outcome = await attempt(() => run(effect));
      return answer(effect, outcome.ok ? outcome.result : outcome);
    }),
  );
}

/** It was there before the run: nothing deletes it or switches it off, whatever it is tagged with. */
export function notMade({ type, id }: Thing): Failure {
  const message = `${type} ${id} existed before this run: it is neither deleted nor undone.`;
  return { class: 'denied', code: 'NotMadeByRun', message };
}

/** It changes production for good. No plan of a drill has it; a journal may be altered. */
export function notInDrills(operation: string): Failure {
  return { class: 'denied', code: 'NotInDrill', message: `A drill never performs '${operation}'.` };
}

/** The thing with that id was not made by this run: it is left alone. */
export function notOfThisRun(what: string, { runId, runbook, mode }: RunIdentity): Failure {
  const message = `${what} does not carry the tags of the ${mode} ${runId} of '${runbook}': another run or process made it, and it is left alone.`;
  return { class: 'denied', code: 'NotOfThisRun', message };
}

/** It counts as deleted, whether by this run's earlier attempt or otherwise. */
export function goneAlready(
  effect: Pick<Effect, 'attempt' | 'doubtful'>,
): Outcome<{ readonly wasGone?: boolean }> {
  return { ok: true, result: mayHaveBeenSent(effect) ? {} : { wasGone: true } };
}

/** A read that does not show it may be stale: the workflow reads again before it counts it as lost. */
export function notSeen(code: string, what: string): Failure {
  return { class: 'gone', code, message: `No read shows ${what}: it is gone, or not visible yet.` };
}

/** Whether an earlier request of the same identity may have been carried out: then its result is looked for before asking again. */
export function mayHaveBeenSent({ attempt, doubtful }: Pick<Effect, 'attempt' | 'doubtful'>): boolean {
  return attempt > 1 || doubtful === true;
}

/** The oldest first, then by id: every process keeps the same one, also where time stamps are equal or missing. */
export function oldestFirst<Thing>(
  things: readonly Thing[],
  ageOf: (thing: Thing) => { readonly at: Date | undefined; readonly id: string | undefined },
): readonly Thing[] {
  const key = (thing: Thing) => {
    const { at, id } = ageOf(thing);
    return { at: at?.getTime() ?? Number.POSITIVE_INFINITY, id: id ?? '' };
  };
  return [...things].sort((one, other) => {
    const [a, b] = [key(one), key(other)];
    return a.at === b.at ? (a.id < b.id ? -1 : 1) : a.at - b.at;
  });
}
