import { valueOf } from '../../../src/backfill/classes/request-values.ts';
import type { RequestRecord } from '../../../src/backfill/base/record.ts';
import { fc } from '../../property.ts';
import { captured, logged } from './requests.ts';

const text = (value: string): Uint8Array => Buffer.from(value, 'utf8');
const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');

describe('values of a request by their names', () => {
  const request = logged({
    client: '192.0.2.1',
    method: 'GET',
    host: 'Shop.Example:8443',
    url: '/a/b?x=1&x=2&space=a+b%20c&bad=%zz&empty=&flag&%C3%A9=%E2%82%AC',
    userAgent: 'curl/8.1',
    headers: [
      ['x-tag', 'one'],
      ['cookie', 'a=1; session="s 1"; a=2'],
      ['x-tag', 'two'],
    ],
  });
  test.each<[string, string | undefined]>([
    ['client', '192.0.2.1'],
    ['method', 'GET'],
    ['host', 'shop.example'],
    ['path', '/a/b'],
    ['url', '/a/b?x=1&x=2&space=a+b%20c&bad=%zz&empty=&flag&%C3%A9=%E2%82%AC'],
    ['userAgent', 'curl/8.1'],
    ['header:x-tag', 'one, two'],
    ['header:X-Tag', 'one, two'],
    ['header:user-agent', 'curl/8.1'],
    ['header:host', 'Shop.Example:8443'],
    ['header:absent', undefined],
    ['cookie:session', 's 1'],
    ['cookie:a', '1'],
    ['cookie:absent', undefined],
    ['query:x', '1'],
    ['query:space', 'a b c'],
    ['query:bad', '%zz'],
    ['query:empty', ''],
    ['query:flag', ''],
    ['query:é', '€'],
    ['query:absent', undefined],
    ['body', undefined],
    ['body:x', undefined],
    ['nonsense', undefined],
    ['toString', undefined],
    ['query:toString', undefined],
  ])('%s', (name, expected) => {
    expect(valueOf(request, name)).toBe(expected);
    expect(valueOf(request, name)).toBe(expected);
  });
});

test.each([
  ['https://shop.example/a?b=1', '/a?b=1', '/a', 'shop.example'],
  ['https://shop.example:443?b=1', '/?b=1', '/', 'shop.example'],
  ['HTTP://user@[2001:db8::1]:80/a#f?g', '/a#f?g', '/a#f', '[2001:db8::1]'],
  ['/redirect?to=https://other.example/x', '/redirect?to=https://other.example/x', '/redirect', undefined],
  ['//other.example/x', '//other.example/x', '//other.example/x', undefined],
  ['*', '*', '*', undefined],
])('the URL %s without what is around it', (url, origin, path, host) => {
  const request = logged({ url });
  expect([valueOf(request, 'url'), valueOf(request, 'path'), valueOf(request, 'host')]).toEqual([
    origin,
    path,
    host,
  ]);
});

describe('values in a body', () => {
  const event = { event: { type: 'order', n: 7, ok: true, none: null }, list: [{ id: 'a' }] };
  test.each<[string, Partial<RequestRecord>, string, string | undefined]>([
    ['JSON', { body: text(JSON.stringify(event)) }, 'event.type', 'order'],
    ['a number in JSON', { body: text(JSON.stringify(event)) }, 'event.n', '7'],
    ['a truth value in JSON', { body: text(JSON.stringify(event)) }, 'event.ok', 'true'],
    ['null in JSON', { body: text(JSON.stringify(event)) }, 'event.none', undefined],
    ['an element', { body: text(JSON.stringify(event)) }, 'list.0.id', 'a'],
    ['an object', { body: text(JSON.stringify(event)) }, 'event', undefined],
    ['what every object inherits', { body: text('{}') }, 'constructor.name', undefined],
    ['a prototype', { body: text('{"__proto__":{"x":"own"}}') }, '__proto__.x', 'own'],
    ['a list', { body: text(' [{"id":"b"}]') }, '0.id', 'b'],
    ['a form', { body: text('type=order&n=a+b') }, 'n', 'a b'],
    ['a form whose name has dots', { body: text('event.type=order') }, 'event.type', 'order'],
    [
      'a form with JSON',
      { body: text(`data=${encodeURIComponent('{"event":{"type":"x"}}')}`) },
      'event.type',
      'x',
    ],
    ['a form with base64', { body: text(`data=${base64(event)}`) }, 'event.type', 'order'],
    [
      'a query with base64',
      { url: `/track?data=${encodeURIComponent(base64(event))}` },
      'event.type',
      'order',
    ],
    ['a query with JSON', { url: `/track?data=${encodeURIComponent('[{"e":"x"}]')}` }, '0.e', 'x'],
    [
      'a query beside a body',
      { url: `/track?data=${base64(event)}`, body: text('a=b') },
      'event.type',
      undefined,
    ],
    ['broken JSON', { body: text('{"a":') }, 'a', undefined],
    ['text', { body: text('hello') }, 'a', undefined],
    ['base64 of no JSON', { url: '/track?data=aGVsbG8=' }, 'a', undefined],
    [
      'an empty body, so that the query counts',
      { url: `/t?data=${base64(event)}`, body: text('') },
      'event.n',
      '7',
    ],
  ])('%s', (_, parts, path, expected) => {
    expect(valueOf(captured(parts), `body:${path}`)).toBe(expected);
  });

  test('plus signs of base64 that came unencoded, and its other alphabet', () => {
    const document = { id: '>>>???>>>' };
    const packed = base64(document);
    expect(packed).toMatch(/[+]/);
    const urlSafe = packed.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    expect(valueOf(logged({ url: `/t?data=${packed}` }), 'body:id')).toBe('>>>???>>>');
    expect(valueOf(logged({ url: `/t?data=${urlSafe}` }), 'body:id')).toBe('>>>???>>>');
  });

  test('a body beyond a mebibyte is not looked into', () => {
    const long = (bytes: number) => captured({ body: text(`{"a":"${'x'.repeat(bytes - 8)}"}`) });
    expect(valueOf(long(1_048_576), 'body:a')).toHaveLength(1_048_568);
    expect(valueOf(long(1_048_577), 'body:a')).toBeUndefined();
    expect(valueOf(long(1_048_577), 'body')).toBeUndefined();
  });

  test('a body of a view on a larger buffer', () => {
    const all = text('xx{"a":"b"}xx');
    expect(valueOf(captured({ body: all.subarray(2, 11) }), 'body:a')).toBe('b');
  });

  test('JSON nested without end', () => {
    expect(valueOf(captured({ body: text('['.repeat(1_000_000)) }), 'body:0')).toBeUndefined();
  });
});

test('values of several requests, asked for in turns', () => {
  const one = captured({ url: '/a?x=1', body: text('{"b":1}'), headers: [['cookie', 'c=1']] });
  const two = captured({ url: '/b?x=2', body: text('{"b":2}'), headers: [['cookie', 'c=2']] });
  for (const name of ['query:x', 'body:b', 'cookie:c', 'path', 'query:x', 'body:b', 'cookie:c', 'path']) {
    expect([valueOf(one, name), valueOf(two, name)]).toEqual(name === 'path' ? ['/a', '/b'] : ['1', '2']);
  }
});

test('nothing that a request holds makes it throw', () => {
  const names = [
    'client',
    'method',
    'host',
    'path',
    'url',
    'userAgent',
    'body',
    'header:a',
    'cookie:a',
    'query:a',
    'body:a.0',
  ];
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      'https://',
      'a://b',
      '?',
      '?data={',
      '?data=%7B',
      '#',
      '%',
      '?a=%E0%A4%A',
      '=;=;',
      '"',
      '\u0000',
    ),
  );
  const record = fc.record({
    url: hostile,
    host: hostile,
    userAgent: hostile,
    headers: fc.array(fc.tuple(fc.constantFrom('a', 'cookie', 'host'), hostile)),
    body: fc.oneof(
      fc.uint8Array(),
      hostile.map((value) => text(value)),
      fc.json().map((value) => text(value)),
    ),
  });
  fc.assert(
    fc.property(record, (parts) => {
      const kinds = new Set(names.map((name) => typeof valueOf(captured(parts), name)));
      expect([...kinds].filter((kind) => kind !== 'string' && kind !== 'undefined')).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test('rules have text, records have bytes: both are compared as text, and crumbs of cookies are one header', () => {
  const bytes = (text: string): string => Buffer.from(text).toString('latin1');
  const request = logged({
    headers: [
      ['x-name', bytes('Zoë €')],
      ['x-old', '\xeb'],
      ['cookie', 'a=1'],
      ['cookie', bytes('b=ü')],
      ['accept', 'x'],
      ['accept', 'y'],
    ],
  });
  expect(valueOf(request, 'header:x-name')).toBe('Zoë €');
  expect(valueOf(request, 'header:x-old')).toBe('\xeb');
  expect(valueOf(request, 'header:cookie')).toBe('a=1; b=ü');
  expect(valueOf(request, 'cookie:b')).toBe('ü');
  expect(valueOf(request, 'header:accept')).toBe('x, y');
});
