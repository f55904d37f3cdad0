import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { scanOnly } from '../../../src/backfill/scan-only.ts';
import { openWorkStore } from '../../../src/backfill/work/sqlite-work.ts';
import { openLogs } from '../../../src/backfill/open-logs.ts';
import { scan } from '../../../src/backfill/scan/scan.ts';
import { backfillSchema, type BackfillSpec } from '../../../src/runbook/backfill-schema.ts';
import { MINUTE_MS, SECOND_MS } from '../../../src/time.ts';

const T0 = Date.UTC(2026, 10, 20, 3);
const TOOLS = {
  ...{ env: {}, now: () => T0, threads: 1 },
  log: { warn: () => undefined, info: () => undefined },
};

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'lifeboat-scan-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function specOf(change: object = {}): BackfillSpec {
  return backfillSchema.parse({ sources: [{ path: join(folder, 'logs', '*') }], ...change });
}

/** Writes logs and scans them. What is left in the folder of scratch files is returned too: nothing should be. */
async function scanned(
  files: Readonly<Record<string, string | Buffer>>,
  change: object = {},
  undone?: { from: number; to: number },
) {
  mkdirSync(join(folder, 'logs'), { recursive: true });
  mkdirSync(join(folder, 'scratch'), { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, 'logs', name), content);
  const { signal } = new AbortController();
  const result = await scanOnly(specOf(change), join(folder, 'scratch'), TOOLS, {
    signal,
    ...(undone !== undefined && { undone }),
  });
  expect(readdirSync(join(folder, 'scratch'))).toEqual([]);
  expect(result.balanced).toBe(true);
  return result;
}

/** One line of an ALB log, answered `seconds` after the start. */
function alb(
  seconds: number,
  status: number,
  method = 'GET',
  path = `/${seconds}`,
  agent = 'curl/8',
): string {
  const at = new Date(T0 + seconds * SECOND_MS).toISOString().replace('Z', '000Z');
  return (
    `http ${at} app/lb/1 192.0.2.7:2817 10.0.0.1:80 0.000 0.001 0.000 ${status} ${status} 34 366 ` +
    `"${method} http://shop.example:80${path} HTTP/1.1" "${agent}" - - arn:aws:x "Root=1-2-3" "-" "-" 0 ${at} ` +
    `"forward" "-" "-" "10.0.0.1:80" "${status}" "-" "-" "-" - -\n`
  );
}

/** One line of a capture. */
function capture(seconds: number, fields: object = {}): string {
  const time = new Date(T0 + seconds * SECOND_MS).toISOString();
  return `${JSON.stringify({ time, method: 'POST', url: `/${seconds}`, headers: {}, body: 'x', ...fields })}\n`;
}

test('every line of every source is in exactly one count', async () => {
  const tls =
    'tls 2.0 2026-11-20T03:00:00 net/nlb/1 2 192.0.2.1:5 10.0.0.1:443 5 - 98 246 - arn - TLS - - - - - -\n';
  const result = await scanned({
    'a.log': alb(1, 200) + 'nonsense\n' + alb(2, 503) + tls + alb(3, 504, 'POST') + alb(4, 404),
    'b.log.gz': gzipSync(alb(5, 502) + alb(6, 200).slice(0, 90)),
  });
  expect(result).toMatchObject({
    ...{ scanned: 8, malformed: 2, foreign: 1, healthy: 2, failed: 3 },
    ...{ clientRecovered: 0, unrecoverable: 1, pending: 2 },
  });
  expect(result.samples.map(({ kind }) => kind).sort()).toEqual(['foreign', 'malformed', 'malformed']);
});

test('a POST in an access log is never called replayable, whatever a rule says', async () => {
  const clients = [{ name: 'all', behaviour: 'gives-up', replay: true }];
  const result = await scanned({ 'a.log': alb(1, 503, 'POST') + alb(2, 503) }, { clients });
  expect(result.byClass).toMatchObject([{ class: 'all', verdicts: { lost: 1, replayable: 1 } }]);
});

test('what succeeded at one host brings nothing back that failed at another, and hosts are counted', async () => {
  const clients = [{ name: 'web', behaviour: 'retries', horizon: '60s' }];
  const to = (host: string, line: string): string => line.replace('http://shop.example:80', host);
  const result = await scanned(
    {
      'a.log':
        to('https://a.example:443', alb(1, 502, 'GET', '/cart')) +
        to('https://b.example:443', alb(2, 200, 'GET', '/cart')) +
        to('https://c.example:8443', alb(3, 502, 'GET', '/cart')) +
        to('https://C.example:8443', alb(4, 200, 'GET', '/cart')) +
        alb(5, 502, 'GET', '/x') +
        alb(90, 502, 'GET', '/x'),
    },
    { clients },
  );
  expect(result).toMatchObject({ failed: 4, clientRecovered: 1, pending: 3 });
  expect(result.hosts).toEqual([
    { host: 'shop.example', requests: 2 },
    { host: 'a.example', requests: 1 },
  ]);
});

test('hosts that no log tells are counted as unknown, and not more than a thousand are told apart', async () => {
  const line = (index: number, host?: string): string =>
    capture(index, { ...(host !== undefined && { headers: { Host: host } }) });
  const many = Array.from({ length: 1_003 }, (_, index) => line(index, `h${index}.example`)).join('');
  const result = await scanned({ 'a.jsonl': line(2_000) + line(2_001) + line(2_002) + line(2_003) + many });
  expect(result.hosts).toHaveLength(1_002);
  expect(result.hosts?.slice(0, 2)).toEqual([
    { host: null, requests: 4 },
    { host: 'further hosts', requests: 3 },
  ]);
});

test('every line of a log is in a count: header lines and comments are foreign', async () => {
  const header = (date: string): string =>
    `#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x\n# ${date}\n`;
  const result = await scanned({
    'edge.log': header('one') + header('two'),
    'b.log': `# made by hand\n${alb(1, 503)}`,
  });
  expect(result).toMatchObject({ scanned: 8, foreign: 7, malformed: 0, failed: 1 });
  expect(result.sources.map(({ lines }) => lines)).toEqual([2, 6]);
  expect(result.sources[1]?.remarks).toContain('its header lines (#) are counted as foreign');
});

test('a file that is no text ends no scan of a pattern, is told with what to do, and is in no count', async () => {
  const result = await scanned({
    'a.log': alb(1, 503),
    'b.log.xz': Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4, 0xe6]),
    'README.txt': 'These are logs.\nOf a load balancer.\n',
  });
  expect(result).toMatchObject({ scanned: 3, malformed: 2, failed: 1 });
  expect(result.sources.map(({ name, lines }) => [name.replace(/.*\//, ''), lines])).toEqual([
    ['README.txt', 2],
    ['a.log', 1],
    ['b.log.xz', 0],
  ]);
  expect(result.sources[0]?.remarks).toEqual(['none of its lines is a request in the format alb']);
  expect(result.sources[2]?.remarks).toEqual(['not read: it is compressed with xz']);
  expect(result.actions).toEqual([
    expect.stringMatching(
      /^Cannot read .*b\.log\.xz: it is compressed with xz\. Decompress it first.* xz -dc .*b\.log\.xz \|/,
    ),
  ]);
});

test('logs that were joined, or cut out of one another, are told, each with its place', async () => {
  const piece = (first: number): string =>
    Array.from({ length: 20 }, (_, index) => alb(first + index, 503)).join('');
  const [one, two, three] = [piece(0), piece(20), piece(40)];
  const tail = (two + three).slice(alb(20, 503).length);
  const remarksOf = async (files: Readonly<Record<string, string | Buffer>>) => {
    rmSync(join(folder, 'logs'), { recursive: true, force: true });
    const { sources } = await scanned(files);
    return sources.map(({ name, remarks }) => [name.replace(/.*\//, ''), remarks]);
  };
  const twice = (offset: number, name: string): string =>
    `from byte ${offset} on it contains the first lines of ${join(folder, 'logs', name)}: requests that are in both are counted and sent twice; leave one of them out`;

  expect(await remarksOf({ 'all.gz': gzipSync(one + two + three), 'b.log': two })).toEqual([
    ['all.gz', [twice(one.length, 'b.log')]],
    ['b.log', []],
  ]);
  expect(await remarksOf({ a: one + two, b: tail })).toEqual([
    ['a', [twice(one.length + alb(20, 503).length, 'b')]],
    ['b', []],
  ]);
  // Cut within a line.
  expect(await remarksOf({ a: one + two, b: (two + three).slice(30) })).toEqual([
    ['a', [twice(one.length + alb(20, 503).length, 'b')]],
    ['b', []],
  ]);
  expect(await remarksOf({ a: one + two + one })).toEqual([
    [
      'a',
      [
        `from byte ${one.length + two.length} on it starts over: requests that it contains twice are counted and sent twice`,
      ],
    ],
  ]);
  // A few lines that are the same say nothing.
  const few = two.split('\n').slice(0, 4).join('\n');
  expect(await remarksOf({ a: one + two, b: `${few}\n` })).toEqual([
    ['a', []],
    ['b', []],
  ]);
  expect(await remarksOf({ a: one + two, b: `${few}\n${three}` })).toEqual([
    ['a', []],
    ['b', []],
  ]);
});

test('ten attempts at one request are one request: the last one decides', async () => {
  const clients = [{ name: 'web', behaviour: 'retries', horizon: '30s' }];
  const attempts = (path: string, statuses: readonly number[]): string =>
    statuses.map((status, index) => alb(index * 3, status, 'GET', path)).join('');
  const failing = Array.from({ length: 10 }, () => 503);
  const result = await scanned(
    { 'a.log': attempts('/lost', failing) + attempts('/back', [...failing.slice(0, 3), 200]) },
    { clients },
  );
  expect(result).toMatchObject({ failed: 13, clientRecovered: 12, pending: 1, healthy: 1 });
});

test('only what is to be replayed is kept, in the order of time, and a retried request is taken out again', async () => {
  mkdirSync(join(folder, 'logs'));
  const clients = [{ name: 'web', behaviour: 'retries', horizon: '30s' }];
  writeFileSync(
    join(folder, 'logs', 'a.log'),
    alb(9, 503) +
      alb(1, 503) +
      alb(2, 503, 'GET', '/again') +
      alb(5, 200, 'GET', '/again') +
      alb(4, 503, 'POST'),
  );
  const spec = specOf({ clients, replay: { target: 'http://x.example', orderBy: 'client' } });
  const { signal } = new AbortController();
  const sources = await openLogs(spec, folder, TOOLS, signal);
  const store = openWorkStore(join(folder, 'work'));
  const parts = { spec, sources, scratch: folder, now: T0, threads: 1 };
  const facts = await scan({ ...parts, writer: store.beginScan() });
  expect(facts.counts).toMatchObject({
    scanned: 5,
    healthy: 1,
    clientRecovered: 1,
    unrecoverable: 1,
    pending: 2,
  });
  const kept = await store.openSource().next(10, signal);
  expect(kept?.map(({ url, orderKey }) => [url, orderKey])).toEqual([
    ['/1', '192.0.2.7'],
    ['/9', '192.0.2.7'],
  ]);
  store.close();
  for (const source of sources) await source.close();
});

describe('what is missed, by the windows', () => {
  // Half of an hour is bad; one failure long after it is an ordinary one.
  const hour = Array.from({ length: 720 }, (_, index) =>
    alb(index * 10, index >= 60 && index < 240 && index % 3 === 0 ? 503 : 200),
  ).join('');
  const log = { 'a.log': hour + alb(7_300, 500) };

  test('all failures, unless told otherwise', async () => {
    const result = await scanned(log);
    expect(result).toMatchObject({ failed: 61, pending: 61 });
    expect(result.windows).toMatchObject([
      { kind: 'errors', start: T0 + 10 * MINUTE_MS, end: T0 + 40 * MINUTE_MS },
    ]);
  });

  test('scope windows: what failed outside is an ordinary error', async () => {
    const result = await scanned(log, { windows: { scope: 'windows' } });
    expect(result).toMatchObject({ failed: 60, pending: 60, unrecoverable: 0, ordinaryErrors: 1 });
  });

  test('scope given: what failed outside the given windows', async () => {
    const given = [{ from: '2026-11-20T03:10:00Z', to: '2026-11-20T03:20:00Z' }];
    const result = await scanned(log, { windows: { scope: 'given', given } });
    expect(result).toMatchObject({ failed: 20, pending: 20, unrecoverable: 0, ordinaryErrors: 41 });
  });

  test('include all: healthy requests of the window are missed too, but not reads without a rule', async () => {
    const given = [{ from: '2026-11-20T03:00:00Z', to: '2026-11-20T03:01:00Z', include: 'all' }];
    const lines =
      capture(1, { status: 200 }) + capture(2, { status: 200, method: 'GET' }) + capture(70, { status: 200 });
    expect(await scanned({ 'c.jsonl': lines }, { windows: { given } })).toMatchObject({
      ...{ scanned: 3, healthy: 2, failed: 1, pending: 1 },
    });
  });

  test('what a restore has undone is missed', async () => {
    const lines = capture(1, { status: 201 }) + capture(2, { status: 503 }) + capture(3, { status: 201 });
    const undone = { from: T0, to: T0 + 2_500 };
    expect(await scanned({ 'c.jsonl': lines }, {}, undone)).toMatchObject({
      healthy: 1,
      failed: 2,
      pending: 2,
    });
  });
});

test('a client that stopped for good is an action for people', async () => {
  const clients = [{ name: 'webhook', userAgent: 'hook/*', behaviour: 'gives-up', switchesOffAfter: 3 }];
  const lines = [1, 2, 3].map((second) => alb(second, 503, 'POST', '/hook', 'hook/1')).join('');
  const { actions } = await scanned({ 'a.log': lines }, { clients });
  expect(actions).toEqual([expect.stringContaining("'webhook' has switched itself off after 3 failures")]);
  const later = await scanned({ 'a.log': lines + alb(9, 200, 'POST', '/hook', 'hook/1') }, { clients });
  expect(later.actions).toEqual([]);
});
