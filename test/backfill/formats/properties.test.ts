import { fc } from '../../property.ts';
import { FORMATS } from '../../../src/runbook/log-formats.ts';
import { formatNamed } from '../../../src/backfill/formats/formats.ts';
import type { RequestRecord } from '../../../src/backfill/base/record.ts';
import type { LineFormat } from '../../../src/backfill/lines/line-format.ts';
import { albLine } from './alb-log.ts';
import { scanLines } from '../scan/scan-text.ts';
import { surveyOf } from './lines.ts';

const VALID = [
  ...Array.from({ length: 40 }, (_, index) => albLine(index * 97)),
  '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 503 2326 "http://www.example.com/" "Mozilla/4.08 [en] (Win98; I ;Nav)"',
  '2001:db8::1 - - [29/Feb/2024:23:59:59 +0000] "POST /a?b=\\x22 HTTP/1.1" 000 0 "-" "-"',
  `2019-12-04 21:02:31 LAX1 392 192.0.2.100 GET d1.cloudfront.net /i%2520 502 ${'- '.repeat(23)}-`.replaceAll(
    ' ',
    '\t',
  ),
  '#Version: 1.0',
  'tls 2.0 2020-04-01T08:51:42 net/my-nlb/c6e77e28c25b2234 g3d4b5e8bb8464cd 72.21.218.154:51341',
  'http 2025-10-31T12:44:59.875678Z 0.019584011 172.31.20.97:80 HttpTargetGroup PASS 200 -',
  '{"time":"2021-04-01T12:00:00Z","method":"POST","url":"/x","headers":{"a":["b","c"]},"body":"aGk=","bodyBase64":true,"status":503,"id":"r"}',
  '{"ts":1617278400.25,"request":{"method":"GET","uri":"/a","headers":{"User-Agent":["x"]}},"status":"502","body":{"a":[1]}}',
  '2026-10-10T13:55:40.1Z stdout F shop.example:443 203.0.113.21 - - [10/Oct/2026:13:55:40 +0000] "GET /a b HTTP/1.1" 502 1 "-" "x"',
  '"203.0.113.21 - - [10/Oct/2026:13:55:40 +0000] \\"GET / HTTP/1.1\\" 502 1 \\"-\\" \\"x\\""',
  '{"log":"203.0.113.21 - - [10/Oct/2026:13:55:40 +0000] \\"GET / HTTP/1.1\\" 502 1 \\"-\\" \\"x\\"\\n","stream":"stdout"}',
  '<190>Oct 10 13:55:40 web nginx: {"time":"2021-04-01T12:00:00Z","request":"GET /\\x22 HTTP/1.1","status":502,"rt": -,"agent":"x"}',
  'Feb  6 12:14:14 localhost haproxy[14389]: 10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 503 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} "GET /i#22 HTTP/1.1"',
  '[2016-04-15T20:17:00.310Z] "POST /api/v1/locations HTTP/2" 503 UF 154 0 226 100 "10.0.35.28" "nsq2http" "cc21d9b0" "locations" "tcp://10.0.2.1:80"',
  '2023-09-21 02:59:24 192.168.1.1 GET /index.html a=b 443 - 203.0.113.7 Mozilla/5.0+(X11) - 502 0 64 123',
  '{"StartUTC":"2021-04-01T12:00:00Z","RequestMethod":"GET","RequestPath":"/a","DownstreamStatus":502,"ClientHost":"192.0.2.1"}',
].map((line) => Buffer.from(line, 'latin1'));

/** Bytes that mean something to one format or another. */
const telling = fc.oneof(
  fc.constantFrom(...Buffer.from(' "\\-[]{}:,\t#\0\r\x1b09xZ%/')),
  fc.integer({ min: 0, max: 255 }),
);
const change = fc.record({
  kind: fc.constantFrom('set', 'insert', 'remove', 'cut', 'double'),
  place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  length: fc.integer({ min: 1, max: 12 }),
  byte: telling,
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function changed(line: Buffer, { kind, place, length, byte }: Change): Buffer {
  const index = Math.floor(place * (line.length + 1));
  const [before, after] = [line.subarray(0, index), line.subarray(index)];
  if (kind === 'set') return Buffer.concat([before, Buffer.of(byte), after.subarray(1)]);
  if (kind === 'insert') return Buffer.concat([before, Buffer.of(byte), after]);
  if (kind === 'remove') return Buffer.concat([before, after.subarray(length)]);
  if (kind === 'cut') return before;
  return Buffer.concat([before, after.subarray(0, length), after]);
}

const mutated = fc
  .tuple(fc.constantFrom(...VALID), fc.array(change, { maxLength: 4 }))
  .map(([line, changes]) => changes.reduce(changed, line));
const bytes = fc.uint8Array({ maxLength: 300 }).map((raw) => Buffer.from(raw));
const anyLine = fc.oneof({ weight: 6, arbitrary: mutated }, { weight: 1, arbitrary: bytes });
const anyFormat = fc.constantFrom(...FORMATS).map((name) => formatNamed(name));

/** A line and a format that reads it before it is changed. */
const atHome = fc
  .constantFrom(
    ...VALID.flatMap((line) =>
      FORMATS.map((name) => formatNamed(name))
        .filter((format) => format.parse(line).kind === 'request')
        .map((format) => ({ format, line })),
    ),
  )
  .chain(({ format, line }) =>
    fc.array(change, { maxLength: 3 }).map((changes) => ({ format, line: changes.reduce(changed, line) })),
  );
const anyPair = fc.oneof(
  { weight: 3, arbitrary: atHome },
  { weight: 1, arbitrary: fc.record({ format: anyFormat, line: anyLine }) },
);

/** When the line was answered, read in another way than the survey does. */
function answeredAt(format: LineFormat, line: Buffer, { at, latencySeconds = 0 }: RequestRecord): number {
  if (format.name === 'haproxy' || format.name === 'envoy') return at + Math.round(latencySeconds * 1_000);
  if (format.name !== 'alb') return at;
  const time = line.toString('latin1').split(' ')[1] ?? '';
  return Date.parse(time.replace(/(\.\d{3})\d+Z$/, '$1Z'));
}

/** What `parse` reads the survey has counted, and what the survey refuses `parse` refuses for the same reason. */
function expectAgreement(format: LineFormat, first: ReturnType<typeof surveyOf>, line: Buffer): void {
  const parsed = format.parse(line);
  if (first.kind !== 'request') expect(parsed.kind).toBe(first.kind);
  if (parsed.kind === 'request') {
    const at = answeredAt(format, line, parsed.record);
    expect(first).toEqual({ kind: 'request', at, status: parsed.record.status ?? 0 });
  }
}

test('survey and parse agree', () => {
  fc.assert(
    fc.property(anyPair, fc.nat(5), fc.nat(5), ({ format, line }, before, after) => {
      const padding = Buffer.from('"7\\ \t');
      const around = Buffer.concat([padding.subarray(0, before), line, padding.subarray(0, after)]);
      expectAgreement(format, surveyOf(format, around, before, before + line.length), line);
    }),
    { numRuns: 1_500 },
  );
});

test.each(['alb', 'cloudfront', 'haproxy', 'envoy', 'combined', 'json'] as const)(
  'of %s no failed request leaves the account',
  async (format) => {
    const failed = VALID.map((line) =>
      Buffer.from(line.toString('latin1').replace(/([ \t])200(?=[ \t])/, '$1503'), 'latin1'),
    );
    const own = failed.filter((line) => formatNamed(format).parse(line).kind === 'request');
    const changes = fc.tuple(fc.constantFrom(...own), fc.array(change, { maxLength: 4 }));
    const lines = fc
      .sample(changes, { numRuns: 1_000, seed: 4 })
      .map(([line, some]) => some.reduce(changed, line));
    const { result } = await scanLines(
      lines.filter((line) => !line.includes(10)).map((line) => line.toString('latin1')),
      {
        source: { format },
        clients: [{ name: 'all', behaviour: 'retries', horizon: '5m', switchesOffAfter: 2 }],
      },
    );
    expect(result.failed).toBeGreaterThan(200);
  },
);

test('a record is fit to be sent, and to be shown', () => {
  let requests = 0;
  fc.assert(
    fc.property(atHome, ({ format, line }) => {
      const parsed = format.parse(line);
      if (parsed.kind !== 'request') return;
      requests += 1;
      const { at, status, method, url, headers, userAgent } = parsed.record;
      expect(Number.isInteger(at) && at >= 0).toBe(true);
      if (status !== undefined) expect(status >= 100 && status <= 999).toBe(true);
      expect(method).toMatch(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/);
      expect(url).toMatch(/^(\/|https?:\/\/|\*$)[\x21-\x7e]*$/i);
      for (const [name, value] of headers)
        expect(`${name}: ${value}`).toMatch(/^[!-9;-~]+: [\t\x20-\x7e\x80-\xff]*$/);
      expect(userAgent ?? '').not.toMatch(/\p{Cc}/u);
    }),
    { numRuns: 1_000 },
  );
  expect(requests).toBeGreaterThan(200);
});

test('JSON of any shape is read or refused', () => {
  const part = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom('GET', '/x', 503, '2021-04-01T12:00:00Z', { a: 'b' }),
  );
  const line = fc.dictionary(
    fc.constantFrom(
      'time',
      'ts',
      'method',
      'url',
      'headers',
      'body',
      'bodyBase64',
      'status',
      'id',
      'request',
      '__proto__',
    ),
    part,
  );
  fc.assert(
    fc.property(fc.constantFrom(formatNamed('json'), formatNamed('capture')), line, (format, object) => {
      const text = Buffer.from(JSON.stringify(object));
      expectAgreement(format, surveyOf(format, text), text);
    }),
    { numRuns: 500 },
  );
});

const LONG = ['https 2021', '127.0.0.1', '{"time"'].map((beginning) => {
  const line = VALID.find((one) => one.toString('latin1').startsWith(beginning)) ?? Buffer.alloc(0);
  return Buffer.concat([line, Buffer.alloc(10_000_000, 'a"\\[ {')]);
});

test.each(FORMATS)('lines of 10 MB are no trouble to %s', (name) => {
  const format = formatNamed(name);
  for (const line of LONG) {
    expectAgreement(format, surveyOf(format, line), line);
  }
});
