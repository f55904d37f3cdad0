import { alb } from '../../../src/backfill/formats/alb.ts';
import { LINE, type Surveyed } from '../../../src/backfill/lines/line-format.ts';
import { linesOf, parsed, surveyOf } from './lines.ts';

const COMPLETE =
  'http 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.000 0.001 0.002 ' +
  '504 200 34 366 "GET http://www.example.com:80/a?b=c HTTP/1.1" "curl/7.46.0" - - ' +
  'arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 ' +
  '"Root=1-58337262-36d228ad5d99923122bbe354" "-" "-" 0 2018-07-02T22:22:48.364000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-"';

test('a line tells when it was asked for and when it was answered', () => {
  expect(surveyOf(alb, COMPLETE)).toEqual({
    kind: 'request',
    status: 504,
    at: Date.parse('2018-07-02T22:23:00.186Z'),
  });
  expect(parsed(alb, COMPLETE)).toEqual({
    kind: 'request',
    record: {
      at: Date.parse('2018-07-02T22:22:48.364Z'),
      status: 504,
      method: 'GET',
      url: 'http://www.example.com:80/a?b=c',
      host: 'www.example.com',
      client: '192.168.131.39',
      userAgent: 'curl/7.46.0',
      headers: [['x-amzn-trace-id', 'Root=1-58337262-36d228ad5d99923122bbe354']],
      payload: 'url-only',
      latencySeconds: 0.003,
    },
  });
});

test.each<[string, string, string, object]>([
  ['a later field', '"200" "-" "-"', '"200" "-" "-" TID_1234abcd1234ab12 "more to come" 5', {}],
  ['HTTP/2', 'http 2018', 'h2 2018', {}],
  ['gRPC', 'http 2018', 'grpcs 2018', {}],
  ['a web socket', 'http 2018', 'wss 2018', {}],
  ['an IPv6 client in brackets', '192.168.131.39:2817', '[2001:db8::1]:443', { client: '2001:db8::1' }],
  ['an IPv6 client without', '192.168.131.39:2817', '2001:db8::1:443', { client: '2001:db8::1' }],
  [
    'an escaped quote',
    '"curl/7.46.0"',
    '"say \\"hello\\" to \\x41 \\\\"',
    { userAgent: 'say "hello" to A \\' },
  ],
  [
    'a terminal escape, kept as text',
    '"curl/7.46.0"',
    '"\\x1b[2J\x1b[2J\\xc2\\x9b"',
    { userAgent: '\\x1b[2J\\x1b[2J\\x9b' },
  ],
  ['UTF-8 in a user agent', '"curl/7.46.0"', '"caf\\xc3\\xa9"', { userAgent: 'café' }],
  [
    'bytes beyond ASCII in a URL',
    '/a?b=c',
    '/caf\\xc3\\xa9\\x90',
    { url: 'http://www.example.com:80/caf%C3%A9%90' },
  ],
  [
    'a port of its own',
    'www.example.com:80/',
    'www.example.com:8080/',
    { host: 'www.example.com:8080', url: 'http://www.example.com:8080/a?b=c' },
  ],
  [
    'an IPv6 host',
    'www.example.com:80/',
    '[2001:db8::2]:80/',
    { host: '[2001:db8::2]', url: 'http://[2001:db8::2]:80/a?b=c' },
  ],
  [
    'a space in the URL',
    '/a?b=c',
    '/search?q=red shoes',
    { url: 'http://www.example.com:80/search?q=red%20shoes' },
  ],
  ['no version', ' HTTP/1.1"', '"', { url: 'http://www.example.com:80/a?b=c' }],
  [
    'a time of creation that is none',
    '2018-07-02T22:22:48.364000Z',
    '2018-07-32T22:22:48.364000Z',
    { at: Date.parse('2018-07-02T22:23:00.186Z') },
  ],
  ['a whole second', '22:22:48.364000Z', '22:22:48Z', { at: Date.parse('2018-07-02T22:22:48Z') }],
  ['no time of creation', '2018-07-02T22:22:48.364000Z', '-', { at: Date.parse('2018-07-02T22:23:00.186Z') }],
])('%s is read', (_, from, to, expected) => {
  const line = COMPLETE.replace(from, () => to);
  expect(line).not.toBe(COMPLETE);
  expect(parsed(alb, line)).toMatchObject({ kind: 'request', record: expected });
});

test('what is not known is not in the record', () => {
  const line = COMPLETE.replace('504 200', '- -')
    .replace('0.000 0.001 0.002', '-1 -1 -1')
    .replace('192.168.131.39:2817', '-')
    .replace('"curl/7.46.0"', '"-"')
    .replace(/"Root=[^"]*"/, '"-"');
  expect(surveyOf(alb, line)).toMatchObject({ kind: 'request', status: 0 });
  expect(parsed(alb, line)).toEqual({
    kind: 'request',
    record: {
      at: Date.parse('2018-07-02T22:22:48.364Z'),
      method: 'GET',
      url: 'http://www.example.com:80/a?b=c',
      host: 'www.example.com',
      headers: [],
      payload: 'url-only',
    },
  });
});

test.each<[string, string]>([
  [
    'tls 2.0 2020-04-01T08:51:42 net/my-network-loadbalancer/c6e77e28c25b2234 g3d4b5e8bb8464cd 72.21.218.154:51341',
    'network load balancer',
  ],
  [
    'tls 1.0 2018-12-20T02:59:40 net/my-nlb/c6 g3 72.21.218.154:51341 172.100.100.185:443 5 2 98 246 - arn - - - - -',
    'network load balancer',
  ],
  ['http 2018-07-02T22:23:00.186641Z net/my-nlb/c6 g3 72.21.218.154:51341', 'network load balancer'],
  [
    '2023-10-04T17:05:15.514108Z 203.0.113.1 36280 443 TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 4.036 "CN=x" NotBefore=1 5FEF Success',
    'connection',
  ],
  [
    '2015-05-13T23:39:43.945958Z my-loadbalancer 192.168.131.39:2817 10.0.0.1:80 0.0 0.0 0.0 200 200 0 29 "GET http://a:80/ HTTP/1.1"',
    'classic load balancer',
  ],
  ['http 2025-10-31T12:44:59.875678Z 0.019584011 172.31.20.97:80 HttpTargetGroup PASS 200 -', 'health check'],
  ['192.0.2.7 - frank [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 502 2326 "-" "curl"', 'combined'],
  ['2019-12-04\t21:02:31\tLAX1\t392\t192.0.2.100\tGET\td1.cloudfront.net\t/index.html\t200\t-', 'CloudFront'],
  ['#Version: 1.0', 'CloudFront'],
  ['{"time":"2020-01-01T00:00:00Z"}', 'JSON'],
])('%s is foreign', (line, why) => {
  expect(surveyOf(alb, line)).toMatchObject({ kind: 'foreign' });
  expect(parsed(alb, line)).toEqual({ kind: 'foreign', why: expect.stringContaining(why) as string });
});

test.each<[string, string, string, string]>([
  ['a method that is none', '"GET ', '"G{T ', 'the method is not a token'],
  ['an escaped line break in the URL', '/a?b=c', '/a\\x0d\\x0aX: y', 'a control character'],
  ['no HTTP after the URL', ' HTTP/1.1"', ' FTP/1.1"', "does not end with 'HTTP/x'"],
  ['no URL', 'http://www.example.com:80/a?b=c', 'x', "neither with '/'"],
  ['an empty request', '"GET http://www.example.com:80/a?b=c HTTP/1.1"', '""', 'holds no request'],
  ['a request without an end', ' HTTP/1.1"', ' HTTP/1.1', 'cut short'],
  ['what follows the request at once', ' HTTP/1.1" ', ' HTTP/1.1"x ', 'cut short'],
])('with %s a failed request is malformed', (_, from, to, why) => {
  const line = COMPLETE.replace(from, to);
  expect(line).not.toBe(COMPLETE);
  expect(surveyOf(alb, line)).toMatchObject({ kind: 'request', status: 504 });
  expect(parsed(alb, line)).toEqual({ kind: 'malformed', why: expect.stringContaining(why) as string });
});

test.each<[string, string, string]>([
  ['a status of 99', ' 504 ', ' 99 '],
  ['a status of 1000', ' 504 ', ' 1000 '],
  ['a status of letters', ' 504 ', ' 5x4 '],
  ['a day that does not exist', '2018-07-02T22:23', '2018-02-29T22:23'],
  ['an hour that does not exist', '2018-07-02T22:23', '2018-07-02T24:23'],
  ['a time without a zone', '.186641Z', '.186641'],
  ['another type', 'http 2018', 'gopher 2018'],
  ['no request', '"GET http://www.example.com:80/a?b=c HTTP/1.1"', '-'],
  [
    'a request that the load balancer could not read',
    '"GET http://www.example.com:80/a?b=c HTTP/1.1"',
    '"- http://www.example.com:80- -"',
  ],
])('with %s a line is malformed at the first look', (_, from, to) => {
  const line = COMPLETE.replace(from, to);
  expect(line).not.toBe(COMPLETE);
  expect(surveyOf(alb, line)).toMatchObject({ kind: 'malformed' });
  expect(parsed(alb, line)).toMatchObject({ kind: 'malformed' });
});

test('an empty line says so', () => {
  expect(parsed(alb, '')).toEqual({ kind: 'malformed', why: 'empty line' });
  expect(surveyOf(alb, '')).toMatchObject({ kind: 'malformed' });
});

test('wherever a line is cut after its request, what was asked for is read, and that it is cut', () => {
  const request = COMPLETE.indexOf('"curl');
  const whole = new Set([18, 20, 21, 25, 29]);
  for (let length = 0; length < COMPLETE.length; length += 1) {
    const cut = COMPLETE.slice(0, length);
    const read = parsed(alb, cut);
    expect(read.kind).toBe(length < request - 1 ? 'malformed' : 'request');
    if (read.kind !== 'request') continue;
    expect(read.record).toMatchObject({ status: 504, method: 'GET', client: '192.168.131.39' });
    const isOpen = (cut.match(/"/g)?.length ?? 0) % 2 === 1;
    const closed = isOpen ? cut.slice(0, cut.lastIndexOf('"')) : cut;
    const fields = closed.match(/"[^"]*"|[^ "]+/g)?.length ?? 0;
    if (read.isCut !== true) expect(whole).toContain(fields);
  }
});

test.each<[string, string, string, number]>([
  ['no request', '"GET http://www.example.com:80/a?b=c HTTP/1.1"', '-', 504],
  [
    'one that the load balancer could not read',
    '"GET http://www.example.com:80/a?b=c HTTP/1.1"',
    '"- http://www.example.com:80- -"',
    504,
  ],
  ['no status', ' 504 ', ' 5x4 ', 0],
])(
  'a malformed line with %s says when and with what it was answered, where it does',
  (_, from, to, status) => {
    const out = { kind: LINE.request, at: 0, status: 0 } as Surveyed;
    const line = Buffer.from(COMPLETE.replace(from, to));
    alb.survey(line, 0, line.length, out);
    expect(out).toEqual({
      ...{ kind: LINE.malformed, status },
      at: status === 0 ? -1 : Date.parse('2018-07-02T22:23:00.186Z'),
    });
  },
);

test('the survey keeps to its line', () => {
  const cut = COMPLETE.slice(0, 90);
  const bytes = Buffer.from(`${COMPLETE}\n${cut}\n${COMPLETE.replace(' 504 ', ' 200 ')}`);
  const kinds = linesOf(bytes).map(([start, end]) => surveyOf(alb, bytes, start, end));
  expect(kinds.map(({ kind, status }) => [kind, status])).toEqual([
    ['request', 504],
    ['malformed', 0],
    ['request', 200],
  ]);
});
