import type { Made } from '../kinds/things.ts';
import type { EffectOf, EffectResults } from '../workflow/base/effects.ts';
import type { Outcome } from './answers.ts';
import { classify } from './request-failures.ts';

/** Failures after which the rest would fail as well. */
const CONCERNS_ALL: ReadonlySet<string> = new Set(['throttled', 'credentials', 'unreachable']);

/**
 * Removes one after the other. A refusal of one does not stop the others: it stays found, and the next sweep tries again. When
 * nothing was removed for a reason that concerns all of them, that failure is thrown.
 */
export async function removeEach(
  things: readonly Made[],
  remove: (thing: Made) => Promise<void>,
): Promise<readonly Made[]> {
  const removed: Made[] = [];
  for (const thing of things) {
    try {
      await remove(thing);
      removed.push(thing);
    } catch (error) {
      if (!CONCERNS_ALL.has(classify(error).class)) continue;
      if (removed.length === 0) throw error;
      break;
    }
  }
  return removed;
}

/** What a sweep is to remove of what it found. */
export function surplusOf({ keep, keepsAll }: EffectOf<'sweep'>, found: readonly Made[]): readonly Made[] {
  if (keepsAll === true) return [];
  const kept = new Set(keep.map(({ type, id }) => `${type} ${id}`));
  return found.filter(({ type, id }) => !kept.has(`${type} ${id}`));
}

type Swept = Outcome<EffectResults['sweep']>;

/** The parts of one sweep; the failure of one is the failure of all, and tells what the others removed. */
export function joined(...parts: readonly Swept[]): Swept {
  const removed = parts.flatMap((part) => (part.ok ? part.result.removed : (part.failure.removed ?? [])));
  const failed = parts.find((part) => !part.ok);
  if (failed?.ok === false)
    return { ok: false, failure: { ...failed.failure, ...(removed.length > 0 && { removed }) } };
  return {
    ok: true,
    result: { found: parts.flatMap((part) => (part.ok ? part.result.found : [])), removed },
  };
}
