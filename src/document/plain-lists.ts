import { parseSyntax } from './syntax.ts';
import { buildTree, DANGEROUS_KEYS, MAX_INNER_ENTRIES } from './tree.ts';
import type { Tree } from './tree.ts';

/** Entries that the fast reader takes: a mapping in braces on a line of its own, as inventories have them by the thousand. */
const ENTRY = /^( *)- (\{.*\}) *$/;
const LIST = /^([A-Za-z][A-Za-z0-9]*): *$/;
const NOTHING = /^ *(?:#.*)?$/;
const KEY = /([A-Za-z_][A-Za-z0-9_.-]*): +/y;
/** Text, numbers and instants without any sign that YAML could take for something else. */
const PLAIN = /(?:[A-Za-z0-9_/-])(?:[A-Za-z0-9_/.@+-]|:(?=[A-Za-z0-9_/]))*(?= *[,}\]])/y;
const QUOTED = /"([^"\\\p{Cc}]*)"(?= *[,}\]])/uy;
const SPACES = / */y;
const NUMBER = /^-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,9})?$/;
const INSTANT = /^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:.]+Z)?$/;
const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ...['null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
]);
/** A document needs few levels within an entry. */
const MAX_LEVELS = 6;

/** Thrown inside this file alone: the text has something that only the full reader understands, or complains of. */
class NotPlain extends Error {
  override readonly name = 'NotPlain';
}

/**
 * A YAML document whose long lists have an entry a line, read ten times as fast as by the full reader, to the same values: the lists are read
 * here, the rest of the document by the full reader. Undefined for everything else. Places are not known: who finds something to complain of
 * reads the document again in full.
 *
 * @param maxBytes how long a text of this kind may be
 */
export function readPlainLists(text: string, file: string, maxBytes: number): Tree | undefined {
  const lists = new Map<string, unknown[]>();
  try {
    const rest = withoutLists(text, lists);
    if (rest === undefined) return undefined;
    const { value } = buildTree(parseSyntax(rest, file, maxBytes), file);
    const place = { file, line: 1, column: 1 };
    return {
      file,
      value: { ...value, ...Object.fromEntries(lists) },
      placeOf: () => place,
      writtenAt: () => undefined,
    };
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}

/** The text with an empty list in the place of each one that was read; undefined where there is none, or where another document may begin. */
function withoutLists(text: string, lists: Map<string, unknown[]>): string | undefined {
  const lines = text.split(/\r?\n/);
  const rest: string[] = [];
  let entries: unknown[] | undefined;
  let indent: string | undefined;
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] as string;
    if (/^(?:---|\.\.\.|%)/.test(line)) return undefined;
    const name = LIST.exec(line)?.[1];
    if (name !== undefined && ENTRY.test(nextOf(lines, at))) {
      if (lists.has(name) || DANGEROUS_KEYS.has(name) || WORDS.has(name)) return undefined;
      entries = [];
      indent = undefined;
      lists.set(name, entries);
      rest.push(`${name}: []`);
    } else if (entries === undefined || /^[^ #]/.test(line)) {
      if (entries !== undefined && line.startsWith('-')) return undefined;
      entries = undefined;
      rest.push(line);
    } else if (!NOTHING.test(line)) {
      const [, spaces, entry] = ENTRY.exec(line) ?? [];
      if (entry === undefined || spaces !== (indent ?? spaces)) return undefined;
      indent = spaces;
      entries.push(readEntry(entry));
    }
  }
  return lists.size === 0 ? undefined : rest.join('\n');
}

/** The next line with content. */
function nextOf(lines: readonly string[], at: number): string {
  let next = at + 1;
  while (next < lines.length && NOTHING.test(lines[next] as string)) next += 1;
  return lines[next] ?? '';
}

interface Cursor {
  readonly text: string;
  at: number;
}

function readEntry(text: string): unknown {
  const cursor = { text, at: 0 };
  const value = readValue(cursor, 0);
  if (cursor.at !== text.length) throw new NotPlain();
  return value;
}

function readValue(cursor: Cursor, level: number): unknown {
  if (level > MAX_LEVELS) throw new NotPlain();
  switch (cursor.text[cursor.at]) {
    case '{':
      return readMapping(cursor, level);
    case '[':
      return readList(cursor, level);
    case '"':
      return taken(cursor, QUOTED)[1];
    default:
      return resolved(taken(cursor, PLAIN)[0]);
  }
}

function readMapping(cursor: Cursor, level: number): unknown {
  const mapping: Record<string, unknown> = {};
  if (opens(cursor, '}')) return mapping;
  do {
    const key = taken(cursor, KEY)[1] ?? '';
    if (Object.hasOwn(mapping, key) || DANGEROUS_KEYS.has(key) || WORDS.has(key)) throw new NotPlain();
    mapping[key] = readValue(cursor, level + 1);
  } while (continues(cursor, '}'));
  return mapping;
}

function readList(cursor: Cursor, level: number): unknown {
  const list: unknown[] = [];
  if (opens(cursor, ']')) return list;
  do list.push(readValue(cursor, level + 1));
  while (continues(cursor, ']'));
  if (list.length > MAX_INNER_ENTRIES) throw new NotPlain();
  return list;
}

/** Steps into a bracket; true when it is empty. */
function opens(cursor: Cursor, end: string): boolean {
  cursor.at += 1;
  taken(cursor, SPACES);
  if (cursor.text[cursor.at] !== end) return false;
  cursor.at += 1;
  return true;
}

/** Steps over a comma, or the end of a bracket: then false. */
function continues(cursor: Cursor, end: string): boolean {
  taken(cursor, SPACES);
  const sign = cursor.text[cursor.at];
  cursor.at += 1;
  if (sign === end) return false;
  if (sign !== ',') throw new NotPlain();
  taken(cursor, SPACES);
  return true;
}

function taken(cursor: Cursor, pattern: RegExp): RegExpExecArray {
  pattern.lastIndex = cursor.at;
  const match = pattern.exec(cursor.text);
  if (match === null) throw new NotPlain();
  cursor.at = pattern.lastIndex;
  return match;
}

/** The value of a plain scalar in the core schema of YAML 1.2. */
function resolved(text: string): unknown {
  if (/^[A-Za-z_/]/.test(text)) return WORDS.has(text) ? WORDS.get(text) : text;
  if (NUMBER.test(text)) return Number(text);
  if (INSTANT.test(text)) return text;
  throw new NotPlain();
}
