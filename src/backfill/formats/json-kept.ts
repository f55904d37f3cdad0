import type { Header } from '../base/record.ts';
import type { Layout } from './json-names.ts';
import { bodyIn, headersIn } from './json-payload.ts';
import type { JsonObject } from './json-values.ts';
import { firstOf, isObject, pathOf, textOf, valueAt, valueIn } from './json-values.ts';
import type { FoundRequest } from '../lines/parsed.ts';
import { lackOf } from '../lines/payload-evidence.ts';

const ID = pathOf('id');
/** With no body these two are whole. */
const WITHOUT_BODY = new Set(['GET', 'HEAD']);
/** How many bytes the body had, as Traefik, nginx and others write it; Caddy's comes after its object `request`. */
const BODY_SIZES = [
  'RequestContentSize',
  'http_content_length',
  'request_content_length',
  'request_body_size',
].map(pathOf);
const CADDY_SIZE = pathOf('bytes_read');
/** How those who keep only the beginning of a body say so. */
const CUT_MARKS = [
  'truncated',
  'bodyTruncated',
  'body_truncated',
  'request_body_truncated',
  'isTruncated',
  'request.truncated',
  'request.bodyTruncated',
].map(pathOf);

export type Payload = Pick<FoundRequest, 'headers' | 'body' | 'payload' | 'lacks'>;

/** Headers and body, and whether they are all of the request; a text says what is wrong. */
export function payloadIn(
  object: JsonObject,
  text: string,
  layout: Layout,
  isCapture: boolean,
  method: string,
): Payload | string {
  const given = firstOf(object, layout.headers, (value) => value);
  if (given === undefined && isCapture) return 'it has no headers';
  const listed = given === undefined ? [] : headersIn(given);
  if (typeof listed === 'string') return listed;
  const headers = isCapture ? withId(listed, object) : listed;
  if (typeof headers === 'string') return headers;
  const isBase64 = [true, 'true', 1].includes(firstOf(object, layout.bodyBase64, (value) => value) as string);
  const body = bodyOf(object, text, layout, isCapture, isBase64);
  if (typeof body === 'string') return body;
  const lacks = lackOf(headers, body, isBase64, {
    isCut: CUT_MARKS.some((path) => [true, 'true'].includes(valueAt(object, path) as string)),
    loggedBytes: loggedBytes(object),
  });
  const isAllThere = body !== undefined || WITHOUT_BODY.has(method.toUpperCase());
  const isWhole = lacks === undefined && (isCapture || (given !== undefined && isAllThere));
  return { headers, body, payload: isWhole ? 'whole' : 'url-only', ...(lacks !== undefined && { lacks }) };
}

/** An access log writes nothing, or a dash, both for no body and for one that it did not keep. */
function bodyOf(
  object: JsonObject,
  text: string,
  layout: Layout,
  isCapture: boolean,
  isBase64: boolean,
): Uint8Array | string | undefined {
  const place = layout.body.find((one) => (valueIn(object, one) ?? undefined) !== undefined);
  if (place === undefined) return undefined;
  const value = valueIn(object, place);
  if (!isCapture && typeof value === 'string' && textOf(value) === undefined) return undefined;
  return bodyIn(value, isBase64, text, (exact) => valueIn(exact, place));
}

function withId(headers: readonly Header[], object: JsonObject): readonly Header[] | string {
  const id = textOf(valueAt(object, ID));
  if (id === undefined || headers.some(([name]) => name === 'x-request-id')) return headers;
  const own = headersIn([['x-request-id', id]]);
  return typeof own === 'string' ? own : [...headers, ...own];
}

function loggedBytes(object: JsonObject): number | undefined {
  const paths = isObject(object['request']) ? [...BODY_SIZES, CADDY_SIZE] : BODY_SIZES;
  for (const path of paths) {
    const size = Number(textOf(valueAt(object, path)));
    if (Number.isInteger(size) && size > 0) return size;
  }
  return undefined;
}
