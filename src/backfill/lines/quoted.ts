import { BYTE } from './bytes.ts';

/** The index of the quote that closes a value whose first character is at `from`; -1 when none does. A backslash protects what follows it. */
export function closingQuote(text: string, from: number): number {
  for (let quote = text.indexOf('"', from); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let slashes = quote;
    while (slashes > from && text.charCodeAt(slashes - 1) === BYTE.backslash) slashes -= 1;
    if ((quote - slashes) % 2 === 0) return quote;
  }
  return -1;
}

/** Undoes `\"`, `\\` and `\xHH`, in Latin-1 text: a character is a byte. */
export function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(
    /\\(?:x([0-9A-Fa-f]{2})|(["\\]))/g,
    (_, hex: string | undefined, plain: string | undefined) =>
      hex === undefined ? (plain ?? '') : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/**
 * Latin-1 text as the words that its bytes are in UTF-8. Control characters become `\xHH`: what was read from a log never
 * drives a terminal or breaks a line.
 */
export function words(latin: string): string {
  if (!/[^\x20-\x7e]/.test(latin)) return latin;
  const text = /[\x80-\xff]/.test(latin) ? Buffer.from(latin, 'latin1').toString('utf8') : latin;
  return text.replace(/\p{Cc}/gu, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** The text that bytes, a character each, are in UTF-8; `undefined` when they are no UTF-8. */
export function utf8Text(latin: string): string | undefined {
  const bytes = Buffer.from(latin, 'latin1');
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? text : undefined;
}
