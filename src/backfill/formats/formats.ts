import type { FormatName } from '../../runbook/backfill-schema.ts';
import type { ParsedLine } from '../base/record.ts';
import { alb } from './alb.ts';
import { cloudfrontLog, REAL_TIME } from './cloudfront.ts';
import { columnsIn, FIELDS_DIRECTIVE, missingColumn } from './columns.ts';
import { combined, common } from './combined.ts';
import { envoy } from './envoy.ts';
import { haproxyLog } from './haproxy.ts';
import { BYTE, startsWith } from '../lines/bytes.ts';
import { LINE } from '../lines/line-format.ts';
import type { FormatDetails, LineFormat, Surveyed } from '../lines/line-format.ts';
import { capture, isPlainCapture, jsonLines } from './json-lines.ts';
import type { NoRequest } from '../lines/parsed.ts';
import { w3cLog } from './w3c.ts';

const json = jsonLines();

/** A format, and what its name does not tell of it. */
export interface NamedFormat {
  readonly name: FormatName;
  readonly details?: FormatDetails;
}

/** @param details what the format of this name takes of them: see there */
export function formatNamed(name: FormatName, details: FormatDetails = {}): LineFormat {
  switch (name) {
    case 'json':
      return jsonLines(details);
    case 'cloudfront':
      return cloudfrontLog(details);
    case 'w3c':
      return w3cLog(details);
    case 'haproxy':
      return haproxyLog(details);
    default:
      return { alb, combined, common, envoy, capture }[name];
  }
}

/** In the order in which they are tried: what reads more of a line before what reads less. */
const ORDER: readonly NamedFormat[] = [
  ...(['alb', 'cloudfront', 'haproxy', 'envoy', 'w3c', 'combined', 'common', 'capture', 'json'] as const).map(
    (name) => ({ name }),
  ),
  { name: 'cloudfront', details: { columns: REAL_TIME } },
];
const DETECTED = ORDER.map((named) => ({ ...named, format: formatNamed(named.name, named.details) }));

/** The columns of a log by its `#Fields:` line; undefined: it has none, or standard ones, or none of which a request can be read. */
export function columnsTold(lines: readonly Buffer[]): NamedFormat | undefined {
  const line = lines.find((one) => startsWith(one, 0, one.length, FIELDS_DIRECTIVE));
  if (line === undefined) return undefined;
  if (formatNamed('cloudfront').parse(line).kind === 'directive') return undefined;
  const columns = columnsIn(line.toString('latin1'));
  if (missingColumn(columns) !== undefined) return undefined;
  const isCloudfront = columns.some((name) => name.startsWith('x-edge-'));
  return { name: isCloudfront ? 'cloudfront' : 'w3c', details: { columns } };
}

/**
 * The format of a source by its first lines: the first that reads more than half of those that any can read, else the one that
 * reads most. `capture` only when every request among them surely is one.
 * @param lines without their newlines, some 100
 * @returns undefined when none reads any of them
 */
export function detectFormat(lines: readonly Buffer[]): NamedFormat | undefined {
  const told = columnsTold(lines);
  const tried =
    told === undefined ? DETECTED : [{ ...told, format: formatNamed(told.name, told.details) }, ...DETECTED];
  const kinds = lines.map((line) => tried.map(({ format }) => kindIn(format, line)));
  const readable = kinds.filter((ofLine) => ofLine.includes('request')).length;
  if (readable === 0) {
    const dated = datedFormat(lines);
    if (dated !== undefined) return { name: dated };
    return plain(tried.find((_, index) => kinds.some((ofLine) => ofLine[index] === 'directive')));
  }
  const votes = tried.map((one, index) => {
    const read = lines.filter((_, line) => kinds[line]?.[index] === 'request');
    const counts = one.format === capture && !read.every(isPlainCapture) ? 0 : read.length;
    return { one, requests: counts };
  });
  const majority = votes.find(({ requests }) => requests * 2 > readable);
  return plain((majority ?? votes.reduce((most, one) => (one.requests > most.requests ? one : most))).one);
}

function plain(found: NamedFormat | undefined): NamedFormat | undefined {
  if (found === undefined) return undefined;
  return { name: found.name, ...(found.details !== undefined && { details: found.details }) };
}

/** Why no request can be read from the first line that is a JSON object; undefined: no line is one. */
export function jsonFault(lines: readonly Buffer[]): NoRequest | undefined {
  for (const line of lines) {
    if (line[0] !== BYTE.brace) continue;
    const parsed = json.parse(line);
    if (parsed.kind === 'foreign' || (parsed.kind === 'malformed' && parsed.fault !== 'no-object'))
      return parsed;
  }
  return undefined;
}

/** Of lines none of which can be read: the format in which most say when they were answered, and how. They may hold nothing but failed requests that were cut. */
function datedFormat(lines: readonly Buffer[]): FormatName | undefined {
  const out: Surveyed = { kind: LINE.request, at: 0, status: 0 };
  const isDated = (format: LineFormat, line: Buffer): boolean => {
    format.survey(line, 0, line.length, out);
    return out.kind === LINE.request || (out.kind === LINE.malformed && out.at >= 0 && out.status > 0);
  };
  const votes = [alb, cloudfrontLog(), haproxyLog(), combined, json].map((format) => ({
    name: format.name,
    lines: lines.filter((line) => isDated(format, line)).length,
  }));
  const most = votes.reduce((best, one) => (one.lines > best.lines ? one : best));
  return most.lines > 0 ? most.name : undefined;
}

/** A line that lacks fields of a format is rather one of another. */
function kindIn(format: LineFormat, line: Buffer): ParsedLine['kind'] {
  const parsed = format.parse(line);
  return parsed.kind === 'request' && parsed.isCut === true ? 'malformed' : parsed.kind;
}
