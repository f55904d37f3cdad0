import type { Instant } from '../../time.ts';
import type { Header, ParsedLine } from '../base/record.ts';
import { BYTE, byteAt, indexOfByte, secondsOf, statusOf } from '../lines/bytes.ts';
import { utcInstant } from '../lines/calendar.ts';
import { afterRequestType, foreignWhy } from '../lines/foreign.ts';
import { LINE } from '../lines/line-format.ts';
import type { LineFormat, Surveyed } from '../lines/line-format.ts';
import { foreign, known, malformed, requestFound } from '../lines/parsed.ts';
import { withoutPort } from '../lines/prefix.ts';
import { closingQuote, unescaped, words } from '../lines/quoted.ts';
import { hostOf, requestLine } from '../lines/request-line.ts';

/** Fields by their place, from 0. */
const FIELD = {
  client: 3,
  requestSeconds: 5,
  targetSeconds: 6,
  responseSeconds: 7,
  request: 12,
  userAgent: 13,
  trace: 17,
  madeAt: 21,
} as const;

/** What a line has had since 2020; later fields are ignored. */
const FIELDS = 29;
/** What lines had before. Any other number is a line cut short. */
const EARLIER_FIELDS: readonly number[] = [18, 20, 21, 25];
/** Between the time and the status: load balancer, client, target and three durations. */
const SPACES_BEFORE_STATUS = 7;
/** Between the status and the request: the target's status and two sizes. */
const SPACES_BEFORE_REQUEST = 4;

/**
 * Access logs of Application Load Balancers. A line's bucket is that of the answer (`time`), a record's time that of the
 * request (`request_creation_time`). The trace id is the header `x-amzn-trace-id`; bodies and other headers are not in the log.
 */
export const alb: LineFormat = { name: 'alb', survey, parse };

function survey(bytes: Uint8Array, start: number, end: number, out: Surveyed): void {
  fault = faultOf(bytes, start, end, out);
  if (fault === undefined) {
    out.kind = LINE.request;
    return;
  }
  if (fault !== 'no request' && fault !== 'unreadable request') out.at = -1;
  out.status = Math.max(out.status, 0);
  out.kind = foreignWhy(bytes, start, end, 'alb') === undefined ? LINE.malformed : LINE.foreign;
}

type Fault = 'no type' | 'no time' | 'no status' | 'no request' | 'unreadable request';
/** Of the last line that was surveyed. */
let fault: Fault | undefined;

const WHY: Readonly<Record<Fault, string>> = {
  'no type': 'it does not begin with the type of a request',
  'no time': 'it has no time that exists',
  'no status': 'it has no status',
  'no request': 'it holds no request: the line is cut short',
  'unreadable request': 'the load balancer could not read the request',
};

/** Nothing quoted precedes the request, so that spaces alone tell where it begins. */
function faultOf(bytes: Uint8Array, start: number, end: number, out: Surveyed): Fault | undefined {
  out.status = -1;
  const time = afterRequestType(bytes, start, end);
  if (time < 0) return 'no type';
  const afterTime = indexOfByte(bytes, BYTE.space, time, end);
  out.at = utcInstant(bytes, time, afterTime);
  if (out.at < 0) return 'no time';
  const status = afterSpaces(bytes, afterTime, end, SPACES_BEFORE_STATUS);
  const afterStatus = indexOfByte(bytes, BYTE.space, status, end);
  out.status = statusOf(bytes, status, afterStatus);
  if (out.status < 0) return 'no status';
  const request = afterSpaces(bytes, afterStatus, end, SPACES_BEFORE_REQUEST);
  if (request + 2 >= end || byteAt(bytes, request) !== BYTE.quote) return 'no request';
  const isUnread = byteAt(bytes, request + 1) === BYTE.minus && byteAt(bytes, request + 2) === BYTE.space;
  return isUnread ? 'unreadable request' : undefined;
}

/** Where the field after so many spaces begins; `end` when there are fewer. */
function afterSpaces(bytes: Uint8Array, from: number, end: number, count: number): number {
  let spaces = 0;
  for (let index = from; index < end; index += 1) {
    if (bytes[index] === BYTE.space && (spaces += 1) === count) return index + 1;
  }
  return end;
}

/** Bounds of the fields of the line that is being parsed: from, to, from, to... One line is read at a time. */
const bounds = new Int32Array(2 * FIELDS);
const surveyed: Surveyed = { kind: LINE.request, at: 0, status: 0 };

function parse(line: Buffer): ParsedLine {
  survey(line, 0, line.length, surveyed);
  if (surveyed.kind !== LINE.request) return unread(line);
  // Latin-1: a character is a byte, and places in the text are places in the line.
  const text = line.toString('latin1');
  const fields = splitFields(text);
  if (fields <= FIELD.request) return malformed('the request does not end: the line is cut short');
  const isCut = fields !== FIELDS && !EARLIER_FIELDS.includes(fields);
  const asked = requestLine(field(text, FIELD.request));
  if (typeof asked === 'string') return malformed(asked);
  const at = madeAt(line, fields, surveyed.at);
  const userAgent = fields > FIELD.userAgent ? known(field(text, FIELD.userAgent)) : undefined;
  return requestFound({
    at,
    status: surveyed.status,
    method: asked.method,
    url: asked.url,
    host: hostOf(asked.url),
    client: withoutPort(field(text, FIELD.client)),
    userAgent: userAgent && words(unescaped(userAgent)),
    headers: identity(text, fields),
    body: undefined,
    payload: 'url-only',
    latencySeconds: latency(line),
    isCut,
  });
}

function unread(line: Buffer): ParsedLine {
  if (line.length === 0) return malformed('empty line');
  const why = foreignWhy(line, 0, line.length, 'alb');
  if (why !== undefined) return foreign(why);
  return malformed(WHY[fault ?? 'no status']);
}

/** Sets `bounds`; returns how many whole fields there are, at most as many as are known: a quoted one that does not end is none. */
function splitFields(text: string): number {
  let from = 0;
  for (let count = 0; count < FIELDS; count += 1) {
    if (from >= text.length) return count;
    const isQuoted = text.charCodeAt(from) === BYTE.quote;
    const first = isQuoted ? from + 1 : from;
    const last = isQuoted ? closingQuote(text, first) : nextSpace(text, first);
    if (last < 0) return count;
    bounds[2 * count] = first;
    bounds[2 * count + 1] = last;
    from = last + (isQuoted ? 2 : 1);
    if (isQuoted && from <= text.length && text.charCodeAt(last + 1) !== BYTE.space) return count;
  }
  return FIELDS;
}

function nextSpace(text: string, from: number): number {
  const space = text.indexOf(' ', from);
  return space < 0 ? text.length : space;
}

function startOf(index: number): number {
  return bounds[2 * index] as number;
}

function endOf(index: number): number {
  return bounds[2 * index + 1] as number;
}

function field(text: string, index: number): string {
  return text.slice(startOf(index), endOf(index));
}

/** `-` where the request never was complete, and absent from old lines: then when it was answered. */
function madeAt(line: Buffer, fields: number, answeredAt: Instant): Instant {
  if (fields <= FIELD.madeAt) return answeredAt;
  const at = utcInstant(line, startOf(FIELD.madeAt), endOf(FIELD.madeAt));
  return at < 0 ? answeredAt : at;
}

function identity(text: string, fields: number): readonly Header[] {
  const trace = fields > FIELD.trace ? known(field(text, FIELD.trace)) : undefined;
  return trace === undefined ? [] : [['x-amzn-trace-id', words(unescaped(trace))]];
}

/** Reading the request, waiting for the target and sending its answer; undefined when one of them did not happen. */
function latency(line: Buffer): number | undefined {
  const request = secondsOf(line, startOf(FIELD.requestSeconds), endOf(FIELD.requestSeconds));
  const target = secondsOf(line, startOf(FIELD.targetSeconds), endOf(FIELD.targetSeconds));
  const response = secondsOf(line, startOf(FIELD.responseSeconds), endOf(FIELD.responseSeconds));
  if (request === undefined || target === undefined || response === undefined) return undefined;
  return Math.round((request + target + response) * 1e6) / 1e6;
}
