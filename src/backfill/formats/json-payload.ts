import type { Header } from '../base/record.ts';
import type { JsonObject } from './json-values.ts';
import { isObject } from './json-values.ts';
import { utf8Text } from '../lines/quoted.ts';

/** More than any server takes. */
export const MAX_HEADERS = 1_000;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;
const LINE_BREAK = /[\r\n]/;
/** Of the control characters only the tab may stand in a header. */
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;
/** A number that does not come back as it was written. */
const UNSAFE_NUMBER = /\d[\d.]{15}|\d[eE]|\.\d*0(?!\d)|-0(?![\d.])/;

/**
 * Headers as an object of texts or lists of texts, or as a list of pairs or of `{ name, value }`; names in lower case, values as the bytes that were sent, a character each. One of null was not sent. Of the pseudo headers of HTTP/2 `:authority` is the host,
 * the others say what method and URL say. A text says what is wrong.
 */
export function headersIn(value: unknown): readonly Header[] | string {
  const pairs = pairsOf(value);
  if (pairs === undefined) return 'the headers are neither an object nor a list of pairs';
  if (pairs.length > MAX_HEADERS) return `it has more than ${MAX_HEADERS} headers`;
  const headers: Header[] = [];
  for (const [name, given] of pairs) {
    if (given === null) continue;
    const text = typeof given === 'number' || typeof given === 'boolean' ? String(given) : given;
    if (typeof text !== 'string') return 'the value of a header is not text';
    const fault = headerFault(name, text);
    if (fault !== undefined) return fault;
    headers.push([name.toLowerCase(), headerBytes(text)]);
  }
  return withoutPseudo(headers);
}

function headerFault(name: string, text: string): string | undefined {
  if (LINE_BREAK.test(name) || LINE_BREAK.test(text)) return 'a header holds a line break';
  if (!TOKEN.test(name.startsWith(':') ? name.slice(1) : name)) return 'the name of a header is not a token';
  if (CONTROL.test(text)) return 'a header holds a control character';
  return text.isWellFormed() ? undefined : 'a header contains an unpaired surrogate';
}

function withoutPseudo(headers: readonly Header[]): readonly Header[] {
  if (!headers.some(([name]) => name.startsWith(':'))) return headers;
  const host = headers.find(([name]) => name === ':authority')?.[1];
  const plain = headers.filter(([name]) => !name.startsWith(':'));
  const hasHost = plain.some(([name]) => name === 'host');
  return host === undefined || hasHost ? plain : [['host', host], ...plain];
}

function pairsOf(value: unknown): readonly (readonly [string, unknown])[] | undefined {
  if (isObject(value)) {
    return Object.entries(value).flatMap(([name, given]) =>
      Array.isArray(given) ? given.map((one: unknown) => [name, one] as const) : [[name, given] as const],
    );
  }
  if (!Array.isArray(value)) return undefined;
  const pairs: (readonly [string, unknown])[] = [];
  for (const given of value as readonly unknown[]) {
    const pair: unknown = isObject(given) ? [given['name'], given['value']] : given;
    if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'string') return undefined;
    pairs.push([pair[0], pair[1]]);
  }
  return pairs;
}

/**
 * The bytes of a header, a character each. A text is sent in UTF-8, unless it is UTF-8 already that a program took for Latin-1, as Node does: `"ZoÃ«"` and `"Zoë"` are the same bytes.
 */
export function headerBytes(text: string): string {
  if (!/[^\x00-\x7f]/.test(text)) return text;
  const isBytes = !/[^\x00-\xff]/.test(text) && utf8Text(text) !== undefined;
  return isBytes ? text : Buffer.from(text, 'utf8').toString('latin1');
}

/**
 * The bytes of a body: a text, base64, or any other JSON, written again without spaces; a text says what is wrong.
 * @param line what it was read from: numbers that would lose digits are taken from it
 */
export function bodyIn(
  value: unknown,
  isBase64: boolean,
  line: string,
  reread: (line: JsonObject) => unknown,
): Uint8Array | string {
  if (typeof value !== 'string') return isBase64 ? 'the body is not base64' : written(value, line, reread);
  if (!isBase64)
    return value.isWellFormed() ? Buffer.from(value, 'utf8') : 'the body contains an unpaired surrogate';
  const digits = value.replace(/=+$/, '').length;
  return BASE64.test(value) && digits % 4 !== 1 ? Buffer.from(value, 'base64') : 'the body is not base64';
}

function written(value: unknown, line: string, reread: (line: JsonObject) => unknown): Uint8Array | string {
  try {
    const exact = UNSAFE_NUMBER.test(line) ? reread(JSON.parse(line, keepingNumbers) as JsonObject) : value;
    return Buffer.from(JSON.stringify(exact), 'utf8');
  } catch (error) {
    if (error instanceof RangeError) return 'the body is nested too deeply';
    throw error;
  }
}

/** 12345678901234567890 is no number of JavaScript: its digits are kept as they are. */
function keepingNumbers(
  this: unknown,
  _name: string,
  value: unknown,
  context?: { readonly source?: string },
): unknown {
  if (typeof value !== 'number' || context?.source === undefined) return value;
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(context.source);
}
