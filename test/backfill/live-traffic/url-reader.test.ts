import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createUrlReader } from '../../../src/backfill/live-traffic/url-reader.ts';
import type { TrafficReading } from '../../../src/backfill/live-traffic/traffic-reader.ts';

const NEVER = new AbortController().signal;

async function readOnce(
  listener: RequestListener,
  path = '/live?token=1',
): Promise<TrafficReading | undefined> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const reader = createUrlReader(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, 1);
  try {
    return await reader.read(NEVER);
  } finally {
    await reader.close();
    server.closeAllConnections();
    server.close();
  }
}

const answering = (body: string, status = 200) =>
  readOnce((_request, response) => response.writeHead(status).end(body));

test.each([
  ['{"p99Ms":120,"errorRate":0.001,"requests":240}', { p99Ms: 120, errorRate: 0.001, requests: 240 }],
  ['{"p99Ms":120}', { p99Ms: 120 }],
  ['{"p99Ms":null,"errorRate":0,"requests":3,"other":"x"}', { errorRate: 0, requests: 3 }],
  ['{"requests":0}', { requests: 0 }],
])('reads %s', async (body, sample) => {
  expect(await answering(body)).toEqual({ sample });
});

test.each([
  ['', 'its answer is not JSON'],
  ['<html>', 'its answer is not JSON'],
  ['null', /^its answer is not as expected/],
  ['{}', 'its answer is not as expected: neither p99Ms nor errorRate'],
  ['{"p99Ms":"120"}', /^its answer is not as expected: p99Ms: /],
  ['{"p99Ms":-1}', /^its answer is not as expected: p99Ms: /],
  ['{"p99Ms":1,"errorRate":1.5}', /^its answer is not as expected: errorRate: /],
  [`{"p99Ms":1,"more":"${'x'.repeat(70_000)}"}`, 'its answer is longer than 65536 bytes'],
])('is silent, and says why, at %.40s', async (body, why) => {
  expect(await answering(body)).toEqual({
    sample: 'silent',
    why: typeof why === 'string' ? why : expect.stringMatching(why),
  });
});

test('is silent at an error, and follows no redirect', async () => {
  expect(await answering('{"p99Ms":1}', 503)).toEqual({ sample: 'silent', why: 'it answers 503' });
  let asked = 0;
  const reading = await readOnce((_request, response) => {
    asked += 1;
    response.writeHead(302, { location: '/elsewhere' }).end('{"p99Ms":1}');
  });
  expect(reading).toEqual({ sample: 'silent', why: 'it answers 302' });
  expect(asked).toBe(1);
});

test('is silent when the port is closed, or nothing is answered', async () => {
  const reader = createUrlReader('http://127.0.0.1:1/live', 1);
  expect(await reader.read(NEVER)).toEqual({ sample: 'silent', why: 'no answer (ECONNREFUSED)' });
  await reader.close();
  expect(await readOnce(() => undefined)).toEqual({ sample: 'silent', why: 'no answer within 1 s' });
  expect(await readOnce((request) => request.socket.destroy())).toMatchObject({ sample: 'silent' });
});

test('its name tells no secret', async () => {
  const reader = createUrlReader('http://user:secret@127.0.0.1:1/live?token=secret', 2);
  expect(reader).toMatchObject({ name: 'http://127.0.0.1:1/live', periodSeconds: 2, delaySeconds: 3 });
  await reader.close();
});
