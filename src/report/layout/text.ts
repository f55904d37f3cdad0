import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import { PAGE_WIDTH } from './format.ts';

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
