import type { FieldMapping, FormatName } from '../../runbook/backfill-schema.ts';
import type { ParsedLine } from '../base/record.ts';
import { alb } from './alb.ts';
import { cloudfront } from './cloudfront.ts';
import { combined, common } from './combined.ts';
import { BYTE } from '../lines/bytes.ts';
import { LINE } from '../lines/line-format.ts';
import type { LineFormat, Surveyed } from '../lines/line-format.ts';
import { capture, isPlainCapture, jsonLines } from './json-lines.ts';
import type { NoRequest } from '../lines/parsed.ts';

const json = jsonLines();

/** In the order in which they are tried: what reads more of a line before what reads less. */
const DETECTED: readonly LineFormat[] = [alb, cloudfront, combined, common, capture, json];

/** @param fields of the format `json`; the others have their own */
export function formatNamed(name: FormatName, fields?: FieldMapping): LineFormat {
  if (name === 'json') return fields === undefined ? json : jsonLines(fields);
  return { alb, combined, common, cloudfront, capture }[name];
}

/**
 * The format of a source by its first lines: the first that reads more than half of those that any can read, else the one that
 * reads most. `capture` only when every request among them surely is one.
 * @param lines without their newlines, some 100
 * @returns undefined when none reads any of them
 */
export function detectFormat(lines: readonly Buffer[]): FormatName | undefined {
  const kinds = lines.map((line) => DETECTED.map((format) => kindIn(format, line)));
  const readable = kinds.filter((ofLine) => ofLine.includes('request')).length;
  if (readable === 0) {
    const dated = datedFormat(lines);
    if (dated !== undefined) return dated;
    return DETECTED.find((_, index) => kinds.some((ofLine) => ofLine[index] === 'directive'))?.name;
  }
  const votes = DETECTED.map((format, index) => {
    const read = lines.filter((_, line) => kinds[line]?.[index] === 'request');
    const counts = format === capture && !read.every(isPlainCapture) ? 0 : read.length;
    return { name: format.name, requests: counts };
  });
  const majority = votes.find(({ requests }) => requests * 2 > readable);
  return (majority ?? votes.reduce((most, one) => (one.requests > most.requests ? one : most))).name;
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
  const votes = [alb, cloudfront, combined, json].map((format) => ({
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
