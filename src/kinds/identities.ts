import { hash32 } from '../hash.ts';

/** Cuts to `length` and keeps it unique: a hash of the whole replaces the end, wide enough for any fleet. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  const hash = [text, `${text}/again`].map((part) => hash32(part).toString(16).padStart(8, '0')).join('');
  // RDS does not accept two hyphens in a row.
  return `${text.slice(0, length - 1 - hash.length).replace(/-+$/, '')}-${hash}`;
}
