import type { Instant } from '../../time.ts';
import type { ParsedLine } from '../base/record.ts';
import { BYTE, indexOfByte, isDigit, statusOf } from '../lines/bytes.ts';
import { utcInstant } from '../lines/calendar.ts';
import { foreignWhy } from '../lines/foreign.ts';
import { LINE } from '../lines/line-format.ts';
import type { LineFormat } from '../lines/line-format.ts';
import { foreign, known, malformed, requestFound } from '../lines/parsed.ts';
import { lackOf } from '../lines/payload-evidence.ts';
import { words } from '../lines/quoted.ts';
import { hostOf, requestLine } from '../lines/request-line.ts';

/** So far into a line its time is looked for: a container runtime writes before it. */
const PREFIX_BYTES = 600;

/** After the time: the request, the status, and why Envoy answered by itself. Envoy escapes nothing. */
const REQUEST = / "([^"]*(?:"(?! \d{1,3} )[^"]*)*)" (\d{1,3}) /y;
/**
 * The rest of the default format: bytes received and sent, milliseconds, those of the upstream, and four values in quotes: forwarded for, user agent, request id and authority. Istio has more fields before it.
 * @see https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage
 */
const REST = /^.{0,400}? (\d+) \d+ (\d+) (?:\d+|-) "([^"]*)" "(.*?)" "([^"]*)" "([^"]*)"(?: |$)/;

interface Located {
  /** When the request came. */
  readonly at: Instant;
  readonly request: string;
  readonly status: number;
  /** Undefined where the fields after the status are not those of the default format. */
  readonly rest:
    | {
        readonly bodyBytes: number;
        readonly milliseconds: number;
        readonly forwarded: string;
        readonly userAgent: string;
        readonly id: string;
        readonly host: string;
      }
    | undefined;
}

type Fault = 'no time' | 'no request' | 'a connection';
const WHY: Readonly<Record<Exclude<Fault, 'a connection'>, string>> = {
  'no time': 'it has no time that exists',
  'no request': 'it holds no request, or the line is cut short',
};

/** Envoy's default text format, and Istio's. The time of a line is when the request came; windows go by when it was answered. */
export const envoy: LineFormat = {
  name: 'envoy',
  survey(bytes, start, end, out) {
    const line = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
    const found = locate(line);
    out.at = -1;
    out.status = 0;
    if (typeof found === 'string') {
      const isForeign = found === 'a connection' || foreignWhy(line, 0, line.length, 'envoy') !== undefined;
      out.kind = isForeign ? LINE.foreign : LINE.malformed;
      return;
    }
    out.kind = LINE.request;
    out.at = found.at + (found.rest?.milliseconds ?? 0);
    out.status = found.status;
  },
  parse,
};

function parse(line: Buffer): ParsedLine {
  if (line.length === 0) return malformed('empty line');
  const found = locate(line);
  if (found === 'a connection') return foreign('a connection of Envoy without an HTTP request');
  if (typeof found === 'string') {
    const why = foreignWhy(line, 0, line.length, 'envoy');
    return why === undefined ? malformed(WHY[found]) : foreign(why);
  }
  const asked = requestLine(found.request);
  if (typeof asked === 'string') return malformed(asked);
  const { rest } = found;
  const id = known(rest?.id);
  const userAgent = known(rest?.userAgent);
  const lacks = lackOf([], undefined, false, {
    isCut: false,
    loggedBytes: rest === undefined || rest.bodyBytes === 0 ? undefined : rest.bodyBytes,
  });
  return requestFound({
    at: found.at,
    status: found.status,
    method: asked.method,
    url: asked.url,
    host: hostOf(asked.url) ?? known(rest?.host),
    client: known(rest?.forwarded.split(',', 1)[0]?.trim()),
    userAgent: userAgent && words(userAgent),
    headers: id === undefined ? [] : [['x-request-id', words(id)]],
    body: undefined,
    payload: 'url-only',
    latencySeconds: rest === undefined ? undefined : rest.milliseconds / 1_000,
    isCut: rest === undefined,
    ...(lacks !== undefined && { lacks }),
  });
}

function locate(line: Buffer): Located | Fault {
  const limit = Math.min(line.length, PREFIX_BYTES);
  let bracket = indexOfByte(line, BYTE.bracket, 0, limit);
  while (bracket < limit && !isDigit(line[bracket + 1] ?? 0))
    bracket = indexOfByte(line, BYTE.bracket, bracket + 1, limit);
  const closing = indexOfByte(line, BYTE.closing, bracket, Math.min(line.length, bracket + 40));
  const at = bracket < limit ? utcInstant(line, bracket + 1, closing) : -1;
  if (at < 0) return 'no time';
  const text = line.toString('latin1', closing + 1);
  REQUEST.lastIndex = 0;
  const [whole, request, answered] = REQUEST.exec(text) ?? [];
  if (whole === undefined || request === undefined || answered === undefined) return 'no request';
  if (request === '- - -') return 'a connection';
  const status = statusOf(Buffer.from(answered, 'latin1'), 0, answered.length);
  if (status < 0) return 'no request';
  return { at, request, status, rest: restOf(text.slice(whole.length - 1)) };
}

function restOf(text: string): Located['rest'] {
  const [whole, received, taken, forwarded = '', userAgent = '', id = '', host = ''] = REST.exec(text) ?? [];
  if (whole === undefined) return undefined;
  return { bodyBytes: Number(received), milliseconds: Number(taken), forwarded, userAgent, id, host };
}
