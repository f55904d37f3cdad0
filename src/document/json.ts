import type { LifeboatError } from '../errors.ts';
import { documentError } from './complaints.ts';
import { DANGEROUS_KEYS, MAX_INNER_ENTRIES } from './tree.ts';
import type { Tree } from './tree.ts';
import { MAX_DEPTH } from './tokens.ts';
import { isMapping } from './values.ts';

/** Entries of a list at the top: several times the snapshots of the largest accounts. */
const MAX_ENTRIES = 500_000;

/** What has to be looked at one by one, without recursion: the text may be nested as deep as it likes. */
interface Inner {
  readonly value: object;
  readonly depth: number;
}

/**
 * A document that is JSON, read fifty times as fast as YAML, under the same rules. Places are not known: complaints name the path.
 * Throws `INVALID_DOCUMENT`.
 */
export function parseJson(text: string, file: string): Tree {
  const place = { file, line: 1, column: 1 };
  const refuse = (message: string): LifeboatError =>
    documentError('INVALID_DOCUMENT', 'JSON document', file, [{ place, message }]);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refuse(`not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isMapping(value)) throw refuse('expected a mapping of keys to values at the top');
  const keys = inspect(value, refuse);
  // A key that is given twice is quietly replaced by JSON.parse: then the text has more keys than the value.
  if (keys !== countKeys(text)) throw refuse('a key is given twice in the same mapping');
  return { file, value, placeOf: () => place, writtenAt: () => undefined };
}

/** The number of keys in all. */
function inspect(root: object, refuse: (message: string) => LifeboatError): number {
  let keys = 0;
  const waiting: Inner[] = [{ value: root, depth: 1 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, depth } = next;
    if (depth > MAX_DEPTH) throw refuse(`nested deeper than ${MAX_DEPTH} levels`);
    if (Array.isArray(value)) {
      const most = depth > 2 ? MAX_INNER_ENTRIES : MAX_ENTRIES;
      if (value.length > most) throw refuse(`expected a list of at most ${most} entries`);
    } else {
      const names = Object.keys(value);
      keys += names.length;
      const dangerous = names.find((name) => DANGEROUS_KEYS.has(name));
      if (dangerous !== undefined) throw refuse(`the key '${dangerous}' is not allowed`);
    }
    for (const inner of Object.values(value) as readonly unknown[]) {
      if (typeof inner === 'object' && inner !== null) waiting.push({ value: inner, depth: depth + 1 });
    }
  }
  return keys;
}

/** Texts that a colon follows. By hand: a regular expression runs out of stack on a long one full of escapes. */
function countKeys(text: string): number {
  let keys = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at)) {
    at += 1;
    while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
    at += 1;
    while (/\s/.test(text[at] ?? '')) at += 1;
    if (text[at] === ':') keys += 1;
  }
  return keys;
}
