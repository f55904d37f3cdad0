import { asked, scanLines } from './scan-text.ts';

/** The rest of a line, `second` seconds after 13:55 UTC. */
const request = (second: number, status: number | string = 502) =>
  `[10/Oct/2026:13:55:${second} +0000] "GET /cart HTTP/1.1" ${status} 1 "-" "Mozilla/5.0"`;
const WEB = { clients: [{ name: 'web', userAgent: 'Mozilla/*', behaviour: 'retries', horizon: '60s' }] };
const STAMP = '2026-10-10T13:55:40.123Z';

describe('who tried again, behind what other programs put before a line', () => {
  const BEFORE: readonly (readonly [string, (line: string) => string])[] = [
    ['nothing', (line) => line],
    ['a virtual host and its port', (line) => `shop.example:443 ${line}`],
    ['a virtual host', (line) => `shop.example ${line}`],
    ['syslog, RFC 3164', (line) => `<190>Oct 10 13:55:40 web-1 nginx: ${line}`],
    ['syslog, RFC 5424', (line) => `<134>1 ${STAMP} web-1 nginx 123 - [a@1 b="c"] ${line}`],
    ['CRI', (line) => `${STAMP} stdout F ${line}`],
    ['a time', (line) => `${STAMP} ${line}`],
    ['docker compose', (line) => `web-1  | ${line}`],
    ['CRI and a virtual host', (line) => `${STAMP} stdout F shop.example:443 ${line}`],
    ['quotes around it, as JSON', (line) => JSON.stringify(line)],
    ['quotes around it, as CSV', (line) => `"${line.replaceAll('"', '""')}"`],
    ['quotes around it', (line) => `"${line}"`],
    ['docker json-file', (line) => JSON.stringify({ log: `${line}\n`, stream: 'stdout', time: STAMP })],
    ['journald', (line) => JSON.stringify({ MESSAGE: line, _HOSTNAME: 'web-1', PRIORITY: '6' })],
    [
      'a collector',
      (line) => JSON.stringify({ '@timestamp': STAMP, message: line, host: { name: 'web-1' } }),
    ],
  ];

  test.each(BEFORE)('%s: .21 is retried, .22 is to be replayed', async (_, wrap) => {
    const lines = [
      wrap(`203.0.113.21 - - ${request(40)}`),
      wrap(`203.0.113.22 - - ${request(41)}`),
      wrap(`203.0.113.21 - - ${request(50, 200)}`),
    ];
    const { result, replayed, remarks } = await scanLines(lines, WEB);
    expect(result).toMatchObject({ scanned: 3, healthy: 1, failed: 2, clientRecovered: 1, pending: 1 });
    expect(replayed.map(({ client }) => client)).toEqual(['203.0.113.22']);
    expect(remarks).toEqual([]);
  });

  test.each<[string, (client: string) => string]>([
    ['an address', (client) => `10.0.0.5 ${client} - -`],
    ['an id', (client) => `req-${client.length} ${client} - -`],
    ['the name of a machine', (client) => `web-1 ${client} - -`],
    ['no client', () => '- - -'],
    ['a socket', () => 'unix: - -'],
  ])('%s: the client is unknown, so no retry is recognized, and a note says so', async (_, before) => {
    const lines = [
      `${before('203.0.113.21')} ${request(40)}`,
      `${before('203.0.113.22')} ${request(41)}`,
      `${before('203.0.113.21')} ${request(50, 200)}`,
    ];
    const { result, remarks } = await scanLines(lines, WEB);
    expect(result).toMatchObject({ failed: 2, clientRecovered: 0, pending: 2 });
    expect(remarks.join()).toContain('2 missed requests without a client, so that a retry');
  });

  test('what is unknown before the client is told without a rule that needs it', async () => {
    const { remarks } = await scanLines([`req-1 203.0.113.21 - - ${request(40)}`]);
    expect(remarks).toEqual([
      '1 missed request: the client is unknown: the line does not begin with an address or a host name, or with something that is known to come before it',
    ]);
  });

  test('without a client, what the runbook names tells who tried again', async () => {
    const line = (second: number, id: string, status: number) =>
      `- - - [10/Oct/2026:13:55:${second} +0000] "GET /cart?id=${id} HTTP/1.1" ${status} 1 "-" "Mozilla/5.0"`;
    const lines = [line(40, 'a', 502), line(41, 'b', 502), line(50, 'a', 200)];
    const { result } = await scanLines(lines, { ...WEB, identity: ['query:id'] });
    expect(result).toMatchObject({ failed: 2, clientRecovered: 1, pending: 1 });
  });

  test('JSON behind a prefix has names, so that the prefix does not matter', async () => {
    const json = (client: string, second: number, status: number) =>
      JSON.stringify({
        ...{ time: `2026-10-10T13:55:${second}Z`, method: 'GET', url: '/cart', status },
        ...{ remote_addr: client, http_user_agent: 'Mozilla/5.0' },
      });
    for (const prefix of [`${STAMP} stdout F `, 'Oct 10 13:55:40 web-1 nginx: ', 'web-1  | ', 'whatever ']) {
      const lines = [
        json('203.0.113.21', 40, 502),
        json('203.0.113.22', 41, 502),
        json('203.0.113.21', 50, 200),
      ];
      const { result } = await scanLines(
        lines.map((line) => prefix + line),
        WEB,
      );
      expect(result).toMatchObject({ scanned: 3, clientRecovered: 1, pending: 1 });
    }
  });
});

describe('a failed request that is not like the others', () => {
  const ALB =
    'h2 2026-10-10T13:55:20.051646Z app/shop/3011821a43ee0c5e 203.0.113.1:41542 10.0.0.9:80 0.001 0.010 0.000 502 502 233 390 "GET https://shop.example:443/search?q=red shoes HTTP/2.0" "app/1.0" - - - "Root=1-0" "-" "-" 0 2026-10-10T13:55:20.051000Z "forward" "-" "-" "-" "-" "Acceptable" "SpaceInUri" TID_0';
  const cloudfront = (fields: number) =>
    `2026-10-10 13:55:31 LAX1 392 203.0.113.1 GET d1.cloudfront.net /index.html 502 - curl/8 a=b - Error id= www.example.com https 23 0.001 - TLSv1.2 ECDHE Error HTTP/2.0 - - 11040 0.001 Error text/html 78 - -`
      .split(' ')
      .slice(0, fields)
      .join('\t');

  test.each<[string, string, string]>([
    ['a space in the URL, of an ALB', ALB, 'GET https://shop.example:443/search?q=red%20shoes'],
    [
      'a space in the URL',
      `203.0.113.1 - - [10/Oct/2026:13:55:43 +0000] "GET /a b HTTP/1.1" 502 0 "-" "curl/8"`,
      'GET /a%20b',
    ],
    [
      'no version',
      '203.0.113.1 - - [10/Oct/2026:13:55:43 +0000] "GET /noversion" 502 0 "-" "curl/8"',
      'GET /noversion',
    ],
    [
      'a status of 0, of Traefik',
      '203.0.113.5 - - [10/Oct/2026:13:55:01 +0000] "GET /b HTTP/2.0" 0 0 "-" "-" 70159 "r" "http://192.0.2.1" 2676ms',
      'GET /b',
    ],
    [
      'a status of -, of Traefik',
      '203.0.113.5 - - [10/Oct/2026:13:55:01 +0000] "GET /b HTTP/2.0" - - "-" "-" 70159 "-" "-" 0ms',
      'GET /b',
    ],
    [
      'a quote that the server did not escape',
      '203.0.113.1 - - [10/Oct/2026:13:55:43 +0000] "GET /a?b="c" HTTP/1.1" 502 0 "-" "x"',
      'GET /a?b="c"',
    ],
    [
      'two spaces',
      '203.0.113.1 - - [10/Oct/2026:13:55:43 +0000] "GET  /a  HTTP/1.1" 502 0 "-" "x"',
      'GET /a',
    ],
    ['HTTP/3', '203.0.113.1 - - [10/Oct/2026:13:55:43 +0000] "GET /a HTTP/3" 502 0 "-" "x"', 'GET /a'],
    ['24 fields', cloudfront(24), 'GET /index.html?a=b'],
    ['25 fields', cloudfront(25), 'GET /index.html?a=b'],
    ['26 fields', cloudfront(26), 'GET /index.html?a=b'],
    ['28 fields', cloudfront(28), 'GET /index.html?a=b'],
    ['33 fields', cloudfront(33), 'GET /index.html?a=b'],
    [
      'an ALB line cut after its request',
      ALB.slice(0, ALB.indexOf('"Root')),
      'GET https://shop.example:443/search?q=red%20shoes',
    ],
    [
      'an ALB line of 2018',
      ALB.slice(0, ALB.indexOf(' "forward"')),
      'GET https://shop.example:443/search?q=red%20shoes',
    ],
  ])('is read: %s', async (_, line, expected) => {
    const format = line.startsWith('h2') ? 'alb' : line.startsWith('2026') ? 'cloudfront' : 'combined';
    const scanned = await scanLines([line], { source: { format } });
    expect(scanned.result).toMatchObject({ scanned: 1, failed: 1, pending: 1, malformed: 0 });
    expect(asked(scanned)).toEqual([expected]);
  });

  const clf = (text: string, status: number | string = 502) =>
    `203.0.113.1 - - [10/Oct/2026:13:55:43 +0000] "${text}" ${status} 0 "-" "curl/8"`;
  test.each<[string, string, string]>([
    [
      'a control character in the URL',
      clf('GET /a\\x0d\\x0ab HTTP/1.1'),
      'the URL holds a control character',
    ],
    ['no request', clf('-'), 'it holds no request'],
    ['an empty request', clf(''), 'it holds no request'],
    ['a TLS handshake', clf('\\x16\\x03\\x01'), 'a TLS handshake'],
    ['one word', clf('GET'), 'not made of a method'],
    ['a method that is none', clf('G(T / HTTP/1.1'), 'the method is not a token'],
    ['neither a path nor a URL', clf('CONNECT shop.example:443 HTTP/1.1'), 'neither with'],
    ['a space and no version', clf('GET /a b'), "does not end with 'HTTP/x'"],
    [
      'an ALB that could not read it',
      ALB.replace('GET https://shop.example:443/search?q=red shoes HTTP/2.0', '- http://x:80- -'),
      'could not read the request',
    ],
    ['an ALB line cut within its request', ALB.slice(0, ALB.indexOf('shoes')), 'cut short'],
    ['an ALB line cut before its request', ALB.slice(0, ALB.indexOf(' "GET')), 'cut short'],
    ['a CloudFront line cut in its query', cloudfront(12), 'cut short'],
    [
      'a method that is none, of CloudFront',
      cloudfront(33).replace('\tGET\t', '\tG T\t'),
      'the method is not a token',
    ],
    [
      'JSON with nothing but a status and a time',
      '{"time":"2026-10-10T13:55:43Z","status":502,"request":""}',
      'it holds no request',
    ],
  ])('is missed, and unrecoverable with the reason: %s', async (_, line, reason) => {
    const format = line.startsWith('h2')
      ? 'alb'
      : line.startsWith('2026')
        ? 'cloudfront'
        : line.startsWith('{')
          ? 'json'
          : 'combined';
    const { result } = await scanLines([line], { source: { format }, ...WEB });
    expect(result).toMatchObject({ scanned: 1, failed: 1, unrecoverable: 1, malformed: 0, errorRate: 1 });
    expect(result.byClass[0]?.reason).toContain(reason);
  });

  test.each<[string, string]>([
    ['no request and no answer', clf('-', '000')],
    ['it was refused', clf('\\x16\\x03\\x01', 400)],
    ['it has no time', clf('-').replace('13:55:43', '13:65:43')],
    ['it has no status', clf('GET / HTTP/1.1', 'x')],
  ])('a line that cannot be read is malformed where %s', async (_, line) => {
    const { result } = await scanLines([line], { source: { format: 'combined' } });
    expect(result).toMatchObject({ scanned: 1, failed: 0, malformed: 1 });
  });

  test('a healthy one that cannot be read is healthy, and missed where a restore undid it', async () => {
    const lines = [clf('G(T / HTTP/1.1', 200), clf('POST / HTTP/1.1', 200)];
    const source = { source: { format: 'combined' } };
    expect((await scanLines(lines, source)).result).toMatchObject({ healthy: 2, failed: 0 });
    const given = [{ from: '2026-10-10T13:00:00Z', to: '2026-10-10T14:00:00Z', include: 'all' }];
    const undone = await scanLines(lines, { ...source, windows: { given } });
    expect(undone.result).toMatchObject({ healthy: 0, failed: 2, unrecoverable: 2 });
  });

  test('one at the end of a log that was cut there is missed, and the cut is told', async () => {
    const whole = ALB.replace(' 502 502 ', ' 200 200 ');
    for (const length of [ALB.indexOf(' "app/1.0"'), ALB.indexOf('search')]) {
      const lines = [whole, ALB.slice(0, length)];
      const { result, remarks } = await scanLines(lines, { source: { format: 'alb' }, end: '' });
      expect(result).toMatchObject({ scanned: 2, failed: 1, malformed: 0 });
      expect(remarks).toContain('its last line is cut short');
      const healthy = lines.map((line) => line.replace(' 502 502 ', ' 200 200 '));
      const { result: calm } = await scanLines(healthy, { source: { format: 'alb' }, end: '' });
      expect(calm).toMatchObject({ scanned: 2, failed: 0 });
    }
  });

  test('clients that an ALB saw leave are told, not missed', async () => {
    const { result, remarks } = await scanLines([ALB.replace(' 502 502 ', ' 460 - '), ALB]);
    expect(result).toMatchObject({ scanned: 2, failed: 1, clientAborts: 1 });
    expect(remarks[0]).toContain('1 request that ended because the client left');
  });
});
