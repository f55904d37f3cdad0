import { identityBy, orderKeyOf } from '../../../src/backfill/scan/request-identity.ts';
import type { RequestRecord } from '../../../src/backfill/base/record.ts';
import { captured, logged, specOf } from '../classes/requests.ts';

const byDefault = identityBy(specOf('failed: [5xx]'));
const sameBy = (identity: (record: RequestRecord) => Buffer, one: RequestRecord, other: RequestRecord) =>
  identity(one).equals(identity(other));

const request = captured({
  client: '192.0.2.1',
  url: '/a?x=1',
  userAgent: 'app/1',
  body: Buffer.from('{"id":1}'),
});

test('sixteen bytes, the same each time', () => {
  expect(byDefault(request)).toHaveLength(16);
  expect(byDefault(request).toString('hex')).toBe(byDefault({ ...request }).toString('hex'));
});

describe('by default: host, client, method, URL, user agent and body', () => {
  test.each<[string, Partial<RequestRecord>, boolean]>([
    ['another time', { at: 5 }, true],
    ['another answer', { status: 200 }, true],
    ['another header', { headers: [['x-time', '5']] }, true],
    ['another client', { client: '192.0.2.2' }, false],
    ['another method', { method: 'PUT' }, false],
    ['another query', { url: '/a?x=2' }, false],
    ['another user agent', { userAgent: 'app/2' }, false],
    ['another body', { body: Buffer.from('{"id":2}') }, false],
    ['no body', { body: Buffer.alloc(0) }, false],
  ])('%s', (_, parts, isSame) => {
    expect(sameBy(byDefault, request, { ...request, ...parts })).toBe(isSame);
  });

  test.each<[string, Partial<RequestRecord>, Partial<RequestRecord>, boolean]>([
    ['another host', { host: 'a.example' }, { host: 'b.example' }, false],
    ['upper and lower case', { host: 'Shop.Example' }, { host: 'shop.example' }, true],
    ['a dot at its end', { host: 'shop.example.' }, { host: 'shop.example' }, true],
    ['the port that the scheme has', { host: 'shop.example:443' }, { host: 'shop.example:80' }, true],
    ['no port, and that of the scheme', { host: 'shop.example' }, { host: 'shop.example:443' }, true],
    ['another port', { host: 'shop.example:8443' }, { host: 'shop.example' }, false],
    ['other ports', { host: 'shop.example:8443' }, { host: 'shop.example:9443' }, false],
    ['IPv6 with the port of the scheme', { host: '[2001:db8::1]:443' }, { host: '[2001:db8::1]' }, true],
    ['IPv6 with another port', { host: '[2001:db8::1]:8080' }, { host: '[2001:db8::1]' }, false],
    ['IPv6 addresses', { host: '[2001:db8::80]' }, { host: '[2001:db8::443]' }, false],
    ['host and header', { host: 'shop.example' }, { headers: [['host', 'SHOP.example']] }, true],
    ['host and URL', { host: 'shop.example' }, { url: 'https://shop.example/a?x=1' }, true],
    ['URLs with other hosts', { url: 'http://a.example/x' }, { url: 'http://b.example/x' }, false],
    ['a user in the URL', { url: 'http://u:p@a.example/x' }, { url: 'http://a.example/x' }, true],
    ['unknown hosts', { host: '-' }, {}, true],
  ])('hosts: %s', (_, one, other, isSame) => {
    expect(sameBy(byDefault, { ...request, ...one }, { ...request, ...other })).toBe(isSame);
  });

  test('bodies that are no text are compared byte by byte, however long', () => {
    const body = (last: number) => captured({ body: Buffer.from([0xff, 0xfe, last]) });
    expect(sameBy(byDefault, body(0x80), body(0x81))).toBe(false);
    const long = (last: string) => captured({ body: Buffer.from('x'.repeat(2_000_000) + last) });
    expect(sameBy(byDefault, long('a'), long('b'))).toBe(false);
  });

  test('no body is an empty body', () => {
    expect(sameBy(byDefault, captured({ body: Buffer.alloc(0) }), captured())).toBe(true);
  });

  test('what ends one value cannot begin the next', () => {
    expect(sameBy(byDefault, logged({ client: 'a\n1:b' }), logged({ client: 'a', method: 'b' }))).toBe(false);
    expect(sameBy(byDefault, logged(), logged({ userAgent: '' }))).toBe(false);
  });
});

describe('as the runbook declares it', () => {
  const declared = identityBy(specOf('identity: ["header:x-id", "query:id"]'));
  const withId = (id: string, parts: Partial<RequestRecord> = {}) =>
    captured({ headers: [['x-id', id]], ...parts });

  test('the host counts where it is declared, and only there', () => {
    const at = (host: string) => withId('1', { host });
    expect(sameBy(declared, at('a.example'), at('b.example'))).toBe(true);
    const byHost = identityBy(specOf('identity: ["header:x-id", "host"]'));
    expect(sameBy(byHost, at('a.example'), at('b.example'))).toBe(false);
  });

  test('nothing else counts', () => {
    expect(
      sameBy(declared, withId('1'), withId('1', { client: '192.0.2.9', method: 'PUT', url: '/b' })),
    ).toBe(true);
    expect(sameBy(declared, withId('1'), withId('2'))).toBe(false);
  });

  test('one of the values is enough, and which one matters', () => {
    expect(sameBy(declared, withId('1'), withId('1', { url: '/?id=1' }))).toBe(false);
    expect(sameBy(declared, withId('1'), captured({ url: '/?id=1' }))).toBe(false);
  });

  test('requests with none of them are not all one: they go by the default', () => {
    expect(sameBy(declared, captured({ url: '/a' }), captured({ url: '/b' }))).toBe(false);
    expect(sameBy(declared, captured({ url: '/a' }), captured({ url: '/a' }))).toBe(true);
  });
});

test('the order key is the value, and a long one its hash', () => {
  const record = captured({ headers: [['cookie', `s=42; long=${'x'.repeat(10_000)}`]] });
  expect(orderKeyOf(record, 'cookie:s')).toBe('42');
  expect(orderKeyOf(record, 'cookie:none')).toBeUndefined();
  expect(orderKeyOf(record, undefined)).toBeUndefined();
  const long = orderKeyOf(record, 'cookie:long');
  expect(long).toMatch(/^sha256:.{43}$/);
  expect(
    orderKeyOf(captured({ headers: [['cookie', `long=${'x'.repeat(9_999)}y`]] }), 'cookie:long'),
  ).not.toBe(long);
});
