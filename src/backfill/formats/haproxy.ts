import type { Instant } from '../../time.ts';
import type { ParsedLine } from '../base/record.ts';
import { BYTE, indexOfByte, statusOf } from '../lines/bytes.ts';
import { clfInstant, HAPROXY_TIME, isHaproxyTime } from '../lines/clf-time.ts';
import { foreignWhy } from '../lines/foreign.ts';
import { LINE } from '../lines/line-format.ts';
import type { FormatDetails, LineFormat } from '../lines/line-format.ts';
import { foreign, malformed, requestFound } from '../lines/parsed.ts';
import { isNoClient, withoutPort } from '../lines/prefix.ts';
import { hostOf, requestLine } from '../lines/request-line.ts';

/** So far into a line its time is looked for: syslog or a container runtime writes before it. */
const PREFIX_BYTES = 600;
const UTC = '+0000';
/** `06/Feb/2009:12:14:14`, of its time. */
const SECONDS = HAPROXY_TIME - 4;

/**
 * After the time: frontend, backend/server, five timers in milliseconds, status, bytes, two cookies, termination state, connections and queues. Headers that were captured come before the
 * request, in braces; HAProxy writes a brace or a quote within them as `#XX`.
 * @see https://docs.haproxy.org/3.2/configuration.html#8.2.3
 */
const AFTER_TIME =
  / \S+ \S+\/\S+ -?\d+\/-?\d+\/-?\d+\/-?\d+\/\+?(-?\d+) (-?\d{1,3}) \+?\d+ \S+ \S+ \S{4} (?:\d+\/){4}\+?\d+ \d+\/\d+(?: \{[^{}]*\}){0,2} "([^"]*)("?)/y;
/** The same of a connection that carried no HTTP: three timers, and no status. */
const CONNECTION = / (?:\S+: |\S+ \S+\/\S+ -?\d+\/-?\d+\/\+?-?\d+ \+?\d+ \S\S )/y;
const ADDRESS = /(\S+:\d{1,5}|unix:\d+)$/;
/** A request that HAProxy could not read. */
const BAD_REQUEST = '<BADREQ>';

const NO_ZONE = [
  "the times of the log have no time zone and are taken as UTC: where HAProxy writes another one, add it in the runbook (zone: '+02:00')",
];

/** What a line says apart from the request's own parts. */
interface Located {
  /** Where its time begins, in brackets. */
  readonly bracket: number;
  /** When HAProxy accepted the request. */
  readonly at: Instant;
  /** Until it was answered; undefined: it was not. */
  readonly totalMs: number | undefined;
  readonly status: number;
  /** With the escapes of the log. */
  readonly request: string;
  readonly isCut: boolean;
}

type Fault = 'no time' | 'no request' | 'a connection';
const WHY: Readonly<Record<Exclude<Fault, 'a connection'>, string>> = {
  'no time': 'it has no time that exists',
  'no request': 'its fields are not those of an HTTP log, or the line is cut short',
};
const UNREADABLE = 'the load balancer could not read the request';

/**
 * HTTP logs of HAProxy (`option httplog`, `httpslog`), bare or after what syslog or a container runtime writes. Windows go by when a request was answered: its time and its total time.
 * @param details `zone` of the times, which do not tell it; default UTC, with a note
 */
export function haproxyLog({ zone }: FormatDetails = {}): LineFormat {
  const offset = zone === undefined || zone === 'UTC' ? UTC : zone.replace(':', '');
  const doubts = zone === undefined ? NO_ZONE : undefined;
  return {
    name: 'haproxy',
    survey(bytes, start, end, out) {
      const line = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
      const found = locate(line, offset);
      out.at = -1;
      out.status = 0;
      if (typeof found === 'string') {
        const isForeign =
          found === 'a connection' || foreignWhy(line, 0, line.length, 'haproxy') !== undefined;
        out.kind = isForeign ? LINE.foreign : LINE.malformed;
        return;
      }
      out.kind = found.request === BAD_REQUEST ? LINE.malformed : LINE.request;
      out.at = found.at + (found.totalMs ?? 0);
      out.status = found.status;
    },
    parse: (line) => parse(line, offset, doubts),
  };
}

function parse(line: Buffer, offset: string, doubts: readonly string[] | undefined): ParsedLine {
  if (line.length === 0) return malformed('empty line');
  const found = locate(line, offset);
  if (found === 'a connection') return foreign('a connection of HAProxy without an HTTP request');
  if (typeof found === 'string') {
    const why = foreignWhy(line, 0, line.length, 'haproxy');
    return why === undefined ? malformed(WHY[found]) : foreign(why);
  }
  if (found.request === BAD_REQUEST) return malformed(UNREADABLE);
  if (found.isCut) return malformed('the request does not end: the line is cut short');
  const asked = requestLine(bytesOf(found.request));
  if (typeof asked === 'string') return malformed(asked);
  const address = ADDRESS.exec(line.toString('latin1', 0, found.bracket - 1))?.[1] ?? '';
  const client = withoutPort(address);
  return requestFound({
    at: found.at,
    status: found.status,
    method: asked.method,
    url: asked.url,
    host: hostOf(asked.url),
    client: client !== undefined && isNoClient(address) ? undefined : client,
    userAgent: undefined,
    headers: [],
    body: undefined,
    payload: 'url-only',
    latencySeconds: found.totalMs === undefined ? undefined : found.totalMs / 1_000,
    doubts,
  });
}

function locate(line: Buffer, offset: string): Located | Fault {
  const bracket = timeBracket(line, Math.min(line.length, PREFIX_BYTES));
  if (bracket < 0) return 'no time';
  const begin = bracket + 1;
  const closing = begin + HAPROXY_TIME;
  const seconds = line.toString('latin1', begin, begin + SECONDS);
  const at = clfInstant(Buffer.from(`${seconds} ${offset}`, 'latin1'), 0);
  if (at < 0) return 'no time';
  const text = line.toString('latin1', closing + 1);
  AFTER_TIME.lastIndex = 0;
  const fields = AFTER_TIME.exec(text);
  if (fields === null) {
    CONNECTION.lastIndex = 0;
    return CONNECTION.test(text) ? 'a connection' : 'no request';
  }
  const [, total = '', answered = '', request = '', quote] = fields;
  const status = answered === '-1' ? 0 : statusOf(Buffer.from(answered, 'latin1'), 0, answered.length);
  if (status < 0) return 'no request';
  const milliseconds = Number(line.toString('latin1', begin + SECONDS + 1, closing));
  const totalMs = Number(total) < 0 ? undefined : Number(total);
  return { bracket, at: at + milliseconds, totalMs, status, request, isCut: quote === '' };
}

/** Where `[DD/Mon/YYYY:HH:MM:SS.mmm]` begins; -1 where it does not. */
function timeBracket(line: Buffer, limit: number): number {
  for (
    let index = indexOfByte(line, BYTE.bracket, 0, limit);
    index < limit;
    index = indexOfByte(line, BYTE.bracket, index + 1, limit)
  )
    if (isHaproxyTime(line, index, line.length)) return index;
  return -1;
}

/** `#XX` is how HAProxy writes a byte that is no printable character, a quote or `#` itself. */
function bytesOf(request: string): string {
  if (!request.includes('#')) return request;
  return request.replace(/#([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
