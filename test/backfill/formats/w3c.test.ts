import { detectFormat, formatNamed } from '../../../src/backfill/formats/formats.ts';
import { w3cLog } from '../../../src/backfill/formats/w3c.ts';
import { parsed, surveyOf } from './lines.ts';

const FIELDS =
  '#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken';
const LINE =
  '2023-09-21 02:59:24 192.168.1.1 GET /index.html a=b 443 - 203.0.113.7 Mozilla/5.0+(Windows+NT+10.0) - 502 0 64 123';
const AT = Date.parse('2023-09-21T02:59:24Z');
const iis = w3cLog();

test('a line of the default fields of IIS is read', () => {
  expect(surveyOf(iis, LINE)).toEqual({ kind: 'request', at: AT, status: 502 });
  expect(parsed(iis, LINE)).toEqual({
    kind: 'request',
    record: {
      at: AT,
      status: 502,
      method: 'GET',
      url: '/index.html?a=b',
      client: '203.0.113.7',
      userAgent: 'Mozilla/5.0 (Windows NT 10.0)',
      headers: [],
      payload: 'url-only',
      latencySeconds: 0.123,
    },
  });
});

test('a plus sign in a path may have been a space, and a note says so', () => {
  expect(parsed(iis, LINE.replace('/index', '/a+b'))).toMatchObject({
    record: { url: '/a+b.html?a=b', doubts: [expect.stringContaining('plus sign')] },
  });
});

test('the columns are those that the log names, in their order', () => {
  const header = [
    '#Software: Microsoft Internet Information Services 10.0',
    '#Version: 1.0',
    '#Date: 2023-09-21 02:59:24',
  ];
  const fields = '#Fields: date time c-ip cs-host cs-method cs-uri-stem sc-status time-taken';
  const line = '2023-09-21 02:59:24 203.0.113.7 shop.example POST /orders 503 7';
  const found = detectFormat([...header, fields, line].map((one) => Buffer.from(one)));
  expect(found).toEqual({
    name: 'w3c',
    details: {
      columns: ['date', 'time', 'c-ip', 'cs-host', 'cs-method', 'cs-uri-stem', 'sc-status', 'time-taken'],
    },
  });
  const format = formatNamed('w3c', found?.details);
  expect(parsed(format, line)).toMatchObject({
    record: {
      at: AT,
      status: 503,
      method: 'POST',
      url: '/orders',
      host: 'shop.example',
      client: '203.0.113.7',
    },
  });
  expect([fields, ...header.slice(1, 2)].map((one) => parsed(format, one).kind)).toEqual([
    'directive',
    'directive',
  ]);
});

test('a header line of other columns is malformed: what follows could be misread', () => {
  const other = FIELDS.replace('s-port ', '');
  expect(surveyOf(iis, other).kind).toBe('malformed');
  expect(parsed(iis, other)).toMatchObject({
    kind: 'malformed',
    why: expect.stringContaining('split the file here'),
  });
  expect(parsed(iis, FIELDS)).toEqual({ kind: 'directive' });
});

test.each<[string, string, string]>([
  ['empty', '', 'empty line'],
  ['a day that does not exist', LINE.replace('09-21', '09-31'), 'it has no time that exists'],
  ['cut before its status', LINE.slice(0, 90), 'it has no time that exists'],
  ['a status that is none', LINE.replace(' 502 ', ' abc '), 'it has no status'],
])('%s is malformed', (_, line, why) => {
  expect(parsed(iis, line)).toEqual({ kind: 'malformed', why });
  expect(surveyOf(iis, line).kind).toBe('malformed');
});

test('columns without which no request can be read are not detected', () => {
  const lines = ['#Fields: date time c-ip cs-uri-stem sc-status', '2023-09-21 02:59:24 203.0.113.7 /x 503'];
  expect(detectFormat(lines.map((one) => Buffer.from(one)))).toBeUndefined();
});
