import { originIn, unquotedLine } from '../../../src/backfill/lines/prefix.ts';

const CLIENT = '203.0.113.21';
const STAMP = '2026-10-10T13:55:40.123456789Z';

test.each<[string, string, object]>([
  ['nothing', `${CLIENT} - -`, { client: CLIENT }],
  ['a user', `${CLIENT} - frank`, { client: CLIENT }],
  ['a user of several words', `${CLIENT} - jane [x] doe`, { client: CLIENT }],
  ['an ident', `${CLIENT} ident frank`, { client: CLIENT }],
  ['IPv6', '2001:db8::1 - -', { client: '2001:db8::1' }],
  ['IPv6 with a zone', 'fe80::1%eth0 - -', { client: 'fe80::1%eth0' }],
  ['IPv6 in brackets', '[2001:db8::1]:443 - -', { client: '2001:db8::1' }],
  ['a port', `${CLIENT}:51000 - -`, { client: CLIENT }],
  ['a host name', 'client.example.com - -', { client: 'client.example.com' }],
  ['the name of a machine', 'localhost - -', { client: 'localhost' }],
  ['no client', '- - -', {}],
  ['a socket', 'unix: - -', {}],
  ['quotes', `"${CLIENT}" - -`, { client: CLIENT }],
  ['several that it came through', `${CLIENT}, 10.0.0.1 - -`, { client: CLIENT }],
  [
    'a virtual host with its port',
    `shop.example:443 ${CLIENT} - -`,
    { client: CLIENT, host: 'shop.example' },
  ],
  [
    'a virtual host with another',
    `shop.example:8443 ${CLIENT} - jane doe`,
    { client: CLIENT, host: 'shop.example:8443' },
  ],
  ['a virtual host without', `shop.example ${CLIENT} - -`, { client: CLIENT, host: 'shop.example' }],
  [
    'a virtual host and its port apart',
    `shop.example 443 ${CLIENT} - -`,
    { client: CLIENT, host: 'shop.example' },
  ],
  ['a virtual host of IPv6', `[2001:db8::5]:80 ${CLIENT} - -`, { client: CLIENT, host: '[2001:db8::5]' }],
  [
    'a virtual host that is an address',
    `10.0.0.1:8080 ${CLIENT} - -`,
    { client: CLIENT, host: '10.0.0.1:8080' },
  ],
  ['a virtual host before no client', 'shop.example:443 - - -', { host: 'shop.example' }],
  [
    'a virtual host before IPv6',
    'shop.example:443 2001:db8::1 - -',
    { client: '2001:db8::1', host: 'shop.example' },
  ],
  ['no virtual host', `- ${CLIENT} - -`, { client: CLIENT }],
  ['a server without a name', `_ ${CLIENT} - -`, { client: CLIENT }],
  ['localhost', `localhost:80 ${CLIENT} - -`, { client: CLIENT, host: 'localhost' }],
  ['CRI', `${STAMP} stdout F ${CLIENT} - -`, { client: CLIENT }],
  ['CRI with an offset', `2026-10-10T13:55:40.1+02:00 stderr F ${CLIENT} - -`, { client: CLIENT }],
  [
    'CRI and a virtual host',
    `${STAMP} stdout F shop.example:443 ${CLIENT} - -`,
    { client: CLIENT, host: 'shop.example' },
  ],
  ['a time', `${STAMP} ${CLIENT} - -`, { client: CLIENT }],
  ['a time and IPv6', `${STAMP} 2001:db8::1 - -`, { client: '2001:db8::1' }],
  ['syslog', `Oct 10 13:55:40 web-1 nginx: ${CLIENT} - -`, { client: CLIENT }],
  ['syslog of an early day', `Oct  1 13:55:40 web-1 nginx[123]: ${CLIENT} - -`, { client: CLIENT }],
  ['syslog with its priority', `<190>Oct 10 13:55:40 10.0.0.7 nginx: ${CLIENT} - -`, { client: CLIENT }],
  ['syslog of a platform', `2026-10-10T13:55:40.123456+00:00 app[web.1]: ${CLIENT} - -`, { client: CLIENT }],
  ['syslog without a host', `<190>Oct 10 13:55:40 nginx: ${CLIENT} - -`, { client: CLIENT }],
  [
    'syslog with an ISO time',
    `${STAMP} web-1 nginx[7]: shop.example ${CLIENT} - -`,
    { client: CLIENT, host: 'shop.example' },
  ],
  ['RFC 5424', `<134>1 ${STAMP} web-1 nginx 123 - - ${CLIENT} - -`, { client: CLIENT }],
  [
    'RFC 5424 with data',
    `<134>1 ${STAMP} web-1 nginx - access [a@1 b="c] \\" d"][e@2 f="g"] ${CLIENT} - -`,
    { client: CLIENT },
  ],
  ['RFC 5424 without a time', `<134>1 - - - - - - \xef\xbb\xbf${CLIENT} - frank`, { client: CLIENT }],
  ['a priority alone', `<13>${CLIENT} - -`, { client: CLIENT }],
  ['docker compose', `web-1  | ${CLIENT} - -`, { client: CLIENT }],
  ['docker compose in colors', `\x1b[36mweb-1  |\x1b[0m ${CLIENT} - -`, { client: CLIENT }],
  ['docker swarm', `shop_web.1.x7@node-1    | ${CLIENT} - -`, { client: CLIENT }],
  ['docker compose with times', `web-1  | ${STAMP} ${CLIENT} - -`, { client: CLIENT }],
  ['foreman', `13:55:40 web.1  | ${CLIENT} - -`, { client: CLIENT }],
  ['kubectl', `[pod/web-5d8/nginx] ${CLIENT} - -`, { client: CLIENT }],
  ['a quote', `"${CLIENT} - -`, { client: CLIENT }],
])('%s', (_, text, expected) => {
  expect(originIn(text)).toEqual(expected);
});

test.each<[string, string]>([
  ['an address, which may be a proxy or the client behind it', `10.0.0.5 ${CLIENT} - -`],
  ['an id', `req-4711 ${CLIENT} - -`],
  ['the name of a machine', `web-1 ${CLIENT} - -`],
  ['a level', `[info] ${CLIENT} - -`],
  ['several words', `some thing ${CLIENT} - -`],
  ['addresses and an address', `${CLIENT}, 10.0.0.1 10.0.0.5 - -`],
  ['an id and a user', `req-4711 ${CLIENT} - jane doe`],
  ['something in place of the client', 'a|b - -'],
  ['an address that is none', '999.0.0.1: - -'],
  ['too few words', 'x'],
  ['a tag without its colon', `Oct 10 13:55:40 web-1 nginx ${CLIENT} - -`],
])('behind %s the client is unknown', (_, text) => {
  expect(originIn(text)).toEqual({ isUnknown: true });
});

test.each<[string, string, string | undefined]>([
  ['JSON', JSON.stringify('a "b" \\x'), 'a "b" \\x'],
  ['CSV', '"a ""b"" c"', 'a "b" c'],
  ['no quotes', 'a "b"', undefined],
  ['two values', '"a" - "b"', undefined],
  ['a quote', '"', undefined],
])('a line in quotes: %s', (_, line, expected) => {
  expect(unquotedLine(Buffer.from(line))?.toString()).toBe(expected);
});

test('hostile beginnings take no longer than others', () => {
  for (const part of ['a.', '[a="', '1:', ' |', '<1>', '\x1b[', 'Oct 10 13:55:40 a', '- '])
    expect(originIn(part.repeat(300))).toBeDefined();
});
