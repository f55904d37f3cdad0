import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a benched server tells of the time between two questions. */
export interface ServerAnswer {
  readonly requests: number;
  /** Milliseconds of its own clock, one for each request. */
  readonly arrivals: Float64Array;
}

const MOST_REQUESTS = 1_000_000;
const arrivals = new Float64Array(MOST_REQUESTS);
let requests = 0;

const server = createServer((request, response) => {
  if (requests < MOST_REQUESTS) arrivals[requests] = performance.now();
  requests += 1;
  request.resume();
  request.on('end', () => response.end('ok'));
});

process.on('message', () => {
  const answer: ServerAnswer = { requests, arrivals: arrivals.slice(0, requests) };
  requests = 0;
  process.send?.(answer);
});
process.on('disconnect', () => process.exit(0));

server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
