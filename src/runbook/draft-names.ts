import { DANGEROUS_KEYS } from '../document/tree.ts';

/** The longest id that a resource may have. */
const LONGEST_ID = 40;
/** Of a name in a comment. */
const LONGEST_NAME = 60;

/** Line ends, terminal control characters and marks of the reading direction. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Scalars that some version of YAML does not read as text. */
const RESERVED = /^(true|false|yes|no|on|off|null|y|n)$/i;

/** Gives ids that are valid and, among those that it gave, unique. */
export function idMaker(): (name: string, fallback: string) => string {
  const given = new Set<string>();
  return (name, fallback) => {
    const base = slug(name) ?? fallback;
    let id = base;
    for (let count = 2; given.has(id); count += 1)
      id = `${cut(base, LONGEST_ID - `-${count}`.length)}-${count}`;
    given.add(id);
    return id;
  };
}

/**
 * A name as an id: lower-case letters, digits and hyphens, beginning with a letter; `undefined` where nothing of it remains.
 *
 * @example slug('Orders (prod)') // 'orders-prod'
 */
export function slug(name: string): string | undefined {
  const letters = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{Mn}+/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '');
  const id = cut(letters, LONGEST_ID);
  return id === '' ? undefined : id;
}

/** A name as a comment can hold it: on its line, and short. */
export function inComment(name: string): string {
  const visible = [...name.replace(UNPRINTABLE, '')];
  return visible.length <= LONGEST_NAME
    ? visible.join('')
    : `${visible.slice(0, LONGEST_NAME - 1).join('')}…`;
}

/**
 * Text as a scalar of YAML, quoted where it must be, and always on one line.
 *
 * @example scalar('orders-prod') // 'orders-prod'
 */
export function scalar(text: string): string {
  if (/^[A-Za-z][A-Za-z0-9._/-]*$/.test(text) && !RESERVED.test(text)) return text;
  return JSON.stringify(text).replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
  });
}

/** Whether a runbook may select by a tag: what documents refuse as a key cannot be written into one. */
export function isSelectable(key: string, value: string): boolean {
  const isLine = !/[\p{Cc}\p{Cs}]/u.test(key + value);
  return key !== '' && key.length <= 128 && value.length <= 256 && isLine && !DANGEROUS_KEYS.has(key);
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}

function cut(text: string, length: number): string {
  return text.slice(0, length).replace(/-+$/, '');
}
