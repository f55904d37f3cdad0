import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fraction } from '../src/hash.ts';

/**
 * A server of known capacity, in a process of its own. Each request holds one of its slots for a service time; other requests queue. It sleeps instead of spinning, so that
 * its capacity does not depend on the machine. `/slots/N` changes the number of slots; a request that waits longer than the limit gets 503.
 */
const SERVICE_MS = 30;
const LONGEST_WAIT_MS = 2_000;

interface Waiting {
  readonly response: ServerResponse;
  readonly sinceMs: number;
}

let slots = Number(process.argv[2]);
let busy = 0;
const waiting: Waiting[] = [];
let head = 0;
let served = 0;

function serve(): void {
  while (busy < slots && head < waiting.length) {
    const { response, sinceMs } = waiting[head] as Waiting;
    head += 1;
    if (performance.now() - sinceMs > LONGEST_WAIT_MS) {
      response.writeHead(503).end();
      continue;
    }
    busy += 1;
    served += 1;
    setTimeout(
      () => {
        busy -= 1;
        response.writeHead(200).end('ok');
        serve();
      },
      SERVICE_MS * (0.8 + 0.4 * fraction(`service/${served}`)),
    );
  }
  if (head <= 1_000) return;
  waiting.splice(0, head);
  head = 0;
}

const server = createServer({ keepAliveTimeout: 30_000 }, (request, response) => {
  request.resume();
  const change = /^\/slots\/(\d+)$/.exec(request.url ?? '');
  if (change !== null) {
    slots = Number(change[1]);
    response.end();
    return;
  }
  waiting.push({ response, sinceMs: performance.now() });
  serve();
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit(0));
