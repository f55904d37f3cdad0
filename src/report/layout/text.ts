import { withoutMentions } from '../../notices/inert.ts';
import { PAGE_WIDTH } from './format.ts';

/** Longest text from outside that is shown; the journal keeps all of it. */
const MAX_SHOWN = 600;

/** Two columns wide in a terminal: East Asian wide and full-width forms, and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const NO_WIDTH = /[\p{Mn}\p{Me}]/u;

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
  if (/^[\u0020-\u007e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += columnsOf(character);
  return width;
}

function columnsOf(character: string): number {
  if (NO_WIDTH.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** Cuts to `width` columns; what is cut ends in `…`. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  if (width < 1) return '';
  return `${splitAt(text, width - 1)[0]}…`;
}

/** Cuts out the middle: both ends of an id tell it from others. */
export function truncateMiddle(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  if (width < 5) return truncate(text, width);
  const [head] = splitAt(text, Math.ceil((width - 1) / 2));
  let tail = '';
  for (const character of [...text].reverse()) {
    if (displayWidth(head) + 1 + displayWidth(character + tail) > width) break;
    tail = character + tail;
  }
  return `${head}…${tail}`;
}

/** Fills with spaces up to `width` columns. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'left' ? text + space : space + text;
}

/** Lines of at most `width` columns, broken between words where there are any; of a page where the width is `UNBOUNDED`. */
export function wrap(text: string, width: number): readonly string[] {
  const limit = Math.max(8, bounded(width));
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/ +/)) {
    let rest = word;
    if (line !== '' && displayWidth(line) + 1 + displayWidth(rest) <= limit) {
      line += ` ${rest}`;
      continue;
    }
    if (line !== '') lines.push(line);
    while (displayWidth(rest) > limit) {
      const [head, tail] = splitAt(rest, limit);
      lines.push(head);
      rest = tail;
    }
    line = rest;
  }
  return line === '' && lines.length > 0 ? lines : [...lines, line];
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

function splitAt(text: string, width: number): readonly [string, string] {
  let head = '';
  let used = 0;
  for (const character of text) {
    used += columnsOf(character);
    if (used > width) break;
    head += character;
  }
  return [head, text.slice(head.length)];
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
