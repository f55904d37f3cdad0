import { cloudfrontLog } from '../../../src/backfill/formats/cloudfront.ts';
import { parsed, surveyOf } from './lines.ts';

const cloudfront = cloudfrontLog();

const FIELDS =
  '#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end';
const COMPLETE =
  '2019-12-04 21:02:31 LAX1 392 192.0.2.100 GET d111111abcdef8.cloudfront.net /index.html 502 - Mozilla/5.0%20(Windows%20NT%2010.0) a=b&c=%20d - Error SOX4xwn4XV6Q4rgb7XiVGOHms_BGlTAC4KyHmureZmBNrjGdRLiNIQ== www.example.com https 23 0.001 - TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 Error HTTP/2.0 - - 11040 0.001 Error text/html 78 - -'.replaceAll(
    ' ',
    '\t',
  );
const AT = Date.parse('2019-12-04T21:02:31Z');

test('a line is read', () => {
  expect(surveyOf(cloudfront, COMPLETE)).toEqual({ kind: 'request', status: 502, at: AT });
  expect(parsed(cloudfront, COMPLETE)).toEqual({
    kind: 'request',
    record: {
      at: AT,
      status: 502,
      method: 'GET',
      url: '/index.html?a=b&c=%20d',
      host: 'www.example.com',
      client: '192.0.2.100',
      userAgent: 'Mozilla/5.0 (Windows NT 10.0)',
      headers: [['x-amz-cf-id', 'SOX4xwn4XV6Q4rgb7XiVGOHms_BGlTAC4KyHmureZmBNrjGdRLiNIQ==']],
      payload: 'url-only',
      latencySeconds: 0.001,
    },
  });
});

test.each<[string, string, string, object]>([
  ['no query', 'a=b&c=%20d', '-', { url: '/index.html' }],
  ['a doubly encoded user agent', 'Mozilla/5.0%20(Windows%20NT%2010.0)', 'a%2520b', { userAgent: 'a b' }],
  ['a doubly encoded URL', '/index.html', '/http%253A/x', { url: '/http%3A/x?a=b&c=%20d' }],
  [
    'UTF-8 in a user agent',
    'Mozilla/5.0%20(Windows%20NT%2010.0)',
    'caf%C3%A9%1B',
    { userAgent: 'café\\x1b' },
  ],
  ['no host header', 'www.example.com', '-', { host: 'd111111abcdef8.cloudfront.net' }],
  ['an IPv6 client', '192.0.2.100', '2001:db8::1', { client: '2001:db8::1' }],
  ['a space in the URL', '/index.html', '/a b', { url: '/a%20b?a=b&c=%20d' }],
  ['a later field', '78\t-\t-', '78\t-\t-\tmore', {}],
])('%s is read', (_, from, to, expected) => {
  const line = COMPLETE.replace(from, () => to);
  expect(line).not.toBe(COMPLETE);
  expect(parsed(cloudfront, line)).toMatchObject({ kind: 'request', record: expected });
});

test.each([
  [12, undefined],
  [13, true],
  [23, true],
  [24, false],
  [25, false],
  [26, false],
  [27, true],
  [32, true],
  [33, false],
])('of %d fields', (count, isCut) => {
  const line = COMPLETE.split('\t').slice(0, count).join('\t');
  const read = parsed(cloudfront, line);
  if (isCut === undefined) expect(read.kind).toBe('malformed');
  else {
    expect(read).toMatchObject({ kind: 'request', record: { status: 502, url: '/index.html?a=b&c=%20d' } });
    expect(read.kind === 'request' && read.isCut === true).toBe(isCut);
  }
  expect(surveyOf(cloudfront, line)).toMatchObject({ kind: 'request', status: 502 });
});

test('000 is no answer', () => {
  const line = COMPLETE.replace('\t502\t', '\t000\t');
  expect(surveyOf(cloudfront, line)).toEqual({ kind: 'request', status: 0, at: AT });
  const read = parsed(cloudfront, line);
  expect(read.kind === 'request' && read.record.status).toBeUndefined();
});

test.each(['#Version: 1.0', FIELDS, `${FIELDS} later`])('%.20s... is a directive', (line) => {
  expect(surveyOf(cloudfront, line)).toMatchObject({ kind: 'directive' });
  expect(parsed(cloudfront, line)).toEqual({ kind: 'directive' });
});

test.each<[string, string, string]>([
  ['', '', 'empty line'],
  [
    'fields in another order',
    FIELDS.replace('date time', 'time date'),
    'the log has other fields from here on: the lines after it may be misread; split the file here',
  ],
  ['a day that does not exist', COMPLETE.replace('2019-12-04', '2019-11-31'), 'it has no time that exists'],
  ['a status of 1000', COMPLETE.replace('\t502\t', '\t1000\t'), 'it has no status'],
  ['a method that is none', COMPLETE.replace('GET', 'G T'), 'the method is not a token'],
  [
    'a line cut short before the end of its query',
    COMPLETE.slice(0, COMPLETE.indexOf('\t-\tError')),
    'fields are missing: the line is cut short',
  ],
])('%s is malformed', (_, line, why) => {
  expect(parsed(cloudfront, line)).toEqual({ kind: 'malformed', why });
});

test.each(['# hello', '#Date: 2026-10-10 00:00:00', '#Software: IIS'])('%s is a foreign line', (line) => {
  expect(surveyOf(cloudfront, line)).toMatchObject({ kind: 'foreign' });
  expect(parsed(cloudfront, line)).toEqual({ kind: 'foreign', why: 'a comment or a header line' });
});

test('a line of nginx is foreign', () => {
  const line = '127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 503 2326 "-" "x"';
  expect(surveyOf(cloudfront, line)).toMatchObject({ kind: 'foreign' });
  expect(parsed(cloudfront, line)).toEqual({
    kind: 'foreign',
    why: 'a line of a combined or common access log',
  });
});
