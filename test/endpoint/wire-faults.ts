import type { ServerResponse } from 'node:http';
import { send } from '../../src/simulator/endpoint/served-world.ts';
import type { Reply } from '../../src/simulator/endpoint/wire.ts';
import type { Fault } from './quirks.ts';

/** Sends the answer to a request, or does what a fault does to it. `reply` carries the request out. */
export async function respond(
  fault: Fault | undefined,
  reply: () => Promise<Reply>,
  response: ServerResponse,
): Promise<void> {
  switch (fault?.does) {
    case 'hang':
      return;
    case 'reset':
      return void response.destroy();
    case 'page':
      return send(page(fault.status), response);
  }
  const said = await reply();
  const half = said.body.slice(0, Math.floor(said.body.length / 2));
  const halved = { ...said, headers: { ...said.headers, 'content-length': String(Buffer.byteLength(half)) } };
  switch (fault?.does) {
    case 'swallow':
      return;
    case 'lose':
      return void response.destroy();
    case 'halve':
      return send({ ...halved, body: half }, response);
    case 'cut':
      return void begin(said, response).write(half, () => response.destroy());
    case 'stall':
      return void begin(said, response).write(half);
    case 'drip':
      return drip(said, response);
    case 'flood':
      return flood(said, response);
    default:
      return send(said, response);
  }
}

/** The head of an answer that announces all of its body. */
function begin({ status, headers, body }: Reply, response: ServerResponse): ServerResponse {
  return response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers });
}

const FILLER = Buffer.alloc(65_536, ' ');
/** An object of S3 announces its length. */
const isObject = ({ headers }: Reply): boolean => 'etag' in headers;

/** The head of an answer of unknown length. */
function beginEndless({ status, headers }: Reply, response: ServerResponse, length?: number): void {
  response.writeHead(status, { ...headers, ...(length !== undefined && { 'content-length': length }) });
}

/** What follows the answer is white space, which no reader of XML or JSON minds. */
function flood(said: Reply, response: ServerResponse): void {
  beginEndless(said, response, isObject(said) ? 2 ** 40 : undefined);
  response.write(Buffer.from(said.body));
  const more = (): void => {
    while (!response.destroyed && response.write(FILLER));
  };
  response.on('drain', more);
  more();
}

function drip(said: Reply, response: ServerResponse): void {
  const bytes = Buffer.from(said.body);
  beginEndless(said, response, isObject(said) ? bytes.length : undefined);
  let at = 0;
  const timer = setInterval(() => {
    response.write(at < bytes.length ? bytes.subarray(at, at + 1) : ' ');
    at += 1;
    if (isObject(said) && at >= bytes.length) response.end();
  }, 1_000);
  response.on('close', () => clearInterval(timer));
}

function page(status: number): Reply {
  return {
    ...{ status, headers: { 'content-type': 'text/html' } },
    body: `<!DOCTYPE html>\n<html><head><title>${status}</title></head><body><h1>${status}</h1><p>Sorry.</p></body></html>`,
  };
}
