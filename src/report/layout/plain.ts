import { withoutMentions } from '../../notices/inert.ts';

/** Longest text from outside that is shown; the journal keeps all of it. */
const MAX_SHOWN = 600;

/**
 * Text from outside (tags, messages of AWS, reasons that people gave) made safe to print: one line, and nothing in it can steer a
 * terminal or turn the reading direction. What was there stays visible as U+FFFD: a name that hides something should look odd.
 *
 * @example plain('vol\u001b[2J') // 'vol�[2J'
 */
export function plain(text: string, limit = MAX_SHOWN): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}…` : text;
  return cut.replace(/[\t\r\n]+/g, ' ').replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, '\ufffd');
}

/**
 * The same for Markdown: nothing in it is markup, HTML, the end of a table's cell, a link that is made of a bare address, or calls people. What is
 * changed for that is seen to be: the JSON of the report has it as it was.
 */
export function markdown(text: string): string {
  return withoutMentions(plain(text))
    .replace(/&/g, '&amp;')
    .replace(/[\\`*_{}[\]<>|#!~]/g, (character) => `\\${character}`)
    .replace(/@/g, '&#64;')
    .replace(/\b(https?|ftp|mailto|xmpp):/gi, '$1&#58;')
    .replace(/\bwww\./gi, (found) => `${found.slice(0, -1)}&#46;`);
}

/** `3 volumes`, `1 volume`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

/** The first few, and how many more there are. */
export function listed(items: readonly string[], most: number): string {
  const shown = items
    .slice(0, most)
    .map((item) => plain(item))
    .join(', ');
  return items.length <= most ? shown : `${shown} and ${(items.length - most).toLocaleString('en-US')} more`;
}
