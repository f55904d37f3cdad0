import { asked, scanLines, scanLogs } from './scan-text.ts';
import { oneIn } from '../../thorough.ts';

const TIME = '2026-10-10T13:55:00Z';

describe('a status', () => {
  const of = (member: object) => ({ time: TIME, method: 'GET', url: '/a', ...member });

  test.each<[string, object, object]>([
    ['status', { status: 200 }, { status: 502 }],
    ['text', { status: '200' }, { status: '502' }],
    ['with its reason', { status: '200 OK' }, { status: '502 Bad Gateway' }],
    ['upper case', { STATUS: 200 }, { STATUS: 502 }],
    ['statusCode', { statusCode: 200 }, { statusCode: 502 }],
    ['response', { response: 200 }, { response: 502 }],
    ['response_code', { response_code: 200 }, { response_code: 502 }],
    ['responseStatus', { responseStatus: 200 }, { responseStatus: 502 }],
    ['responseCode', { responseCode: 200 }, { responseCode: '502' }],
    ['an object', { response: { status: 200 } }, { response: { status: 502 } }],
    ['an object, another name', { response: { status_code: 200 } }, { response: { StatusCode: 502 } }],
    [
      'of Traefik',
      { DownstreamStatus: 200, OriginStatus: 502 },
      { DownstreamStatus: 502, OriginStatus: 200 },
    ],
    [
      'of Cloudflare',
      { EdgeResponseStatus: 200, OriginResponseStatus: 502 },
      { EdgeResponseStatus: 502, OriginResponseStatus: 0 },
    ],
    [
      'of an ALB',
      { elb_status_code: 200, target_status_code: 502 },
      { elb_status_code: 502, target_status_code: '-' },
    ],
    ['of pino', { res: { statusCode: 200 } }, { res: { statusCode: 502 } }],
    ['of ECS', { http: { response: { status_code: 200 } } }, { 'http.response.status_code': 502 }],
    [
      'of nginx, beside that of an upstream',
      { status: 200, upstream_status: '502, 200' },
      { status: 502, upstream_status: '200' },
    ],
    [
      'beside a word of the same kind',
      { status: 'ok', status_code: 200 },
      { status: 'error', status_code: 502 },
    ],
    ['beside text', { response: 'OK', http_status: 200 }, { response: 'Bad Gateway', http_status: 502 }],
  ])('is found: %s', async (_, healthy, failed) => {
    const { result } = await scanLines([of(healthy), of(healthy), of(failed)]);
    expect(result).toMatchObject({ scanned: 3, healthy: 2, failed: 1, malformed: 0 });
    expect(result.withoutStatus).toBeUndefined();
  });

  test('the log of the issue: 60 healthy requests are healthy', async () => {
    const line =
      '{"time":"17/Oct/2026:08:05:01 +0000","remote_ip":"203.0.113.1","request":"GET /a HTTP/1.1","response":200,"agent":"x"}';
    const { result } = await scanLines(Array.from({ length: 60 }, () => line));
    expect(result).toMatchObject({ scanned: 60, healthy: 60, failed: 0 });
  });

  test('a duration is no time', async () => {
    const lines = [of({ time: 0.125, status: 502 }), of({ time: undefined, requestTime: 125, status: 502 })];
    const { result } = await scanLines([...lines, of({ status: 200 })]);
    expect(result).toMatchObject({ failed: 0, malformed: 2, healthy: 1 });
  });

  test.each<[string, object]>([
    ['absent', {}],
    ['of an upstream alone', { upstream_status: '200', OriginStatus: 200 }],
    ['under an unknown name', { outcome: 200 }],
    ['in words', { status: 'success' }],
  ])('%s in all lines is refused, with what to write', async (_, member) => {
    const lines = Array.from({ length: 60 }, () => of(member));
    await expect(scanLines(lines)).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      message: expect.stringContaining('no line has a status; name it: fields.status') as string,
    });
    await expect(scanLogs([[of({ status: 200 })], lines])).rejects.toMatchObject({
      message: expect.stringMatching(/1\.log: no line has a status/) as string,
    });
  });

  test.each<[string, unknown]>([
    ['absent', undefined],
    ['null', null],
    ['0', 0],
    ['"0"', '0'],
    ['"000"', '000'],
    ['-', '-'],
    ['empty', ''],
    ['-1', -1],
  ])('%s beside others was never answered, and is counted apart', async (_, status) => {
    const { result, remarks } = await scanLines([of({ status: 200 }), of({ status })]);
    expect(result).toMatchObject({ healthy: 1, failed: 1, withoutStatus: 1 });
    expect(remarks.join()).toContain('1 missed request without a status');
  });

  test.each<[string, unknown]>([
    ['a word', 'started'],
    ['an object', { code: 200 }],
    ['true', true],
    ['99', 99],
  ])('%s in place of a status does not say that nothing answered', async (_, status) => {
    const { result } = await scanLines([of({ status: 200 }), of({ status })]);
    expect(result).toMatchObject({ healthy: 1, failed: 0, malformed: 1 });
  });

  test('null in every line is said of every line: none was answered', async () => {
    const { result } = await scanLines([of({ status: null }), of({ status: '-' })]);
    expect(result).toMatchObject({ failed: 2, withoutStatus: 2 });
  });

  test('a capture has none where nothing answered', async () => {
    const { result, remarks } = await scanLines([{ ...of({}), headers: {} }], {
      source: { format: 'capture' },
    });
    expect(result).toMatchObject({ failed: 1, pending: 1 });
    expect(remarks).toEqual([]);
  });

  test('the runbook may take what has none for answered', async () => {
    const lines = [of({ status: 200 }), of({ status: 0 }), of({ status: 502 })];
    const { result, remarks } = await scanLines(lines, { missingStatus: 'answered' });
    expect(result).toMatchObject({ healthy: 2, failed: 1 });
    expect(remarks).toEqual([
      '1 request without a status is taken as answered, as missingStatus in the runbook says',
    ]);
    const capture = await scanLines([{ ...of({}), headers: {} }], {
      ...{ source: { format: 'capture' }, missingStatus: 'answered' },
    });
    expect(capture.result).toMatchObject({ healthy: 0, failed: 1 });
  });

  test('clients that left are counted, and missed where the runbook says so', async () => {
    const lines = [of({ status: 200 }), of({ status: 499 }), of({ status: 460 }), of({ status: 502 })];
    const { result, remarks } = await scanLines(lines);
    expect(result).toMatchObject({ healthy: 3, failed: 1, clientAborts: 2 });
    expect(remarks.join()).toContain(
      '2 requests that ended because the client left (460, 499) are not counted as missed',
    );
    const all = await scanLines(lines, { failed: ['5xx', 499, 460] });
    expect(all.result).toMatchObject({ healthy: 1, failed: 3 });
    expect(all.remarks).toEqual([]);
  });

  test.each<[string, object]>([
    ['status', { status: 'response.code' }],
    ['client', { client: 'from' }],
    ['headers', { headers: 'req.headers' }],
    ['time', { time: 'at' }],
    ['url', { url: 'target' }],
  ])('a path that the runbook gives for %s and that no line has is an error', async (part, fields) => {
    const lines = [of({ status: 200 }), of({ status: 502 })];
    await expect(scanLines(lines, { source: { fields } })).rejects.toMatchObject({
      message: expect.stringContaining(`fields.${part}`) as string,
    });
  });

  test('a path that one file has, though not each', async () => {
    const options = { source: { fields: { body: 'payload' } } };
    const { result } = await scanLogs([[of({ status: 502, payload: 'x' })], [of({ status: 200 })]], options);
    expect(result).toMatchObject({ failed: 1, healthy: 1 });
  });
});

describe('JSON in which no request can be found', () => {
  const of = (members: object) => ({ time: TIME, method: 'GET', url: '/a', status: 502, ...members });

  test.each<[string, object, RegExp]>([
    [
      'a time without a zone',
      { time: '10/Oct/2026:13:55:01.123' },
      /it has no time that exists, with a zone/,
    ],
    ['no method and no URL', { method: undefined, url: undefined }, /neither a method nor a URL/],
  ])('the error says what is missing: %s', async (_, members, why) => {
    await expect(scanLines([of(members), of(members)])).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      message: expect.stringMatching(why) as string,
      next: expect.stringContaining('fields: {') as string,
    });
  });

  test.each<[string, object]>([
    ['with milliseconds', { time: '10/Oct/2026:15:55:00.250 +0200' }],
    ['by the W3C', { date: '2026-10-10', time: '13:55:00.250', 'cs-method': 'GET' }],
  ])('a time is read %s', async (_, members) => {
    const { replayed } = await scanLines([of(members)]);
    expect(replayed[0]?.at).toBe(Date.parse('2026-10-10T13:55:00.250Z'));
  });

  test('date and clock apart have a zone only where the W3C says so', async () => {
    await expect(scanLines([of({ date: '2026-10-10', time: '13:55:00' })])).rejects.toThrow(/with a zone/);
  });
});

describe('the URL', () => {
  test.each<[string, string | object]>([
    ['raw', { request: 'GET /a\ufffd HTTP/1.1', status: 502, time: TIME }],
    ['in a line in a line', { log: '1.2.3.4 - - [10/Oct/2026:13:55:00 +0000] "GET /\ufffd HTTP/1.1" 502 1' }],
  ])('bytes that the log has lost are not made up: %s', async (_, line) => {
    const { result } = await scanLines([line]);
    expect(result).toMatchObject({ failed: 1, unrecoverable: 1 });
    expect(result.byClass[0]?.reason).toContain('the log has lost them');
  });

  const of = (members: object) => ({ time: TIME, status: 502, ...members });

  test.each<[string, object, string]>([
    [
      'path and request_query',
      { path: '/orders', request_query: 'id=9&confirm=1', method: 'GET', vhost: 'shop.example' },
      'GET /orders?id=9&confirm=1',
    ],
    [
      'the request line before $uri',
      { request: 'GET /orders/5?x=1 HTTP/1.1', request_method: 'GET', uri: '/50x.html', args: 'x=1' },
      'GET /orders/5?x=1',
    ],
    [
      'the request line before uri_path',
      { http_method: 'GET', request: 'GET /o/1?x=1 HTTP/1.1', uri_path: '/o/1' },
      'GET /o/1?x=1',
    ],
    [
      'request_uri before all',
      { method: 'GET', request_uri: '/a?b=1', uri: '/x', args: 'b=1', url: '/y' },
      'GET /a?b=1',
    ],
    [
      'the request line before url',
      { method: 'GET', request: 'GET /a?b=1 HTTP/2.0', url: '/a' },
      'GET /a?b=1',
    ],
    ['url before uri', { method: 'GET', url: '/a?b=1', uri: '/index.php' }, 'GET /a?b=1'],
    ['upper case', { REQUEST_METHOD: 'GET', REQUEST_URI: '/a?b=1', URI: '/x' }, 'GET /a?b=1'],
    ['http_uri of HAProxy', { http_method: 'GET', http_uri: '/a?b=1' }, 'GET /a?b=1'],
    ['uri and args', { method: 'GET', uri: '/a', args: 'b=1' }, 'GET /a?b=1'],
    ['a query of none', { method: 'GET', path: '/a', query: '' }, 'GET /a'],
    ['a query of -', { method: 'GET', uri: '/a', args: '-' }, 'GET /a'],
    ['a query with its mark', { method: 'GET', request: '/a', query: '?b=1' }, 'GET /a?b=1'],
    ['a path with its query', { method: 'GET', path: '/a?b=1' }, 'GET /a?b=1'],
    ['of Caddy', { request: { method: 'GET', uri: '/a?b=1', host: 'h' } }, 'GET /a?b=1'],
    ['of Traefik', { RequestMethod: 'GET', RequestPath: '/a?b=1', DownstreamStatus: 502 }, 'GET /a?b=1'],
    [
      'of Traefik, without a query',
      { RequestMethod: 'GET', RequestPath: '/a', DownstreamStatus: 502 },
      'GET /a',
    ],
    ['of Envoy', { method: 'GET', path: '/a', response_flags: 'UF', response_code: 502 }, 'GET /a'],
    [
      'of Cloudflare',
      { ClientRequestMethod: 'GET', ClientRequestURI: '/a?b=1', ClientRequestPath: '/a' },
      'GET /a?b=1',
    ],
    ['of CloudFront', { 'cs-method': 'GET', 'cs-uri-stem': '/a', 'cs-uri-query': 'b=1' }, 'GET /a?b=1'],
    ['of pino', { req: { method: 'GET', url: '/a?b=1' } }, 'GET /a?b=1'],
    [
      'of Google',
      { httpRequest: { requestMethod: 'GET', requestUrl: 'https://h/a?b=1' } },
      'GET https://h/a?b=1',
    ],
    [
      'of ECS',
      { http: { request: { method: 'GET' } }, url: { original: '/a?b=1', path: '/a' } },
      'GET /a?b=1',
    ],
    [
      'of ECS, in parts',
      { http: { request: { method: 'GET' } }, url: { path: '/a', query: 'b=1' } },
      'GET /a?b=1',
    ],
    ['decoded by a server', { method: 'GET', uri: '/a b%', args: '' }, 'GET /a%20b%25'],
    ['with a space', { method: 'GET', url: '/search?q=red shoes' }, 'GET /search?q=red%20shoes'],
    ['without a version', { request: 'GET /noversion' }, 'GET /noversion'],
    ['of a name that is not its own', { request: 'checkout', method: 'GET', url: '/a' }, 'GET /a'],
  ])('%s', async (_, members, expected) => {
    const scanned = await scanLines([of(members)]);
    expect(asked(scanned)).toEqual([expected]);
  });

  test('the method of the request line, not that of an internal redirect', async () => {
    for (const members of [{ uri: '/50x.html' }, { request_uri: '/pay' }]) {
      const line = of({ request: 'POST /pay HTTP/1.1', request_method: 'GET', ...members });
      const { result, replayed } = await scanLines([line]);
      expect(replayed).toEqual([]);
      expect(result).toMatchObject({ failed: 1, unrecoverable: 1 });
      expect(result.byClass[0]?.reason).toContain('the log does not contain the body');
    }
  });

  test('put together from parts it is told', async () => {
    const { remarks } = await scanLines([of({ method: 'GET', uri: '/a', args: 'b=1' })]);
    expect(remarks).toEqual([
      expect.stringMatching(/^1 missed request: the URL is put together from 'uri' and its query/),
    ]);
  });

  test.each<[string, object, RegExp]>([
    [
      'may lack its query',
      { method: 'GET', path: '/a' },
      /may lack the query: the log has only 'path'.*fields\.url: path/,
    ],
    ['may lack its query, headers or not', { method: 'GET', uri: '/a', headers: {} }, /may lack the query/],
    [
      'has a query that cannot be rebuilt',
      { method: 'GET', path: '/a', query: { b: '1' } },
      /may lack the query/,
    ],
    [
      'has a control character',
      { request: 'GET /a\tb HTTP/1.1', uri: '/a' },
      /the URL holds a control character/,
    ],
    ['has bytes that the log has lost', { method: 'GET', request_uri: '/caf\ufffd' }, /not UTF-8/],
    ['is missing', { method: 'GET' }, /it has no URL/],
    ['is empty', { request: '', request_method: '', uri: '' }, /it holds no request/],
    ['is without a method', { url: '/a' }, /it has no method/],
    ['begins with no slash', { request: 'GET a HTTP/1.1' }, /neither with/],
  ])('of a failed request that %s: missed, and not to be rebuilt', async (_, members, reason) => {
    const { result, replayed } = await scanLines([of({ method: 'GET', url: '/', status: 200 }), of(members)]);
    expect(replayed).toEqual([]);
    expect(result).toMatchObject({ scanned: 2, healthy: 1, failed: 1, unrecoverable: 1, malformed: 0 });
    expect(result.byClass.map((one) => one.reason).join()).toMatch(reason);
  });

  test('the runbook may say that a path is all of it, or where the request line is', async () => {
    const path = await scanLines([of({ method: 'GET', path: '/a' })], {
      source: { fields: { url: 'path' } },
    });
    expect(asked(path)).toEqual(['GET /a']);
    const line = await scanLines([of({ r: 'GET /a?b HTTP/1.1' })], { source: { fields: { url: 'r' } } });
    expect(asked(line)).toEqual(['GET /a?b']);
  });
});

test.each([
  ['host of HTTP in OpenTelemetry', { 'server.address': 'shop.example' }],
  ['domainName of an API gateway', { domainName: 'shop.example', host: 'web-1' }],
])('%s is the host', async (_, members) => {
  const line = { time: TIME, method: 'GET', url: '/a', status: 502, ...members };
  expect((await scanLines([line])).replayed[0]?.host).toBe('shop.example');
});

test.each([
  ['an address before a word', { client: 'mobile', remote_addr: '203.0.113.1' }, '203.0.113.1'],
  ['a word where there is nothing else', { client: 'mobile' }, 'mobile'],
  [
    'not a proxy of one network',
    { remote_addr: '10.0.0.1', x_forwarded_for: '203.0.113.1, 10.0.0.7' },
    '203.0.113.1',
  ],
  ['not a proxy of IPv6', { remote_addr: 'fd00::1', http_x_real_ip: '2001:db8::1' }, '2001:db8::1'],
  ['a proxy that names no client', { remote_addr: '10.0.0.1', x_forwarded_for: '-' }, '10.0.0.1'],
  [
    'who asked from outside, whatever it says',
    { remote_addr: '203.0.113.1', x_forwarded_for: '10.9.9.9' },
    '203.0.113.1',
  ],
  [
    'who is next to the private networks',
    { remote_addr: '172.32.0.1', x_forwarded_for: '203.0.113.1' },
    '172.32.0.1',
  ],
])('the client is %s', async (_, members, client) => {
  const line = { time: TIME, method: 'GET', url: '/a', status: 502, ...members };
  expect((await scanLines([line])).replayed[0]?.client).toBe(client);
});

test('a line of Kong is read', async () => {
  const request = { method: 'GET', uri: '/a?b=1', size: '100', headers: { host: 'shop.example' } };
  const line = { request, response: { status: 502 }, started_at: 1791640501000, client_ip: '203.0.113.1' };
  const { replayed } = await scanLines([line]);
  expect(replayed).toMatchObject([{ at: 1791640501000, url: '/a?b=1', host: 'shop.example' }]);
});

test('a brace before the object does not hide it', async () => {
  const line = `{"time":"${TIME}","method":"GET","url":"/a","status":502}`;
  const prefix = `<134>1 ${TIME} web1 nginx 1 - [a b="{c}" d="{"] `;
  const { result } = await scanLines([prefix + line, `${prefix}${'{'.repeat(500)}`]);
  expect(result).toMatchObject({ failed: 1, pending: 1, malformed: 1 });
});

describe('JSON that is none', () => {
  const nginx = (members: string) =>
    `{"time":"10/Oct/2026:13:55:00 +0000","request":"GET /a?b=1 HTTP/1.1",${members}}`;
  test.each<[string, string, object]>([
    [
      'escapes of nginx',
      nginx('"status":502,"agent":"a \\x22b\\x22 \\xE3\\x81\\x82"'),
      { userAgent: 'a "b" あ' },
    ],
    ['a status without quotes that is 000', nginx('"status":000,"rt":0.001'), {}],
    ['a time of no upstream', nginx('"status":502,"upstream_response_time": -,"x": ,"y":1'), { status: 502 }],
    [
      'times of several upstreams',
      nginx('"status":502,"upstream_response_time": 0.001, 0.002 : 0.1,"y":1'),
      { status: 502 },
    ],
    ['text that looks like that', nginx('"status":502,"agent":"x: -, y","z":000'), { userAgent: 'x: -, y' }],
  ])('%s', async (_, line, expected) => {
    const scanned = await scanLines([nginx('"status":200'), line]);
    expect(asked(scanned)).toEqual(['GET /a?b=1']);
    expect(scanned.replayed[0]).toMatchObject(expected);
  });

  test('mending takes no longer than reading, whatever the line holds', async () => {
    const LONG = 900_000 / oneIn(3);
    const hostile = [
      '"\\"'.repeat(LONG / 3),
      '"'.repeat(LONG),
      ':-,'.repeat(LONG / 3),
      '\\x41'.repeat(LONG / 4),
    ];
    const { result } = await scanLines([nginx('"status":502'), ...hostile.map((text) => `{"a":${text}`)]);
    expect(result).toMatchObject({ scanned: 5, malformed: 4, failed: 1 });
  });
});

describe('a line that was cut', () => {
  const line = JSON.stringify({
    ...{ time: TIME, status: 502, tags: ['a', { b: 1 }], request: 'GET /a?b=1 HTTP/1.1' },
    ...{ agent: 'x'.repeat(50), more: { c: [1, 2] } },
  });
  const read = (status: unknown) => line.replace('502', JSON.stringify(status));

  test('wherever it is cut after its status it is missed, and unrecoverable', async () => {
    const cuts = Array.from({ length: line.length - line.indexOf(',"tags') - 1 }, (_, index) =>
      line.slice(0, -1 - index),
    );
    const { result } = await scanLines([read(200), ...cuts]);
    expect(result).toMatchObject({
      healthy: 1,
      failed: cuts.length,
      unrecoverable: cuts.length,
      malformed: 0,
    });
    expect(result.byClass[0]?.reason).toContain(
      'its line cannot be read: it is not a JSON object: the line is cut short',
    );
  });

  test.each<[string, string, object]>([
    ['healthy', read(200).slice(0, -9), { failed: 0, malformed: 1 }],
    [
      'without its status',
      '{"time":"2026-10-10T13:55:00Z","request":"GET /a HTTP/1.1","age',
      { failed: 0, malformed: 1 },
    ],
    ['that says that nothing answered', read(null).slice(0, -9), { failed: 1, unrecoverable: 1 }],
    ['behind a prefix', `${TIME} stdout F ${line.slice(0, -9)}`, { failed: 1, unrecoverable: 1 }],
    ['at the end of the log', line.slice(0, -9), { failed: 1, unrecoverable: 1, malformed: 0 }],
  ])('%s', async (_, cut, expected) => {
    const { result } = await scanLines([read(200), cut], { end: '' });
    expect(result).toMatchObject({ scanned: 2, ...expected });
  });

  test('one that is too long for this program is missed as well', async () => {
    const long = {
      time: TIME,
      method: 'POST',
      url: '/a',
      headers: {},
      status: 503,
      body: 'x'.repeat(1_100_000),
    };
    const { result } = await scanLines([long, { ...long, status: null }, { ...long, status: 200 }], {
      source: { format: 'capture' },
    });
    expect(result).toMatchObject({ scanned: 3, failed: 2, unrecoverable: 2, malformed: 1 });
  });
});
