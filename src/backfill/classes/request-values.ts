import { utf8Text } from '../lines/quoted.ts';
import type { RequestRecord } from '../base/record.ts';
import { withoutOrigin } from '../base/request-form.ts';
import { jsonOf, MOST_BODY_BYTES, packedJsonOf, parametersOf, valueIn } from './payload.ts';

const MOST_COOKIES = 1_000;
const NONE: ReadonlyMap<string, string> = new Map();

interface Body {
  /** Absent: it is too long to look into. */
  readonly text?: string;
  readonly document?: object;
  readonly form: ReadonlyMap<string, string>;
}

/** What takes some work: done once for a record, when it is first asked for. */
interface Parts {
  url?: string;
  query?: ReadonlyMap<string, string>;
  cookies?: ReadonlyMap<string, string>;
  body?: Body;
  packed?: { readonly document: object | undefined };
}

/** Rules ask for many values of one request and then go on to the next: remembering the last one is enough, and costs nothing for the millions that follow. */
let last: { readonly record: RequestRecord; readonly parts: Parts } | undefined;

/**
 * One value of a request, by the names of the runbook: `client`, `method`, `host` (without its port), `path`, `url` (path and query), `userAgent`, `body`, `header:NAME`, `cookie:NAME`, `query:NAME`,
 * `body:PATH`. `undefined`: the request has none. Never throws, whatever the request holds.
 *
 * `body:PATH` looks into a body of JSON, or of a form. Many analytics clients send their event as JSON in a parameter `data`, plain or in base64: so it also looks there, in a form and, where
 * there is no body, in the query. A body above 1 MiB or one that is compressed has no such values.
 *
 * @example valueOf(record, 'query:lib_version')
 */
export function valueOf(record: RequestRecord, name: string): string | undefined {
  const colon = name.indexOf(':');
  if (colon !== -1) return namedValueOf(record, name.slice(0, colon), name.slice(colon + 1));
  switch (name) {
    case 'client':
      return record.client;
    case 'method':
      return record.method;
    case 'host':
      return hostOf(record);
    case 'url':
      return urlOf(record);
    case 'path':
      return pathOf(record);
    case 'userAgent':
      return record.userAgent ?? headerOf(record, 'user-agent');
    case 'body':
      return bodyOf(record)?.text;
    default:
      return undefined;
  }
}

function namedValueOf(record: RequestRecord, kind: string, name: string): string | undefined {
  switch (kind) {
    case 'header':
      return headerValueOf(record, name.toLowerCase());
    case 'cookie':
      return cookiesOf(record).get(name);
    case 'query':
      return queryOf(record).get(name);
    case 'body':
      return bodyValueOf(record, name);
    default:
      return undefined;
  }
}

/** Path and query, as a server is asked for them: without scheme and host. What follows a `#` was sent, so it is part of them. */
export function urlOf(record: RequestRecord): string {
  return (partsOf(record).url ??= withoutOrigin(record.url) ?? record.url);
}

function pathOf(record: RequestRecord): string {
  const url = urlOf(record);
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}

function queryOf(record: RequestRecord): ReadonlyMap<string, string> {
  const parts = partsOf(record);
  if (parts.query === undefined) {
    const url = urlOf(record);
    const query = url.indexOf('?');
    parts.query = query === -1 ? NONE : parametersOf(url.slice(query + 1));
  }
  return parts.query;
}

function hostOf(record: RequestRecord): string | undefined {
  return authorityOf(record)?.replace(/:\d{1,5}$/, '');
}

/** The host that a request was made to, in lower case, with its port unless that is 80 or 443; `undefined`: the source does not say. */
export function authorityOf(record: RequestRecord): string | undefined {
  const given =
    record.host ?? headerOf(record, 'host') ?? /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(record.url)?.[1];
  const authority = given?.slice(given.lastIndexOf('@') + 1).toLowerCase();
  if (authority === undefined || authority === '' || authority === '-') return undefined;
  // `shop.example.` is the same host; `[::1]` and `::1` have colons without a port.
  return authority.replace(/(?<=^[^:]*|\]):(80|443)?$/, '').replace(/\.(?=$|:\d+$)/, '');
}

/** What was sent in several lines of one name counts as one, as HTTP has it. Records have bytes, rules have text: UTF-8. */
function headerOf(record: RequestRecord, name: string): string | undefined {
  const values = record.headers.flatMap(([own, value]) => (own === name ? [textOf(value)] : []));
  return values.length === 0 ? undefined : values.join(name === 'cookie' ? '; ' : ', ');
}

function textOf(value: string): string {
  return /[\x80-\xff]/.test(value) ? (utf8Text(value) ?? value) : value;
}

function headerValueOf(record: RequestRecord, name: string): string | undefined {
  const value = headerOf(record, name);
  if (value !== undefined) return value;
  // Formats have these in places of their own.
  if (name === 'user-agent') return record.userAgent;
  return name === 'host' ? record.host : undefined;
}

function cookiesOf(record: RequestRecord): ReadonlyMap<string, string> {
  const parts = partsOf(record);
  parts.cookies ??= readCookies(record);
  return parts.cookies;
}

function readCookies(record: RequestRecord): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>();
  for (const [header, text] of record.headers) {
    if (header !== 'cookie') continue;
    for (const pair of textOf(text).split(';', MOST_COOKIES)) {
      const equals = pair.indexOf('=');
      if (equals === -1) continue;
      const name = pair.slice(0, equals).trim();
      const value = pair.slice(equals + 1).trim();
      if (!cookies.has(name)) cookies.set(name, /^".*"$/s.test(value) ? value.slice(1, -1) : value);
    }
  }
  return cookies;
}

function bodyValueOf(record: RequestRecord, path: string): string | undefined {
  const { document, form } = bodyOf(record) ?? {};
  if (document !== undefined) return valueIn(document, path);
  return form?.get(path) ?? valueIn(packedIn(record, form ?? queryOf(record)), path);
}

function packedIn(record: RequestRecord, parameters: ReadonlyMap<string, string>): object | undefined {
  const parts = partsOf(record);
  parts.packed ??= { document: packedJsonOf(parameters.get('data') ?? '') };
  return parts.packed.document;
}

/** `undefined`: there is none. */
function bodyOf(record: RequestRecord): Body | undefined {
  if (record.body === undefined || record.body.length === 0) return undefined;
  const parts = partsOf(record);
  parts.body ??= readBody(record.body);
  return parts.body;
}

function readBody(bytes: Uint8Array): Body {
  if (bytes.length > MOST_BODY_BYTES) return { form: NONE };
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const document = jsonOf(text);
  return document === undefined ? { text, form: parametersOf(text.trim()) } : { text, document, form: NONE };
}

function partsOf(record: RequestRecord): Parts {
  if (last?.record !== record) last = { record, parts: {} };
  return last.parts;
}
