import type { Header } from '../../../src/backfill/record.ts';
import type { ReplayRequest } from '../../../src/backfill/replay/ports.ts';
import {
  rewriteRequest,
  type OutgoingRequest,
  type RewriteSettings,
} from '../../../src/backfill/targets/rewrite.ts';
import { fc } from '../../property.ts';

const PLAIN: RewriteSettings = { basePath: '', query: '', headers: new Map(), path: {} };
const AT = Date.UTC(2026, 10, 20, 3, 0, 0, 250);
const NOW = Date.UTC(2026, 10, 21);

function rewrite(parts: Partial<ReplayRequest>, settings: Partial<RewriteSettings> = {}) {
  const request = { source: 1, position: 1, at: AT, method: 'POST', url: '/', headers: [], ...parts };
  return rewriteRequest(request, { ...PLAIN, ...settings }, '"key"', NOW);
}

function sent(parts: Partial<ReplayRequest>, settings: Partial<RewriteSettings> = {}): OutgoingRequest {
  const outgoing = rewrite(parts, settings);
  if ('refused' in outgoing) throw new Error(outgoing.refused);
  return outgoing;
}

function headersOf({ headers }: OutgoingRequest): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: headers.length / 2 }, (_, index) => [headers[2 * index], headers[2 * index + 1]]),
  );
}

describe('where it goes', () => {
  test.each([
    ['/a/b?c=1', '/a/b?c=1'],
    ['http://victim.example/a?b=1', '/a?b=1'],
    ['https://user:password@victim.example:8443/a', '/a'],
    ['http://victim.example', '/'],
    ['http://victim.example?x=1', '/?x=1'],
    ['ftp://victim.example/file', '/file'],
    ['//victim.example/a', '//victim.example/a'],
    ['/http://victim.example/', '/http://victim.example/'],
    ['/a#fragment', '/a'],
    ['/a?', '/a?'],
    ['/a b', '/a%20b'],
    ['/ü?q=ß', '/%C3%BC?q=%C3%9F'],
    ['/%zz%41', '/%zz%41'],
    ['/a/../b', '/b'],
    ['/a/%2E%2e/b', '/b'],
    ['/../../etc', '/etc'],
    ['/a/./b/..', '/a/'],
    ['/a\\..\\b', '/b'],
    ['/a/..b/.c', '/a/..b/.c'],
    ['/a?x=/../y', '/a?x=/../y'],
  ])('%s goes to the path %s', (url, path) => {
    expect(sent({ url }).path).toBe(path);
  });

  test('the path of the target is a fence, and its query goes with every request', () => {
    const settings = { basePath: '/replay', query: 'tenant=7' };
    expect(sent({ url: '/a?b=1' }, settings).path).toBe('/replay/a?b=1&tenant=7');
    expect(sent({ url: '/../admin' }, settings).path).toBe('/replay/admin?tenant=7');
    expect(sent({ url: 'http://x/' }, settings).path).toBe('/replay/?tenant=7');
  });

  test('the longest prefix is replaced, once', () => {
    const path = { '/v1/': '/v2/', '/v1/old/': '/', '/v2/': '/v3/' };
    expect(sent({ url: '/v1/a' }, { path }).path).toBe('/v2/a');
    expect(sent({ url: '/v1/old/a?v1/' }, { path }).path).toBe('/a?v1/');
    expect(sent({ url: '/x/v1/a' }, { path }).path).toBe('/x/v1/a');
  });

  test.each([
    ['a line break in the URL', { url: '/a\r\nHost: victim.example' }],
    ['NUL in the URL', { url: '/a\u0000b' }],
    ['no path', { url: '*' }],
    ['an empty URL', { url: '' }],
    ['half a character', { url: '/\ud800' }],
    ['CONNECT', { method: 'CONNECT', url: 'victim.example:443' }],
    ['TRACE', { method: 'TRACE' }],
    ['a method with a blank', { method: 'GET /x HTTP/1.1\r\nx:' }],
    ['no method', { method: '' }],
  ])('refused: %s', (_, parts) => {
    expect(rewrite(parts)).toHaveProperty('refused');
  });
});

describe('headers', () => {
  test('those of the connection and of the framing stay behind, and those that it names', () => {
    const headers: Header[] = [
      ['Host', 'victim.example'],
      [':authority', 'victim.example'],
      ['connection', 'close, X-Secret-Hop'],
      ['x-secret-hop', '1'],
      ['keep-alive', 'timeout=5'],
      ['transfer-encoding', 'chunked'],
      ['content-length', '999'],
      ['te', 'trailers'],
      ['trailer', 'x'],
      ['upgrade', 'websocket'],
      ['expect', '100-continue'],
      ['proxy-authorization', 'Basic c2VjcmV0'],
      ['proxy-connection', 'keep-alive'],
      ['accept', 'text/html'],
      ['x-forwarded-for', '192.0.2.1'],
    ];
    expect(headersOf(sent({ headers }))).toEqual({ accept: 'text/html', 'x-forwarded-for': '192.0.2.1' });
  });

  test('set, taken out, and the host', () => {
    const headers: Header[] = [
      ['Authorization', 'Bearer old'],
      ['cookie', 'session=1'],
      ['accept', '*/*'],
    ];
    const outgoing = sent(
      { headers },
      {
        host: 'api.example',
        headers: new Map([
          ['authorization', 'Bearer new'],
          ['cookie', null],
          ['x-replay', '1'],
        ]),
      },
    );
    expect(headersOf(outgoing)).toEqual({
      host: 'api.example',
      accept: '*/*',
      authorization: 'Bearer new',
      'x-replay': '1',
    });
  });

  test('several of one name stay several, in their order', () => {
    const headers: Header[] = [
      ['accept', 'a'],
      ['accept', 'b'],
    ];
    expect(sent({ headers }).headers).toEqual(['accept', 'a', 'accept', 'b']);
  });

  test('text beyond ASCII goes as the bytes that it came as', () => {
    const { headers } = sent({ headers: [['x-name', 'Zoë €']] });
    expect(Buffer.from(headers[1] ?? '', 'latin1').toString('utf8')).toBe('Zoë €');
  });

  test.each([
    ['x-a', 'b\r\nx-evil: 1'],
    ['x-a', 'b\nc'],
    ['x-a', 'b\u0000c'],
    ['x-a', '\u001b[2J'],
    ['x-a: 1\r\nx-evil', '1'],
    ['x a', '1'],
    ['', '1'],
    ['x-ä', '1'],
  ])('refused: the header %j: %j', (name, value) => {
    expect(rewrite({ headers: [[name, value]] })).toHaveProperty('refused');
  });

  test('whatever it holds, a header ends no line', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), { maxLength: 4 }),
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        (headers, url, method) => {
          const outgoing = rewrite({ headers, url: `/${url}`, method });
          if ('refused' in outgoing) return;
          for (const text of outgoing.headers) expect(text).toMatch(/^[\t\x20-\x7e\x80-\xff]*$/);
          expect(outgoing.path).toMatch(/^\/[\x21-\x7e]*$/);
          expect(outgoing.method).toMatch(/^[\x21-\x7e]+$/);
        },
      ),
    );
  });

  test('the key of the record, unless it has one', () => {
    const settings = { idempotencyHeader: 'idempotency-key' };
    expect(headersOf(sent({}, settings))).toEqual({ 'idempotency-key': '"key"' });
    expect(headersOf(sent({ headers: [['Idempotency-Key', '"own"']] }, settings))).toEqual({
      'idempotency-key': '"own"',
    });
    expect(headersOf(sent({}))).toEqual({});
  });
});

describe('the time of the request', () => {
  const body = Buffer.from('{"id": 12345678901234567890, "event": {"time": "old", "n": 1.50}}');

  test.each([
    ['original', 'iso', '2026-11-20T03:00:00.250Z'],
    ['original', 'seconds', String(Math.floor(AT / 1_000))],
    ['original', 'milliseconds', String(AT)],
    ['now', 'iso', '2026-11-21T00:00:00Z'],
  ] as const)('%s as %s: %s', (as, format, text) => {
    const header = sent({ headers: [['x-time', 'old']] }, { time: { in: 'header:X-Time', as, format } });
    expect(headersOf(header)).toEqual({ 'x-time': text });

    const query = sent({ url: '/a?x=1&t=old&t=older&y=2' }, { time: { in: 'query:t', as, format } });
    expect(query.path).toBe(`/a?x=1&t=${encodeURIComponent(text)}&y=2`);
    expect(sent({ url: '/a' }, { time: { in: 'query:t', as, format } }).path).toBe(
      `/a?t=${encodeURIComponent(text)}`,
    );

    const { body: changed } = sent({ body }, { time: { in: 'body:event.time', as, format } });
    const json = format === 'iso' ? `"${text}"` : text;
    expect(Buffer.from(changed ?? []).toString()).toBe(
      `{"id": 12345678901234567890, "event": {"time": ${json}, "n": 1.50}}`,
    );
  });

  const time = { in: 'body:event.time', as: 'original', format: 'iso' } as const;

  test('without a body there is nothing to change; a body without a place for it is refused', () => {
    expect(sent({}, { time })).toMatchObject({ body: undefined });
    expect(rewrite({ body: Buffer.from('a=1&b=2') }, { time })).toHaveProperty('refused');
    expect(rewrite({ body: Buffer.from('{"event":7}') }, { time })).toHaveProperty('refused');
    expect(rewrite({ body: Buffer.from([0x22, 0xff, 0x22]) }, { time })).toHaveProperty('refused');
  });
});

test('the body goes as it is', () => {
  const body = Buffer.from([0, 255, 13, 10]);
  expect(sent({ body }).body).toBe(body);
});
