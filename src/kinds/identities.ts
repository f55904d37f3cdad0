import { hash32 } from '../hash.ts';

/** The shortest limit on a name that AWS has for any kind: that of a DB instance or a DB snapshot. */
export const IDENTIFIER_LENGTH = 63;

/** Cuts to `length` and keeps it unique: a hash of the whole replaces the end, wide enough for any fleet. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  const hash = [text, `${text}/again`].map((part) => hash32(part).toString(16).padStart(8, '0')).join('');
  // RDS does not accept two hyphens in a row.
  return `${text.slice(0, length - 1 - hash.length).replace(/-+$/, '')}-${hash}`;
}
