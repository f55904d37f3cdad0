import type { Layout } from './json-names.ts';
import { onceEncoded } from './cloudfront.ts';
import { firstOf, isObject, textOf, valueIn } from './json-values.ts';
import type { JsonObject } from './json-values.ts';
import { LOST_BYTES, requestLine, sendable } from '../lines/request-line.ts';
import type { RequestLine } from '../lines/request-line.ts';

/** Method and URL of a line, and how sure they are. */
export interface Asked extends RequestLine {
  /** Why the URL is not to be sent: a part of it may be missing. */
  readonly lacks?: string;
  readonly doubts?: readonly string[];
}

/** A text that is surely one, and not the name or the number of a request. */
const REQUEST_LINE = /^\S+ .*HTTP\/\d(\.\d)?$|^[A-Z]{3,10} (\/|https?:\/\/)/s;

/**
 * Method and URL; undefined when neither is there, a text when one is missing or wrong. The URL as the client sent it is taken first, then the request line, and what a server made of it last:
 * nginx's `$uri` is decoded, rewritten and without its query.
 */
export function askedIn(object: JsonObject, layout: Layout, isCapture: boolean): Asked | string | undefined {
  const written = isCapture ? undefined : requestLineIn(object, layout);
  const named = firstOf(object, layout.method, textOf);
  const original = firstOf(object, layout.originalUrl, textOf);
  // The method of the request line, for nginx's $request_method is that of an internal redirect.
  const line = written === undefined ? undefined : requestLine(written);
  const method = (typeof line === 'object' ? line.method : undefined) ?? named;
  if (original !== undefined) return asked(method, original);
  if (line !== undefined) return line;
  const url = firstOf(object, layout.url, textOf);
  if (url !== undefined) return wholeUrl(object, layout, method, url, isCapture);
  const place = layout.path.find((one) => textOf(valueIn(object, one)) !== undefined);
  const path = place === undefined ? apachePath(object, layout) : textOf(valueIn(object, place));
  if (path !== undefined) return derived(object, layout, method, path, place?.name ?? 'request');
  const route = firstOf(object, layout.route, textOf);
  if (route !== undefined) return routed(method, route);
  if (method !== undefined) return 'it has no URL';
  const isEmpty = [...layout.method, ...layout.originalUrl, ...layout.requestLine].some((one) =>
    ['', '-', null].includes(valueIn(object, one) as string | null),
  );
  return isEmpty ? 'it holds no request' : undefined;
}

function requestLineIn(object: JsonObject, layout: Layout): string | undefined {
  const text = firstOf(object, layout.requestLine, (value) =>
    typeof value === 'string' && REQUEST_LINE.test(value) ? value : undefined,
  );
  return text === undefined ? undefined : Buffer.from(text, 'utf8').toString('latin1');
}

function asked(method: string | undefined, url: string): RequestLine | string {
  if (method === undefined) return 'it has no method';
  if (!url.isWellFormed()) return 'the URL contains an unpaired surrogate';
  if (url.includes('\ufffd')) return LOST_BYTES;
  return sendable(method, url.replace(/[^\x00-\x7f]+/g, encodeURIComponent));
}

/** `url` is mostly whole; a query beside one that has none belongs to it. A runbook may point it to a request line. */
function wholeUrl(
  object: JsonObject,
  layout: Layout,
  method: string | undefined,
  url: string,
  isCapture: boolean,
): Asked | string {
  if (!isCapture && REQUEST_LINE.test(url)) return requestLine(Buffer.from(url, 'utf8').toString('latin1'));
  const query = isCapture || url.includes('?') ? undefined : queryIn(object, layout);
  return asked(method, typeof query === 'string' ? withQuery(url, query) : url);
}

/** Apache's `%U`, as some of its formats of JSON call `request`. */
function apachePath(object: JsonObject, layout: Layout): string | undefined {
  return firstOf(object, layout.requestLine, (value) =>
    typeof value === 'string' && value.startsWith('/') ? value : undefined,
  );
}

/** From what a server made of the URL. Without a field for the query it is unknown whether there was one. */
function derived(
  object: JsonObject,
  layout: Layout,
  method: string | undefined,
  path: string,
  name: string,
): Asked | string {
  // CloudFront's is the one that the client asked for, with its `%` encoded once more.
  if (Object.keys(object).some((member) => member.startsWith('x-edge-')))
    return asked(method, onceEncoded(withQuery(path, queryIn(object, layout) ?? '')));
  // Envoy's path is the one that the client asked for, with its query.
  if (path.includes('?') || Object.hasOwn(object, 'response_flags')) return asked(method, path);
  const query = queryIn(object, layout);
  const found = asked(method, withQuery(encodedPath(path), typeof query === 'string' ? query : ''));
  if (typeof found === 'string') return found;
  if (typeof query === 'string') {
    return {
      ...found,
      doubts: [
        `the URL is put together from '${name}' and its query, which a server may have decoded or rewritten: log the URL as it was asked for (nginx: $request_uri)`,
      ],
    };
  }
  return {
    ...found,
    lacks: `its URL may lack the query: the log has only '${name}' (when that is all of the URL, say so: fields.url: ${name})`,
  };
}

/** Counted, and never sent: a route such as `GET /pets/{id}` or `$default` is no URL. */
function routed(named: string | undefined, route: string): Asked | string {
  const [, verb, pattern = ''] = /^(?:([A-Z]+) )?(.*)$/s.exec(route) ?? [];
  const found = asked(named ?? verb, pattern.startsWith('/') ? pattern : '/');
  if (typeof found === 'string') return found;
  return {
    ...found,
    lacks: 'its URL is not in the source, only its route: log the path as well (API Gateway: $context.path)',
  };
}

/** The query as text, '' where the line says that there is none; undefined: it says nothing of it, or not in a form that could be sent. */
function queryIn(object: JsonObject, layout: Layout): string | undefined {
  for (const place of layout.query) {
    const value = valueIn(object, place);
    if (typeof value === 'string') return value === '-' ? '' : value.replace(/^\?/, '');
    if (value === null || (isObject(value) && Object.keys(value).length === 0)) return '';
  }
  return undefined;
}

function withQuery(path: string, query: string): string {
  return query === '' ? path : `${path}?${query}`;
}

/** A path that was decoded: what may not stand in a URL is encoded again. */
function encodedPath(path: string): string {
  return path.replace(/%(?![0-9A-Fa-f]{2})/g, '%25').replace(/#/g, '%23');
}
