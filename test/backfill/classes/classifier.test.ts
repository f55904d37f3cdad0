import { createClassifier, OTHER_CLIENTS } from '../../../src/backfill/classes/classifier.ts';
import type { RequestRecord } from '../../../src/backfill/base/record.ts';
import { captured, logged, rulesOf, specOf } from './requests.ts';

const verdictOf = (rule: string, record: RequestRecord) => createClassifier(rulesOf(rule)).classify(record);

describe('which rule a request belongs to', () => {
  const spec = rulesOf(
    'name: agent, userAgent: "App/*", method: [POST, PUT], behaviour: gives-up',
    'name: either, path: [/a, /b/*], behaviour: gives-up',
    'name: header, header: { X-One: "1", x-two: "*" }, behaviour: gives-up',
    'name: query, query: { type: [session, page*] }, behaviour: gives-up',
    'name: version, sdk: sdk, version: ">=7.0.0", path: /sdk, behaviour: gives-up',
    'name: body, body: { event.type: order }, behaviour: gives-up',
  );
  const { classify } = createClassifier(spec);
  const body = (text: string) => ({ body: Buffer.from(text) });
  test.each<[string, RequestRecord]>([
    ['agent', captured({ userAgent: 'app/1 (x)' })],
    ['agent', captured({ userAgent: 'App/1', method: 'put' })],
    ['other clients', captured({ userAgent: 'App/1', method: 'PATCH' })],
    ['other clients', captured({ userAgent: 'Another' })],
    ['either', captured({ url: '/a?x=1' })],
    ['either', captured({ url: 'https://shop.example/B/c' })],
    ['agent', captured({ url: '/a', userAgent: 'App/1' })],
    ['other clients', captured({ url: '/ab' })],
    [
      'header',
      captured({
        headers: [
          ['x-one', '1'],
          ['x-two', ''],
        ],
      }),
    ],
    ['other clients', captured({ headers: [['x-one', '1']] })],
    [
      'other clients',
      captured({
        headers: [
          ['x-one', '2'],
          ['x-two', '2'],
        ],
      }),
    ],
    ['query', captured({ url: '/x?type=pageview' })],
    ['query', captured({ url: '/x?y&type=SESSION' })],
    ['other clients', captured({ url: '/x?type=click' })],
    ['version', captured({ url: '/sdk', userAgent: 'sdk/7.1' })],
    ['other clients', captured({ url: '/sdk', userAgent: 'sdk/6.9' })],
    ['other clients', captured({ url: '/sdk', userAgent: 'sdk/latest' })],
    ['body', captured(body('{"event":{"type":"order"}}'))],
    ['body', logged({ url: `/x?data=${encodeURIComponent('{"event":{"type":"order"}}')}` })],
    ['other clients', captured(body('{"event":{"type":"return"}}'))],
    ['other clients', captured()],
  ])('%s', (name, record) => {
    expect(classify(record).rule).toBe(name);
  });
});

describe('what becomes of it', () => {
  const FOREVER = 'name: a, behaviour: retries-forever';
  const RETRIES = 'name: a, behaviour: retries, horizon: 30s';
  const GIVES_UP = 'name: a, behaviour: gives-up';
  const NEVER = 'name: a, behaviour: gives-up, replay: false';
  const post = { method: 'POST' };
  test.each<[string, string, RequestRecord, string, string]>([
    ['503', FOREVER, logged(post), 'returns', 'its client retries until it is answered'],
    [
      'no answer',
      FOREVER,
      { at: 0, method: 'POST', url: '/', headers: [], payload: 'whole' },
      'returns',
      'its client retries until it is answered',
    ],
    [
      'a 4xx of a client that retries 5xx',
      FOREVER,
      captured({ status: 499 }),
      'replayable',
      'its client does not retry after a 4xx; the source contains the whole request',
    ],
    [
      'a 4xx in an access log',
      FOREVER,
      logged({ ...post, status: 429 }),
      'lost',
      'its client does not retry after a 4xx, and it cannot be replayed: the log does not contain the body',
    ],
    [
      'an answer that was undone',
      FOREVER,
      captured({ status: 201 }),
      'replayable',
      'its client received a success and does not retry; the source contains the whole request',
    ],
    [
      'the whole of it',
      GIVES_UP,
      captured(),
      'replayable',
      'its client does not retry; the source contains the whole request',
    ],
    [
      'a GET in an access log',
      GIVES_UP,
      logged(),
      'replayable',
      'its client does not retry; its URL is the whole request',
    ],
    [
      'a HEAD in an access log',
      GIVES_UP,
      logged({ method: 'head' }),
      'replayable',
      'its client does not retry; its URL is the whole request',
    ],
    [
      'a POST in an access log',
      GIVES_UP,
      logged(post),
      'lost',
      'its client does not retry, and it cannot be replayed: the log does not contain the body',
    ],
    [
      'a DELETE in an access log',
      GIVES_UP,
      logged({ method: 'DELETE' }),
      'lost',
      'its client does not retry, and it cannot be replayed: the log does not contain the body',
    ],
    [
      'a POST in an access log that a rule has replayed',
      `${GIVES_UP}, replay: true, why: we want it`,
      logged(post),
      'lost',
      'its client does not retry, and it cannot be replayed: the log does not contain the body',
    ],
    [
      'what must not be replayed',
      NEVER,
      captured(),
      'lost',
      'its client does not retry, and the runbook excludes it from the replay',
    ],
    [
      'what must not be replayed, and why',
      `${NEVER}, why: it pays twice`,
      captured(),
      'lost',
      'it pays twice',
    ],
    [
      'why it can be replayed',
      `${GIVES_UP}, why: a webhook calls once`,
      captured(),
      'replayable',
      'a webhook calls once',
    ],
    [
      'why is of failures, not of what was undone',
      `${GIVES_UP}, why: a webhook calls once`,
      captured({ status: 200 }),
      'replayable',
      'its client received a success and does not retry; the source contains the whole request',
    ],
    [
      'no retry found',
      RETRIES,
      captured(),
      'replayable',
      'its client did not retry within 30 s; the source contains the whole request',
    ],
    [
      'no retry found in an access log',
      RETRIES,
      logged(post),
      'lost',
      'its client did not retry within 30 s, and it cannot be replayed: the log does not contain the body',
    ],
    [
      'no rule',
      'name: b, path: /other, behaviour: retries-forever',
      captured(),
      'replayable',
      'no rule says that its client retries; the source contains the whole request',
    ],
  ])('%s', (_, rule, record, verdict, reason) => {
    expect(verdictOf(rule, record)).toMatchObject({ verdict, reason });
  });
});

describe('whether a retry is looked for', () => {
  test.each<[string, string, RequestRecord, number | undefined]>([
    ['retries', 'name: a, behaviour: retries, horizon: 30s', captured(), 30],
    [
      'retries, a 4xx too: the data shows it',
      'name: a, behaviour: retries, horizon: 30s',
      captured({ status: 429 }),
      30,
    ],
    ['gives up with a horizon', 'name: a, behaviour: gives-up, horizon: 1h', captured(), 3_600],
    ['for ever with a horizon', 'name: a, behaviour: retries-forever, horizon: 1h', captured(), 3_600],
    [
      'what was answered and undone',
      'name: a, behaviour: retries, horizon: 30s',
      captured({ status: 200 }),
      undefined,
    ],
    ['gives up', 'name: a, behaviour: gives-up', captured(), undefined],
    ['for ever', 'name: a, behaviour: retries-forever', captured(), undefined],
    ['no rule', 'name: a, path: /other, behaviour: retries, horizon: 30s', captured(), undefined],
  ])('%s', (_, rule, record, horizonSeconds) => {
    const classified = verdictOf(rule, record);
    expect(classified.horizonSeconds).toBe(horizonSeconds);
    expect(classified.retriedReason !== undefined).toBe(horizonSeconds !== undefined);
  });

  test('how sure a retry is, is said', () => {
    const rule = 'name: a, behaviour: retries, horizon: 30s';
    const post = logged({ method: 'POST' });
    expect(verdictOf(rule, captured()).retriedReason).toBe('its client retried within 30 s');
    expect(verdictOf(rule, logged()).retriedReason).toBe('its client retried within 30 s');
    expect(verdictOf(rule, post).retriedReason).toBe(
      'its client retried within 30 s, matched by client, method, URL and user agent: the log does not contain the body',
    );
    const declared = specOf(
      'identity: ["header:x-id"]\nclients: [{ name: a, behaviour: retries, horizon: 30s }]',
    );
    expect(createClassifier(declared).classify(post).retriedReason).toBe('its client retried within 30 s');
  });
});

test('no rule has the name of those that no rule matches', () => {
  expect(() => rulesOf(`name: ${OTHER_CLIENTS}, path: /a, behaviour: gives-up`)).toThrow(/no rule matches/);
});

test('after how many failures a client stops for good', () => {
  const rule = 'name: a, path: /hook, behaviour: gives-up, switchesOffAfter: 21';
  expect(verdictOf(rule, captured({ url: '/hook' })).switchesOffAfter).toBe(21);
  expect(verdictOf(rule, captured({ url: '/hook', status: 200 })).switchesOffAfter).toBe(21);
  expect(verdictOf(rule, captured())).not.toHaveProperty('switchesOffAfter');
});

test('reasons are few, whatever comes: a table of them does not grow', () => {
  const { classify } = createClassifier(rulesOf('name: a, path: /a*, behaviour: retries, horizon: 30s'));
  const reasons = new Set<string>();
  for (let index = 0; index < 2_000; index += 1) {
    const record = index % 2 === 0 ? captured : logged;
    const { reason } = classify(
      record({
        method: `M${index}`,
        url: `/${index % 3 === 0 ? 'a' : 'b'}${index}`,
        status: 400 + (index % 200),
      }),
    );
    reasons.add(reason);
  }
  expect(reasons.size).toBeLessThanOrEqual(8);
});
