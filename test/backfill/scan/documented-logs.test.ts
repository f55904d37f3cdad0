import { asked, scanLines, type Line } from './scan-text.ts';

// Each format by the sample of its documentation: a request that succeeded, the same failed, and a line that is no request.

interface Case {
  readonly lines: readonly Line[];
  readonly format: string;
  readonly asked: readonly string[];
  readonly foreign?: number;
  readonly unrecoverable?: number;
  readonly remarks?: RegExp;
}

const HAPROXY = (status: string) =>
  `Feb  6 12:14:14 localhost haproxy[14389]: 10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 ${status} 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} "GET /index.html HTTP/1.1"`;
const HAPROXY_TCP =
  'Feb  6 12:12:56 localhost haproxy[14387]: 10.0.1.2:33313 [06/Feb/2009:12:12:51.443] fnt bck/srv1 0/0/5007 212 -- 0/0/0/0/3 0/0';
const ENVOY = (status: string) =>
  `[2016-04-15T20:17:00.310Z] "GET /api/v1/locations HTTP/2" ${status} - 0 0 226 100 "10.0.35.28" "nsq2http" "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "locations" "tcp://10.0.2.1:80"`;
const ENVOY_TCP = '[2016-04-15T20:17:00.310Z] "- - -" 0 - 10 20 5 - "-" "-" "-" "-" "10.0.2.1:80"';
const DOCKER = (log: string): Line => ({
  log: `${log}\n`,
  stream: 'stdout',
  time: '2016-04-15T20:17:01.000000001Z',
});
const CRI = (line: string) => `2016-10-06T00:17:09.669794202Z stdout F ${line}`;
const TRAEFIK = (status: number): Line => ({
  ...{ ClientAddr: '192.168.1.1:56789', ClientHost: '192.168.1.1', ClientPort: '56789', ClientUsername: '-' },
  ...{ DownstreamContentSize: 17, DownstreamStatus: status, Duration: 1_500_000, OriginDuration: 1_400_000 },
  ...{ OriginStatus: status, Overhead: 100_000, RequestAddr: 'shop.example', RequestContentSize: 0 },
  ...{ RequestCount: 1, RequestHost: 'shop.example', RequestMethod: 'GET', RequestPath: '/cart?id=7' },
  ...{ RequestPort: '-', RequestProtocol: 'HTTP/1.1', RequestScheme: 'https', RetryAttempts: 0 },
  ...{
    RouterName: 'shop@docker',
    ServiceAddr: '10.0.0.7:80',
    ServiceName: 'shop@docker',
    StartLocal: '2024-03-01T10:00:00.123456789Z',
  },
  ...{
    StartUTC: '2024-03-01T10:00:00.123456789Z',
    entryPointName: 'websecure',
    level: 'info',
    msg: '',
    time: '2024-03-01T10:00:00Z',
  },
});
const CADDY = (status: number): Line => ({
  ...{ level: 'info', ts: 1_646_861_401.524_102_7, logger: 'http.log.access', msg: 'handled request' },
  request: {
    ...{
      remote_ip: '127.0.0.1',
      remote_port: '41342',
      client_ip: '127.0.0.1',
      proto: 'HTTP/2.0',
      method: 'GET',
      host: 'localhost',
      uri: '/',
    },
    headers: { 'User-Agent': ['curl/7.82.0'], Accept: ['*/*'], 'Accept-Encoding': ['gzip, deflate, br'] },
    tls: { resumed: false, version: 772, cipher_suite: 4865, proto: 'h2', server_name: 'example.com' },
  },
  ...{ bytes_read: 0, user_id: '', duration: 0.000929675, size: 10_900, status },
  resp_headers: { Server: ['Caddy'], 'Content-Encoding': ['gzip'] },
});
const GATEWAY = {
  requestId: 'id',
  ip: '192.0.2.1',
  caller: '-',
  user: '-',
  requestTime: '09/Apr/2015:12:34:56 +0000',
  protocol: 'HTTP/1.1',
  responseLength: '251',
};
const CLOUDFRONT_JSON = (status: string): Line => ({
  ...{
    date: '2024-11-14',
    time: '22:34:06',
    'x-edge-location': 'SOF50-P2',
    asn: '16509',
    'timestamp(ms)': '1731620046814',
  },
  ...{
    'x-host-header': 'd111111abcdef8.cloudfront.net',
    'cs(Cookie)': 'examplecookie=value',
    'c-ip': '192.0.2.7',
  },
  ...{ 'cs-method': 'GET', 'cs-uri-stem': '/index.html', 'cs-uri-query': '-', 'sc-status': status },
});
const REAL_TIME = (status: string) =>
  [
    ...[
      '1731620046.814',
      '192.0.2.7',
      '203.0.113.9',
      '0.002',
      status,
      '392',
      'GET',
      'https',
      'd111111abcdef8.cloudfront.net',
    ],
    ...[
      '/view?a=b',
      '23',
      'SOF50-P2',
      'ray==',
      'shop.example',
      '0.003',
      'HTTP/2.0',
      'IPv4',
      'Mozilla/5.0%20(X11)',
    ],
    ...[
      '-',
      '-',
      'a=b',
      'Error',
      '-',
      'TLSv1.3',
      'TLS_AES_128_GCM_SHA256',
      'Error',
      '-',
      '-',
      'text/html',
      '78',
      '-',
      '-',
    ],
    ...[
      '11040',
      'OriginError',
      'DE',
      'gzip',
      '*/*',
      '*',
      'Host:shop.example%0A',
      'Host%0A',
      '1',
      '-',
      '-',
      '0.1',
      '0.2',
      '16509',
    ],
  ].join('\t');
const CHOSEN = ['timestamp', 'c-ip', 'sc-status', 'cs-method', 'cs-host', 'cs-uri-stem'];
const IIS_HEADER = [
  '#Software: Microsoft Internet Information Services 10.0',
  '#Version: 1.0',
  '#Date: 2023-09-21 02:59:24',
  '#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query sc-status sc-substatus sc-win32-status time-taken',
];
const IIS = (status: string) => `2023-09-21 02:59:24 192.168.1.1 GET /index.html - ${status} 0 0 123`;
const NO_ZONE = /taken as UTC/;

test.each<[string, Case]>([
  [
    'HAProxy HTTP',
    {
      lines: [HAPROXY('200'), HAPROXY('503'), HAPROXY_TCP],
      format: 'haproxy',
      foreign: 1,
      asked: ['GET /index.html'],
      remarks: NO_ZONE,
    },
  ],
  [
    'HAProxy in Docker',
    {
      lines: ['200', '503'].map((one) => DOCKER(HAPROXY(one))),
      format: 'json',
      asked: ['GET /index.html'],
      remarks: NO_ZONE,
    },
  ],
  [
    'HAProxy in CRI',
    {
      lines: ['200', '503'].map((one) => CRI(HAPROXY(one))),
      format: 'haproxy',
      asked: ['GET /index.html'],
      remarks: NO_ZONE,
    },
  ],
  [
    'Envoy',
    {
      lines: [ENVOY('200'), ENVOY('503'), ENVOY_TCP],
      format: 'envoy',
      foreign: 1,
      asked: ['GET /api/v1/locations'],
    },
  ],
  [
    'Envoy in Docker',
    {
      lines: ['200', '503'].map((one) => DOCKER(ENVOY(one))),
      format: 'json',
      asked: ['GET /api/v1/locations'],
    },
  ],
  [
    'Envoy in CRI',
    {
      lines: ['200', '503'].map((one) => CRI(ENVOY(one))),
      format: 'envoy',
      asked: ['GET /api/v1/locations'],
    },
  ],
  ['Traefik JSON', { lines: [TRAEFIK(200), TRAEFIK(502)], format: 'json', asked: ['GET /cart?id=7'] }],
  ['Caddy JSON', { lines: [CADDY(200), CADDY(502)], format: 'json', asked: ['GET /'] }],
  [
    'API Gateway JSON, whose resource path is a template',
    {
      lines: ['200', '502'].map((status) => ({
        ...GATEWAY,
        status,
        httpMethod: 'GET',
        resourcePath: '/pets/{id}',
      })),
      format: 'json',
      asked: [],
      unrecoverable: 1,
    },
  ],
  [
    'API Gateway JSON of an HTTP API',
    {
      lines: ['200', '502'].map((status) => ({ ...GATEWAY, status, routeKey: 'GET /pets/{id}' })),
      format: 'json',
      asked: [],
      unrecoverable: 1,
    },
  ],
  [
    'API Gateway CLF',
    {
      lines: ['200', '502'].map(
        (status) =>
          `192.0.2.1 - - [09/Apr/2015:12:34:56 +0000]"GET /pets HTTP/1.1" ${status} 251 c6af9ac6-7b61`,
      ),
      format: 'common',
      asked: ['GET /pets'],
    },
  ],
  [
    'CloudFront JSON',
    { lines: [CLOUDFRONT_JSON('200'), CLOUDFRONT_JSON('502')], format: 'json', asked: ['GET /index.html'] },
  ],
  [
    'CloudFront in real time',
    {
      lines: [REAL_TIME('200'), REAL_TIME('000')],
      format: 'cloudfront',
      asked: ['GET /view?a=b'],
      remarks: /status/,
    },
  ],
  [
    'IIS',
    {
      lines: [...IIS_HEADER, IIS('200'), IIS('502')],
      format: 'w3c',
      foreign: 4,
      asked: ['GET /index.html'],
      remarks: /fewer than half/,
    },
  ],
])('%s is detected and counted', async (_, expected) => {
  const { unrecoverable = 0, foreign = 0 } = expected;
  const scanned = await scanLines(expected.lines);
  const { result, remarks } = scanned;
  expect(result.sources.map(({ format }) => format)).toEqual([expected.format]);
  expect(result).toMatchObject({
    scanned: expected.lines.length,
    healthy: 1,
    failed: 1,
    foreign,
    malformed: 0,
    unrecoverable,
    pending: expected.asked.length,
  });
  expect(asked(scanned)).toEqual(expected.asked);
  if (expected.remarks === undefined) expect(remarks.filter((one) => !one.includes('header'))).toEqual([]);
  else expect(remarks.join()).toMatch(expected.remarks);
});

test('chosen columns of a real-time log are those that the runbook gives', async () => {
  const line = (status: string) => `1731620046.814\t192.0.2.7\t${status}\tGET\tshop.example\t/a?b=c`;
  const scanned = await scanLines([line('200'), line('502')], { source: { columns: CHOSEN } });
  expect(scanned.result).toMatchObject({ healthy: 1, failed: 1, pending: 1, malformed: 0 });
  expect(scanned.replayed).toMatchObject([{ url: '/a?b=c', host: 'shop.example', client: '192.0.2.7' }]);
  await expect(scanLines([line('200'), line('502')])).rejects.toMatchObject({
    message: expect.stringContaining('known formats') as string,
  });
});

test('the zone of HAProxy is that of the runbook, in Docker too, without a note', async () => {
  const source = { zone: '+02:00' };
  for (const wrap of [(line: string) => line, DOCKER]) {
    const { replayed, remarks } = await scanLines([wrap(HAPROXY('503'))], { source });
    expect([replayed.map(({ at }) => at), remarks]).toEqual([[Date.parse('2009-02-06T10:14:14.655Z')], []]);
  }
});
