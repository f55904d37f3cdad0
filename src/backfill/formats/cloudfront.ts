import type { ParsedLine } from '../base/record.ts';
import { BYTE, byteAt, indexOfByte, secondsOf, startsWith, statusOf } from '../lines/bytes.ts';
import { clockMs, isoDay } from '../lines/calendar.ts';
import { foreignWhy } from '../lines/foreign.ts';
import { LINE } from '../lines/line-format.ts';
import type { LineFormat, Surveyed } from '../lines/line-format.ts';
import { foreign, known, malformed, requestFound } from '../lines/parsed.ts';
import { words } from '../lines/quoted.ts';
import { sendable } from '../lines/request-line.ts';

/** Fields by their place, from 0. */
const FIELD = {
  client: 4,
  method: 5,
  distribution: 6,
  stem: 7,
  userAgent: 10,
  query: 11,
  requestId: 14,
  host: 15,
  timeTaken: 18,
} as const;
const FIELDS = 33;
/** What lines had before 2019. Any other number is a line cut short. */
const EARLIER_FIELDS: readonly number[] = [24, 25, 26];
/** From the end of the time to the status: edge, bytes, client, method, distribution and path. */
const TABS_BEFORE_STATUS = 7;

const ORDER =
  '#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie)';

/**
 * Standard logs of CloudFront: 33 fields between tabs, earlier 24 to 26; later ones are ignored. The time is when the answer ended, to the second. The
 * id of a request is the header `x-amz-cf-id`; bodies and other headers are not in the log.
 */
export const cloudfront: LineFormat = { name: 'cloudfront', survey, parse };

function survey(bytes: Uint8Array, start: number, end: number, out: Surveyed): void {
  const status = statusStart(bytes, start, end, out);
  out.status = status < 0 ? -1 : statusOf(bytes, status, indexOfByte(bytes, BYTE.tab, status, end));
  if (out.status >= 0) {
    out.kind = LINE.request;
    return;
  }
  out.status = 0;
  out.at = -1;
  if (isDirective(bytes, start, end)) out.kind = LINE.directive;
  else if (foreignWhy(bytes, start, end, 'cloudfront') !== undefined) out.kind = LINE.foreign;
  else out.kind = LINE.malformed;
}

function statusStart(bytes: Uint8Array, start: number, end: number, out: Surveyed): number {
  out.at = -1;
  if (end - start < 20 || byteAt(bytes, start + 10) !== BYTE.tab || byteAt(bytes, start + 19) !== BYTE.tab)
    return -1;
  const day = isoDay(bytes, start);
  const clock = clockMs(bytes, start + 11);
  if (day < 0 || clock < 0) return -1;
  out.at = day + clock;
  let tabs = 0;
  for (let index = start + 19; index < end; index += 1) {
    if (bytes[index] === BYTE.tab && (tabs += 1) === TABS_BEFORE_STATUS) return index + 1;
  }
  return -1;
}

/** A header line of a standard log. Other fields or another order are not one: the lines after it could not be read. */
function isDirective(bytes: Uint8Array, start: number, end: number): boolean {
  return startsWith(bytes, start, end, '#Version:') || startsWith(bytes, start, end, ORDER);
}

const surveyed: Surveyed = { kind: LINE.request, at: 0, status: 0 };

function parse(line: Buffer): ParsedLine {
  survey(line, 0, line.length, surveyed);
  if (surveyed.kind === LINE.directive) return { kind: 'directive' };
  if (surveyed.kind !== LINE.request) return unread(line);
  const fields = line.toString('latin1').split('\t', FIELDS);
  // The query is whole where another field follows it.
  if (fields.length <= FIELD.query + 1) return malformed('fields are missing: the line is cut short');
  const asked = sendable(fields[FIELD.method] ?? '', urlOf(fields));
  if (typeof asked === 'string') return malformed(asked);
  const host = known(fields[FIELD.host]) ?? known(fields[FIELD.distribution]);
  const client = known(fields[FIELD.client]);
  const userAgent = known(fields[FIELD.userAgent]);
  const id = known(fields[FIELD.requestId]);
  const taken = Buffer.from(fields[FIELD.timeTaken] ?? '', 'latin1');
  return requestFound({
    at: surveyed.at,
    status: surveyed.status,
    ...asked,
    host: host && words(host),
    client: client && words(client),
    userAgent: userAgent && words(decoded(userAgent)),
    headers: id === undefined ? [] : [['x-amz-cf-id', words(id)]],
    body: undefined,
    payload: 'url-only',
    latencySeconds: secondsOf(taken, 0, taken.length),
    isCut: fields.length < FIELDS && !EARLIER_FIELDS.includes(fields.length),
  });
}

function unread(line: Buffer): ParsedLine {
  if (line.length === 0) return malformed('empty line');
  const why = foreignWhy(line, 0, line.length, 'cloudfront');
  if (why !== undefined) return foreign(why);
  if (startsWith(line, 0, line.length, '#Fields:'))
    return malformed('the fields are not those of a standard log, in its order');
  return malformed(hasTime(line) ? 'it has no status' : 'it has no time that exists');
}

function hasTime(line: Buffer): boolean {
  statusStart(line, 0, line.length, surveyed);
  return surveyed.at >= 0;
}

function urlOf(fields: readonly string[]): string {
  const query = known(fields[FIELD.query]);
  return onceEncoded((fields[FIELD.stem] ?? '') + (query === undefined ? '' : `?${query}`));
}

/** The log encodes the `%` of what was encoded already: `%2520` was asked for as `%20`. */
function onceEncoded(text: string): string {
  return text.replace(/%25(?=[0-9A-Fa-f]{2})/g, '%');
}

function decoded(text: string): string {
  return onceEncoded(text).replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
