import type { Header, ParsedLine } from '../base/record.ts';
import { BYTE, byteAt, indexOfByte, startsWith } from '../lines/bytes.ts';
import { combined, common } from './combined.ts';
import { envoy } from './envoy.ts';
import { haproxyLog } from './haproxy.ts';
import { foreignWhy } from '../lines/foreign.ts';
import { LINE } from '../lines/line-format.ts';
import type { FormatDetails, LineFormat, Surveyed } from '../lines/line-format.ts';
import { askedIn } from './json-asked.ts';
import type { Asked } from './json-asked.ts';
import { clientIn } from './json-client.ts';
import { DEFAULT_NAMES, layouts } from './json-names.ts';
import type { Layout, Names, Part } from './json-names.ts';
import { payloadIn } from './json-kept.ts';
import { cutObjectIn, objectIn } from './json-text.ts';
import { dateAndTimeIn, firstOf, secondsIn, statusIn, textOf, timeIn, valueIn } from './json-values.ts';
import type { JsonObject, Place } from './json-values.ts';
import { foreign, malformed, requestFound } from '../lines/parsed.ts';
import type { FoundRequest, NoRequest } from '../lines/parsed.ts';
import { words } from '../lines/quoted.ts';
import { hostOf } from '../lines/request-line.ts';

/** A capture has each part under one exact name, or nowhere. */
const CAPTURE_PARTS: readonly string[] = 'time method url status client headers body bodyBase64'.split(' ');
const CAPTURE_NAMES = Object.fromEntries(
  Object.keys(DEFAULT_NAMES).map((slot) => [slot, CAPTURE_PARTS.includes(slot) ? [`=${slot}`] : []]),
) as unknown as Names;
const CAPTURE_MEMBERS = new Set([...CAPTURE_PARTS, 'id']);

/** So far into a line its object may begin, after what a container runtime or syslog puts before it. */
const PREFIX_BYTES = 600;
const MOST_BRACES = 8;
/** No known log wraps a line more than twice. */
const MOST_WRAPS = 2;

/** One way of reading lines of JSON. */
interface Reading {
  /** Of the lines of text that an object may hold. */
  readonly inner: readonly LineFormat[];
  readonly name: 'json' | 'capture';
  readonly layoutOf: (line: JsonObject) => Layout;
  /** Parts that the runbook says the place of, and the status in any case. */
  readonly watched: readonly Part[];
}

/**
 * One JSON object a line: an access log, or captured requests. A record is `whole` when its line has headers and
 * either a body or a method that has none; a body of null is none. A line without method and URL is of another kind, unless it wraps a line of a log.
 * @param details `fields`: paths of the parts that stand elsewhere than `DEFAULT_NAMES` says; nowhere else are they looked for. `zone`: of a wrapped line of HAProxy
 */
export function jsonLines({ fields = {}, ...details }: FormatDetails = {}): LineFormat {
  const given = Object.keys(fields) as Part[];
  const exact = given.map((part) => [part, [`=${fields[part] ?? ''}`]] as const);
  const nowhere =
    fields.url === undefined ? {} : { originalUrl: [], requestLine: [], path: [], query: [], route: [] };
  const names: Names = { ...DEFAULT_NAMES, ...nowhere, ...Object.fromEntries(exact) };
  const watched = [...new Set([...given, 'status' as const])];
  const inner = [clf, haproxyLog(details), envoy];
  return lineFormat({ name: 'json', layoutOf: layouts(names), watched, inner });
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
export const capture: LineFormat = lineFormat({
  name: 'capture',
  layoutOf: layouts(CAPTURE_NAMES),
  watched: [],
  inner: [],
});

/** Whether a line that `capture` reads is surely a capture and not a log that tells little. */
export function isPlainCapture(line: Buffer): boolean {
  const text = objectText(line, { name: 'capture' });
  const object = text === undefined ? undefined : objectIn(text);
  if (object === undefined || !Object.keys(object).every((name) => CAPTURE_MEMBERS.has(name))) return false;
  const method = textOf(object['method']) ?? '';
  return Object.hasOwn(object, 'body') || /^(GET|HEAD)$/i.test(method);
}

function lineFormat(reading: Reading): LineFormat {
  return {
    name: reading.name,
    watched: reading.watched,
    parse: (line) => {
      const found = lineIn(line, reading);
      if ('kind' in found) return 'at' in found ? malformed(found.why) : found;
      return 'inner' in found ? found.format.parse(found.inner) : parseObject(found, reading);
    },
    survey(bytes, start, end, out) {
      const line = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
      const found = lineIn(line, reading);
      out.seen = 0;
      if ('kind' in found) return surveyNone(found, out);
      if (!('inner' in found)) return surveyObject(found, reading, out);
      found.format.survey(found.inner, 0, found.inner.length, out);
      out.seen = -1;
    },
  };
}

/** An object with the text that it was read from. */
interface ObjectLine {
  readonly object: JsonObject;
  readonly text: string;
  readonly layout: Layout;
}

/** A line of text that an object holds, in one of the formats that servers write to their standard output. */
interface InnerLine {
  readonly inner: Buffer;
  readonly format: LineFormat;
}

/** A line that ends within its object, and that tells when it was answered and how before it does. */
interface CutLine {
  readonly kind: 'malformed';
  readonly why: string;
  readonly at: number;
  readonly status: number;
}

function lineIn(line: Buffer, reading: Reading, wraps = 0): ObjectLine | InnerLine | CutLine | NoRequest {
  if (line.length === 0) return malformed('empty line');
  const { text, object } = objectOf(line, reading);
  if (text === undefined || object === undefined) return unreadLine(line, text, reading);
  const layout = reading.layoutOf(object);
  const inner = wraps < MOST_WRAPS ? innerLine(object, layout, reading.inner) : undefined;
  if (inner === undefined) return { object, text, layout };
  return 'format' in inner ? inner : lineIn(inner, reading, wraps + 1);
}

/**
 * From the brace on, without the mark that some programs begin a file of UTF-8 with. In a log also without what a container runtime or syslog puts before a line: members say what they are,
 * whatever stands before them.
 */
function objectText(line: Buffer, { name }: Pick<Reading, 'name'>): string | undefined {
  if (byteAt(line, 0) === BYTE.brace) return line.toString('utf8');
  const limit = Math.min(line.length, PREFIX_BYTES);
  const brace = indexOfByte(line, BYTE.brace, 0, limit);
  const isMark = brace === 3 && startsWith(line, 0, line.length, '\xef\xbb\xbf');
  return brace < limit && (name === 'json' || isMark) ? line.toString('utf8', brace) : undefined;
}

/** A brace may also stand in what comes before the object. */
function objectOf(line: Buffer, reading: Reading): { text: string | undefined; object?: JsonObject } {
  const text = objectText(line, reading);
  let rest = text;
  for (let tries = 0; tries < MOST_BRACES && rest !== undefined; tries += 1) {
    const object = objectIn(rest);
    if (object !== undefined) return { text: rest, object };
    const next = byteAt(line, 0) === BYTE.brace ? -1 : rest.slice(0, PREFIX_BYTES).indexOf('{', 1);
    rest = next < 0 ? undefined : rest.slice(next);
  }
  return { text };
}

function unreadLine(
  line: Buffer,
  text: string | undefined,
  { name, layoutOf }: Reading,
): CutLine | NoRequest {
  const cut = text === undefined ? undefined : cutObjectIn(text);
  if (cut !== undefined) {
    const layout = layoutOf(cut);
    const at = firstOf(cut, layout.time, timeIn) ?? -1;
    const { status, isStated } = statusOf(cut, layout.status);
    const why = 'it is not a JSON object: the line is cut short';
    if (at >= 0 && isStated) return { kind: 'malformed', why, at, status };
  }
  const why = foreignWhy(line, 0, line.length, name);
  return why === undefined ? malformed('it is not a JSON object', 'no-object') : foreign(why);
}

/** A line as text in an object that tells of no request itself. */
function innerLine(
  object: JsonObject,
  layout: Layout,
  formats: readonly LineFormat[],
): Buffer | InnerLine | undefined {
  if (layout.inner.length === 0 || layout.method.length > 0 || layout.requestLine.length > 0)
    return undefined;
  for (const place of layout.inner) {
    const value = valueIn(object, place);
    const text = typeof value === 'string' ? value.trim() : '';
    if (text.startsWith('{')) return Buffer.from(text);
    const line = Buffer.from(text);
    const format = formats.find((one) => isDated(one, line));
    if (format !== undefined) return { inner: line, format };
  }
  return undefined;
}

const surveyed: Surveyed = { kind: LINE.request, at: 0, status: 0 };

/** Also where it has no request that can be read, as long as it says when and with which status. */
function isDated(format: LineFormat, line: Buffer): boolean {
  format.survey(line, 0, line.length, surveyed);
  return surveyed.kind === LINE.request || (surveyed.kind === LINE.malformed && surveyed.at >= 0);
}

/** The combined or the common format, whichever the line is in. */
const clf: LineFormat = { name: 'common', survey: common.survey, parse: parseClf };

function parseClf(line: Buffer): ParsedLine {
  const parsed = combined.parse(line);
  return parsed.kind === 'request' && parsed.isCut === true ? common.parse(line) : parsed;
}

function surveyNone(line: CutLine | NoRequest, out: Surveyed): void {
  out.kind = LINE[line.kind];
  out.at = 'at' in line ? line.at : -1;
  out.status = 'at' in line ? line.status : 0;
  // It says that nothing answered: without a request it would count as a connection without a request.
  if (out.at >= 0 && out.status === 0) out.kind = LINE.request;
}

function surveyObject(line: ObjectLine, { name, watched }: Reading, out: Surveyed): void {
  const { object, layout } = line;
  const answer = answerIn(line, name === 'capture');
  out.kind = 'kind' in answer.asked ? LINE[answer.asked.kind] : LINE.request;
  out.at = answer.at;
  out.status = Math.max(answer.status, 0);
  if (answer.status < 0) {
    out.at = -1;
    out.seen = (out.seen ?? 0) | (1 << watched.length);
  }
  for (let index = 0; index < watched.length; index += 1) {
    const part = watched[index] as Part;
    const isSeen =
      part === 'status'
        ? answer.isStated
        : layout[part].some((place) => valueIn(object, place) !== undefined);
    if (isSeen) out.seen = (out.seen ?? 0) | (1 << index);
  }
}

function parseObject({ object, text, layout }: ObjectLine, { name }: Reading): ParsedLine {
  const isCapture = name === 'capture';
  const { at, status, asked } = answerIn({ object, text, layout }, isCapture);
  if ('kind' in asked) return asked;
  const payload = payloadIn(object, text, layout, isCapture, asked.method);
  if (typeof payload === 'string') return malformed(payload);
  const lacks = asked.lacks ?? payload.lacks;
  return requestFound({
    ...{ at, status, method: asked.method, url: asked.url },
    ...described(object, layout, asked.url, payload.headers),
    ...payload,
    ...(lacks !== undefined && { lacks, payload: 'url-only' as const }),
    ...(asked.doubts !== undefined && { doubts: asked.doubts }),
  });
}

interface Answer {
  /** -1: it has none. */
  readonly at: number;
  /** 0: none; -1: it has something that is no status. */
  readonly status: number;
  /** Whether the line says what the status was, be it that there was none. */
  readonly isStated: boolean;
  readonly asked: Asked | NoRequest;
}

/** What counting needs, and why it is no request where it is none. */
function answerIn({ object, layout }: ObjectLine, isCapture: boolean): Answer {
  const at = firstOf(object, layout.time, timeIn) ?? dateAndTimeIn(object) ?? -1;
  const { status, isStated } = statusOf(object, layout.status);
  const asked = askedIn(object, layout, isCapture);
  if (asked === undefined)
    return {
      at,
      status,
      isStated,
      asked: foreign('it has neither a method nor a URL, so it is not a request'),
    };
  if (typeof asked === 'string') return { at, status, isStated, asked: malformed(asked) };
  if (at < 0) return { at, status, isStated, asked: malformed('it has no time that exists, with a zone') };
  return {
    at,
    status,
    isStated,
    asked: status < 0 ? malformed('its status is not a status code', 'no-status') : asked,
  };
}

/** What is called so and holds something else, such as 99 or `started`, does not say that nothing answered. */
const STATUS_NAME = /status/i;

/** The first that is a status; else whether one of them says that there was none. */
function statusOf(object: JsonObject, places: readonly Place[]): { status: number; isStated: boolean } {
  let isStated = false;
  let isStrange = false;
  for (const place of places) {
    const value = valueIn(object, place);
    if (value === undefined) continue;
    const status = statusIn(value);
    if (status !== undefined && status > 0) return { status, isStated: true };
    if (status === 0) isStated = true;
    else isStrange ||= !place.isLoose || STATUS_NAME.test(place.keys.at(-1) ?? '');
  }
  return { status: isStrange && !isStated ? -1 : 0, isStated };
}

type Described = Pick<FoundRequest, 'host' | 'client' | 'userAgent' | 'latencySeconds'>;

function described(object: JsonObject, layout: Layout, url: string, headers: readonly Header[]): Described {
  const header = (name: string): string | undefined => headers.find(([own]) => own === name)?.[1];
  const userAgent = firstOf(object, layout.userAgent, textOf);
  const agent =
    userAgent === undefined ? header('user-agent') : Buffer.from(userAgent, 'utf8').toString('latin1');
  const field = firstOf(object, layout.host, hostText);
  const own = header('host') ?? hostOf(url);
  // Where a runbook says where it stands, it stands there.
  const isHostGiven = layout.host.some(({ isLoose }) => !isLoose);
  return {
    host: isHostGiven ? (field ?? own) : (own ?? field),
    client: clientIn(object, layout.client),
    userAgent: agent && words(agent),
    latencySeconds: firstOf(object, layout.latency, secondsIn),
  };
}

/** `_` is what nginx calls a server without a name. */
function hostText(value: unknown): string | undefined {
  const text = textOf(value);
  return text === '_' ? undefined : text;
}
