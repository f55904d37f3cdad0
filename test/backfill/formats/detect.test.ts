import { FORMATS } from '../../../src/runbook/log-formats.ts';
import { detectFormat, formatNamed } from '../../../src/backfill/formats/formats.ts';
import { albLine } from './alb-log.ts';

const ALB = [albLine(0), albLine(1), albLine(2)];
const TLS = 'tls 2.0 2020-04-01T08:51:42 net/my-nlb/c6e77e28c25b2234 g3d4b5e8bb8464cd 72.21.218.154:51341';
const COMMON = '127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 503 2326';
const COMBINED = `${COMMON} "-" "curl/7"`;
const HANDSHAKE = COMBINED.replace('GET / HTTP/1.0', '\\x16\\x03\\x01');
const CLOUDFRONT =
  `2019-12-04 21:02:31 LAX1 392 192.0.2.100 GET d1.cloudfront.net /i 502 ${'- '.repeat(23)}-`.replaceAll(
    ' ',
    '\t',
  );
const DIRECTIVES = ['#Version: 1.0', '#Fields: date time x-edge-location'];
const ACCESS = '{"time":"2021-04-01T12:00:00Z","method":"POST","url":"/x","status":503,"headers":{}}';
const CAPTURE = '{"time":"2021-04-01T12:00:00Z","method":"POST","url":"/x","headers":{},"body":"b"}';
const GET = '{"time":"2021-04-01T12:00:00Z","method":"GET","url":"/x","headers":{}}';

test.each<[string, readonly string[], string | undefined]>([
  ['ALB', ALB, 'alb'],
  ['ALB, the first line cut short', [albLine(0).slice(200), ...ALB], 'alb'],
  ['ALB among lines of another balancer', [TLS, TLS, TLS, ...ALB], 'alb'],
  ['combined before common', [COMBINED, COMBINED, COMMON], 'combined'],
  ['combined, though scanned for TLS', [HANDSHAKE, HANDSHAKE, HANDSHAKE, COMBINED], 'combined'],
  ['one strange line', [albLine(0), COMBINED, COMBINED, COMBINED], 'combined'],
  ['common', [COMMON, COMMON], 'common'],
  ['CloudFront', [...DIRECTIVES, CLOUDFRONT], 'cloudfront'],
  ['CloudFront without a request', DIRECTIVES, 'cloudfront'],
  ['a capture', [GET, CAPTURE], 'capture'],
  ['a log of JSON', [ACCESS], 'json'],
  ['a capture that lacks a body', [CAPTURE, CAPTURE, ACCESS], 'json'],
  ['a capture with other members', [CAPTURE.replace('{', '{"level":"info",')], 'json'],
  [
    'combined, of which no request can be read',
    [COMBINED.replace(/"[A-Z]+ [^"]*"/, '"-"').replace(/" \d{3} /, '" 502 ')],
    'combined',
  ],
  ['ALB, of which every line is cut', [(ALB[0] ?? '').split(' "')[0] ?? ''], 'alb'],
  ['JSON without methods', ['{"time":"2021-04-01T12:00:00Z","url":"/x","status":502}'], 'json'],
  ['JSON that is cut', ['{"time":"2021-04-01T12:00:00Z","status":502,"meth'], 'json'],
  ['handshakes alone', [HANDSHAKE], 'combined'],
  ['nothing', [], undefined],
  ['empty lines', ['', ''], undefined],
  ['prose', ['Lorem ipsum dolor sit amet'], undefined],
  ['only another balancer', [TLS], undefined],
])('%s', (_, lines, expected) => {
  expect(detectFormat(lines.map((line) => Buffer.from(line)))?.name).toBe(expected);
});

test('every name has its format', () => {
  for (const name of FORMATS) expect(formatNamed(name).name).toBe(name);
});

test('only JSON has fields', () => {
  const line = Buffer.from('{"when":"2021-04-01T12:00:00Z","method":"GET","url":"/x"}');
  expect(formatNamed('json', { fields: { time: 'when' } }).parse(line)).toMatchObject({ kind: 'request' });
  expect(formatNamed('json').parse(line)).toMatchObject({ kind: 'malformed' });
});
