import { identityBy, orderKeyOf } from '../../../src/backfill/scan/identity.ts';
import type { RequestRecord } from '../../../src/backfill/record.ts';
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

describe('by default: client, method, URL, user agent and body', () => {
  test.each<[string, Partial<RequestRecord>, boolean]>([
    ['another time', { at: 5 }, true],
    ['another answer', { status: 200 }, true],
    ['another header', { headers: [['x-time', '5']] }, true],
    ['scheme and host in the URL', { url: 'https://shop.example/a?x=1' }, true],
    ['another client', { client: '192.0.2.2' }, false],
    ['another method', { method: 'PUT' }, false],
    ['another query', { url: '/a?x=2' }, false],
    ['another user agent', { userAgent: 'app/2' }, false],
    ['another body', { body: Buffer.from('{"id":2}') }, false],
    ['no body', { body: Buffer.alloc(0) }, false],
  ])('%s', (_, parts, isSame) => {
    expect(sameBy(byDefault, request, { ...request, ...parts })).toBe(isSame);
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
