import type { Header, RequestRecord } from '../base/record.ts';
import { LOST } from './request-line.ts';

const GZIP = [0x1f, 0x8b];
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];
/** How the bodies of an encoding begin; those of the others begin in any way, but not as text. */
const BEGINNINGS: Readonly<Record<string, readonly number[]>> = { gzip: GZIP, 'x-gzip': GZIP, zstd: ZSTD };

/** What a line says about the body, apart from its headers. */
export interface LoggedBody {
  /** It says that it kept a part only. */
  readonly isCut: boolean;
  /** More than none. */
  readonly loggedBytes: number | undefined;
}

/** What a request lacks by its own evidence, whatever its method; undefined: it may be whole. */
export function lackOf(
  headers: readonly Header[],
  body: Uint8Array | undefined,
  isBase64: boolean,
  { isCut, loggedBytes }: LoggedBody,
): string | undefined {
  const bytes = body?.length ?? 0;
  // With a Transfer-Encoding the Content-Length counts for nothing (RFC 9112, section 6.3).
  const chunked = isChunked(headers);
  const lengths = chunked
    ? []
    : valuesOf(headers, 'content-length').filter((value) => value !== '' && value !== '-');
  if (isCut) return 'its body was cut, as its line says';
  if (lengths.some((value) => Number(value) !== bytes || !/^\d+$/.test(value)))
    return bytes === 0
      ? 'its body is not in the source, although it had one by its Content-Length'
      : 'its body is not the one that was sent: it has another length than its Content-Length says';
  if (chunked && body === undefined)
    return 'its body is not in the source, although its Transfer-Encoding says that it had one';
  if (lengths.length === 0 && loggedBytes !== undefined && loggedBytes !== bytes)
    return 'its body is not all in the source, by the number of bytes that its line tells of';
  if (!isEncoded(headers, body, isBase64))
    return 'its body is not the one that was sent: it is not encoded as its Content-Encoding says';
  if (headers.some(([, value]) => value.includes(LOST)))
    return 'one of its headers holds bytes that are not UTF-8, and the source has lost them';
  // Base64 keeps all bytes, and the right length confirms a text.
  const isExact = isBase64 || lengths.length > 0 || loggedBytes !== undefined;
  return isExact || body === undefined ? undefined : textLack(Buffer.from(body).toString('latin1'));
}

const MASK = String.raw`(?:redacted|[[<(](?:redacted|filtered|masked|omitted|removed|hidden|scrubbed)[\])>]|\*{3,})`;
/** A mask that is the whole body, or one of its values in JSON or in a form. */
const MASKED_IN_BODY = new RegExp(
  `^\\s*${MASK}\\s*$|:\\s?"${MASK}"|(?:^|&)[^=&\\s]{1,100}=${MASK}(?:&|$)`,
  'i',
);
const CUT_AT_END = /[.\x85\xa6[(<] ?truncated\W{0,3}$/i;

/** What the text of a body says against itself. @param body Latin-1 */
function textLack(body: string): string | undefined {
  if (body.includes(LOST)) return 'its body holds bytes that are not UTF-8, and the source has lost them';
  if (MASKED_IN_BODY.test(body)) return 'its body has a mask such as REDACTED in place of a value';
  return CUT_AT_END.test(body.slice(-40)) ? 'its body was cut, as its end says' : undefined;
}

function isEncoded(headers: readonly Header[], body: Uint8Array | undefined, isBase64: boolean): boolean {
  const encoding = valuesOf(headers, 'content-encoding').at(-1)?.toLowerCase();
  if (encoding === undefined || encoding === '' || encoding === 'identity') return true;
  if (body === undefined || body.length === 0) return true;
  const beginning = BEGINNINGS[encoding];
  if (beginning === undefined) return isBase64;
  return beginning.every((byte, index) => body[index] === byte);
}

function isChunked(headers: readonly Header[]): boolean {
  return valuesOf(headers, 'transfer-encoding').some((value) => value.toLowerCase() === 'chunked');
}

/** All values of a header, those that stand in one line too. */
function valuesOf(headers: readonly Header[], name: string): readonly string[] {
  return headers.flatMap(([own, value]) => (own === name ? value.split(',').map((one) => one.trim()) : []));
}

/** Masks that logs write in place of secrets. */
const MASKED =
  /^(?:(?:bearer|basic|token) )?(?:[<[(]?(?:redacted|filtered|masked|hidden|removed|scrubbed|secret)[>\])]?|[*x•]{3,})$/i;
const MASKED_IN_URL = /[?&][^=&]*=(?:redacted|(?:\[|%5b)(?:redacted|filtered)(?:\]|%5d)|\*{3,})(?:&|$)/i;

/** Headers whose value the source does not tell; of cookies one masked value is enough. */
export function maskedHeaders(headers: readonly Header[]): readonly string[] {
  return headers.filter(([name, value]) => isMasked(name, value)).map(([name]) => name);
}

function isMasked(name: string, value: string): boolean {
  if (MASKED.test(value.trim())) return true;
  return (
    name === 'cookie' &&
    value.split(';').some((pair) => MASKED.test(pair.slice(pair.indexOf('=') + 1).trim()))
  );
}

/** Why a request cannot be replayed although it looks whole; undefined: it can. */
export function obstacleOf({ lacks, url }: RequestRecord): string | undefined {
  return (
    lacks ?? (MASKED_IN_URL.test(url) ? 'its URL has a mask such as REDACTED in place of a value' : undefined)
  );
}
