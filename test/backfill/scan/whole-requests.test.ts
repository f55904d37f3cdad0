import { scanLines } from './scan-text.ts';

const TIME = '2026-10-10T13:55:00Z';

describe('whole or not', () => {
  const capture = (members: object) => ({ time: TIME, method: 'POST', url: '/a', status: null, ...members });
  const scanCapture = (members: object, replay?: object) =>
    scanLines([capture(members)], { source: { format: 'capture' }, ...(replay !== undefined && { replay }) });
  const gzip = Buffer.from([0x1f, 0x8b, 8, 0]).toString('base64');

  test.each<[string, object]>([
    ['its length is that of its bytes', { headers: { 'content-length': '3' }, body: 'é1' }],
    ['its length is none', { headers: { 'content-length': '0' }, body: '' }],
    ['its length is told twice', { headers: { 'content-length': ['2', '2'] }, body: 'ab' }],
    ['it is encoded as it says', { headers: { 'content-encoding': 'gzip' }, body: gzip, bodyBase64: true }],
    [
      'its length counts for nothing, because it came in chunks',
      { headers: { 'transfer-encoding': 'chunked', 'content-length': '4' }, body: 'x' },
    ],
    ['a mask has the length that was sent', { headers: { 'content-length': 10 }, body: '[REDACTED]' }],
    ['a word only looks like a mask', { headers: {}, body: '{"view":"filtered","a":"not redacted"}' }],
    ['a text tells of what was truncated', { headers: {}, body: 'the table was truncated' }],
    ['without a length', { headers: {}, body: 'x' }],
    [
      'a strange character has the length that was sent',
      { headers: { 'content-length': 3 }, body: '\ufffd' },
    ],
    ['a header of null was not sent', { headers: { a: null }, body: 'x' }],
    ['a dash is what was sent', { headers: { 'content-length': 1 }, body: '-' }],
  ])('a body counts as whole where %s', async (_, members) => {
    expect((await scanCapture(members)).result).toMatchObject({ failed: 1, pending: 1 });
  });

  test.each<[string, object, RegExp]>([
    ['is absent', { headers: { 'content-length': '11' } }, /not in the source, although .* Content-Length/],
    [
      'is empty',
      { headers: { 'content-length': '11' }, body: '' },
      /not in the source, although .* Content-Length/,
    ],
    ['is absent from a GET', { method: 'GET', headers: { 'content-length': 11 } }, /Content-Length/],
    [
      'is cut',
      { headers: { 'content-length': '11' }, body: '{"a"' },
      /another length than its Content-Length/,
    ],
    ['is a dash', { headers: { 'content-length': '11' }, body: '-' }, /another length/],
    ['is longer', { headers: { 'Content-Length': '1' }, body: 'ab' }, /another length/],
    ['has a length that is none', { headers: { 'content-length': 'x' }, body: 'ab' }, /another length/],
    [
      'has a masked value',
      { headers: {}, body: '{"a":1,"password":"[FILTERED]"}' },
      /a mask such as REDACTED/,
    ],
    ['has a masked field', { headers: {}, body: 'a=1&password=REDACTED' }, /a mask such as REDACTED/],
    ['is a mask', { headers: {}, body: '<omitted>' }, /a mask such as REDACTED/],
    ['ends with a mark', { headers: {}, body: 'abc… (truncated)' }, /was cut, as its end says/],
    ['was cut, as its line says in text', { headers: {}, body: 'a', truncated: 'true' }, /as its line says/],
    ['has lost bytes', { headers: {}, body: 'a\ufffdb' }, /its body holds bytes that are not UTF-8/],
    ['comes with a header that has lost bytes', { headers: { a: '\ufffd' }, body: '' }, /one of its headers/],
    ['is text under gzip', { headers: { 'content-encoding': 'gzip' }, body: '{"a":1}' }, /Content-Encoding/],
    ['is text under br', { headers: { 'content-encoding': 'br' }, body: '{"a":1}' }, /Content-Encoding/],
    [
      'is no gzip in base64',
      { headers: { 'content-encoding': 'gzip' }, body: 'aGVsbG8=', bodyBase64: true },
      /Encoding/,
    ],
    ['came in chunks and is gone', { headers: { 'transfer-encoding': 'chunked' } }, /Transfer-Encoding/],
    ['was cut, as its line says', { headers: {}, body: 'ab', truncated: true }, /was cut, as its line says/],
    [
      'is no base64',
      { headers: {}, body: 'a*b', bodyBase64: true },
      /its line cannot be read: the body is not base64/,
    ],
    ['has broken headers', { headers: { a: 'b\r\nc' }, body: 'x' }, /a header holds a line break/],
  ])('a body that %s is lost, with the reason', async (_, members, reason) => {
    const { result } = await scanCapture(members);
    expect(result).toMatchObject({ failed: 1, unrecoverable: 1, malformed: 0 });
    expect(result.byClass[0]?.reason).toMatch(reason);
  });

  test.each<[string, object]>([
    ['a dash', { request_body: '-' }],
    ['empty', { request_body: '' }],
  ])('an access log whose body is %s may have kept none', async (_, members) => {
    const line = { time: TIME, method: 'POST', url: '/a', status: 502, headers: { a: 'b' }, ...members };
    const { result } = await scanLines([line]);
    expect(result).toMatchObject({ failed: 1, unrecoverable: 1 });
    expect(result.byClass[0]?.reason).toContain('the log does not contain the body');
  });

  test('a GET that had a body, as Caddy and Traefik tell', async () => {
    const caddy = {
      ...{ ts: 1_791_640_500, status: 502, bytes_read: 11 },
      request: { method: 'GET', uri: '/a', headers: { Accept: ['*/*'] } },
    };
    const traefik = {
      time: TIME,
      RequestMethod: 'GET',
      RequestPath: '/a',
      DownstreamStatus: 502,
      RequestContentSize: 9,
    };
    for (const line of [caddy, traefik]) {
      const { result } = await scanLines([line]);
      expect(result).toMatchObject({ failed: 1, unrecoverable: 1 });
      expect(result.byClass[0]?.reason).toContain('by the number of bytes');
    }
  });

  test.each(['unknown', '-', 'none', 'unix:'])(
    'a client that is %s is unknown, and not the same for all',
    async (client) => {
      const line = { time: TIME, method: 'GET', url: '/a', remote_addr: client };
      const clients = [{ name: 'web', behaviour: 'retries', horizon: '60s' }];
      const { result, remarks } = await scanLines(
        [
          { ...line, status: 502 },
          { ...line, status: 200 },
        ],
        { clients },
      );
      expect(result).toMatchObject({ failed: 1, pending: 1, clientRecovered: 0 });
      expect(remarks.join()).toContain('1 missed request without a client');
    },
  );

  test('what is masked is a thing to do, unless the runbook sets it', async () => {
    const headers = {
      Authorization: ['REDACTED'],
      Cookie: 'a=1; session=[REDACTED]',
      'X-Api-Key': '***',
      Accept: 'x',
    };
    const { result } = await scanCapture({ headers, body: 'x' });
    expect(result).toMatchObject({ pending: 1 });
    expect(result.actions).toEqual([
      'Set authorization, cookie, x-api-key for the replay (replay.rewrite.headers): the source holds a mask such as REDACTED in place of the value, and the target will refuse it.',
    ]);
    const rewrite = { headers: { authorization: { env: 'TOKEN' }, cookie: null, 'x-api-key': 'k' } };
    const set = await scanCapture({ headers, body: 'x' }, { target: 'http://127.0.0.1:1', rewrite });
    expect(set.result.actions).toEqual([]);
  });

  test('a masked value in the URL cannot be set', async () => {
    const { result } = await scanCapture({ method: 'GET', url: '/a?token=REDACTED&b=1', headers: {} });
    expect(result).toMatchObject({ failed: 1, unrecoverable: 1 });
    expect(result.byClass[0]?.reason).toContain('a mask');
  });
});
