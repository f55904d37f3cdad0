import { openLedger } from '../../../src/backfill/ledger/file-ledger.ts';
import { createFixedRate } from '../../../src/backfill/replay/fixed-rate.ts';
import type { Attempt, ReplayTarget } from '../../../src/backfill/base/replay-ports.ts';
import { replay } from '../../../src/backfill/replay/engine.ts';
import { folder, httpTarget, listSource, message, QUICK, removeFolders, requests, run } from './parts.ts';
import { answers, closeServers, target, type Received } from './servers.ts';

afterEach(async () => {
  await closeServers();
  removeFolders();
});

const numberOf = ({ path }: Received): number => Number(new URL(path, 'http://x').searchParams.get('n'));

/** A target that answers by the number of the request and how often it was asked. */
function scripted(
  script: (ordinal: number, time: number) => Attempt,
): ReplayTarget & { readonly sends: number[] } {
  const sends: number[] = [];
  return {
    name: 'a script',
    sends,
    async send({ ordinal = -1 }) {
      sends.push(ordinal);
      const time = sends.filter((one) => one === ordinal).length;
      await new Promise(setImmediate);
      return script(ordinal, time);
    },
    async close() {},
  };
}

const OK: Attempt = { kind: 'answered', status: 200, answer: '' };

test('everything is sent once and has one fate, and no more is taken from the source than can be used', async () => {
  const server = await target(answers(204));
  const source = listSource(requests(500));
  const { end, ledger } = await run({ source, target: httpTarget(server.url, { connections: 8 }) });

  expect(end).toMatchObject({ kind: 'done', sends: 500, repeats: 0, passedOver: 0, unsettled: 0 });
  expect(ledger.counts).toMatchObject({ succeeded: 500, sends: 500, resentUnknown: 0 });
  expect(new Set(server.received.map(numberOf)).size).toBe(500);
  expect(source.settled).toHaveLength(500);
  // A batch and those that are under way, not the backlog.
  expect(source.mostOut()).toBeLessThan(200);
});

test('each answer has its fate, and the equation holds', async () => {
  const statuses = [200, 404, 301, 303, 503, 302, 304, 429, 500, 408];
  const server = await target((response, received) => {
    const status = statuses[numberOf(received) % 10] ?? 200;
    response
      .writeHead(status, status === 301 ? { location: 'http://elsewhere.example/' } : {})
      .end(`says ${status}`);
  });
  const source = listSource(requests(40));
  const { end, ledger } = await run({
    source,
    target: httpTarget(server.url),
    settings: { attempts: 2 },
  });

  expect(end.fates).toEqual({ succeeded: 12, rejected: 12, abandoned: 16, ambiguous: 0 });
  expect(ledger.counts).toMatchObject(end.fates);
  expect(ledger.counts.sends).toBe(24 + 2 * 16);
  const fateOf = (ordinal: number) => source.settled.find(({ ticket }) => ticket.ordinal === ordinal)?.fate;
  expect(fateOf(1)).toEqual({ kind: 'rejected', status: 404, answer: 'says 404' });
  expect(fateOf(2)).toEqual({
    kind: 'rejected',
    status: 301,
    answer: 'redirects to http://elsewhere.example/, not followed',
  });
  expect(fateOf(4)).toEqual({ kind: 'abandoned', why: 'answered 503: says 503, after 2 attempts' });
});

test('what failed is sent again until it succeeds, with its body loaded again', async () => {
  const seen = new Map<number, number>();
  const server = await target((response, received) => {
    const ordinal = numberOf(received);
    seen.set(ordinal, (seen.get(ordinal) ?? 0) + 1);
    response.writeHead(ordinal % 7 === 0 && (seen.get(ordinal) ?? 0) < 3 ? 503 : 200).end();
  });
  const source = listSource(requests(70));
  const { end } = await run({ source, target: httpTarget(server.url) });

  expect(end.fates.succeeded).toBe(70);
  expect(end).toMatchObject({ sends: 90, repeats: 20 });
  expect(source.loads()).toBe(20);
  expect(server.received.every((one) => one.body === JSON.stringify({ n: numberOf(one) }))).toBe(true);
  const keys = new Map<number, Set<unknown>>();
  for (const one of server.received)
    keys.set(numberOf(one), (keys.get(numberOf(one)) ?? new Set()).add(one.headers['idempotency-key']));
  expect([...keys.values()].every((ofOne) => ofOne.size === 1)).toBe(true);
  expect(new Set([...keys.values()].flatMap((ofOne) => [...ofOne])).size).toBe(70);
});

test('a server that asks for time is given it', async () => {
  const at: number[] = [];
  const server = await target((response) => {
    at.push(performance.now());
    if (at.length === 1) response.writeHead(429, { 'retry-after': '1' }).end();
    else response.writeHead(200).end();
  });
  const { end } = await run({ source: listSource(requests(1)), target: httpTarget(server.url) });

  expect(end.fates.succeeded).toBe(1);
  expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(999);
});

test.each([
  ['resend', { succeeded: 3, rejected: 0, abandoned: 0, ambiguous: 0 }],
  ['report', { succeeded: 2, rejected: 0, abandoned: 0, ambiguous: 1 }],
] as const)('an unknown outcome: %s', async (ambiguous, fates) => {
  const script = scripted((ordinal, time) =>
    ordinal === 1 && time === 1 ? { kind: 'unknown', why: 'reset' } : OK,
  );
  const { end, ledger } = await run({
    source: listSource(requests(3)),
    target: script,
    settings: { ambiguous },
  });

  expect(end.fates).toEqual(fates);
  expect(ledger.counts.resentUnknown).toBe(ambiguous === 'resend' ? 1 : 0);
});

test('what may have arrived once is never called abandoned, and a later rejection says so', async () => {
  const script = scripted((ordinal, time) => {
    if (time === 1) return { kind: 'unknown', why: 'reset' };
    return ordinal === 0
      ? { kind: 'answered', status: 503, answer: '' }
      : { kind: 'answered', status: 409, answer: 'exists' };
  });
  const source = listSource(requests(2));
  const { end } = await run({ source, target: script, settings: { attempts: 3 } });

  expect(end.fates).toEqual({ succeeded: 0, rejected: 1, abandoned: 0, ambiguous: 1 });
  expect(source.settled.find(({ ticket }) => ticket.ordinal === 1)?.fate).toEqual({
    kind: 'rejected',
    status: 409,
    answer: 'exists (an earlier attempt may have arrived)',
  });
});

test('what never left is no attempt: a target that was away long enough for all of them loses nothing', async () => {
  const script = scripted((_ordinal, time) => (time <= 12 ? { kind: 'unsent', why: 'refused' } : OK));
  const { end } = await run({ source: listSource(requests(1)), target: script, settings: { attempts: 3 } });
  expect(end).toMatchObject({ sends: 13, fates: { succeeded: 1, abandoned: 0 } });
});

test('what cannot be sent at all is abandoned with the reason, without another attempt', async () => {
  const script = scripted((ordinal) => (ordinal === 1 ? { kind: 'unsendable', why: 'too big' } : OK));
  const source = listSource(requests(3));
  const { end } = await run({ source, target: script });

  expect(end).toMatchObject({ sends: 3, fates: { succeeded: 2, abandoned: 1 } });
  expect(source.settled.find(({ ticket }) => ticket.ordinal === 1)?.fate).toEqual({
    kind: 'abandoned',
    why: 'too big',
  });
});

test('a pause ends what is under way and writes it down; who goes on sends the rest, and nothing twice', async () => {
  const directory = folder();
  const pausing = new AbortController();
  let got = 0;
  const server = await target((response) => {
    got += 1;
    if (got === 120) pausing.abort();
    setTimeout(() => response.writeHead(200).end(), 2);
  });
  const first = await run({
    directory,
    source: listSource(requests(300)),
    target: httpTarget(server.url),
    more: { pause: pausing.signal },
  });
  expect(first.end.kind).toBe('paused');
  expect(first.end.fates.succeeded).toBe(server.received.length);
  expect(server.received.length).toBeLessThan(200);

  const second = await run({ directory, source: listSource(requests(300)), target: httpTarget(server.url) });
  expect(second.end.kind).toBe('done');
  expect(second.end.passedOver).toBe(first.end.fates.succeeded);
  expect(second.end.fates.succeeded).toBe(300 - first.end.fates.succeeded);
  expect(server.received.map(numberOf).sort((a, b) => a - b)).toEqual(
    requests(300).map(({ ordinal }) => ordinal),
  );
  // Intents without an outcome would be doubts.
  expect(second.ledger.counts).toMatchObject({ succeeded: 300, ambiguous: 0, resentUnknown: 0 });
});

test('paused before it began, it sends nothing', async () => {
  const script = scripted(() => OK);
  const pause = AbortSignal.abort();
  const { end } = await run({ source: listSource(requests(3)), target: script, more: { pause } });

  expect(end).toMatchObject({ kind: 'paused', sends: 0 });
  expect(script.sends).toEqual([]);
});

test('a pause does not wait for those in back-off; the next process waits for what is left of it, and counts no attempt that never left', async () => {
  const directory = folder();
  const pausing = new AbortController();
  const failing = scripted((_, time) => {
    if (time === 1) setTimeout(() => pausing.abort(), 20);
    return { kind: 'unsent', why: 'refused' };
  });
  const backoff = { first: 3_600, longest: 3_600 };
  const first = await run({
    directory,
    source: listSource(requests(3)),
    target: failing,
    settings: { backoff },
    more: { pause: pausing.signal },
  });
  expect(first.end).toMatchObject({ kind: 'paused', sends: 3 });

  const soon = new AbortController();
  setTimeout(() => soon.abort(), 100);
  const second = await run({
    directory,
    source: listSource(requests(3)),
    target: scripted(() => OK),
    more: { pause: soon.signal },
  });
  expect(second.end).toMatchObject({ kind: 'paused', sends: 0 });

  const third = await run({
    directory,
    source: listSource(requests(3)),
    target: scripted((_, time) => (time === 1 ? { kind: 'answered', status: 503, answer: '' } : OK)),
    settings: { attempts: 2 },
    more: { now: () => Date.now() + 3_600_000 },
  });
  expect(third.end).toMatchObject({ kind: 'done', sends: 6, fates: { succeeded: 3 } });
});

test.each([
  ['resend', 4],
  ['report', 3],
] as const)('an intent without an outcome, from a process that died: %s', async (ambiguous, sent) => {
  const directory = folder();
  const dead = await openLedger(directory, { syncs: false });
  await dead.intend({ source: 1, position: 1_400, ordinal: 2 }, 1);
  await dead.close();

  const source = listSource(requests(4));
  const script = scripted(() => OK);
  const { end, ledger } = await run({ directory, source, target: script, settings: { ambiguous } });
  expect(script.sends).toHaveLength(sent);
  expect(end.fates).toMatchObject({ succeeded: sent, ambiguous: 4 - sent });
  expect(ledger.counts.resentUnknown).toBe(sent - 3);
});

test('a ledger that can write no outcome ends everything, though several requests are under way', async () => {
  const ledger = await openLedger(folder(), { syncs: false });
  const full = new Error('no space left');
  const breaking = { ...methodsOf(ledger), conclude: () => Promise.reject(full) };
  const slow: ReplayTarget = {
    name: 'slow',
    async send({ ordinal = 0 }) {
      await new Promise((resolve) => setTimeout(resolve, ordinal * 5));
      return OK;
    },
    async close() {},
  };
  const replaying = replay({
    ...{ source: listSource(requests(8)), target: slow, ledger: breaking, settings: QUICK },
    governor: createFixedRate(1_000_000),
    pause: new AbortController().signal,
  });
  await expect(replaying).rejects.toBe(full);
  await ledger.close();
});

test('a ledger that cannot be written ends everything: what is under way ends, nothing new is sent', async () => {
  const directory = folder();
  const ledger = await openLedger(directory, { syncs: false });
  let intents = 0;
  const full = new Error('no space left');
  const breaking = {
    ...methodsOf(ledger),
    intend: (...args: Parameters<typeof ledger.intend>) => {
      intents += 1;
      return intents > 20 ? Promise.reject(full) : ledger.intend(...args);
    },
  };
  let underWay = 0;
  let sent = 0;
  const script: ReplayTarget = {
    name: 'slow',
    async send() {
      sent += 1;
      underWay += 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
      underWay -= 1;
      return OK;
    },
    async close() {},
  };
  const running = run({ source: listSource(requests(100)), target: script, more: { ledger: breaking } });
  await expect(running).rejects.toBe(full);
  expect(underWay).toBe(0);
  // Whatever was sent has its outcome, for those the ledger still took.
  expect(sent).toBeGreaterThan(0);
  expect(sent).toBeLessThanOrEqual(20);
  expect(ledger.counts.succeeded).toBe(sent);
  await ledger.close();
});

test('a source that breaks is told, after what is under way has ended', async () => {
  const source = listSource(requests(200));
  let pulls = 0;
  const breaking = {
    ...source,
    next: (limit: number, pause: AbortSignal) => {
      pulls += 1;
      return pulls > 2 ? Promise.reject(new Error('the disk is gone')) : source.next(limit, pause);
    },
  };
  const directory = folder();
  await expect(run({ directory, source: breaking, target: scripted(() => OK) })).rejects.toThrow(
    'the disk is gone',
  );

  const after = await run({ directory, source: listSource(requests(200)), target: scripted(() => OK) });
  expect(after.end.kind).toBe('done');
  expect(after.ledger.counts).toMatchObject({ succeeded: 200, resentUnknown: 0 });
});

test('a source that does not take back what is settled stops nothing, and is told', async () => {
  const source = listSource(requests(5));
  let refusals = 0;
  const forgetful = {
    ...source,
    settle: async () => {
      refusals += 1;
      if (refusals <= 2) throw new Error('try later');
    },
  };
  const { end } = await run({ source: forgetful, target: scripted(() => OK) });
  expect(end).toMatchObject({ kind: 'done', fates: { succeeded: 5 }, unsettled: 0 });
  expect(refusals).toBe(7);
});

test('a message that a queue delivers twice while it is under way is sent once', async () => {
  const twice = [0, 1, 0, 2, 1].map((number) => message(`message-${number}`));
  const sends: string[] = [];
  const queue: ReplayTarget = {
    name: 'a queue',
    async send({ position }) {
      sends.push(String(position));
      await new Promise((resolve) => setTimeout(resolve, 5));
      return OK;
    },
    async close() {},
  };
  const { end } = await run({ source: listSource(twice), target: queue });
  expect(end.fates.succeeded).toBe(3);
  expect(sends.sort()).toEqual(['message-0', 'message-1', 'message-2']);
});

test('no more than the connections are under way, and the rate is kept', async () => {
  let underWay = 0;
  let most = 0;
  const script: ReplayTarget = {
    name: 'slow',
    async send() {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setTimeout(resolve, 3));
      underWay -= 1;
      return OK;
    },
    async close() {},
  };
  await run({ source: listSource(requests(60)), target: script, settings: { connections: 4 } });
  expect(most).toBe(4);

  const began = performance.now();
  await run({
    source: listSource(requests(41)),
    target: scripted(() => OK),
    more: { governor: createFixedRate(200) },
  });
  expect(performance.now() - began).toBeGreaterThan(190);
});

function methodsOf(ledger: Awaited<ReturnType<typeof openLedger>>) {
  return {
    stateOf: ledger.stateOf.bind(ledger),
    intend: ledger.intend.bind(ledger),
    failed: ledger.failed.bind(ledger),
    conclude: ledger.conclude.bind(ledger),
    close: ledger.close.bind(ledger),
    get counts() {
      return ledger.counts;
    },
  };
}
