import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplayProgress } from '../../../src/backfill/replay/engine.ts';
import type { Attempt, ReplayTarget } from '../../../src/backfill/base/replay-ports.ts';
import { httpTarget, listSource, removeFolders, requests, run } from './parts.ts';
import { answers, closeServers, target } from './servers.ts';

afterEach(async () => {
  await closeServers();
  removeFolders();
});

test('a target that dies and comes back gets everything, each request once; meanwhile it is only probed', async () => {
  const server = await target(answers(200));
  const source = listSource(requests(600));
  const progress: ReplayProgress[] = [];
  const running = run({
    source,
    target: httpTarget(server.url),
    settings: { attempts: 20, backoff: { first: 0.02, longest: 0.05 } },
    more: { onProgress: (one) => progress.push(one) },
  });
  while (server.received.length < 200) await sleep(1);
  await server.stop();
  await sleep(700);
  await server.restart();
  const { end, ledger } = await running;

  expect(end.kind).toBe('done');
  expect(end.fates.succeeded).toBe(600);
  expect(new Set(server.received.map(({ path }) => path)).size).toBe(600);
  // What was under way when it died, may have arrived and was sent again.
  expect(server.received.length).toBe(600 + doublesOf(server.received.map(({ path }) => path)));
  expect(doublesOf(server.received.map(({ path }) => path))).toBeLessThanOrEqual(ledger.counts.resentUnknown);
  // Twenty failures opened the breaker; then one probe every 10 to 50 ms.
  expect(end.sends - 600).toBeLessThan(120);
  expect(progress.some(({ targetDown }) => targetDown?.includes('ECONNREFUSED'))).toBe(true);
});

test('while a target is down nothing more is pulled, and nothing is given up', async () => {
  let isUp = false;
  let sends = 0;
  const script: ReplayTarget = {
    name: 'down',
    async send(): Promise<Attempt> {
      sends += 1;
      await new Promise(setImmediate);
      return isUp
        ? { kind: 'answered', status: 200, answer: '' }
        : { kind: 'answered', status: 503, answer: '' };
    },
    async close() {},
  };
  const source = listSource(requests(5_000));
  const running = run({
    source,
    target: script,
    settings: { attempts: 4, backoff: { first: 0.05, longest: 0.1 } },
  });
  await sleep(300);
  expect(sends).toBeLessThan(45);
  expect(source.mostOut()).toBeLessThan(250);
  isUp = true;
  const { end } = await running;
  expect(end.fates).toMatchObject({ succeeded: 5_000, abandoned: 0 });
});

test('a target that always fails is given up request by request, not for ever', async () => {
  const script: ReplayTarget = {
    name: 'broken',
    async send(): Promise<Attempt> {
      return { kind: 'answered', status: 500, answer: 'broken' };
    },
    async close() {},
  };
  const source = listSource(requests(30));
  const { end } = await run({
    source,
    target: script,
    settings: { attempts: 2, backoff: { first: 0.001, longest: 0.002 } },
  });
  expect(end).toMatchObject({ kind: 'done', sends: 60, fates: { abandoned: 30 } });
});

test('repeats are at most a tenth of the sends while first ones flow', async () => {
  const tried = new Set<number>();
  let sends = 0;
  let repeats = 0;
  let worst = 0;
  const script: ReplayTarget = {
    name: 'half',
    async send({ ordinal = -1 }): Promise<Attempt> {
      await new Promise(setImmediate);
      sends += 1;
      if (tried.has(ordinal)) repeats += 1;
      if (tried.size < 3_000 && sends > 100) worst = Math.max(worst, repeats / sends);
      const isFirst = !tried.has(ordinal);
      tried.add(ordinal);
      const fails = isFirst && ordinal % 3 !== 0;
      return { kind: 'answered', status: fails ? 500 : 200, answer: '' };
    },
    async close() {},
  };
  const { end } = await run({
    source: listSource(requests(3_000)),
    target: script,
    settings: { backoff: { first: 0.001, longest: 0.001 } },
  });
  expect(end.fates.succeeded).toBe(3_000);
  expect(end.repeats).toBe(2_000);
  expect(worst).toBeGreaterThan(0.05);
  expect(worst).toBeLessThanOrEqual(0.11);
});

function doublesOf(paths: readonly string[]): number {
  return paths.length - new Set(paths).size;
}
