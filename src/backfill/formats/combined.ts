import type { Instant } from '../../time.ts';
import type { ParsedLine } from '../base/record.ts';
import { BYTE, byteAt, indexOfByte, isDigit, statusOf } from '../lines/bytes.ts';
import { CLF_TIME, instantOf, clfInstant } from '../lines/clf-time.ts';
import { foreignWhy } from '../lines/foreign.ts';
import { LINE } from '../lines/line-format.ts';
import type { LineFormat, Surveyed } from '../lines/line-format.ts';
import { foreign, known, malformed, requestFound } from '../lines/parsed.ts';
import { closingQuote, unescaped, words } from '../lines/quoted.ts';
import { isAddress, isPrivate, originIn, unquotedLine } from '../lines/prefix.ts';
import { hostOf, requestLine, tlsHelloFault } from '../lines/request-line.ts';

/**
 * `host ident user [10/Oct/2000:13:55:36 -0700] "GET /x HTTP/1.0" 200 2326 "referer" "user agent"`, as nginx and Apache write
 * it; what comes after is ignored. Its time is the one in the log: Apache notes when a request came, nginx when it was answered.
 */
export const combined: LineFormat = { name: 'combined', survey, parse: (line) => parse(line, true) };

/** The same without referer and user agent. */
export const common: LineFormat = { name: 'common', survey, parse: (line) => parse(line, false) };

/** So far into a line its time is looked for: a user may be of several words. */
const HOST_AND_USER = 600;
/** With nanoseconds and a zone. */
const LONGEST_TIME = 40;

/** Where the parts of a line begin; set by `survey`, read by `parse` at once. */
const places = { time: 0, afterTime: 0, request: 0, afterRequest: 0, afterStatus: 0 };
type Fault = 'no time' | 'no request' | 'request without an end' | 'no status';
let fault: Fault | undefined;

const WHY: Readonly<Record<Fault, string>> = {
  'no time': 'it has no time that exists',
  'no request': 'it holds no request',
  'request without an end': 'the request does not end: the line is cut short',
  'no status': 'it has no status',
};

function survey(bytes: Uint8Array, start: number, end: number, out: Surveyed): void {
  if (bytes[start] === BYTE.quote && start < end) {
    const line = unquotedLine(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start));
    if (line !== undefined) return survey(line, 0, line.length, out);
  }
  out.status = -1;
  fault = locate(bytes, start, end, out);
  if (fault === undefined) {
    out.kind = LINE.request;
    return;
  }
  if (out.status < 0) out.at = -1;
  out.status = Math.max(out.status, 0);
  out.kind = foreignWhy(bytes, start, end, 'combined') === undefined ? LINE.malformed : LINE.foreign;
}

function locate(bytes: Uint8Array, start: number, end: number, out: Surveyed): Fault | undefined {
  out.at = -1;
  const limit = Math.min(end - CLF_TIME - 3, start + HOST_AND_USER);
  let index = start;
  while (out.at < 0) {
    index = indexOfByte(bytes, BYTE.bracket, index + 1, limit);
    if (index >= limit) return 'no time';
    if (byteAt(bytes, index - 1) === BYTE.space) out.at = timeAt(bytes, index + 1, end);
  }
  places.time = index;
  // The format that API Gateway's documentation gives has no space before the request.
  const request = places.afterTime + (bytes[places.afterTime + 1] === BYTE.quote ? 2 : 3);
  places.request = request;
  if (request >= end || byteAt(bytes, places.afterTime) !== BYTE.closing) return 'no time';
  if (byteAt(bytes, request - 1) !== BYTE.quote) return 'no request';
  let closing = closingByte(bytes, request, end);
  if (closing < 0) return isNoRequest(bytes, request) ? 'no request' : 'request without an end';
  // Not all servers escape a quote in a request: the one that closes it has the status after it.
  while (closing >= 0 && !isBeforeStatus(bytes, closing, end, out))
    closing = closingByte(bytes, closing + 1, end);
  if (closing < 0) return 'no status';
  places.afterRequest = closing;
  return isNoRequest(bytes, request) ? 'no request' : undefined;
}

/** Nearly always 26 bytes; otherwise up to the bracket. */
function timeAt(bytes: Uint8Array, begin: number, end: number): Instant {
  const at = clfInstant(bytes, begin);
  places.afterTime = begin + CLF_TIME;
  if (at >= 0 || !isDigit(byteAt(bytes, begin))) return at;
  places.afterTime = indexOfByte(bytes, BYTE.closing, begin, Math.min(end, begin + LONGEST_TIME));
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + begin, places.afterTime - begin);
  return instantOf(text.toString('latin1'));
}

function isBeforeStatus(bytes: Uint8Array, quote: number, end: number, out: Surveyed): boolean {
  const status = quote + 2;
  if (status >= end || byteAt(bytes, quote + 1) !== BYTE.space) return false;
  const afterStatus = indexOfByte(bytes, BYTE.space, status, Math.min(end, status + 4));
  out.status = statusOf(bytes, status, afterStatus);
  places.afterStatus = afterStatus;
  return out.status >= 0;
}

/** `""`, `"-"` and what begins with an escape: nothing came, or something that is not HTTP. */
function isNoRequest(bytes: Uint8Array, request: number): boolean {
  const first = byteAt(bytes, request);
  if (first === BYTE.minus) return byteAt(bytes, request + 1) === BYTE.quote;
  return first === BYTE.quote || first === BYTE.backslash || first < BYTE.space;
}

function closingByte(bytes: Uint8Array, from: number, end: number): number {
  for (let index = from; index < end; index += 1) {
    const byte = byteAt(bytes, index);
    if (byte === BYTE.quote) return index;
    if (byte === BYTE.backslash) index += 1;
  }
  return -1;
}

const UNKNOWN_CLIENT = [
  'the client is unknown: the line does not begin with an address or a host name, or with something that is known to come before it',
];
const surveyed: Surveyed = { kind: LINE.request, at: 0, status: 0 };

function parse(line: Buffer, withUserAgent: boolean): ParsedLine {
  const inner = byteAt(line, 0) === BYTE.quote ? unquotedLine(line) : undefined;
  if (inner !== undefined) return parse(inner, withUserAgent);
  survey(line, 0, line.length, surveyed);
  if (surveyed.kind !== LINE.request) return unread(line);
  const text = line.toString('latin1');
  const asked = requestLine(text.slice(places.request, places.afterRequest));
  if (typeof asked === 'string') return malformed(asked);
  const userAgent = withUserAgent ? userAgentOf(text, places.afterStatus) : '-';
  const origin = originIn(text.slice(0, places.time - 1));
  const agent = known(userAgent);
  return requestFound({
    at: surveyed.at,
    status: surveyed.status,
    method: asked.method,
    url: asked.url,
    host: hostOf(asked.url) ?? origin.host,
    client: withUserAgent ? clientOf(origin.client, text, userAgent) : origin.client,
    userAgent: agent && words(unescaped(agent)),
    headers: [],
    body: undefined,
    payload: 'url-only',
    latencySeconds: undefined,
    isCut: userAgent === undefined,
    doubts: origin.isUnknown === true ? UNKNOWN_CLIENT : undefined,
  });
}

/** nginx's format `main` has for whom a proxy asked right after the user agent: a proxy of one's own network is not the client. */
function clientOf(own: string | undefined, text: string, userAgent: string | undefined): string | undefined {
  if (own === undefined || userAgent === undefined || !isPrivate(own)) return own;
  const before = ` "${userAgent}" "`;
  const begin = text.indexOf(before, places.afterStatus) + before.length;
  const forwarded = /^[\da-f:.]{2,45}(?=[",])/i.exec(text.slice(begin, begin + 46))?.[0];
  return forwarded !== undefined && begin > before.length && isAddress(forwarded) && !isPrivate(forwarded)
    ? forwarded
    : own;
}

function unread(line: Buffer): ParsedLine {
  if (line.length === 0) return malformed('empty line');
  const why = foreignWhy(line, 0, line.length, 'combined');
  if (why !== undefined) return foreign(why);
  if (fault !== 'no request') return malformed(WHY[fault ?? 'no status']);
  const begun = line.toString('latin1', places.request, places.request + 20);
  return malformed(tlsHelloFault(begun) ?? WHY['no request']);
}

/** The second of the two quoted values after the size of the answer; undefined when there are not both. */
function userAgentOf(text: string, afterStatus: number): string | undefined {
  const referer = text.indexOf(' "', afterStatus + 1);
  if (referer < 0) return undefined;
  const endOfReferer = closingQuote(text, referer + 2);
  if (endOfReferer < 0 || !text.startsWith(' "', endOfReferer + 1)) return undefined;
  const end = closingQuote(text, endOfReferer + 3);
  return end < 0 ? undefined : text.slice(endOfReferer + 3, end);
}
