import { formatNamed } from '../../../src/backfill/formats/formats.ts';
import { jsonLines } from '../../../src/backfill/formats/json-lines.ts';
import type { ParsedLine } from '../../../src/backfill/base/record.ts';
import { surveyOf } from './lines.ts';

const capture = formatNamed('capture');
const json = formatNamed('json');
const AT = Date.parse('2021-04-01T12:00:00.250Z');
const KEPT = {
  time: '2021-04-01T12:00:00.250Z',
  method: 'POST',
  url: '/v1/events?x=1',
  headers: { 'Content-Type': 'application/json', Cookie: ['a=1', 'b=2'], 'User-Agent': 'okhttp/4.9.0' },
  body: '{"event":"é"}',
  status: 503,
  client: '2001:db8::1',
  id: 'r-1',
};

function read(line: object | string, format = capture): ParsedLine {
  return format.parse(Buffer.from(typeof line === 'string' ? line : JSON.stringify(line)));
}

function record(line: object | string, format = capture): Extract<ParsedLine, { kind: 'request' }>['record'] {
  const parsed = read(line, format);
  if (parsed.kind !== 'request') throw new Error(JSON.stringify(parsed));
  return parsed.record;
}

const bodyText = (line: object | string, format = capture): string =>
  Buffer.from(record(line, format).body ?? []).toString();

test('a capture holds all of a request', () => {
  expect(read(KEPT)).toEqual({
    kind: 'request',
    record: {
      at: AT,
      status: 503,
      method: 'POST',
      url: '/v1/events?x=1',
      client: '2001:db8::1',
      userAgent: 'okhttp/4.9.0',
      headers: [
        ['content-type', 'application/json'],
        ['cookie', 'a=1'],
        ['cookie', 'b=2'],
        ['user-agent', 'okhttp/4.9.0'],
        ['x-request-id', 'r-1'],
      ],
      body: Buffer.from('{"event":"é"}'),
      payload: 'whole',
    },
  });
  expect(surveyOf(capture, Buffer.from(JSON.stringify(KEPT)))).toEqual({
    kind: 'request',
    at: AT,
    status: 503,
  });
});

test('headers in pairs keep their order, and an id of their own', () => {
  const headers = [
    ['X-B', '1'],
    ['x-request-id', 'own'],
    ['X-A', '2'],
    ['X-B', '3'],
  ];
  expect(record({ ...KEPT, headers }).headers).toEqual([
    ['x-b', '1'],
    ['x-request-id', 'own'],
    ['x-a', '2'],
    ['x-b', '3'],
  ]);
});

test.each<[string, unknown]>([
  ['absent', undefined],
  ['null', null],
  ['0', 0],
  ['"000"', '000'],
  ['"-"', '-'],
])('a status that is %s was never answered', (_, status) => {
  expect(record({ ...KEPT, status }).status).toBeUndefined();
  expect(surveyOf(capture, Buffer.from(JSON.stringify({ ...KEPT, status })))).toMatchObject({
    kind: 'request',
    status: 0,
  });
});

test.each<[string, object, string]>([
  ['text', { body: 'a b' }, 'a b'],
  ['base64', { body: Buffer.from([0, 104, 105]).toString('base64'), bodyBase64: true }, '\0hi'],
  ['base64 for URLs, unpadded', { body: 'fn5-', bodyBase64: true }, '~~~'],
  ['an object', { body: { a: [1, 'x', null] } }, '{"a":[1,"x",null]}'],
  ['a list', { body: [1, 2] }, '[1,2]'],
  ['false', { body: false }, 'false'],
  ['null', { body: null }, ''],
])('a body that is %s is taken', (_, given, expected) => {
  expect(bodyText({ ...KEPT, ...given })).toBe(expected);
});

test('numbers in a body that is an object keep their digits', () => {
  const line = JSON.stringify({ ...KEPT, body: 0 }).replace(
    '"body":0',
    '"body":{ "id": 12345678901234567890, "x": 1e400, "__proto__": {"a": 0.1} }',
  );
  expect(bodyText(line)).toBe('{"id":12345678901234567890,"x":1e400,"__proto__":{"a":0.1}}');
});

test.each<[string, object, string]>([
  ['a line break in a header', { headers: { a: 'b\r\nX-Evil: 1' } }, 'a header holds a line break'],
  ['a line feed in a header', { headers: { a: 'b\nc' } }, 'a header holds a line break'],
  ['a line break in the name of a header', { headers: [['a\r\nb', 'c']] }, 'a header holds a line break'],
  ['a line break in a list of values', { headers: { a: ['x', 'y\nz'] } }, 'a header holds a line break'],
  ['a line break in the id', { id: 'a\nb' }, 'a header holds a line break'],
  ['a NUL byte in a header', { headers: { a: 'b\0' } }, 'a header holds a control character'],
  ['a space in the name of a header', { headers: { 'a b': 'c' } }, 'the name of a header is not a token'],
  ['an empty name of a header', { headers: { '': 'c' } }, 'the name of a header is not a token'],
  ['a header that is an object', { headers: { a: {} } }, 'the value of a header is not text'],
  ['headers that are text', { headers: 'a: b' }, 'the headers are neither an object nor a list of pairs'],
  [
    'headers that are no pairs',
    { headers: [['a']] },
    'the headers are neither an object nor a list of pairs',
  ],
  [
    'too many headers',
    { headers: Array.from({ length: 1_001 }, (_, index) => [`a${index}`, 'b']) },
    'it has more than 1000 headers',
  ],
  ['no headers', { headers: undefined }, 'it has no headers'],
  ['no method', { method: undefined }, 'it has no method'],
  ['no URL', { url: '' }, 'it has no URL'],
  ['a method that is no token', { method: 'GET /x' }, 'the method is not a token'],
  ['a URL with a line break', { url: '/a\r\nHost: evil' }, 'the URL holds a control character'],
  [
    'a URL of another scheme',
    { url: 'file:///etc/passwd' },
    "the URL begins neither with '/' nor with http:// or https://",
  ],
  ['a URL with half a character', { url: '/\ud800' }, 'the URL contains an unpaired surrogate'],
  ['a body with half a character', { body: '\ud800' }, 'the body contains an unpaired surrogate'],
  ['base64 that is none', { body: 'a*b', bodyBase64: true }, 'the body is not base64'],
  ['base64 cut short', { body: 'aaaaa', bodyBase64: true }, 'the body is not base64'],
  ['a status of 99', { status: 99 }, 'its status is not a status code'],
  ['a status of 1000', { status: 1000 }, 'its status is not a status code'],
  ['a status of 503.5', { status: 503.5 }, 'its status is not a status code'],
  ['a status of words', { status: 'bad' }, 'its status is not a status code'],
  ['a day that does not exist', { time: '2021-02-30T00:00:00Z' }, 'it has no time that exists, with a zone'],
  ['a time without a zone', { time: '2021-02-03T00:00:00' }, 'it has no time that exists, with a zone'],
  ['no time', { time: null }, 'it has no time that exists, with a zone'],
  ['a time beyond', { time: 1e300 }, 'it has no time that exists, with a zone'],
])('%s is malformed', (_, change, why) => {
  expect(read({ ...KEPT, ...change })).toMatchObject({ kind: 'malformed', why });
});

test.each<[string, string, ParsedLine]>([
  ['nothing', '', { kind: 'malformed', why: 'empty line' }],
  [
    'a line cut short',
    JSON.stringify(KEPT).slice(0, -5),
    { kind: 'malformed', why: 'it is not a JSON object: the line is cut short' },
  ],
  ['a list', '[]', { kind: 'malformed', why: 'it is not a JSON object' }],
  [
    'a message',
    '{"time":"2021-01-01T00:00:00Z","msg":"started"}',
    { kind: 'foreign', why: expect.stringContaining('not a request') as string },
  ],
  [
    'a combined line',
    '1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1',
    { kind: 'foreign', why: 'a line of a combined or common access log' },
  ],
])('%s is no request', (_, line, expected) => {
  expect(read(line)).toMatchObject(expected);
  expect(surveyOf(capture, Buffer.from(line)).kind).toBe(expected.kind);
});

test('names of the language mean nothing', () => {
  const line = JSON.stringify(KEPT).replace('{', '{"__proto__":{"status":200},"constructor":{"name":1},');
  expect(record(line)).toEqual(record(KEPT));
  expect(
    record(line, jsonLines({ fields: { host: 'constructor.prototype', client: 'toString' } })).client,
  ).toBeUndefined();
  expect(({} as Record<string, unknown>)['status']).toBeUndefined();
});

test('deep nesting is read or refused, never more', () => {
  const deep = (depth: number): string =>
    JSON.stringify({ ...KEPT, body: 0 }).replace(
      '"body":0',
      `"body":${'['.repeat(depth)}${']'.repeat(depth)}`,
    );
  expect(bodyText(deep(100))).toHaveLength(200);
  expect(read(deep(200_000))).toEqual({ kind: 'malformed', why: 'the body is nested too deeply' });
});

test('characters that a URL or a header cannot carry go as UTF-8', () => {
  const taken = record({ ...KEPT, url: '/ü?q=日本', headers: { 'x-name': '日', 'user-agent': 'a\u009bb' } });
  expect(taken.url).toBe('/%C3%BC?q=%E6%97%A5%E6%9C%AC');
  expect(taken.headers[0]).toEqual(['x-name', '\u00e6\u0097\u00a5']);
  expect(taken.userAgent).not.toMatch(/\p{Cc}/u);
});

test.each<[string, unknown, number]>([
  ['ISO with a zone', '2021-04-01T14:00:00.25+02:00', AT],
  ['ISO with a space', '2021-04-01 12:00:00.250999Z', AT],
  ['ISO with a zone without a colon', '2021-04-01T05:00:00.250-0700', AT],
  ['seconds', AT / 1_000, AT],
  ['milliseconds', AT, AT],
  ['seconds in digits', '1617278400.250', AT],
  ['milliseconds in digits', String(AT), AT],
  ['the time of a combined log', '01/Apr/2021:12:00:00 +0000', AT - 250],
])('time may be %s', (_, time, expected) => {
  expect(record({ ...KEPT, time }).at).toBe(expected);
});

describe('access logs of JSON', () => {
  test('of nginx, by the names that are known', () => {
    const line = {
      time_iso8601: '2021-04-01T12:00:00+00:00',
      remote_addr: '192.0.2.1',
      request_method: 'GET',
      request_uri: '/a?b=c',
      uri: '/a',
      status: '502',
      request_time: '0.125',
      http_user_agent: 'curl/7',
      http_host: 'example.com',
    };
    expect(record(line, json)).toEqual({
      at: Date.parse('2021-04-01T12:00:00Z'),
      status: 502,
      method: 'GET',
      url: '/a?b=c',
      host: 'example.com',
      client: '192.0.2.1',
      userAgent: 'curl/7',
      headers: [],
      payload: 'url-only',
      latencySeconds: 0.125,
    });
    const withoutQuery = { ...line, request_uri: undefined };
    expect(record({ ...withoutQuery, args: 'b=c' }, json).url).toBe('/a?b=c');
    expect(record({ msec: '1617278400.250', request: 'PUT /x HTTP/1.1', status: 500 }, json)).toMatchObject({
      method: 'PUT',
      url: '/x',
      at: AT,
    });
  });

  test('of Caddy', () => {
    const line = {
      ts: 1617278400.25,
      request: {
        remote_ip: '192.0.2.1',
        method: 'GET',
        host: 'example.com',
        uri: '/a',
        headers: { 'User-Agent': ['curl/7'] },
      },
      duration: 0.5,
      status: 503,
    };
    expect(record(line, json)).toMatchObject({
      at: AT,
      url: '/a',
      host: 'example.com',
      userAgent: 'curl/7',
      payload: 'whole',
      latencySeconds: 0.5,
    });
  });

  test('by a mapping, with flat names and paths', () => {
    const format = jsonLines({
      fields: {
        time: 'event.at',
        method: 'http.request.method',
        url: 'http.path',
        status: 'res.0.code',
        client: 'from',
        headers: 'in',
      },
    });
    const line = {
      event: { at: AT },
      'http.request.method': 'GET',
      http: { path: '/m' },
      res: [{ code: 500 }],
      from: '[2001:db8::2]:443, 10.0.0.1',
      in: {},
      time: 'ignored',
    };
    expect(record(line, format)).toMatchObject({
      at: AT,
      method: 'GET',
      url: '/m',
      status: 500,
      client: '2001:db8::2',
      payload: 'whole',
    });
  });

  test.each<[string, object, 'whole' | 'url-only']>([
    ['POST with headers and body', {}, 'whole'],
    ['POST without a body', { body: undefined }, 'url-only'],
    ['POST with a body of null', { body: null }, 'url-only'],
    ['POST without headers', { headers: undefined }, 'url-only'],
    ['GET with headers', { method: 'GET', body: undefined }, 'whole'],
    ['DELETE with headers', { method: 'DELETE', body: undefined }, 'url-only'],
    ['GET without headers', { method: 'GET', body: undefined, headers: undefined }, 'url-only'],
  ])('%s', (_, change, payload) => {
    expect(record({ ...KEPT, ...change }, json).payload).toBe(payload);
  });
});

test('the mark of UTF-8 before the first line is no fault', () => {
  expect(read(`\ufeff${JSON.stringify(KEPT)}`)).toMatchObject({ kind: 'request' });
});
