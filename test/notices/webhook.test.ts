import { deliveryOf, retryAfterMs, webhookBody, webhookChannel } from '../../src/notices/webhook.ts';
import {
  answers,
  closeReceivers,
  neverAnswers,
  neverEnds,
  receiver,
  resets,
  type Behaviour,
} from './servers.ts';

afterEach(closeReceivers);

const MESSAGE = { subject: 's', text: 'orders: halted <!channel> & more\nlifeboat status orders' };
const NEVER = new AbortController().signal;

async function attempt(behave: Behaviour, timeoutMs = 5_000, stop = NEVER) {
  const { url, received } = await receiver(behave);
  const channel = webhookChannel({ key: 'k', label: 'l', url, timeoutMs });
  return { delivery: await channel.deliver(MESSAGE, stop), received };
}

test('one request with the text and nothing else, harmless in Slack', async () => {
  const { delivery, received } = await attempt(answers(200));
  expect(delivery).toEqual({ ok: true });
  expect(received).toEqual([
    {
      method: 'POST',
      path: '/services/secret',
      contentType: 'application/json',
      body: '{"text":"orders: halted &lt;!channel&gt; &amp; more\\nlifeboat status orders"}',
    },
  ]);
});

test('a body is JSON whatever the text', () => {
  const text = '"\\ \u0000 \u{1F6DF} <>&';
  expect(JSON.parse(webhookBody({ subject: '', text }))).toEqual({
    text: '"\\ \u0000 \u{1F6DF} &lt;&gt;&amp;',
  });
});

test('a redirect is not followed: its target hears nothing', async () => {
  const other = await receiver(answers(200));
  for (const status of [301, 302, 303, 307, 308]) {
    const { delivery } = await attempt(answers(status, { location: other.url.href }));
    expect(delivery).toEqual({
      ok: false,
      why: `answers with a redirect (${status}), which is not followed`,
      isFinal: true,
    });
  }
  expect(other.received).toEqual([]);
});

test.each<[string, Behaviour, string]>([
  ['a reset connection', resets, 'no connection (UND_ERR_SOCKET)'],
  ['silence', neverAnswers, 'no answer within 0.05 s'],
])('%s is tried again', async (_, behave, why) => {
  const { delivery } = await attempt(behave, behave === neverAnswers ? 50 : 5_000);
  expect(delivery).toEqual({ ok: false, why, isFinal: false });
});

test('a refused connection', async () => {
  const { url } = await receiver(answers(200));
  closeReceivers();
  const delivery = await webhookChannel({ key: 'k', label: 'l', url }).deliver(MESSAGE, NEVER);
  expect(delivery).toEqual({ ok: false, why: 'no connection (ECONNREFUSED)', isFinal: false });
});

test('a body without end is not waited for', async () => {
  expect((await attempt(neverEnds)).delivery).toEqual({ ok: true });
});

test('it stops when it is told to', async () => {
  const stop = new AbortController();
  const { delivery } = await attempt(() => stop.abort(), 60_000, stop.signal);
  expect(delivery.ok).toBe(false);
});

const NOW = Date.UTC(2026, 10, 20, 3);

test.each<[number, string | null, object]>([
  [200, null, { ok: true }],
  [204, null, { ok: true }],
  [400, null, { ok: false, why: 'answers with status 400', isFinal: true }],
  [403, '5', { ok: false, why: 'answers with status 403', isFinal: true }],
  [404, null, { ok: false, why: 'answers with status 404', isFinal: true }],
  [410, null, { ok: false, why: 'answers with status 410', isFinal: true }],
  [408, null, { ok: false, why: 'answers with status 408', isFinal: false }],
  [429, '30', { ok: false, why: 'answers with status 429', isFinal: false, afterMs: 30_000 }],
  [429, null, { ok: false, why: 'answers with status 429', isFinal: false }],
  [500, null, { ok: false, why: 'answers with status 500', isFinal: false }],
  [503, '30', { ok: false, why: 'answers with status 503', isFinal: false, afterMs: 30_000 }],
])('status %i, Retry-After %p', (status, header, delivery) => {
  expect(deliveryOf(status, header, NOW)).toEqual(delivery);
});

test.each<[string | null, number | undefined]>([
  [null, undefined],
  ['0', 0],
  ['30', 30_000],
  [' 30 ', 30_000],
  ['86400', 300_000],
  ['99999999999999999999', 300_000],
  ['Fri, 20 Nov 2026 03:00:45 GMT', 45_000],
  ['Fri, 20 Nov 2026 02:59:00 GMT', 0],
  ['Sat, 21 Nov 2026 03:00:00 GMT', 300_000],
  ['soon', undefined],
  ['', undefined],
  ['-5', undefined],
  ['1.5', undefined],
])('Retry-After %p is %p ms', (header, ms) => {
  expect(retryAfterMs(header, NOW)).toBe(ms);
});
