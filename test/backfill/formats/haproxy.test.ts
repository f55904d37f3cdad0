import { haproxyLog } from '../../../src/backfill/formats/haproxy.ts';
import { parsed, surveyOf } from './lines.ts';

const haproxy = haproxyLog({ zone: 'UTC' });
/** The example of HAProxy's documentation. */
const DOCUMENTED =
  'Feb  6 12:14:14 localhost haproxy[14389]: 10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} "GET /index.html HTTP/1.1"';
const AT = Date.parse('2009-02-06T12:14:14.655Z');
const RECORD = {
  at: AT,
  status: 200,
  method: 'GET',
  url: '/index.html',
  client: '10.0.1.2',
  headers: [],
  payload: 'url-only',
  latencySeconds: 0.109,
};

test('the documented line is read, and counted when it was answered', () => {
  expect(parsed(haproxy, DOCUMENTED)).toEqual({ kind: 'request', record: RECORD });
  expect(surveyOf(haproxy, DOCUMENTED)).toEqual({ kind: 'request', at: AT + 109, status: 200 });
});

test('times without a given zone are UTC, with a note that says what to write', () => {
  expect(parsed(haproxyLog(), DOCUMENTED)).toMatchObject({
    record: { at: AT, doubts: [expect.stringContaining("zone: '+02:00'")] },
  });
});

test.each([
  ['+02:00', '2009-02-06T10:14:14.655Z'],
  ['-03:30', '2009-02-06T15:44:14.655Z'],
])('with the zone %s a time is in it', (zone, instant) => {
  const read = parsed(haproxyLog({ zone }), DOCUMENTED);
  expect(read).toEqual({ kind: 'request', record: { ...RECORD, at: Date.parse(instant) } });
});

test.each<[string, string, string, object]>([
  ['nothing before the client', 'Feb  6 12:14:14 localhost haproxy[14389]: ', '', {}],
  ['CRI before it', 'Feb  6 12:14:14 localhost haproxy[14389]: ', '2009-02-06T12:14:14.7Z stdout F ', {}],
  ['an IPv6 client', '10.0.1.2:33317', '2001:db8::1:33317', { client: '2001:db8::1' }],
  ['a client at a socket', '10.0.1.2:33317', 'unix:1', { client: undefined }],
  ['no captured headers', '{1wt.eu} {} ', '', {}],
  ['a frontend of TLS', 'http-in ', 'https-in~ ', {}],
  ['logasap', '69/109 200 2750', '69/+109 200 +2750', {}],
  ['retries with another server', '1/1/1/1/0', '1/1/1/1/+3', {}],
  [
    'an absolute URL',
    'GET /index.html',
    'GET https://shop.example/a',
    { url: 'https://shop.example/a', host: 'shop.example' },
  ],
  ['an escaped quote', '/index.html', '/a?q=#22b', { url: '/a?q="b' }],
  [
    'what httpslog appends',
    'HTTP/1.1"',
    'HTTP/1.1" 0/0000000000000000/0/0/0 1wt.eu/TLSv1.3/TLS_AES_256_GCM_SHA384',
    {},
  ],
])('%s is read', (_, from, to, expected) => {
  const line = DOCUMENTED.replace(from, () => to);
  expect(line).not.toBe(DOCUMENTED);
  const { client, ...record } = { ...RECORD, ...expected };
  expect(parsed(haproxy, line)).toEqual({
    kind: 'request',
    record: { ...record, ...(client !== undefined && { client }) },
  });
});

test('a request that no server answered has the status that the client got; one that nothing answered has none', () => {
  const refused = DOCUMENTED.replace('static/srv1 10/0/30/69/109 200', 'static/<NOSRV> 10/-1/-1/-1/12 503');
  expect(surveyOf(haproxy, refused)).toEqual({ kind: 'request', at: AT + 12, status: 503 });
  const left = DOCUMENTED.replace('10/0/30/69/109 200', '10/0/-1/-1/-1 -1').replace('----', 'CC--');
  expect(surveyOf(haproxy, left)).toEqual({ kind: 'request', at: AT, status: 0 });
  const read = parsed(haproxy, left);
  expect(read.kind === 'request' && [read.record.status, read.record.latencySeconds]).toEqual([
    undefined,
    undefined,
  ]);
});

test.each<[string, string, string, string]>([
  ['empty', '', 'malformed', 'empty line'],
  ['without a time', DOCUMENTED.replace('Feb/2009', 'Fex/2009'), 'malformed', 'it has no time that exists'],
  [
    'cut in its fields',
    DOCUMENTED.slice(0, 130),
    'malformed',
    'its fields are not those of an HTTP log, or the line is cut short',
  ],
  [
    'cut in its request',
    DOCUMENTED.slice(0, -5),
    'malformed',
    'the request does not end: the line is cut short',
  ],
  [
    'a request that HAProxy refused',
    DOCUMENTED.replace('GET /index.html HTTP/1.1', '<BADREQ>'),
    'malformed',
    'the load balancer could not read the request',
  ],
  [
    'a connection of TCP',
    'Feb  6 12:12:56 localhost haproxy[14387]: 10.0.1.2:33313 [06/Feb/2009:12:12:51.443] fnt bck/srv1 0/0/5007 212 -- 0/0/0/0/3 0/0',
    'foreign',
    'a connection of HAProxy without an HTTP request',
  ],
  [
    'a failed handshake',
    'Dec  3 18:27:14 localhost haproxy[6103]: 127.0.0.1:56059 [03/Dec/2012:17:35:10.380] frt/f1: SSL handshake failure',
    'foreign',
    'a connection of HAProxy without an HTTP request',
  ],
  [
    'a line of nginx',
    '127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 503 2326',
    'foreign',
    'a line of a combined or common access log',
  ],
])('%s is no request', (_, line, kind, why) => {
  expect(parsed(haproxy, line)).toEqual({ kind, why });
  // What ends within its request still says when it was answered, and how.
  if (why !== 'the request does not end: the line is cut short')
    expect(surveyOf(haproxy, line).kind).toBe(kind);
});
