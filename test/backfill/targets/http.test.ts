import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplayTarget } from '../../../src/backfill/base/replay-ports.ts';
import { httpTarget, request } from '../replay/parts.ts';
import { answers, closeServers, deadPort, rawTarget, target } from '../replay/servers.ts';

const opened: ReplayTarget[] = [];

function open(url: string, settings: object = {}, options: object = {}): ReplayTarget {
  const made = httpTarget(url, settings, options);
  opened.push(made);
  return made;
}

afterEach(async () => {
  await closeServers();
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n';

test('a request arrives as it was, but for its connection, at the declared path', async () => {
  const server = await target(answers(201));
  const to = open(`${server.url}/in?tenant=7`);
  const attempt = await to.send(
    request(3, {
      headers: [
        ['x-a', 'b'],
        ['host', 'old.example'],
        ['content-length', '1'],
      ],
    }),
    1,
  );

  expect(attempt).toEqual({ kind: 'answered', status: 201, answer: '' });
  expect(server.received).toHaveLength(1);
  const [one] = server.received;
  expect(one).toMatchObject({ method: 'POST', path: '/in/events?n=3&tenant=7', body: '{"n":3}' });
  expect(one?.headers).toEqual({
    host: `127.0.0.1:${server.port}`,
    connection: 'keep-alive',
    'content-length': '7',
    'x-a': 'b',
    'idempotency-key': expect.stringMatching(/^"[0-9a-f-]{36}"$/),
  });
  expect(to.name).toBe(`${server.url}/in`);
});

test('connections are kept, one request at a time on each', async () => {
  const server = await target((response) => void setTimeout(() => response.end('ok'), 5));
  const to = open(server.url, { connections: 3 });
  for (let round = 0; round < 4; round += 1)
    await Promise.all([0, 1, 2].map((ordinal) => to.send(request(ordinal), 1)));
  expect(server.received).toHaveLength(12);
  expect(server.connections()).toBe(3);
});

test.each([
  ['HEAD', undefined],
  ['GET', undefined],
  ['DELETE', undefined],
  ['PUT', Buffer.from('x')],
  ['PATCH', Buffer.alloc(0)],
  ['PURGE', undefined],
])('%s', async (method, body) => {
  const server = await target(answers(200));
  const to = open(server.url);
  const bare = { source: 1, position: 0, at: 0, method, url: '/events', headers: [] };
  const one = body === undefined ? bare : { ...bare, body };
  expect(await to.send(one, 1)).toMatchObject({ kind: 'answered', status: 200 });
  expect(await to.send(one, 2)).toMatchObject({ kind: 'answered', status: 200 });
  expect(server.received.map((received) => received.method)).toEqual([method, method]);
});

test('OPTIONS * is sent as it is, and has the fates of other requests', async () => {
  const server = await target(answers(204, { allow: 'GET' }));
  const bare = {
    source: 1,
    position: 0,
    at: 0,
    method: 'OPTIONS',
    url: '*',
    headers: [['x-a', 'b']] as const,
  };
  expect(await open(server.url).send(bare, 1)).toEqual({ kind: 'answered', status: 204, answer: '' });
  expect(server.received[0]).toMatchObject({ method: 'OPTIONS', path: '*', headers: { 'x-a': 'b' } });
  expect(server.received[0]?.headers.host).toBe(`127.0.0.1:${server.port}`);
  expect(await open(`http://127.0.0.1:${await deadPort()}`).send(bare, 1)).toMatchObject({ kind: 'unsent' });
  const broken = await rawTarget((socket) => socket.destroy());
  expect(await open(broken.url).send(bare, 1)).toMatchObject({ kind: 'unknown' });
  const silent = await rawTarget(() => undefined);
  expect(await open(silent.url, { timeout: '50ms' }).send(bare, 1)).toMatchObject({
    kind: 'unknown',
    why: expect.stringContaining('no answer within'),
  });
});

test('headers and path arrive as the bytes that were recorded', async () => {
  const server = await rawTarget((socket) => void socket.end(`${HEAD}ok`));
  const bytes = (text: string): string => Buffer.from(text).toString('latin1');
  await open(server.url).send(
    request(0, {
      url: '/a\\b#c?q=%7e\u00fc',
      headers: [
        ['x-name', bytes('Zoë 東京')],
        ['cookie', 'a=1'],
        ['cookie', 'b=2'],
      ],
    }),
    1,
  );
  expect(server.bytes()).toContain('POST /a%5Cb%23c?q=%7e%C3%BC HTTP/1.1\r\n');
  expect(server.bytes()).toContain(`x-name: ${bytes('Zoë 東京')}\r\n`);
  expect(server.bytes()).toContain('cookie: a=1; b=2\r\n');
});

test('the host of the request is kept where that is asked for, and the connection goes to the target', async () => {
  const server = await target(answers(200));
  const to = open(server.url, { rewrite: { host: 'original' } });
  await to.send(request(0, { headers: [['host', 'Shop.example:8443']] }), 1);
  await to.send(request(1, { headers: [] }), 1);
  expect(server.received.map(({ headers }) => headers.host)).toEqual([
    'Shop.example:8443',
    `127.0.0.1:${server.port}`,
  ]);
});

describe('answers', () => {
  test('of a rejection the beginning is kept, fit for a terminal; how long to wait is read', async () => {
    const server = await target(
      answers(429, { 'retry-after': '7' }, `bad\u001b[31m\r\nrequest ${'x'.repeat(9_000)}`),
    );
    const attempt = await open(server.url).send(request(0), 1);
    expect(attempt).toMatchObject({ kind: 'answered', status: 429, retryAfterSeconds: 7 });
    const { answer } = attempt as Extract<typeof attempt, { kind: 'answered' }>;
    expect(answer).toMatch(/^bad\\u\{1b\}\[31m request x+\.\.\.$/);
    expect(answer.length).toBeLessThanOrEqual(503);
  });

  test.each([
    ['Sat, 21 Nov 2026 00:01:30 GMT', 90],
    ['Fri, 20 Nov 2026 00:00:00 GMT', 0],
    ['0', 0],
    ['soon', undefined],
    ['-5', undefined],
  ])('Retry-After: %s', async (value, seconds) => {
    const server = await target(answers(503, { 'retry-after': value }));
    const attempt = await open(server.url, {}, { now: () => Date.UTC(2026, 10, 21) }).send(request(0), 1);
    expect(attempt).toEqual({
      kind: 'answered',
      status: 503,
      answer: 'ok',
      ...(seconds !== undefined && { retryAfterSeconds: seconds }),
    });
  });

  test('a redirect is an answer: the other server hears nothing', async () => {
    const other = await target(answers(200));
    const server = await target(answers(307, { location: `${other.url}/here` }));
    const attempt = await open(server.url).send(request(0), 1);
    expect(attempt).toEqual({
      kind: 'answered',
      status: 307,
      answer: `redirects to ${other.url}/here, not followed`,
    });
    expect(other.connections()).toBe(0);
  });

  test('early hints are not the answer', async () => {
    const server = await rawTarget((socket) =>
      socket.write(`HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${HEAD}ok`),
    );
    expect(await open(server.url).send(request(0), 1)).toMatchObject({ kind: 'answered', status: 200 });
  });

  test('one without end is cut off; its status counts', async () => {
    const server = await target((response) => {
      response.writeHead(404);
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 'x')));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    const attempt = await open(server.url).send(request(0), 1);
    expect(attempt).toMatchObject({ kind: 'answered', status: 404 });
  });

  test('one that trickles ends with the time that it has; its status counts', async () => {
    const server = await target((response) => {
      response.writeHead(200, { 'content-length': '1000' });
      const trickle = setInterval(() => response.write('x'), 10);
      response.on('close', () => clearInterval(trickle));
    });
    const began = performance.now();
    expect(await open(server.url, { timeout: '150ms' }).send(request(0), 1)).toMatchObject({ status: 200 });
    expect(performance.now() - began).toBeGreaterThan(140);
  });
});

describe('what is certainly not sent', () => {
  test('a closed port', async () => {
    const port = await deadPort();
    expect(await open(`http://127.0.0.1:${port}`).send(request(0), 1)).toEqual({
      kind: 'unsent',
      why: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('no such host', async () => {
    expect(await open('http://nowhere.invalid').send(request(0), 1)).toMatchObject({ kind: 'unsent' });
  });

  test('the other side does not speak TLS, or not with a certificate that is trusted', async () => {
    const plain = await rawTarget((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const attempt = await open(plain.url.replace('http:', 'https:')).send(request(0), 1);
    expect(attempt).toMatchObject({ kind: 'unsent' });
    expect(plain.bytes()).not.toContain('POST');
  });

  test('a connection that is not made in time', async () => {
    // Takes the connection and says nothing: the handshake of TLS never ends.
    const silent = await rawTarget(() => undefined);
    const to = open(silent.url.replace('http:', 'https:'), { timeout: '100ms', connections: 1 });
    expect(await to.send(request(0), 1)).toMatchObject({ kind: 'unsent' });
    // And the connection serves the next one.
    expect(await to.send(request(1), 1)).toMatchObject({ kind: 'unsent' });
  });

  test.each([
    ['a line break in a header', { headers: [['x-a', 'b\r\nx-c: d']] as const }],
    ['a URL without a path', { url: '*' }],
    ['CONNECT', { method: 'CONNECT', url: 'victim.example:443' }],
  ])('%s', async (_, parts) => {
    const server = await target(answers(200));
    expect(await open(server.url).send(request(0, parts), 1)).toMatchObject({ kind: 'unsendable' });
    expect(server.connections()).toBe(0);
  });
});

describe('what may have arrived', () => {
  test.each([
    ['a reset', (socket) => void socket.resetAndDestroy()],
    ['a close without an answer', (socket) => void socket.end()],
    ['garbage', (socket) => void socket.write('<html>this is no HTTP</html>\r\n\r\n')],
    ['half a status line', (socket) => void socket.end('HTTP/1.1 2')],
    ['an answer to nothing', (socket) => void socket.write('HTTP/1.1 100 Continue\r\n\r\n')],
    [
      'headers without end',
      (socket) => void socket.write(`HTTP/1.1 200 OK\r\n${'x-a: b\r\n'.repeat(10_000)}`),
    ],
    [
      'a change of protocol',
      (socket) =>
        void socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    ],
    ['silence', () => undefined],
  ] as [string, Parameters<typeof rawTarget>[0]][])('%s', async (_, talk) => {
    const server = await rawTarget(talk);
    const to = open(server.url, { timeout: '200ms', connections: 1 });
    expect(await to.send(request(0), 1)).toMatchObject({ kind: 'unknown' });
    expect(server.bytes()).toContain('POST /events?n=0');
    // It was written once, and the connection can be used again.
    await sleep(5);
    expect(server.bytes().match(/POST/g)).toHaveLength(1);
    expect(await to.send(request(1), 1)).toMatchObject({ kind: 'unknown' });
  });

  test('silence is told as such', async () => {
    const server = await rawTarget(() => undefined);
    const attempt = await open(server.url, { timeout: '1s' }).send(request(0), 1);
    expect(attempt).toEqual({ kind: 'unknown', why: 'no answer within 1 s' });
  });
});

test('a server that closes an idle connection costs no request', async () => {
  const server = await rawTarget((socket) => {
    socket.write(`${HEAD}ok`);
    setTimeout(() => socket.end(), 5);
  });
  const to = open(server.url, { connections: 1 });
  for (let ordinal = 0; ordinal < 5; ordinal += 1) {
    expect(await to.send(request(ordinal), 1)).toMatchObject({ kind: 'answered', status: 200 });
    await sleep(20);
  }
  expect(server.bytes().match(/POST/g)).toHaveLength(5);
});

test('proxies of the environment are not used', async () => {
  const proxy = await target(answers(200));
  const server = await target(answers(204));
  const before = { ...process.env };
  Object.assign(process.env, { HTTP_PROXY: proxy.url, http_proxy: proxy.url, ALL_PROXY: proxy.url });
  try {
    expect(await open(server.url).send(request(0), 1)).toMatchObject({ status: 204 });
  } finally {
    for (const name of ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY'])
      if (before[name] === undefined) delete process.env[name];
  }
  expect(proxy.connections()).toBe(0);
});

test('a value that no header can hold is refused before anything is sent, and not told', () => {
  const make = () =>
    httpTarget('http://127.0.0.1:1', {}, { headers: new Map([['authorization', 'secret\n']]) });
  expect(make).toThrow("The value for the header 'authorization'");
  expect(make).not.toThrow('secret');
});
