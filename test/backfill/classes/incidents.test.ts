import { readFileSync } from 'node:fs';
import { createClassifier } from '../../../src/backfill/classes/classifier.ts';
import type { RequestRecord } from '../../../src/backfill/base/record.ts';
import { parseRunbook } from '../../../src/runbook/parse.ts';
import { captured, logged } from './requests.ts';

const classifierOf = (name: string) => {
  const { backfill } = parseRunbook(readFileSync(`runbooks/${name}.yaml`), name).runbook;
  if (backfill === undefined) throw new Error('no backfill');
  return createClassifier(backfill);
};

describe('a bad configuration of a web-analytics service: what the edge kept, by class of client', () => {
  const { classify } = classifierOf('web-analytics');
  const event = (path: string, type: string, userAgent: string, method = 'GET') =>
    logged({ method, userAgent, url: `${path}?app=1&id=e-1&type=${type}` });
  const ios = (version: string, type: string, method = 'GET') =>
    event(
      '/collect/mobile',
      type,
      `Shop/3.1 (iPhone; iOS 13.6) Analytics-iOS/${version} Darwin/19.6.0`,
      method,
    );
  const web = (type: string) => event('/collect/web', type, 'Mozilla/5.0 (Macintosh) Safari/605.1.15');
  const android = event('/collect/mobile', 'click', 'Analytics-Android/1.9.0 (Android 9)', 'POST');
  const server = event('/api/track', 'order', 'python-requests/2.24.0', 'POST');

  test.each<[string, RequestRecord, string]>([
    ['web, a page view', web('pageview'), 'web'],
    ['web, a click', web('click'), 'web'],
    ['web, anything else', web('custom'), 'web'],
    ['iOS 6.8.1, a session', ios('6.8.1', 'session'), 'ios up to 6.8.1'],
    ['iOS 6.8.1, another event', ios('6.8.1', 'click'), 'ios up to 6.8.1'],
    ['iOS 5.0, another event', ios('5.0', 'click'), 'ios up to 6.8.1'],
    ['iOS 7.0.0, a session', ios('7.0.0', 'session'), 'ios from 7.0.0, sessions and page views'],
    ['iOS 7.2.1, a page view', ios('7.2.1', 'pageview'), 'ios from 7.0.0, sessions and page views'],
  ])('recoverable: %s', (_, record, rule) => {
    const classified = classify(record);
    expect(classified).toMatchObject({ rule, verdict: 'replayable' });
    expect(classified.horizonSeconds).toBeUndefined();
  });

  test.each<[string, RequestRecord, string]>([
    ['iOS 7.0.0, another event', ios('7.0.0', 'click', 'POST'), 'ios from 7.0.0, other events'],
    ['iOS 7.0.0, another event, even with a URL', ios('7.0.0', 'click'), 'ios from 7.0.0, other events'],
  ])('not recoverable: %s', (_, record, rule) => {
    const classified = classify(record);
    expect(classified).toMatchObject({ rule, verdict: 'lost' });
    expect(classified.reason).toMatch(/in the body, which the edge does not keep/);
    expect(classified.horizonSeconds).toBeUndefined();
  });

  test.each<[string, RequestRecord, string, number]>([
    ['Android events', android, 'android', 7 * 86_400],
    ['the server-side API', server, 'server-side API', 86_400],
  ])('recoverable only where its client tried again: %s', (_, record, rule, horizonSeconds) => {
    const classified = classify(record);
    expect(classified).toMatchObject({ rule, verdict: 'lost', horizonSeconds });
    expect(classified.retriedReason).toMatch(/^its client retried within/);
  });

  test.each<[string, RequestRecord, string]>([
    ['a POST of an old iOS', ios('6.8.1', 'click', 'POST'), 'lost'],
    ['a session of iOS 7 that came as a POST', ios('7.0.0', 'session', 'POST'), 'lost'],
    ['iOS between the two', ios('6.9.0', 'click'), 'replayable'],
    ['iOS 7.0.0 before its release', ios('7.0.0-beta.1', 'click'), 'replayable'],
  ])('what the table does not name goes by what the log holds: %s', (_, record, verdict) => {
    expect(classify(record).verdict).toBe(verdict);
  });
});

describe('a messaging platform whose store is gone: four kinds of clients', () => {
  const { classify } = classifierOf('messaging');
  const from = (userAgent: string, url: string, parts: Partial<RequestRecord> = {}) =>
    captured({ userAgent, url, body: Buffer.from('{"text":"hello"}'), ...parts });
  const WEB = 'Mozilla/5.0 (X11; Linux x86_64) Firefox/86.0';

  test.each([
    ['ios', 'Messenger-iOS/12.1'],
    ['android', 'Messenger-Android/4.0 (SDK 29)'],
  ])('%s comes back by itself on 5xx, and never on 4xx', (rule, userAgent) => {
    expect(classify(from(userAgent, '/v1/messages'))).toMatchObject({ rule, verdict: 'returns' });
    expect(classify(from(userAgent, '/v1/messages', { status: 500 })).verdict).toBe('returns');
    const refused = classify(from(userAgent, '/v1/messages', { status: 429 }));
    expect(refused.verdict).toBe('replayable');
    expect(refused.reason).toMatch(/does not retry after a 4xx/);
    const log = classify(logged({ method: 'POST', userAgent, url: '/v1/messages', status: 429 }));
    expect(log.verdict).toBe('lost');
  });

  test('the web client tries for half a minute; then its message is lost, unless the edge has kept it', () => {
    const url = '/v1/messages?chat=7';
    expect(classify(from(WEB, url))).toMatchObject({
      rule: 'web',
      verdict: 'replayable',
      horizonSeconds: 30,
    });
    const log = classify(logged({ method: 'POST', userAgent: WEB, url }));
    expect(log).toMatchObject({ rule: 'web', verdict: 'lost', horizonSeconds: 30 });
  });

  test('the webhook of a helpdesk calls once, and switches itself off after 21 failures', () => {
    const classified = classify(from('Helpdesk-Webhook/1', '/hooks/helpdesk/acme'));
    expect(classified).toMatchObject({ rule: 'helpdesk', verdict: 'replayable', switchesOffAfter: 21 });
    expect(classified.horizonSeconds).toBeUndefined();
  });
});
