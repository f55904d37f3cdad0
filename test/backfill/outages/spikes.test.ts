import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { logText } from '../../../runbooks/spikes/lines.ts';
import { DEFAULTS, OVERALL, SPIKES, timetable } from '../../../runbooks/spikes/timetable.ts';
import type { TrafficOptions } from '../../../runbooks/spikes/timetable.ts';
import { exchanges } from '../../../runbooks/spikes/traffic.ts';
import { alb } from '../../../src/backfill/formats/alb.ts';
import { findWindows } from '../../../src/backfill/outages/find-windows.ts';
import { errorRateOf, rateOf } from './traffic.ts';
import type { Bucket, Buckets } from '../../../src/backfill/base/outage-window.ts';
import { backfillSchema } from '../../../src/runbook/backfill-schema.ts';
import { parseRunbook } from '../../../src/runbook/parse.ts';
import { formatInstant, MINUTE_MS } from '../../../src/time.ts';

const FOLDER = join(import.meta.dirname, '../../../runbooks');
const { runbook } = parseRunbook(readFileSync(join(FOLDER, 'spikes.yaml'), 'utf8'), 'spikes.yaml');

function settings() {
  if (runbook.backfill === undefined) throw new Error('spikes.yaml has no backfill');
  return runbook.backfill.windows;
}

function planned(options: TrafficOptions): Buckets {
  return new Map(timetable(options).map(({ at, requests, errors }) => [at, { requests, errors }]));
}

/** `2017-10-05T16:20:00Z 2017-10-05T22:00:00Z 5.7 %` */
function line(from: number, to: number, percent: number, decimals: number): string {
  return `${formatInstant(from)} ${formatInstant(to)} ${percent.toFixed(decimals)} %`;
}

const PUBLISHED = [
  '2017-10-05T16:20:00Z 2017-10-05T22:00:00Z 5.7 %',
  '2017-10-06T13:30:00Z 2017-10-06T21:00:00Z 3.3 %',
  '2017-10-07T19:05:00Z 2017-10-07T19:20:00Z 1 %',
  '2017-10-19T17:46:00Z 2017-10-19T21:07:00Z 4.7 %',
  '2017-10-20T18:24:00Z 2017-10-20T18:53:00Z 11.2 %',
];

test.each([
  { requestsPerMinute: 8, seeds: [1, 2] },
  { requestsPerMinute: 11, seeds: [1, 3] },
  { requestsPerMinute: 110, seeds: [1] },
])(
  'the published windows and rates come out, with $requestsPerMinute requests a minute',
  ({ requestsPerMinute, seeds }) => {
    for (const seed of seeds) {
      const buckets = planned({ seed, requestsPerMinute });
      const found = findWindows(buckets, settings());
      const lines = found.map((window, n) => {
        const percent = 100 * errorRateOf(window);
        return line(window.start, window.end, percent, SPIKES[n]?.decimals ?? 9);
      });
      expect({ seed, lines }).toEqual({ seed, lines: PUBLISHED });
      const { from, to } = OVERALL;
      expect(line(from, to, 100 * rateOf(buckets, from, to).errorRate, 2)).toBe(
        '2017-10-05T16:00:00Z 2017-10-23T05:02:00Z 0.26 %',
      );
      expect(rateOf(buckets, from, to)).toEqual(rateOf(buckets));
    }
  },
);

test('with what a runbook gets that says nothing of windows, each of them is found', () => {
  const unsaid = backfillSchema.parse({ sources: [{ path: 'spikes.log' }] }).windows;
  const windows = findWindows(planned(DEFAULTS), unsaid);
  for (const { from, to } of SPIKES) {
    expect(windows.filter(({ start, end }) => start < to && end > from).length).toBeGreaterThan(0);
  }
});

/** A part, by its lines, as the product itself reads them. */
function read(options: TrafficOptions, span: { from: number; to: number }) {
  const buckets = new Map<number, Bucket>();
  const times: number[] = [];
  const records = [];
  for (const text of logText(options, span)) {
    for (const one of text.trimEnd().split('\n')) {
      const bytes = Buffer.from(one);
      const surveyed = { kind: 0 as const, at: 0, status: 0 };
      alb.survey(bytes, 0, bytes.length, surveyed);
      const parsed = alb.parse(bytes);
      if (parsed.kind !== 'request') throw new Error(`${parsed.kind}: ${one}`);
      records.push(parsed.record);
      times.push(surveyed.at);
      const at = surveyed.at - (surveyed.at % MINUTE_MS);
      const { requests, errors } = buckets.get(at) ?? { requests: 0, errors: 0 };
      buckets.set(at, { requests: requests + 1, errors: errors + (surveyed.status >= 500 ? 1 : 0) });
    }
  }
  return { buckets, times, records };
}

describe('the log', () => {
  const day = { from: OVERALL.from, to: Date.UTC(2017, 9, 6) };
  const { buckets, times, records } = read(DEFAULTS, day);

  test('says the same as the timetable', () => {
    const all = [...planned(DEFAULTS)].filter(([at]) => at >= day.from && at < day.to);
    expect([...buckets].sort(([a], [b]) => a - b)).toEqual(all);
  });

  test('is a little out of order, as nodes write it', () => {
    const late = times.map((at, n) => Math.max(0, ...times.slice(Math.max(0, n - 50), n)) - at);
    expect(late.filter((ms) => ms > 0).length).toBeGreaterThan(100);
    expect(Math.max(...late)).toBeLessThan(5_000);
  });

  test('has addresses of both kinds, quotes within user agents, and payloads in URLs', () => {
    const some = (is: (record: (typeof records)[number]) => boolean) =>
      expect(records.filter(is).length).toBeGreaterThan(50);
    some(({ client }) => client?.startsWith('2001:db8:') === true);
    some(({ client }) => client?.startsWith('198.') === true);
    some(({ userAgent }) => userAgent === 'PixelSender 1.4 (kiosk; build "stable")');
    some(({ method, url }) => method === 'GET' && url.includes('data='));
    some(({ method }) => method === 'POST');
  });
});

test('phones come back, browsers mostly, servers never, and kiosks never send anything again', () => {
  const untilFailed = Date.UTC(2017, 9, 5, 18);
  const until = Date.UTC(2017, 9, 5, 21);
  const failures = new Map<string, { failed: number; later: number; again: number }>();
  const open: {
    kind: string;
    address: string;
    url: string;
    agent: string;
    at: number;
    again: boolean;
    later: boolean;
  }[] = [];
  for (const { minute, answered } of exchanges(DEFAULTS)) {
    if (minute.at >= until) break;
    for (const { client, url, madeAt, answeredAt, status } of [...answered].sort(
      (a, b) => a.madeAt - b.madeAt,
    )) {
      for (const one of open) {
        if (one.address !== client.address || one.agent !== client.agent || madeAt < one.at) continue;
        one.later = true;
        if (one.url === url && status === 200) one.again = true;
      }
      if (status < 500 || answeredAt >= untilFailed) continue;
      open.push({
        kind: client.kind.name,
        address: client.address,
        agent: client.agent,
        url,
        at: answeredAt,
        again: false,
        later: false,
      });
    }
  }
  for (const { kind, again, later } of open) {
    const counts = failures.get(kind) ?? { failed: 0, later: 0, again: 0 };
    failures.set(kind, {
      failed: counts.failed + 1,
      later: counts.later + Number(later),
      again: counts.again + Number(again),
    });
  }
  const share = (kind: string) =>
    (failures.get(kind)?.again ?? 0) / (failures.get(kind)?.failed ?? Number.NaN);
  expect(share('ios')).toBe(1);
  expect(share('android')).toBe(1);
  expect(share('web')).toBeGreaterThan(0.3);
  expect(share('web')).toBeLessThan(1);
  expect(failures.get('kiosk')?.later ?? 0).toBe(0);
});

test('the same seed gives the same bytes, in this process and as a program; another seed gives others', async () => {
  const hour = { from: Date.UTC(2017, 9, 5, 16), to: Date.UTC(2017, 9, 5, 17) };
  const digest = (text: string) => createHash('sha256').update(text).digest('hex');
  const here = (seed: number) => digest([...logText({ ...DEFAULTS, seed }, hour)].join(''));
  const written = async (seed: number) => {
    const args = [join(FOLDER, 'spikes.ts'), '--seed', `${seed}`, '--to', '2017-10-05T17:00:00Z'];
    return digest((await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 24 })).stdout);
  };
  expect(await written(1)).toBe(here(1));
  expect(here(1)).toBe(here(1));
  expect(here(2)).not.toBe(here(1));
});

test('the program says what is wrong with its options', async () => {
  const wrong = promisify(execFile)(process.execPath, [
    join(FOLDER, 'spikes.ts'),
    '--requests-per-minute',
    '0',
  ]);
  await expect(wrong).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('from 8 to 10000') });
});
