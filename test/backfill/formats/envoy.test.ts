import { envoy } from '../../../src/backfill/formats/envoy.ts';
import { parsed, surveyOf } from './lines.ts';

/** The example of Envoy's documentation. */
const DOCUMENTED =
  '[2016-04-15T20:17:00.310Z] "POST /api/v1/locations HTTP/2" 204 - 154 0 226 100 "10.0.35.28" "nsq2http" "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "locations" "tcp://10.0.2.1:80"';
/** Istio's format has five fields more. */
const ISTIO =
  '[2020-11-25T21:26:18.409Z] "GET /status/418?a=b HTTP/1.1" 503 UF,URX upstream_reset_before_response_started{connection_failure} - "delayed_connect_error:_111" 0 135 4 - "-" "curl/7.73.0" "84961386-6d84-929d-98bd-c5aee93b5c88" "httpbin:8000" "127.0.0.1:80" outbound|8000||httpbin.foo.svc.cluster.local 10.44.1.27:37652 10.0.45.184:8000 10.44.1.23:46520 - default';
const AT = Date.parse('2016-04-15T20:17:00.310Z');
const BODY_LACKS = expect.stringContaining('its body is not all in the source') as string;

test('the documented line is read, and counted when it was answered', () => {
  expect(parsed(envoy, DOCUMENTED)).toEqual({
    kind: 'request',
    record: {
      at: AT,
      status: 204,
      method: 'POST',
      url: '/api/v1/locations',
      host: 'locations',
      client: '10.0.35.28',
      userAgent: 'nsq2http',
      headers: [['x-request-id', 'cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2']],
      payload: 'url-only',
      latencySeconds: 0.226,
      lacks: BODY_LACKS,
    },
  });
  expect(surveyOf(envoy, DOCUMENTED)).toEqual({ kind: 'request', at: AT + 226, status: 204 });
});

test.each([
  ['bare', ISTIO],
  ['after CRI', `2020-11-25T21:26:18.500Z stdout F ${ISTIO}`],
])("a line of Istio's is read, %s", (_, line) => {
  expect(parsed(envoy, line)).toEqual({
    kind: 'request',
    record: {
      at: Date.parse('2020-11-25T21:26:18.409Z'),
      status: 503,
      method: 'GET',
      url: '/status/418?a=b',
      host: 'httpbin:8000',
      userAgent: 'curl/7.73.0',
      headers: [['x-request-id', '84961386-6d84-929d-98bd-c5aee93b5c88']],
      payload: 'url-only',
      latencySeconds: 0.004,
    },
  });
});

test('a client that left before the answer got none', () => {
  const left = DOCUMENTED.replace('204 -', '0 DC');
  expect(surveyOf(envoy, left)).toEqual({ kind: 'request', at: AT + 226, status: 0 });
});

test.each<[string, string, string, object]>([
  ['a quote in the URL', '/api/v1/locations', '/a"b', { url: '/a"b' }],
  ['a quote in the user agent', 'nsq2http', 'a "b" c', { userAgent: 'a "b" c', host: 'locations' }],
  ['several proxies', '10.0.35.28', '203.0.113.7, 10.0.0.1', { client: '203.0.113.7' }],
  ['no body', '154 0 226', '0 0 226', { lacks: undefined }],
])('%s is read', (_, from, to, expected) => {
  const read = parsed(
    envoy,
    DOCUMENTED.replace(from, () => to),
  );
  if (read.kind !== 'request') throw new Error(read.kind);
  expect({ lacks: undefined, ...read.record }).toMatchObject(expected);
});

test('a line that ends after its status is a request that is cut', () => {
  const cut = DOCUMENTED.slice(0, DOCUMENTED.indexOf(' "10.0'));
  expect(parsed(envoy, cut)).toMatchObject({ kind: 'request', isCut: true, record: { at: AT, status: 204 } });
});

test.each<[string, string, string, string]>([
  ['empty', '', 'malformed', 'empty line'],
  ['without a time', DOCUMENTED.replace('-04-15', '-04-31'), 'malformed', 'it has no time that exists'],
  [
    'cut in its request',
    DOCUMENTED.slice(0, 40),
    'malformed',
    'it holds no request, or the line is cut short',
  ],
  [
    'a connection of TCP',
    '[2020-11-25T21:26:18.409Z] "- - -" 0 UH - - "-" 0 0 0 - "-" "-" "-" "-" "-" - - 10.0.0.1:80 10.0.0.2:1234 - -',
    'foreign',
    'a connection of Envoy without an HTTP request',
  ],
  [
    'a line of HAProxy',
    '10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109',
    'foreign',
    'a line of HAProxy',
  ],
])('%s is no request', (_, line, kind, why) => {
  expect(parsed(envoy, line)).toEqual({ kind, why });
  expect(surveyOf(envoy, line).kind).toBe(kind);
});
