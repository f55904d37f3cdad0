import { isUtf8 } from 'node:buffer';
import { formatInstant } from '../../time.ts';
import { headerBytes } from '../formats/json-payload.ts';
import type { ReplayRequest } from '../base/replay-ports.ts';

/** Characters that JSON leaves as they are and that SQS, or a terminal that shows the message, does not take. */
const UNSAFE = /[\x7f-\x9f\u2028\u2029\ufffe\uffff]/g;

/** One request in the format `capture`: what the source of captures reads, it reads as the same request. */
export function captureText({ at, method, url, headers, body }: ReplayRequest): string {
  const document = {
    time: formatInstant(at),
    method,
    url,
    // Pairs: names may repeat, and their order counts.
    headers: headers.map(([name, value]) => [name, headerText(value)]),
    ...(body !== undefined && bodyOf(body)),
  };
  return JSON.stringify(document).replace(UNSAFE, escaped);
}

/** As text where that reads back as the same bytes. */
function headerText(value: string): string {
  if (!/[\x80-\xff]/.test(value)) return value;
  const text = Buffer.from(value, 'latin1').toString('utf8');
  return headerBytes(text) === value ? text : value;
}

function bodyOf(body: Uint8Array): { readonly body: string; readonly bodyBase64?: true } {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return isUtf8(bytes) ? { body: bytes.toString() } : { body: bytes.toString('base64'), bodyBase64: true };
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
