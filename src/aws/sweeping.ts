import type { MadeThing } from '../workflow/effects.ts';
import { classify } from './failures.ts';

/** Failures after which the rest would fail as well. */
const CONCERNS_ALL: ReadonlySet<string> = new Set(['throttled', 'credentials', 'unreachable']);

/**
 * Removes one after the other; one that refuses does not keep the others: it stays found, and the next sweep meets it again. When
 * nothing at all was removed for a reason that concerns them all, that reason is thrown.
 */
export async function removeEach(
  things: readonly MadeThing[],
  remove: (thing: MadeThing) => Promise<void>,
): Promise<readonly MadeThing[]> {
  const removed: MadeThing[] = [];
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
