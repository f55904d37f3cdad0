import { hash32 } from '../../../src/hash.ts';
import type { Attempt, ReplayTarget } from '../../../src/backfill/base/replay-ports.ts';
import { fc } from '../../property.ts';
import { folder, httpTarget, listSource, removeFolders, requests, run } from './parts.ts';
import { closeServers, target } from './servers.ts';

afterEach(async () => {
  await closeServers();
  removeFolders();
});

/** Fails by chance; notes which requests had an effect, and how many of one key were under way. */
function moody(seed: number, keyOf: (ordinal: number) => string | undefined) {
  const effects: number[] = [];
  const underWay = new Map<string, number>();
  let mostOfOneKey = 0;
  let mostOfAll = 0;
  let calls = 0;
  const made: ReplayTarget = {
    name: 'moody',
    async send({ ordinal = -1, orderKey = `own-${ordinal}` }) {
      calls += 1;
      const chance = hash32(`${seed}:${calls}`);
      underWay.set(orderKey, (underWay.get(orderKey) ?? 0) + 1);
      mostOfOneKey = Math.max(mostOfOneKey, underWay.get(orderKey) ?? 0);
      mostOfAll = Math.max(
        mostOfAll,
        [...underWay.values()].reduce((sum, one) => sum + one, 0),
      );
      for (let turn = 0; turn < chance % 5; turn += 1) await new Promise(setImmediate);
      underWay.set(orderKey, (underWay.get(orderKey) ?? 1) - 1);
      const answer = answerBy(chance >>> 8);
      if (answer.kind === 'answered' && answer.status === 200) effects.push(ordinal);
      return answer;
    },
    async close() {},
  };
  return { target: made, effects, mostOfOneKey: () => mostOfOneKey, mostOfAll: () => mostOfAll, keyOf };
}

function answerBy(chance: number): Attempt {
  const draw = chance % 10;
  if (draw === 0) return { kind: 'answered', status: 503, answer: '' };
  if (draw === 1) return { kind: 'unsent', why: 'refused' };
  if (draw === 2) return { kind: 'unknown', why: 'reset' };
  if (draw === 3) return { kind: 'answered', status: 422, answer: 'no' };
  return { kind: 'answered', status: 200, answer: '' };
}

test('with failures of every kind the effects of a key are in order, its requests one at a time, others in parallel', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 20, max: 120 }),
      async (seed, keys, count) => {
        const keyOf = (ordinal: number): string | undefined => {
          const key = hash32(`${seed}/${ordinal}`) % (keys + 1);
          return key === keys ? undefined : `key-${key}`;
        };
        const list = requests(count, (ordinal) => {
          const orderKey = keyOf(ordinal);
          return orderKey === undefined ? {} : { orderKey };
        });
        const world = moody(seed, keyOf);
        const source = listSource(list);
        const { end } = await run({
          source,
          target: world.target,
          settings: { ordered: true, attempts: 100, backoff: { first: 0.001, longest: 0.003 } },
        });

        const { succeeded, rejected, abandoned, ambiguous } = end.fates;
        expect(succeeded + rejected + abandoned + ambiguous).toBe(count);
        expect(abandoned + ambiguous).toBe(0);
        expect(world.effects).toHaveLength(succeeded);
        expect(world.mostOfOneKey()).toBeLessThanOrEqual(1);
        for (let key = 0; key < keys; key += 1) {
          const ofKey = world.effects.filter((ordinal) => keyOf(ordinal) === `key-${key}`);
          expect(ofKey).toEqual([...ofKey].sort((a, b) => a - b));
        }
        if (keys >= 4 && count >= 60) expect(world.mostOfAll()).toBeGreaterThan(2);
      },
    ),
    { numRuns: 12 },
  );
});

test('a key that is stuck does not delay other keys', async () => {
  const done: string[] = [];
  const server = await target((response, { headers, path }) => {
    const key = String(headers['x-key']);
    // Until the others are through, however long that takes here.
    if (path === '/events?n=0' && done.length < 180) {
      response.writeHead(503, { 'retry-after': '1' }).end();
      return;
    }
    done.push(`${key}:${path}`);
    response.end();
  });
  const list = requests(200, (ordinal) => {
    const orderKey = `key-${ordinal % 10}`;
    return { orderKey, headers: [['x-key', orderKey]] };
  });
  const { end } = await run({
    source: listSource(list),
    target: httpTarget(server.url),
    settings: { ordered: true },
  });

  expect(end.fates.succeeded).toBe(200);
  const stuck = done.findIndex((one) => one.startsWith('key-0:'));
  expect(stuck).toBe(180);
  expect(done.slice(180)).toEqual(Array.from({ length: 20 }, (_, index) => `key-0:/events?n=${index * 10}`));
});

test('order is kept over a pause: who goes on begins with what has no fate', async () => {
  const directory = folder();
  const arrived: number[] = [];
  const pausing = new AbortController();
  const server = await target((response, { path }) => {
    arrived.push(Number(path.split('=')[1]));
    if (arrived.length === 40) pausing.abort();
    response.end();
  });
  const list = requests(120, (ordinal) => ({ orderKey: `key-${ordinal % 4}` }));
  const settings = { ordered: true };
  const first = await run({
    directory,
    source: listSource(list),
    target: httpTarget(server.url),
    settings,
    more: { pause: pausing.signal },
  });
  expect(first.end.kind).toBe('paused');
  const second = await run({ directory, source: listSource(list), target: httpTarget(server.url), settings });
  expect(second.end.kind).toBe('done');
  for (let key = 0; key < 4; key += 1)
    expect(arrived.filter((ordinal) => ordinal % 4 === key)).toEqual(
      Array.from({ length: 30 }, (_, index) => index * 4 + key),
    );
});
