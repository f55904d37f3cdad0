import { formatInstant, SECOND_MS, type Instant } from '../../time.ts';
import type { Rewrite } from '../../runbook/backfill-schema.ts';
import type { ReplayRequest } from '../replay/ports.ts';
import { setJsonValue } from './json-splice.ts';

/** What is written to the connection, but for its framing. */
export interface OutgoingRequest {
  readonly method: string;
  /** Origin form; ASCII without blanks and control characters. */
  readonly path: string;
  /** Names and values in turn; one byte a character. */
  readonly headers: readonly string[];
  readonly body: Uint8Array | undefined;
}

/** A request that cannot be sent without becoming another one. */
export interface Refusal {
  readonly refused: string;
}

export interface RewriteSettings {
  /** Path of the target, without the slash at its end. */
  readonly basePath: string;
  /** Query of the target, without its question mark; goes with every request. */
  readonly query: string;
  /** The Host header; absent: that of the target, which the connection itself adds. */
  readonly host?: string | undefined;
  /** Set, or taken out with `null`; names in lower case, values as they are sent. */
  readonly headers: ReadonlyMap<string, string | null>;
  readonly path: Rewrite['path'];
  readonly time?: Rewrite['time'] | undefined;
  /** In which header the key of a record goes; absent: none is sent. */
  readonly idempotencyHeader?: string | undefined;
}

/** Of one hop or of the framing: they belong to a connection that is no more. */
const DROPPED = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const CONTROL = /[\u0000-\u001f\u007f]/;
const NOT_PLAIN = /[^\u0020-\u007e]/;
const NOT_IN_PATH = /[^\u0021-\u007e]/;
const DOT_SEGMENT = /\/(\.|%2e){1,2}(?=\/|$)|\\/i;

/**
 * Makes of a recorded request the one that is sent to the target: its own scheme and host are gone, so are the headers of its connection. Pure.
 *
 * @param key of the record, for the `Idempotency-Key` header
 * @param now for a time that is to be that of the sending
 * @returns what to send; or why it cannot be sent, without the request's own text
 */
export function rewriteRequest(
  request: ReplayRequest,
  settings: RewriteSettings,
  key: string,
  now: Instant,
): OutgoingRequest | Refusal {
  const { method } = request;
  if (!TOKEN.test(method)) return { refused: 'its method is no word that HTTP allows' };
  if (method === 'CONNECT' || method === 'TRACE')
    return { refused: `${method} is not for the target but for what is between` };
  const path = rewritePath(request.url, settings);
  if (typeof path !== 'string') return path;
  const headers = rewriteHeaders(request, settings, key);
  if ('refused' in headers) return headers;
  const outgoing = { method, path, headers: headers.list, body: request.body };
  if (settings.time === undefined) return outgoing;
  return placeTime(outgoing, settings.time, settings.time.as === 'now' ? now : request.at);
}

function rewritePath(url: string, settings: RewriteSettings): string | Refusal {
  const { basePath, query, path: prefixes } = settings;
  if (CONTROL.test(url)) return { refused: 'its URL holds a control character' };
  const origin = originForm(url);
  if (origin === undefined) return { refused: 'its URL has no path' };
  const mark = origin.indexOf('?');
  const pathname = mark < 0 ? origin : origin.slice(0, mark);
  const ownQuery = mark < 0 ? '' : origin.slice(mark + 1);
  const encodedPath = percentEncode(replacePrefix(withoutDots(pathname), prefixes));
  const encodedQuery = percentEncode(ownQuery);
  if (encodedPath === undefined || encodedQuery === undefined)
    return { refused: 'its URL is no Unicode text' };
  const whole = [encodedQuery, query].filter((part) => part !== '').join('&');
  const marked = whole !== '' || mark >= 0 ? `?${whole}` : '';
  return basePath + encodedPath + marked;
}

/** Path and query. Scheme and host, whatever they say, decide nothing here. */
function originForm(url: string): string | undefined {
  const hash = url.indexOf('#');
  const whole = hash < 0 ? url : url.slice(0, hash);
  if (whole.startsWith('/')) return whole;
  const absolute = /^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i.exec(whole);
  if (absolute === null) return undefined;
  const rest = whole.slice(absolute[0].length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** The path of a target is a fence: what is in a log does not climb over it. */
function withoutDots(pathname: string): string {
  if (!DOT_SEGMENT.test(pathname)) return pathname;
  const kept: string[] = [];
  const segments = pathname.replaceAll('\\', '/').split('/').slice(1);
  for (const [index, segment] of segments.entries()) {
    const plain = segment.toLowerCase().replaceAll('%2e', '.');
    if (plain === '..') kept.pop();
    else if (plain !== '.') kept.push(segment);
    if ((plain === '.' || plain === '..') && index === segments.length - 1) kept.push('');
  }
  return `/${kept.join('/')}`;
}

/** The longest prefix that fits is replaced. */
function replacePrefix(pathname: string, prefixes: Rewrite['path']): string {
  let longest: string | undefined;
  for (const from in prefixes)
    if (pathname.startsWith(from) && from.length > (longest?.length ?? -1)) longest = from;
  return longest === undefined ? pathname : (prefixes[longest] ?? '') + pathname.slice(longest.length);
}

/** What cannot stand in a request line is percent-encoded, the rest stays as it is. */
function percentEncode(text: string): string | undefined {
  if (!NOT_IN_PATH.test(text)) return text;
  if (!text.isWellFormed()) return undefined;
  return text.replaceAll(/[^\u0021-\u007e]+/g, (part) => encodeURIComponent(part));
}

function rewriteHeaders(
  { headers }: ReplayRequest,
  settings: RewriteSettings,
  key: string,
): { readonly list: string[] } | Refusal {
  const { idempotencyHeader } = settings;
  const list = settings.host === undefined ? [] : ['host', settings.host];
  const named = namedByConnection(headers);
  let hasKey = false;
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    if (DROPPED.has(lower) || lower.startsWith(':') || settings.headers.has(lower) || named?.has(lower))
      continue;
    if (!TOKEN.test(name)) return { refused: 'the name of a header is no word that HTTP allows' };
    if (lower === idempotencyHeader) hasKey = true;
    if (!NOT_PLAIN.test(value)) list.push(lower, value);
    else if (CONTROL.test(value.replaceAll('\t', '')))
      return { refused: `the header ${lower} holds a control character` };
    else list.push(lower, asBytes(value));
  }
  for (const [name, value] of settings.headers) if (value !== null) list.push(name, value);
  if (idempotencyHeader !== undefined && !hasKey && !settings.headers.has(idempotencyHeader))
    list.push(idempotencyHeader, key);
  return { list };
}

function namedByConnection(headers: ReplayRequest['headers']): Set<string> | undefined {
  let named: Set<string> | undefined;
  for (const [name, value] of headers) {
    if (name.toLowerCase() !== 'connection') continue;
    named ??= new Set();
    for (const token of value.toLowerCase().split(',')) named.add(token.trim());
  }
  return named;
}

/** UTF-8, one byte a character, as the client had sent it. */
function asBytes(value: string): string {
  return Buffer.from(value, 'utf8').toString('latin1');
}

type TimeSettings = NonNullable<Rewrite['time']>;

function placeTime(outgoing: OutgoingRequest, time: TimeSettings, at: Instant): OutgoingRequest | Refusal {
  const colon = time.in.indexOf(':');
  const place = time.in.slice(0, colon);
  const name = time.in.slice(colon + 1);
  const text = timeText(at, time.format);
  if (place === 'header')
    return { ...outgoing, headers: withHeader(outgoing.headers, name.toLowerCase(), text) };
  if (place === 'query') return { ...outgoing, path: withParameter(outgoing.path, name, text) };
  if (outgoing.body === undefined || outgoing.body.byteLength === 0) return outgoing;
  const json = time.format === 'iso' ? JSON.stringify(text) : text;
  const own = textOf(outgoing.body);
  const body = own === undefined ? undefined : setJsonValue(own, name, json);
  if (body === undefined) return { refused: `its body is no JSON with a place for the time at ${name}` };
  return { ...outgoing, body: Buffer.from(body, 'utf8') };
}

function textOf(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return undefined;
  }
}

function timeText(at: Instant, format: TimeSettings['format']): string {
  if (format === 'iso') return formatInstant(at);
  return format === 'seconds' ? String(Math.floor(at / SECOND_MS)) : String(Math.round(at));
}

function withHeader(headers: readonly string[], name: string, value: string): string[] {
  const kept: string[] = [];
  for (let index = 0; index < headers.length; index += 2)
    if (headers[index] !== name) kept.push(headers[index] ?? '', headers[index + 1] ?? '');
  kept.push(name, value);
  return kept;
}

function withParameter(path: string, name: string, value: string): string {
  const mark = path.indexOf('?');
  const pathname = mark < 0 ? path : path.slice(0, mark);
  const parameters = mark < 0 ? [] : path.slice(mark + 1).split('&');
  const encoded = `${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
  const isIt = (one: string): boolean => decodedName(one) === name;
  const place = parameters.findIndex(isIt);
  const others = parameters.filter((one, index) => one !== '' && (index === place || !isIt(one)));
  const set = others.map((one) => (isIt(one) ? encoded : one));
  return `${pathname}?${(place < 0 ? [...set, encoded] : set).join('&')}`;
}

function decodedName(parameter: string): string {
  const name = parameter.split('=', 1)[0] ?? '';
  try {
    return decodeURIComponent(name.replaceAll('+', ' '));
  } catch {
    return name;
  }
}
