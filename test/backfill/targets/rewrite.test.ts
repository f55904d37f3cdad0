import type { Header } from '../../../src/backfill/base/record.ts';
import type { ReplayRequest } from '../../../src/backfill/base/replay-ports.ts';
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
    ['/a#b?c=1', '/a%23b?c=1'],
    ['/a?b=1#c', '/a?b=1%23c'],
    ['http://victim.example#a', '/%23a'],
    ['/a\\b?c=d\\e', '/a%5Cb?c=d%5Ce'],
    ['/%5c%23%2F%61', '/%5c%23%2F%61'],
    ['//a//b', '//a//b'],
    ['/a//../b', '/a/b'],
    ['/a\'(b)!*;v=1,2:@&=+$[]|^`{}"<>', '/a\'(b)!*;v=1,2:@&=+$[]|^`{}"<>'],
    ['/%252e%252e/a', '/%252e%252e/a'],
    ['/a?', '/a?'],
    ['/a b', '/a%20b'],
    ['/ü?q=ß', '/%C3%BC?q=%C3%9F'],
    ['/%zz%41', '/%zz%41'],
    ['/a/../b', '/b'],
    ['/a/%2E%2e/b', '/b'],
    ['/../../etc', '/etc'],
    ['/a/./b/..', '/a/'],
    ['/a\\..\\b', '/a%5C..%5Cb'],
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

  test.each([
    ['/old../adm', '/'],
    ['/old/../adm/../../adm', '/'],
    ['/old%2e%2e/adm', '/'],
    ['/old.%2E/adm', '/'],
    ['/old%252e%252e/adm', '/'],
    ['/old..%2fadm', '/'],
    ['/old..%252fadm', '/'],
    ['/old..\\adm', '/'],
    ['/old..%5cadm', '/'],
    ['/old..;x=1/adm', '/'],
    ['/old./adm', '/.'],
    ['/old/adm', '/..'],
    ['/old//adm', '/x/../..'],
    ['/..%2f..%2fadm', '/new'],
    ['/a/%2e%2e%2f%2e%2e%2fadm', '/new'],
    ['/%25252e%25252e/adm', '/new'],
    ['/%252525252525252e./adm', '/new'],
    ['/..\\..\\adm', '/new'],
    ['/.;/..;/adm', '/new'],
    ['//..%2f..%2fadm', '/new'],
  ])('no path leads out of that of the target: %s with /old replaced by %s', (url, to) => {
    const path = { '/old': to };
    const outgoing = rewrite({ url }, { basePath: '/base', path });
    if (!('refused' in outgoing)) {
      expect(new URL(outgoing.path, 'http://x').pathname).toMatch(/^\/base\//);
      expect(decodeURIComponent(outgoing.path)).not.toContain('..');
    } else expect(outgoing.refused).toMatch(/leads? out of the path of the target/);
    // Without a path there is nothing to leave, but what a rewrite itself has made.
    const free = rewrite({ url }, { path: {} });
    expect(free).toHaveProperty('path');
  });

  test('whatever the URL and the prefixes, what is sent is below the path of the target', () => {
    const piece = fc.constantFrom(
      '/',
      '.',
      '..',
      '%2e',
      '%2E',
      '%252e',
      '%2f',
      '%5c',
      '\\',
      ';',
      'a',
      'old',
      '?',
    );
    const path = fc.array(piece, { maxLength: 8 }).map((pieces) => `/${pieces.join('')}`);
    fc.assert(
      fc.property(path, path, path, (url, from, to) => {
        const outgoing = rewrite({ url }, { basePath: '/base', path: { [from]: to } });
        if ('refused' in outgoing) return;
        let seen = outgoing.path.split('?', 1)[0] ?? '';
        for (let round = 0; round < 3; round += 1) {
          expect(new URL(seen, 'http://x').pathname).toMatch(/^\/base\//);
          seen = seen.replaceAll(/%(25|2e|2f|5c)/gi, (one) => decodeURIComponent(one));
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('dots that a rewrite makes are resolved, and lead nowhere above the root of the target either', () => {
    expect(rewrite({ url: '/old../adm' }, { path: { '/old': '/' } })).toEqual({
      refused: 'with rewrite.path its path leads out of the path of the target',
    });
    expect(sent({ url: '/old/a' }, { path: { '/old': '/x/../y' } }).path).toBe('/y/a');
    expect(sent({ url: '/old./a' }, { basePath: '/base', path: { '/old': '/x/' } }).path).toBe('/base/x/a');
  });

  test('a prefix that ends with a slash does not double it', () => {
    expect(sent({ url: '/old/a' }, { path: { '/old': '/' } }).path).toBe('/a');
    expect(sent({ url: '/old//a' }, { path: { '/old': '/new/' } }).path).toBe('/new//a');
    expect(sent({ url: '/ü/a' }, { path: { '/ü/': '/a b?c#d/' } }).path).toBe('/a%20b%3Fc%23d/a');
  });

  test('OPTIONS * stays what it is, and is refused for a target that is only a part of a server', () => {
    expect(sent({ method: 'OPTIONS', url: '*' }).path).toBe('*');
    const time = { in: 'query:t', as: 'original', format: 'iso' } as const;
    expect(sent({ method: 'OPTIONS', url: '*' }, { time }).path).toBe('*');
    expect(rewrite({ method: 'OPTIONS', url: '*' }, { basePath: '/in' })).toHaveProperty('refused');
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
    ['the asterisk of another method', { method: 'GET', url: '*' }],
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

  test.each(['Zoë €', 'Zoë', '東京', '😀', 'Ã«', 'plain'])(
    'text beyond ASCII goes as the bytes that it came as, once: %s',
    (text) => {
      const bytes = Buffer.from(text).toString('latin1');
      const { headers } = sent({ headers: [['x-name', bytes]] }, { headers: new Map([['x-set', text]]) });
      expect(headers.slice(0, 3)).toEqual(['x-name', bytes, 'x-set']);
    },
  );

  test('crumbs of a cookie become one header, in the place of the first', () => {
    const headers: Header[] = [
      ['cookie', 'a=1'],
      ['x-a', 'b'],
      ['Cookie', 'c=2; d=3'],
      ['cookie', 'e=4'],
    ];
    expect(sent({ headers }).headers).toEqual(['cookie', 'a=1; c=2; d=3; e=4', 'x-a', 'b']);
    expect(sent({ headers }, { headers: new Map([['cookie', null]]) }).headers).toEqual(['x-a', 'b']);
  });

  test.each([
    ['original', 'Shop.example:8443', 'Shop.example:8443'],
    ['original', '[2001:db8::1]:443', '[2001:db8::1]:443'],
    ['original', undefined, undefined],
    ['api.example', 'shop.example', 'api.example'],
    [undefined, 'shop.example', undefined],
  ])('rewrite.host %s makes of the host %s the host %s', (host, own, expected) => {
    const headers: Header[] = own === undefined ? [] : [['host', own]];
    expect(headersOf(sent({ headers }, { host }))['host']).toBe(expected);
  });

  test.each(['a b', 'a/b', 'user@host', 'a?b', 'a#b', 'a\\b', 'a\r\nx: y', '\xe9.example'])(
    'a host that is none is refused: %j',
    (host) => {
      expect(rewrite({ headers: [['host', host]] }, { host: 'original' })).toHaveProperty('refused');
      expect(rewrite({ headers: [['host', host]] })).not.toHaveProperty('refused');
    },
  );

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
