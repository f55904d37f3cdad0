import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';
import { fraction } from '../src/hash.ts';

/**
 * The live traffic, in a process of its own: Poisson arrivals at a fixed rate, independent of response times. Latency counts from when a request should have been sent. The p99 and
 * the error rate of the last two seconds are at `/live`, those between two instants of the wall clock at `/between/FROM/TO`.
 */
const WINDOW_MS = 2_000;
const [, , target = '', rate = '0'] = process.argv;
const perSecond = Number(rate);
const pool = new Pool(target, { connections: 256, pipelining: 1 });

interface Answered {
  readonly atMs: number;
  readonly latencyMs: number;
  readonly bad: boolean;
}
const answered: Answered[] = [];

async function ask(dueMs: number): Promise<void> {
  let bad = false;
  try {
    const { statusCode, body } = await pool.request({ path: '/live', method: 'GET' });
    bad = statusCode >= 500;
    await body.dump();
  } catch {
    bad = true;
  }
  answered.push({ atMs: Date.now(), latencyMs: performance.now() - dueMs, bad });
}

let dueMs = performance.now();
let sent = 0;
function send(): void {
  while (dueMs <= performance.now()) {
    void ask(dueMs);
    sent += 1;
    dueMs += (-Math.log(1 - fraction(`live/${sent}`)) / perSecond) * 1_000;
  }
  setTimeout(send, Math.max(0, dueMs - performance.now()));
}

function figuresBetween(from: number, to: number) {
  const within = answered.filter(({ atMs }) => atMs >= from && atMs < to);
  const requests = within.length;
  if (requests === 0) return { requests };
  const sorted = within.map(({ latencyMs }) => latencyMs).sort((left, right) => left - right);
  const errors = within.filter(({ bad }) => bad).length;
  return { requests, errors, errorRate: errors / requests, p99Ms: sorted[Math.ceil(0.99 * requests) - 1] };
}

const server = createServer((request, response) => {
  const [, kind, from, to] = (request.url ?? '').split('/');
  const figures =
    kind === 'between'
      ? figuresBetween(Number(from), Number(to))
      : figuresBetween(Date.now() - WINDOW_MS, Date.now() + 1);
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(figures));
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit(0));
send();
