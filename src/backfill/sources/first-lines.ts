import type { LifeboatError } from '../../errors.ts';
import { FORMATS } from '../../runbook/log-formats.ts';
import { columnsTold, detectFormat, jsonFault } from '../formats/formats.ts';
import type { NamedFormat } from '../formats/formats.ts';
import { refused, withoutStatus } from './file-failures.ts';
import type { ReadingNotes } from './text-source.ts';

const LINES = 100;
/** Bytes that are compared first to find copies. */
const FIRST_BYTES = 4_096;
/** A file without a line break up to here is not a log. */
const MOST_BYTES = 1_024 * 1_024;

/** The beginning of a text. */
export interface Beginning {
  readonly isEmpty: boolean;
  /** Why a file with data has no text. */
  readonly damage?: string;
  /** Its first bytes. */
  readonly text: Buffer;
  readonly lines: readonly Buffer[];
}

/** The first lines of a text, without newlines and carriage returns before them; a line that has not ended by then is not among them. */
export async function beginningOf(
  read: (notes: ReadingNotes) => AsyncIterable<Uint8Array>,
): Promise<Beginning> {
  let damage: string | undefined;
  let text = Buffer.alloc(0);
  let isWhole = true;
  for await (const chunk of read({ remark: (text) => (damage = text) })) {
    text = Buffer.concat([text, chunk]);
    isWhole = false;
    if (text.length >= MOST_BYTES || countNewlines(chunk) >= LINES) break;
    isWhole = true;
  }
  const first = Buffer.from(text.subarray(0, FIRST_BYTES));
  const isEmpty = text.length === 0;
  const lines = linesOf(text, isWhole);
  return { isEmpty, text: first, lines, ...(isEmpty && damage !== undefined && { damage }) };
}

function countNewlines(chunk: Uint8Array): number {
  let count = 0;
  for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, at + 1)) count += 1;
  return count;
}

function linesOf(text: Buffer, isWhole: boolean): readonly Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < text.length && lines.length < LINES;) {
    const newline = text.indexOf(0x0a, start);
    if (newline === -1 && !isWhole) break;
    const end = newline === -1 ? text.length : newline;
    lines.push(text.subarray(start, text[end - 1] === 0x0d && end > start ? end - 1 : end));
    start = end + 1;
  }
  return lines;
}

/** The format that the lines are in; undefined when no format reads any of them. */
export function detectedFormat({ lines }: Beginning): NamedFormat | undefined {
  return lines.length === 0 ? undefined : detectFormat(lines);
}

/** A format that was given, with the columns that its first lines name unless they were given too. */
export function completedFormat(given: NamedFormat, { lines }: Pick<Beginning, 'lines'>): NamedFormat {
  const told = given.details?.columns === undefined ? columnsTold(lines) : undefined;
  return told?.name === given.name ? { ...given, details: { ...told.details, ...given.details } } : given;
}

export function formatUnknown(
  name: string,
  { lines }: Pick<Beginning, 'lines'> = { lines: [] },
): LifeboatError {
  const fault = jsonFault(lines);
  if (fault?.kind === 'malformed' && fault.fault === 'no-status') return withoutStatus(name);
  if (fault !== undefined)
    return refused(
      name,
      `its first lines are JSON in which no request can be found: ${fault.why}`,
      'Write where the parts of a request stand beside the path of this source in the runbook (fields: { time: at, url: request.target }), or leave it out.',
    );
  return refused(
    name,
    'its first lines are in none of the known formats',
    `Say which it is, with --format or beside its path in the runbook (format: ${FORMATS.join(' | ')}), or leave it out.`,
  );
}
