import { headOf, readRow } from '../../../src/backfill/work/request-rows.ts';

test.each([
  ['no JSON', 'GET /'],
  ['a method alone', '["GET"]'],
  ['a header without a value', '["GET","/","a"]'],
  ['numbers', '["GET",1]'],
  ['no text', 7],
])('a row with %s is not readable', (_, head) => {
  expect(readRow([1, 1, 1, null, head, null], 0)).toBeUndefined();
});

test.each([
  [
    'what the log has in places of their own comes first',
    { host: 'shop.example', userAgent: 'Zoë/1', headers: [['x-a', 'b']] as const },
    [
      ['host', 'shop.example'],
      ['user-agent', Buffer.from('Zoë/1').toString('latin1')],
      ['x-a', 'b'],
    ],
  ],
  [
    'what the request has itself stays',
    {
      host: 'a.example',
      userAgent: 'a/1',
      headers: [
        ['user-agent', 'b/2'],
        ['host', 'b.example'],
      ] as const,
    },
    [
      ['user-agent', 'b/2'],
      ['host', 'b.example'],
    ],
  ],
  ['what was no text is not made up', { userAgent: 'a\ufffd', headers: [] }, []],
])('headers that are sent: %s', (_, parts, headers) => {
  const record = { at: 1, method: 'GET', url: '/', payload: 'url-only' as const, ...parts };
  expect(readRow([1, 2, 3, null, headOf(record), null], undefined)).toMatchObject({ headers });
});

test('what has no order key, body or ordinal has none when it comes back', () => {
  const head = headOf({ at: 1, method: 'GET', url: '/', headers: [], payload: 'whole' });
  expect(readRow([1, 2, 3, null, head, null], undefined)).toStrictEqual({
    at: 1,
    source: 2,
    position: 3,
    method: 'GET',
    url: '/',
    headers: [],
  });
});
