import type { FieldMapping } from '../../runbook/backfill-schema.ts';
import type { Header, ParsedLine, RequestRecord } from '../record.ts';
import { foreignWhy } from './foreign.ts';
import { LINE } from './format.ts';
import type { LineFormat } from './format.ts';
import { bodyIn, headersIn } from './json-payload.ts';
import { firstOf, isObject, pathOf, secondsIn, statusIn, textOf, timeIn, valueAt } from './json-values.ts';
import type { JsonObject, Path } from './json-values.ts';
import { foreign, malformed, requestFound } from './parsed.ts';
import type { FoundRequest, NoRequest } from './parsed.ts';
import { words } from './quoted.ts';
import { hostOf, requestFault, requestLine } from './request-line.ts';

type Part = keyof FieldMapping;
type Paths = Readonly<Record<Part, readonly Path[]>>;

/** Where the parts of a request are looked for, in this order, when a runbook does not say where they stand. */
export const DEFAULT_FIELDS: Readonly<Record<Part, readonly string[]>> = {
  time: ['time', 'timestamp', '@timestamp', 'ts', 'msec', 'time_local', 'time_iso8601'],
  method: ['method', 'request_method', 'http_method', 'request.method'],
  url: ['url', 'request_uri', 'uri', 'path', 'request.url', 'request.uri'],
  // What a request asked for before what a log also uses for the machine that writes it.
  host: [
    'http_host',
    'vhost',
    'virtual_host',
    ':authority',
    'authority',
    'request.host',
    'RequestHost',
    'ClientRequestHost',
    'host',
    'server_name',
  ],
  status: ['status', 'status_code', 'statusCode', 'response.status'],
  client: ['client', 'client_ip', 'clientIp', 'remote_addr', 'remote_ip', 'request.remote_ip'],
  userAgent: ['userAgent', 'user_agent', 'http_user_agent'],
  headers: ['headers', 'request.headers'],
  body: ['body', 'request_body', 'request.body'],
  bodyBase64: ['bodyBase64', 'isBase64Encoded', 'request.bodyBase64'],
  latency: ['latency', 'request_time', 'duration'],
};
/** nginx's `$uri` and the like are without the query. */
const QUERIES = ['query_string', 'args'].map(pathOf);
/** nginx's `$request`: method, URL and version in one. */
const REQUEST_LINES = ['request', 'request_line'].map(pathOf);
const ID = pathOf('id');

const CAPTURE_FIELDS = pathsBy((part) => [part]);
const CAPTURE_MEMBERS = new Set([
  'time',
  'method',
  'url',
  'headers',
  'body',
  'bodyBase64',
  'status',
  'client',
  'id',
]);

/** With no body these two are whole. */
const WITHOUT_BODY = new Set(['GET', 'HEAD']);

/**
 * One JSON object a line: an access log, or requests that somebody kept. A record is `whole` when its line has headers and
 * either a body or a method that has none; a body of null is none. A line without method and URL is of another kind.
 * @param fields paths of the parts that stand elsewhere than `DEFAULT_FIELDS` says
 */
export function jsonLines(fields: FieldMapping = {}): LineFormat {
  const paths = pathsBy((part) => {
    const given = fields[part];
    return given === undefined ? DEFAULT_FIELDS[part] : [given];
  });
  return lineFormat('json', paths);
}

function pathsBy(names: (part: Part) => readonly string[]): Paths {
  const parts = Object.keys(DEFAULT_FIELDS) as Part[];
  return Object.fromEntries(parts.map((part) => [part, names(part).map(pathOf)])) as unknown as Paths;
}

/**
 * Requests as a buffer at the edge keeps them, one JSON object a line, all of each request:
 * - `time`: when it came, ISO 8601 with a zone (or seconds or milliseconds since 1970);
 * - `method`; `url`: path and query, or all of it with scheme and host;
 * - `headers`: `{ "name": "value" }`, `{ "name": ["value", "value"] }` or `[["name", "value"], ...]` in their order;
 * - `body`: text, or base64 with `bodyBase64: true`; absent or null: none. Any other JSON is written without spaces: a
 *   signature over the body then no longer fits;
 * - `status`: what was answered; absent, null or 0: nothing;
 * - `client`: its address; `id`: what identifies the request, the header `x-request-id` where there is none.
 *
 * Other members are ignored.
 */
export const capture: LineFormat = lineFormat('capture', CAPTURE_FIELDS);

/** Whether a line that `capture` reads is surely a capture and not a log that tells little. */
export function isPlainCapture(line: Buffer): boolean {
  const object = objectIn(lineText(line));
  if (object === undefined || !Object.keys(object).every((name) => CAPTURE_MEMBERS.has(name))) return false;
  const method = textOf(object['method']) ?? '';
  return Object.hasOwn(object, 'body') || WITHOUT_BODY.has(method.toUpperCase());
}

function lineFormat(name: 'json' | 'capture', paths: Paths): LineFormat {
  const isCapture = name === 'capture';
  const read = <T>(line: Buffer, take: (object: JsonObject, text: string) => T): T | NoRequest => {
    if (line.length === 0) return malformed('empty line');
    const why = foreignWhy(line, 0, line.length, name);
    if (why !== undefined) return foreign(why);
    const text = lineText(line);
    const object = objectIn(text);
    return object === undefined ? malformed('it is no JSON object') : take(object, text);
  };
  return {
    name,
    parse: (line) => read(line, (object, text) => parseObject(object, text, paths, isCapture)),
    survey(bytes, start, end, out) {
      const line = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
      const answer = read(line, (object) => answerIn(object, paths, isCapture));
      const isRequest = 'at' in answer;
      out.kind = isRequest ? LINE.request : LINE[answer.kind];
      out.at = isRequest ? answer.at : 0;
      out.status = isRequest ? answer.status : 0;
    },
  };
}

/** Without the mark that some programs begin a file of UTF-8 with. */
function lineText(line: Buffer): string {
  const text = line.toString('utf8');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

function objectIn(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function parseObject(line: JsonObject, text: string, paths: Paths, isCapture: boolean): ParsedLine {
  const answer = answerIn(line, paths, isCapture);
  if (!('at' in answer)) return answer;
  const payload = payloadIn(line, text, paths, isCapture, answer.method);
  if (typeof payload === 'string') return malformed(payload);
  return requestFound({ ...answer, ...described(line, paths, answer.url, payload.headers), ...payload });
}

/** What counting needs, or why it is no request. */
function answerIn(line: JsonObject, paths: Paths, isCapture: boolean): Answer | NoRequest {
  const asked = askedIn(line, paths, isCapture);
  if (asked === undefined)
    return foreign('JSON that tells of no request: neither a method nor a URL is in it');
  if (typeof asked === 'string') return malformed(asked);
  const at = timeIn(firstOf(line, paths.time, (value) => value));
  if (at < 0) return malformed('it has no time that exists, with a zone');
  const status = statusIn(firstOf(line, paths.status, (value) => value));
  if (status < 0) return malformed('its status is none');
  return { at, status, method: asked.method, url: asked.url };
}

type Answer = Pick<FoundRequest, 'at' | 'status' | 'method' | 'url'>;
type Asked = Pick<RequestRecord, 'method' | 'url'>;
type Payload = Pick<FoundRequest, 'headers' | 'body' | 'payload'>;
type Described = Pick<FoundRequest, 'host' | 'client' | 'userAgent' | 'latencySeconds'>;

/** Method and URL; undefined when neither is there, a text when one is missing or wrong. */
function askedIn(line: JsonObject, paths: Paths, isCapture: boolean): Asked | string | undefined {
  const method = firstOf(line, paths.method, textOf);
  const url = firstOf(line, paths.url, textOf);
  if (method === undefined && !isCapture) {
    const written = firstOf(line, REQUEST_LINES, textOf);
    if (written !== undefined) return fromRequestLine(written);
  }
  if (method === undefined && url === undefined) return undefined;
  if (method === undefined) return 'it has no method';
  if (url === undefined) return 'it has no URL';
  const query = isCapture || url.includes('?') ? undefined : firstOf(line, QUERIES, textOf);
  const whole = query === undefined ? url : `${url}?${query.replace(/^\?/, '')}`;
  if (!whole.isWellFormed()) return 'the URL holds half a character';
  const fault = requestFault(method, whole);
  return fault ?? { method, url: whole.replace(/[^\x00-\x7f]+/g, encodeURIComponent) };
}

function fromRequestLine(text: string): Asked | string {
  return requestLine(Buffer.from(text, 'utf8').toString('latin1'));
}

function payloadIn(
  line: JsonObject,
  text: string,
  paths: Paths,
  isCapture: boolean,
  method: string,
): Payload | string {
  const given = firstOf(line, paths.headers, (value) => value);
  if (given === undefined && isCapture) return 'it has no headers';
  const headers = given === undefined ? [] : headersIn(given);
  if (typeof headers === 'string') return headers;
  const bodyPath = paths.body.find((path) => valueAt(line, path) !== undefined);
  const hasBody = bodyPath !== undefined;
  const isWhole = isCapture || (given !== undefined && (hasBody || WITHOUT_BODY.has(method.toUpperCase())));
  const identified = isCapture ? withId(headers, line) : headers;
  if (typeof identified === 'string') return identified;
  const rest = { headers: identified, payload: isWhole ? 'whole' : 'url-only' } as const;
  if (!hasBody) return { ...rest, body: undefined };
  const isBase64 = firstOf(line, paths.bodyBase64, (value) => value);
  const body = bodyIn(valueAt(line, bodyPath), isBase64 === true || isBase64 === 'true', text, (exact) =>
    valueAt(exact, bodyPath),
  );
  return typeof body === 'string' ? body : { ...rest, body };
}

function withId(headers: readonly Header[], line: JsonObject): readonly Header[] | string {
  const id = textOf(valueAt(line, ID));
  if (id === undefined || headers.some(([name]) => name === 'x-request-id')) return headers;
  const own = headersIn([['x-request-id', id]]);
  return typeof own === 'string' ? own : [...headers, ...own];
}

function described(line: JsonObject, paths: Paths, url: string, headers: readonly Header[]): Described {
  const header = (name: string): string | undefined => headers.find(([own]) => own === name)?.[1];
  const client = firstOf(line, paths.client, textOf);
  const userAgent = firstOf(line, paths.userAgent, textOf);
  const agent =
    userAgent === undefined ? header('user-agent') : Buffer.from(userAgent, 'utf8').toString('latin1');
  const field = firstOf(line, paths.host, hostText);
  const own = header('host') ?? hostOf(url);
  // Where a runbook says where it stands, it stands there.
  const isHostGiven = paths.host.length === 1 && paths !== CAPTURE_FIELDS;
  return {
    host: isHostGiven ? (field ?? own) : (own ?? field),
    client: client && address(client),
    userAgent: agent && words(agent),
    latencySeconds: firstOf(line, paths.latency, secondsIn),
  };
}

/** `_` is what nginx calls a server without a name. */
function hostText(value: unknown): string | undefined {
  const text = textOf(value);
  return text === '_' ? undefined : text;
}

/** The first of several that a request came through, without a port. */
function address(client: string): string {
  const first = (client.split(',', 1)[0] ?? client).trim();
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(first)?.[1];
  return bracketed ?? first.replace(/^([^:]+):\d+$/, '$1');
}
