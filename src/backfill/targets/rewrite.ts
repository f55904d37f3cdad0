import { formatInstant, SECOND_MS, type Instant } from '../../time.ts';
import type { Rewrite } from '../../runbook/backfill-schema.ts';
import type { ReplayRequest } from '../base/replay-ports.ts';
import { setJsonValue } from './json-splice.ts';
import { rewritePath, type PathSettings, type Refusal } from './rewrite-path.ts';

export type { Refusal };

/** The request as it is sent, without its framing. */
export interface OutgoingRequest {
  readonly method: string;
  /** Origin form, or `*`; ASCII without blanks and control characters. */
  readonly path: string;
  /** Names and values in turn; one byte a character. */
  readonly headers: readonly string[];
  readonly body: Uint8Array | undefined;
}

export interface RewriteSettings extends PathSettings {
  /** The Host header, or `original`: that which the request had, where it is known. Absent: that of the target, which the connection itself adds. */
  readonly host?: string | undefined;
  /** Set, or taken out with `null`; names in lower case, values as they are sent. */
  readonly headers: ReadonlyMap<string, string | null>;
  readonly time?: Rewrite['time'] | undefined;
  /** In which header the key of a record goes; absent: none is sent. */
  readonly idempotencyHeader?: string | undefined;
}

/** Hop-by-hop headers and framing: they belong to the original connection. */
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
const BEYOND_BYTES = /[^\u0000-\u00ff]/;
/** What may stand in a Host header: no blank, and nothing that begins a path or a user. */
const HOST = /^[!-"$-.0-;=A-[\]-~]+$/;

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
  if (!TOKEN.test(method)) return { refused: 'its method is not an HTTP token' };
  if (method === 'CONNECT' || method === 'TRACE')
    return { refused: `${method} addresses proxies, not the target` };
  const path = rewritePath(method, request.url, settings);
  if (typeof path !== 'string') return path;
  const headers = rewriteHeaders(request, settings, key);
  if ('refused' in headers) return headers;
  const outgoing = { method, path, headers: headers.list, body: request.body };
  if (settings.time === undefined) return outgoing;
  return placeTime(outgoing, settings.time, settings.time.as === 'now' ? now : request.at);
}

function rewriteHeaders(
  { headers }: ReplayRequest,
  settings: RewriteSettings,
  key: string,
): { readonly list: string[] } | Refusal {
  const { idempotencyHeader } = settings;
  const host = settings.host === 'original' ? originalHost(headers) : settings.host;
  if (host !== undefined && !HOST.test(host)) return { refused: 'its host is not valid in a Host header' };
  const list = host === undefined ? [] : ['host', host];
  const named = namedByConnection(headers);
  let hasKey = false;
  let cookieAt: number | undefined;
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    if (DROPPED.has(lower) || lower.startsWith(':') || settings.headers.has(lower) || named?.has(lower))
      continue;
    if (!TOKEN.test(name)) return { refused: 'the name of a header is not an HTTP token' };
    if (CONTROL.test(value) && CONTROL.test(value.replaceAll('\t', '')))
      return { refused: `the header ${lower} holds a control character` };
    if (lower === idempotencyHeader) hasKey = true;
    // HTTP/2 divides cookies among several headers; HTTP/1.1 has one.
    if (lower === 'cookie' && cookieAt !== undefined) {
      list[cookieAt] += `; ${asBytes(value)}`;
      continue;
    }
    list.push(lower, asBytes(value));
    if (lower === 'cookie') cookieAt = list.length - 1;
  }
  for (const [name, value] of settings.headers) if (value !== null) list.push(name, asBytes(value));
  if (idempotencyHeader !== undefined && !hasKey && !settings.headers.has(idempotencyHeader))
    list.push(idempotencyHeader, key);
  return { list };
}

/** `undefined`: the source does not say for which host the request was. */
function originalHost(headers: ReplayRequest['headers']): string | undefined {
  return headers.find(([name, value]) => name.toLowerCase() === 'host' && value !== '')?.[1];
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

/** One byte a character, which is how sources give it; a text with other characters becomes UTF-8. */
function asBytes(value: string): string {
  return BEYOND_BYTES.test(value) ? Buffer.from(value, 'utf8').toString('latin1') : value;
}

type TimeSettings = NonNullable<Rewrite['time']>;

function placeTime(outgoing: OutgoingRequest, time: TimeSettings, at: Instant): OutgoingRequest | Refusal {
  const colon = time.in.indexOf(':');
  const place = time.in.slice(0, colon);
  const name = time.in.slice(colon + 1);
  const text = timeText(at, time.format);
  if (place === 'header')
    return { ...outgoing, headers: withHeader(outgoing.headers, name.toLowerCase(), text) };
  if (place === 'query')
    return outgoing.path === '*' ? outgoing : { ...outgoing, path: withParameter(outgoing.path, name, text) };
  if (outgoing.body === undefined || outgoing.body.byteLength === 0) return outgoing;
  const json = time.format === 'iso' ? JSON.stringify(text) : text;
  const own = textOf(outgoing.body);
  const body = own === undefined ? undefined : setJsonValue(own, name, json);
  if (body === undefined) return { refused: `its body is not JSON with a place for the time at ${name}` };
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
