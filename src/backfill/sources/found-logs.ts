import { adviceText } from '../../advice.ts';
import type { LifeboatError } from '../../errors.ts';
import { FORMATS } from '../../runbook/log-formats.ts';
import type { SourceSpec } from '../../runbook/backfill-schema.ts';
import type { NamedFormat } from '../formats/formats.ts';
import type { FormatDetails } from '../lines/line-format.ts';
import { refused } from './file-failures.ts';
import type { FileSourceParts } from './file-source.ts';
import { completedFormat, detectedFormat, formatUnknown, type Beginning } from './first-lines.ts';
import { notLines, type NotLines } from './not-lines.ts';
import type { TextSource } from './text-source.ts';

/** Header lines begin so. */
const HASH = 0x23;
const MOST_FIRST_LINES = 10;

export type Format = Pick<FileSourceParts, 'number' | 'formatName' | 'format' | 'details' | 'remarks'>;

/** A file or an object that was found; it becomes a source when its format is known and no other one contains it. */
export interface Found {
  readonly name: string;
  readonly remarks: string[];
  /** As it is stored. */
  readonly bytes: number;
  /** Of an object: changes with its content. */
  readonly etag?: string;
  /** Looks at its first lines, unless that was done. */
  readonly look: () => Promise<Beginning>;
  beginning?: Beginning;
  readonly text: () => AsyncIterable<Uint8Array>;
  readonly close: () => void;
  readonly toSource: (format: Format) => TextSource;
}

/** How one of the files of a specification is read, or why it is not. */
export interface Reading {
  readonly one: Found;
  readonly format: NamedFormat;
  /** Why it is left out. */
  readonly fault?: NotLines;
}

/**
 * A pattern or a prefix may also match files that are not logs: those that are not text are left out, with a remark; lines in an unknown format are read like those of the other files, and counted. A path of
 * one file means that file.
 * @throws LifeboatError when nothing of it can be read, or the format of nothing is known
 */
export function readings({ path = '', ...given }: SourceSpec, found: readonly Found[]): readonly Reading[] {
  const own = givenFormat(given);
  const looked = found.map((one) => {
    const { beginning, name } = one;
    const detected = formatOf(beginning, own, detailsOf(given));
    const fault = beginning && faultOf(beginning, name, detected !== undefined);
    const isUnknown = beginning?.isEmpty === false && detected === undefined && fault === undefined;
    return { one, detected, fault, isUnknown };
  });
  const [only] = looked;
  const isNamed = looked.length === 1 && only?.one.name === path;
  if (isNamed && only?.fault !== undefined) throw notLinesFailure(path, only.fault);
  const known = looked.find(({ detected, fault }) => detected !== undefined && fault === undefined);
  const unknown = looked.find(({ isUnknown }) => isUnknown);
  if (unknown !== undefined && known === undefined)
    throw formatUnknown(unknown.one.name, unknown.one.beginning);
  return looked.map(({ one, detected, fault }) => ({
    one,
    format: detected ?? known?.detected ?? { name: FORMATS[0] },
    ...(fault !== undefined && { fault }),
  }));
}

function faultOf({ damage, text }: Beginning, name: string, isFormatKnown: boolean): NotLines | undefined {
  if (damage === undefined) return notLines(text, name, isFormatKnown);
  return { why: `it holds nothing that can be read: ${damage}`, next: 'Fetch it again, or leave it out.' };
}

/** The same as a source without a line. */
export function leftOut(source: TextSource, fault: NotLines): TextSource {
  const { number, name, formatName, format, compressed, bytes } = source;
  return {
    ...{ number, name, formatName, format, compressed, bytes },
    chunks: nothing,
    close: () => source.close(),
    unread: `Cannot read ${name}: ${fault.why}. ${adviceText(fault.next)}`,
    remarks: [...source.remarks, `not read: ${fault.why}`],
  };
}

export function notLinesFailure(name: string, { why, next }: NotLines): LifeboatError {
  return refused(name, why, next);
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  yield* [];
}

/** The format by what the runbook says of a source; undefined: it says nothing of it. */
export function givenFormat(spec: Omit<SourceSpec, 'path'>): NamedFormat | undefined {
  const { format, fields, columns } = spec;
  const details = detailsOf(spec);
  if (format !== undefined) return { name: format, details };
  if (fields !== undefined) return { name: 'json', details };
  if (columns === undefined) return undefined;
  const isCloudfront = columns.some((name) => name === 'timestamp' || name.startsWith('x-edge-'));
  return { name: isCloudfront ? 'cloudfront' : 'w3c', details };
}

function detailsOf({ fields, columns, zone }: Omit<SourceSpec, 'path'>): FormatDetails {
  return {
    ...(fields !== undefined && { fields }),
    ...(columns !== undefined && { columns }),
    ...(zone !== undefined && { zone }),
  };
}

/** @param own that of the runbook */
function formatOf(
  beginning: Beginning | undefined,
  own: NamedFormat | undefined,
  details: FormatDetails,
): NamedFormat | undefined {
  if (own !== undefined) return completedFormat(own, beginning ?? { lines: [] });
  const detected = beginning === undefined ? undefined : detectedFormat(beginning);
  return detected && { ...detected, details: { ...detected.details, ...details } };
}

/** Copied, so that the buffer they were read into can be freed. */
export function withFirstLines(source: TextSource, { beginning }: Found): TextSource {
  const lines = beginning?.lines.filter((line) => line.length > 0 && line[0] !== HASH) ?? [];
  const firstLines = lines.slice(0, MOST_FIRST_LINES).map((line) => Uint8Array.from(line));
  return { ...source, firstLines };
}
