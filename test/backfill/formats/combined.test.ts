import { combined, common } from '../../../src/backfill/formats/combined.ts';
import { parsed, surveyOf } from './lines.ts';

const APACHE =
  '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 503 2326 "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)"';
const AT = Date.parse('2000-10-10T20:55:36Z');

test('a line of Apache is read', () => {
  expect(surveyOf(combined, APACHE)).toEqual({ kind: 'request', status: 503, at: AT });
  expect(parsed(combined, APACHE)).toEqual({
    kind: 'request',
    record: {
      at: AT,
      status: 503,
      method: 'GET',
      url: '/apache_pb.gif',
      client: '127.0.0.1',
      userAgent: 'Mozilla/4.08 [en] (Win98; I ;Nav)',
      headers: [],
      payload: 'url-only',
    },
  });
});

test.each([
  ['of milliseconds', '10/Oct/2000:13:55:36.250 -0700', AT + 250],
  ['of microseconds', '10/Oct/2000:13:55:36.250999 -0700', AT + 250],
  ['as $time_iso8601 of nginx', '2000-10-10T13:55:36-07:00', AT],
  ['of ISO with a comma and a space', '2000-10-10 13:55:36,250 -0700', AT + 250],
  ['of ISO with the name of its zone', '2000-10-10 20:55:36 UTC', AT],
  ['of ISO with hours alone', '2000-10-10T13:55:36-07', AT],
  ['of ISO in UTC', '2000-10-10T20:55:36.250Z', AT + 250],
])('a time between brackets is read: %s', (_, text, at) => {
  const line = APACHE.replace('10/Oct/2000:13:55:36 -0700', text);
  expect(surveyOf(combined, line)).toEqual({ kind: 'request', status: 503, at });
  expect(parsed(combined, line)).toMatchObject({
    record: {
      at,
      status: 503,
      url: '/apache_pb.gif',
      client: '127.0.0.1',
      userAgent: expect.stringMatching(/^Mozilla/) as string,
    },
  });
});

test.each([
  '2000-10-10T13:55:36',
  '10/Oct/2000:13:55:36.250',
  '2000-13-10T13:55:36Z',
  '2000-10-10 13:55:36 CEST',
  '2000-10-10 13:55:36 +',
  '10/Oct/2000:13:55:36. -0700',
])('a time without a zone, or that does not exist, is none: %s', (text) => {
  expect(surveyOf(combined, APACHE.replace('10/Oct/2000:13:55:36 -0700', text)).kind).toBe('malformed');
});

test.each([
  ['for whom a proxy asked', '10.0.0.1', '"203.0.113.9, 10.0.0.7"', '203.0.113.9'],
  ['IPv6 for whom a proxy asked', 'fd00::1', '"2001:db8::9"', '2001:db8::9'],
  ['who is in the network itself', '10.0.0.1', '"10.0.0.9"', '10.0.0.1'],
  ['who asked from outside', '198.51.100.1', '"203.0.113.9"', '198.51.100.1'],
  ['a proxy that names no client', '10.0.0.1', '"-"', '10.0.0.1'],
  ['the proxy before something else', '10.0.0.1', '"203.0.113.9 is no list"', '10.0.0.1'],
])('the client of a line of nginx (main) is %s', (_, own, forwarded, client) => {
  const line = `${APACHE.replace('127.0.0.1', own)} ${forwarded}`;
  expect(parsed(combined, line)).toMatchObject({ record: { client } });
});

test('common knows no user agent', () => {
  const line = APACHE.split(' "http')[0] as string;
  expect(parsed(common, line)).toEqual({
    kind: 'request',
    record: {
      at: AT,
      status: 503,
      method: 'GET',
      url: '/apache_pb.gif',
      client: '127.0.0.1',
      headers: [],
      payload: 'url-only',
    },
  });
  expect(parsed(combined, line)).toMatchObject({ kind: 'request', isCut: true, record: { status: 503 } });
  expect(parsed(common, APACHE)).toMatchObject({ kind: 'request' });
});

test.each<[string, string, string, object]>([
  ['what comes after the user agent', 'Nav)"', 'Nav)" "10.0.0.1" rt=0.005', {}],
  ['an IPv6 client', '127.0.0.1', '2001:db8::1', { client: '2001:db8::1' }],
  ['a client without a name', '127.0.0.1', '-', {}],
  ['a user of two words', 'frank', 'jane [x] doe', {}],
  ['an escaped quote', 'Win98; I', 'a \\" b', { userAgent: 'Mozilla/4.08 [en] (a " b ;Nav)' }],
  ['an escaped quote of nginx', 'Win98; I', 'a \\x22 b', { userAgent: 'Mozilla/4.08 [en] (a " b ;Nav)' }],
  ['an empty user agent', '"Mozilla/4.08 [en] (Win98; I ;Nav)"', '""', {}],
  ['an escaped quote in the URL', '/apache_pb.gif', '/a?b=\\"c\\"', { url: '/a?b="c"' }],
  ['UTF-8 in the URL', '/apache_pb.gif', '/\\xE3\\x81\\x82', { url: '/%E3%81%82' }],
  ['UTF-8 as it came', '/apache_pb.gif', '/\u00e3\u0081\u0082', { url: '/%E3%81%82' }],
  [
    'all of a URL',
    '/apache_pb.gif',
    'http://other.example/x',
    { url: 'http://other.example/x', host: 'other.example' },
  ],
  ['two slashes, which are no host', '/apache_pb.gif', '//other.example/x', { url: '//other.example/x' }],
  ['a zone ahead', '-0700', '+0530', { at: Date.parse('2000-10-10T08:25:36Z') }],
  ['an unsized answer', ' 2326 ', ' - ', {}],
])('%s is read', (_, from, to, expected) => {
  const line = APACHE.replace(from, () => to);
  expect(line).not.toBe(APACHE);
  expect(surveyOf(combined, line)).toMatchObject({ kind: 'request', status: 503 });
  expect(parsed(combined, line)).toMatchObject({ kind: 'request', record: expected });
});

test('nginx writes 000 where it answered nothing', () => {
  const line = APACHE.replace(' 503 ', ' 000 ');
  expect(surveyOf(combined, line)).toMatchObject({ kind: 'request', status: 0 });
  const read = parsed(combined, line);
  expect(read).toMatchObject({ kind: 'request' });
  expect(read.kind === 'request' && 'status' in read.record).toBe(false);
});

test.each<[string, string, string, string]>([
  [
    'a TLS handshake',
    'GET /apache_pb.gif HTTP/1.0',
    '\\x16\\x03\\x01\\x02\\x00',
    'a TLS handshake came where plain HTTP was expected',
  ],
  [
    'a raw TLS handshake',
    'GET /apache_pb.gif HTTP/1.0',
    '\x16\x03\x01\x02\x00',
    'a TLS handshake came where plain HTTP was expected',
  ],
  ['no request', 'GET /apache_pb.gif HTTP/1.0', '-', 'it holds no request'],
  ['an empty request', 'GET /apache_pb.gif HTTP/1.0', '', 'it holds no request'],
  ['a status of 99', ' 503 ', ' 99 ', 'it has no status'],
  ['a status of 1000', ' 503 ', ' 1000 ', 'it has no status'],
  ['a day that does not exist', '10/Oct', '31/Sep', 'it has no time that exists'],
  ['a month that does not exist', '10/Oct', '10/Okt', 'it has no time that exists'],
  ['a zone that does not exist', '-0700', '-2500', 'it has no time that exists'],
  [
    'a request without an end',
    'HTTP/1.0" 503 2326 "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)"',
    'HTTP',
    'the request does not end: the line is cut short',
  ],
])('with %s a line is malformed at the first look', (_, from, to, why) => {
  const line = APACHE.replace(from, () => to);
  expect(line).not.toBe(APACHE);
  expect(surveyOf(combined, line)).toMatchObject({ kind: 'malformed' });
  expect(surveyOf(common, line)).toMatchObject({ kind: 'malformed' });
  expect(parsed(combined, line)).toEqual({ kind: 'malformed', why });
});

test.each<[string, string, string]>([
  ['a control character in the URL', '/apache_pb.gif', '/a\\x07b'],
  ['a space and no version', 'GET /apache_pb.gif HTTP/1.0', 'GET /a b'],
  ['a method that is none', '"GET', '"G\\x45T'],
  ['one word', 'GET /apache_pb.gif HTTP/1.0', 'GET'],
])('with %s a failed request is malformed', (_, from, to) => {
  const line = APACHE.replace(from, () => to);
  expect(surveyOf(combined, line)).toMatchObject({ kind: 'request', status: 503 });
  expect(parsed(combined, line)).toMatchObject({ kind: 'malformed' });
});

test('a line of an ALB is foreign, one of the other of the two is not', () => {
  const line =
    'http 2018-07-02T22:23:00.186641Z app/lb/50dc 192.168.131.39:2817 10.0.0.1:80 0.000 0.001 0.002 504 200 34 366 "GET';
  expect(surveyOf(combined, line)).toMatchObject({ kind: 'foreign' });
  expect(parsed(common, line)).toEqual({ kind: 'foreign', why: 'a line of an ALB access log' });
});

test('the survey keeps to its line', () => {
  const first = Buffer.from(APACHE.slice(0, 60));
  const bytes = Buffer.concat([first, Buffer.from(`\n${APACHE}`)]);
  expect(surveyOf(combined, bytes, 0, first.length)).toMatchObject({ kind: 'malformed' });
  expect(surveyOf(combined, bytes, first.length + 1)).toMatchObject({ kind: 'request', status: 503 });
});
