import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A server of known capacity, in a process of its own: so many slots, each request holds one for a service time, the others wait their turn. It sleeps and does not
 * spin, so that the machine does not decide. `/slots/N` changes their number; who waits longer than the limit is answered with 503.
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

function serve(): void {
  while (busy < slots && head < waiting.length) {
    const { response, sinceMs } = waiting[head] as Waiting;
    head += 1;
    if (performance.now() - sinceMs > LONGEST_WAIT_MS) {
      response.writeHead(503).end();
      continue;
    }
    busy += 1;
    setTimeout(
      () => {
        busy -= 1;
        response.writeHead(200).end('ok');
        serve();
      },
      SERVICE_MS * (0.8 + 0.4 * Math.random()),
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
