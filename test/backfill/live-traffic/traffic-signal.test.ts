import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LiveSample } from '../../../src/backfill/control/adaptive.ts';
import { openTrafficSignal } from '../../../src/backfill/live-traffic/traffic-signal.ts';
import { openAdaptive } from '../../../src/backfill/live-traffic/open-adaptive.ts';
import { watchOwnHealth } from '../../../src/backfill/live-traffic/own-health.ts';
import type { LiveSettings } from '../../../src/runbook/backfill-schema.ts';

const settingsOf = (url: string): LiveSettings => ({ url, p99: 0.1, errorRate: 1, every: 0.01 });

function recordingLog() {
  const said: string[] = [];
  const say = (level: string) => (_detail: object, message: string) => said.push(`${level}: ${message}`);
  return { said, log: { info: say('info'), warn: say('warn') } };
}

async function serving<T>(answers: () => string, body: (url: string) => Promise<T>): Promise<T> {
  const server = createServer((_request, response) => response.end(answers()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await body(`http://127.0.0.1:${(server.address() as AddressInfo).port}/live`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('yields a sample each time, and says once when it cannot see and when it can again', async () => {
  const answers = ['{"p99Ms":1}', 'x', 'x', '{}', '{"p99Ms":2}', '{"p99Ms":3}'];
  const { said, log } = recordingLog();
  const end = new AbortController();
  const seen: LiveSample[] = [];
  await serving(
    () => answers[seen.length] ?? '{}',
    async (url) => {
      const signal = await openTrafficSignal(settingsOf(url), { log, signal: end.signal });
      for await (const sample of signal.samples()) {
        seen.push(sample);
        if (seen.length === answers.length) end.abort();
      }
    },
  );
  expect(seen).toEqual([{ p99Ms: 1 }, 'silent', 'silent', 'silent', { p99Ms: 2 }, { p99Ms: 3 }]);
  expect(said).toEqual([
    'warn: No reading of the live traffic: its answer is not JSON.',
    'warn: No reading of the live traffic: its answer is not as expected: neither p99Ms nor errorRate.',
    'info: Readings of the live traffic are available again.',
  ]);
});

test('ends at once when it is told to, also in the middle of an answer', async () => {
  const { log, said } = recordingLog();
  const end = new AbortController();
  const server = createServer(() => end.abort());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/live`;
  const samples: LiveSample[] = [];
  const signal = await openTrafficSignal(settingsOf(url), { log, signal: end.signal });
  for await (const sample of signal.samples()) samples.push(sample);
  server.closeAllConnections();
  server.close();
  expect(samples).toEqual([]);
  expect(said).toEqual([]);
});

test('an open adaptive rate is fed by its live signal, and lets go of everything', async () => {
  const { log } = recordingLog();
  await serving(
    () => '{"p99Ms":500,"errorRate":0,"requests":100}',
    async (url) => {
      const open = await openAdaptive({ live: settingsOf(url), connections: 4 }, { log });
      while (!open.governor.describe(performance.now()).paused) {
        open.governor.allowance(performance.now(), 0);
        await sleep(5);
      }
      expect(open.governor.describe(performance.now()).heldBackBy).toBe(
        'the live p99 is 500 ms, its target is 100 ms',
      );
      await open.close();
    },
  );
});

test('notices that its own event loop is held up', async () => {
  const watch = watchOwnHealth();
  await sleep(50);
  watch.read();
  await sleep(50);
  const until = performance.now() + 300;
  while (performance.now() < until);
  await sleep(50);
  const { eventLoopDelayMs, eventLoopUtilization, heapUsed } = watch.read();
  watch.close();
  expect(eventLoopDelayMs).toBeGreaterThan(200);
  expect(eventLoopUtilization).toBeGreaterThan(0.1);
  expect(eventLoopUtilization).toBeLessThanOrEqual(1);
  expect(heapUsed).toBeGreaterThan(0);
  expect(heapUsed).toBeLessThan(1);
});
