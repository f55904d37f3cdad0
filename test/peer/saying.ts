import type { ServerResponse } from 'node:http';
import { writeJson, writeXml, writeXmlError, writeXmlRoot, type Writing } from './answer.ts';
import { Whole, type Fields } from './operation.ts';
import type { Fault } from './quirks.ts';
import type { Refusal } from './refusal.ts';
import type { Service } from './services.ts';

/** An answer as it goes out. */
export interface Said {
  readonly status: number;
  readonly body: string | Buffer;
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Asked {
  readonly service: string;
  readonly spoken: Service;
  readonly operation: string;
}

/** Of the bytes of an object. */
export const OBJECT = 'binary/octet-stream';
const XML = 'text/xml;charset=UTF-8';
/** S3's own names for the answers that are lists of fields. */
const ROOTS: Readonly<Record<string, string>> = { ListObjectsV2: 'ListBucketResult' };
const JSON_TYPE = 'application/x-amz-json-1.1';

/** In the protocol of the service. */
export function written(
  { service, spoken, operation }: Asked,
  id: string,
  fields: Fields | Whole,
  writing: Writing,
): Said {
  if (fields instanceof Whole) return fields;
  switch (spoken.protocol) {
    case 'rest':
      return { status: 200, body: writeXmlRoot(ROOTS[operation] ?? operation, fields, writing), type: XML };
    case 'query':
      return { status: 200, body: writeXml(service, operation, id, fields, writing), type: XML };
    case 'json':
      return { status: 200, body: writeJson(fields, writing), type: JSON_TYPE };
  }
}

export function writtenRefusal({ service, spoken }: Asked, id: string, refusal: Refusal): Said {
  const { code, status, message, headers } = refusal;
  switch (spoken.protocol) {
    case 'rest':
      return {
        ...{ status, headers, type: XML },
        body: writeXmlRoot('Error', { Code: code, Message: message, RequestId: id }),
      };
    case 'query':
      return { status, body: writeXmlError(service, id, code, message), type: XML };
    case 'json':
      return {
        status,
        body: JSON.stringify({ __type: code, message }),
        type: JSON_TYPE,
        ...(service === 'monitoring' && { headers: { 'x-amzn-query-error': `${code};Sender` } }),
      };
  }
}

export function say(
  response: ServerResponse,
  { status, body, type, headers }: Said,
  fault: Fault | undefined,
): void {
  if (fault?.does === 'drip' || fault?.does === 'flood')
    return sayWithoutEnd(response, { status, body, type }, fault.does);
  const half = body.slice(0, Math.floor(body.length / 2));
  const whole = fault?.does === 'halve' ? half : body;
  response.writeHead(status, {
    ...headers,
    'content-type': type,
    'content-length': Buffer.byteLength(whole),
  });
  if (fault?.does === 'cut') response.write(half, () => response.destroy());
  else if (fault?.does === 'stall') response.write(half);
  else response.end(whole);
}

const FILLER = Buffer.alloc(65_536, ' ');

/** What is longer than the answer is white space, which no reader of XML or JSON minds. */
function sayWithoutEnd(response: ServerResponse, { status, body, type }: Said, does: 'drip' | 'flood'): void {
  // An object says how long it is.
  const length = does === 'flood' ? 2 ** 40 : Buffer.byteLength(body);
  response.writeHead(status, { 'content-type': type, ...(type === OBJECT && { 'content-length': length }) });
  const bytes = Buffer.from(body);
  if (does === 'flood') {
    response.write(bytes);
    const more = (): void => {
      while (!response.destroyed && response.write(FILLER));
    };
    response.on('drain', more);
    more();
    return;
  }
  let at = 0;
  const drip = (): void => {
    response.write(at < bytes.length ? bytes.subarray(at, at + 1) : ' ');
    at += 1;
    if (type === OBJECT && at >= bytes.length) response.end();
  };
  const timer = setInterval(drip, 1_000);
  response.on('close', () => clearInterval(timer));
}

export function page(response: ServerResponse, status: number): void {
  const html = `<!DOCTYPE html>\n<html><head><title>${status}</title></head><body><h1>${status}</h1><p>Sorry.</p></body></html>`;
  response.writeHead(status, { 'content-type': 'text/html' }).end(html);
}
