import { distance } from 'fastest-levenshtein';

/** Words longer than this are data, not misspelled names: comparing them would only cost time. */
const LONGEST_WORD = 64;

/**
 * The candidate that `word` was most likely meant to be, or `undefined` when none is close. Case, hyphens and underscores do not count;
 * two letters swapped count as one slip.
 *
 * @example nearest('provisonedRate', ['fsr', 'provisioned-rate']) // 'provisioned-rate'
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length === 0 || word.length > LONGEST_WORD) return undefined;
  const wanted = plain(word);
  const tolerance = Math.max(1, Math.floor(wanted.length / 3));
  let best: string | undefined;
  let bestSlips = tolerance + 1;
  for (const candidate of candidates) {
    if (candidate === word || candidate.length > LONGEST_WORD) continue;
    const name = plain(candidate);
    if (Math.abs(name.length - wanted.length) >= bestSlips) continue;
    const slips = slipsBetween(wanted, name);
    if (slips < bestSlips && slips < Math.max(wanted.length, name.length)) {
      best = candidate;
      bestSlips = slips;
    }
  }
  return best;
}

/** Guesses for one list of mistakes: comparing ten thousand words with ten thousand candidates would take minutes. */
const GUESSES = 50;

/** As {@link nearest}, for many words among the same candidates: makes a limited number of guesses, then none. */
export function guesser(candidates: Iterable<string>): (word: string) => string | undefined {
  const names = [...candidates];
  let left = GUESSES;
  return (word) => {
    if (left === 0) return undefined;
    left -= 1;
    return nearest(word, names);
  };
}

function plain(word: string): string {
  return word.toLowerCase().replace(/[-_\s]/g, '');
}

/** Letters to insert, remove or replace to make `a` into `b`; two letters swapped count as one. */
function slipsBetween(a: string, b: string): number {
  const slips = distance(a, b);
  return slips === 2 && a.length === b.length && sorted(a) === sorted(b) ? 1 : slips;
}

function sorted(word: string): string {
  return [...word].sort().join('');
}
