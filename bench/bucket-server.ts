import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What the server tells of the time between two questions. */
export interface BucketAnswer {
  readonly puts: number;
  readonly bytes: number;
}

/** S3 in one Region answers a small put in some tens of milliseconds. */
const ANSWER_MS = 30;

const objects = new Map<string, Buffer>();
let answer = { puts: 0, bytes: 0 };

/** What a kept folder needs of S3: objects, and `If-None-Match`. */
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', async () => {
    await sleep(ANSWER_MS);
    response.setHeader('etag', '"tag"');
    const key = new URL(request.url ?? '', 'http://bucket').pathname;
    const known = objects.get(key);
    if (request.method === 'PUT') {
      const body = Buffer.concat(chunks);
      answer = { puts: answer.puts + 1, bytes: answer.bytes + body.length };
      if (known === undefined || request.headers['if-none-match'] === undefined) objects.set(key, body);
      else response.statusCode = 412;
      response.end();
    } else {
      response.statusCode = known === undefined ? 404 : 200;
      response.end(known);
    }
  });
});

process.on('message', () => {
  process.send?.(answer);
  answer = { puts: 0, bytes: 0 };
});
process.on('disconnect', () => process.exit(0));

server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
