import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import { withoutMentions } from '../../notices/inert.ts';
import { PAGE_WIDTH } from './format.ts';

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

/** Terminal columns that a text takes. */
export function displayWidth(text: string): number {
  // Most texts are ASCII, and a screen of a live view measures thousands of them.
  return /^[\u0020-\u007e]*$/.test(text) ? text.length : stringWidth(text);
}

/** Cuts to `width` columns; what is cut ends in `…`. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  if (width < 1) return '';
  return `${fitting(graphemes(text), width - 1).join('')}…`;
}

/** Cuts out the middle: both ends of an id tell it from others. */
export function truncateMiddle(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  if (width < 5) return truncate(text, width);
  const all = graphemes(text);
  const head = fitting(all, Math.ceil((width - 1) / 2)).join('');
  const tail = fitting(all.reverse(), width - 1 - displayWidth(head))
    .reverse()
    .join('');
  return `${head}…${tail}`;
}

/** Fills with spaces up to `width` columns. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'left' ? text + space : space + text;
}

/** Lines of at most `width` columns, broken between words where there are any; of a page where the width is `UNBOUNDED`. */
export function wrap(text: string, width: number): readonly string[] {
  return wrapAnsi(text.replace(/ +/g, ' '), Math.max(8, bounded(width)), { hard: true }).split('\n');
}

/** `label` in front of the first line, its width of blanks in front of the others. */
export function hanging(label: string, text: string, width: number): readonly string[] {
  const indent = ' '.repeat(displayWidth(label));
  return wrap(text, bounded(width) - displayWidth(label)).map((line, index) =>
    `${index === 0 ? label : indent}${line}`.trimEnd(),
  );
}

function bounded(width: number): number {
  return Number.isFinite(width) ? width : PAGE_WIDTH;
}

/** What a reader sees as one character: a letter with its accents, an emoji of several code points. */
function graphemes(text: string): string[] {
  return [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
}

/** The first of these characters, as many as fit in `width` columns. */
function fitting(characters: readonly string[], width: number): string[] {
  let used = 0;
  const end = characters.findIndex((character) => (used += displayWidth(character)) > width);
  return characters.slice(0, end === -1 ? undefined : end);
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
