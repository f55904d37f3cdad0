import { bodyIn, headersIn } from '../../../src/backfill/formats/json-payload.ts';

const bytes = (text: string): string => Buffer.from(text).toString('latin1');

test.each([
  ['text in UTF-8', 'Zoë'],
  ['text beyond Latin-1', 'Zoë 東京 😀'],
  ['bytes that a program took for Latin-1', bytes('Zoë 東京 😀')],
  ['ASCII', 'Zoe'],
])('a header is the bytes that were sent, encoded once: %s', (_, text) => {
  const meant = /[^\x00-\xff]/.test(text) || !/[\x80-\xff]/.test(text) ? text : 'Zoë';
  const [header] = headersIn({ 'x-name': text });
  const value = header?.[1] ?? '';
  expect(value).not.toMatch(/[^\x00-\xff]/);
  expect(Buffer.from(value, 'latin1').toString('utf8')).toContain(meant);
  expect(headersIn({ 'x-name': value })).toEqual([['x-name', value]]);
});

test.each([
  [
    'as an object',
    { ':authority': 'shop.example', ':path': '/a', ':method': 'GET', ':scheme': 'https', a: 'b' },
  ],
  [
    'as pairs',
    [
      [':method', 'GET'],
      [':Authority', 'shop.example'],
      ['a', 'b'],
    ],
  ],
  [
    'as names and values',
    [
      { name: ':authority', value: 'shop.example' },
      { name: 'A', value: 'b' },
    ],
  ],
])('pseudo headers of HTTP/2 are no headers, but the host: %s', (_, headers) => {
  expect(headersIn(headers)).toEqual([
    ['host', 'shop.example'],
    ['a', 'b'],
  ]);
});

test('a host that is a header is not replaced, and a colon alone is no name', () => {
  expect(headersIn({ ':authority': 'a', Host: 'b' })).toEqual([['host', 'b']]);
  expect(headersIn({ ':': 'a' })).toBe('the name of a header is not a token');
  expect(headersIn({ 'a:b': 'a' })).toBe('the name of a header is not a token');
  expect(headersIn({ a: '\ud800' })).toBe('a header contains an unpaired surrogate');
});

test.each([
  '12345678901234567890',
  '1.0',
  '1.50',
  '1e5',
  '1E-7',
  '-0',
  '-0.0',
  '0.1000000000000000055',
  '7'.repeat(2_000),
])('a number of a body keeps its digits: %s', (number) => {
  const line = `{"body":{"n":${number},"m":[${number}]}}`;
  const { body } = JSON.parse(line) as { body: unknown };
  const written = bodyIn(body, false, line, (exact) => exact['body']);
  expect(typeof written === 'string' ? written : Buffer.from(written).toString()).toBe(
    `{"n":${number},"m":[${number}]}`,
  );
});
