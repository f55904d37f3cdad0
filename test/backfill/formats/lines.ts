import { LINE } from '../../../src/backfill/lines/line-format.ts';
import type { LineFormat, Surveyed } from '../../../src/backfill/lines/line-format.ts';
import type { ParsedLine } from '../../../src/backfill/base/record.ts';

const NAMES = ['request', 'malformed', 'foreign', 'directive'] as const;

/** What `survey` makes of a line. `at` and `status` are 0 where they mean nothing. */
export function surveyOf(
  format: LineFormat,
  text: string | Uint8Array,
  start = 0,
  end?: number,
): { kind: (typeof NAMES)[number]; at: number; status: number } {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
  const out: Surveyed = { kind: LINE.directive, at: Number.NaN, status: Number.NaN };
  format.survey(bytes, start, end ?? bytes.length, out);
  const kind = NAMES[out.kind];
  return kind === 'request' ? { kind, at: out.at, status: out.status } : { kind, at: 0, status: 0 };
}

/** Text is taken as bytes, a character each. */
export function parsed(format: LineFormat, text: string): ParsedLine {
  return format.parse(Buffer.from(text, 'latin1'));
}

/** Where the lines of a text begin and end. */
export function linesOf(bytes: Buffer): [start: number, end: number][] {
  const lines: [number, number][] = [];
  for (let start = 0; start <= bytes.length;) {
    const newline = bytes.indexOf(10, start);
    const end = newline < 0 ? bytes.length : newline;
    lines.push([start, end]);
    start = end + 1;
  }
  return lines;
}
