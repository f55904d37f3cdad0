import type { LiveModel } from '../../../src/report/model/live-model.ts';
import { laterModel } from '../../../src/report/model/live-model.ts';
import { ANSI_PALETTE, PLAIN_PALETTE } from '../../../src/report/layout/palette.ts';
import { renderLive } from '../../../src/report/render/render-live.ts';
import { displayWidth } from '../../../src/report/layout/text.ts';
import { after, INCIDENT, RUN } from '../fixtures.ts';
import { liveResource, modelOf, READY } from '../live-models.ts';
import { MARKS } from '../palette-marks.ts';
import { legacyEntry } from '../../../src/workflow/timeline/timeline.ts';

const HOSTILE = 'vol\u001b[2J\r\n\u202e\u0007<b>';
const WIDE = 'データベース⚡✅本番';
const ESCAPE = String.fromCharCode(27);

function draw(model: LiveModel, width = 80, height = 24, palette = PLAIN_PALETTE): readonly string[] {
  return renderLive(model, { width, height, palette }).split('\n');
}

function withoutColours(text: string): string {
  return text.replaceAll(new RegExp(`${ESCAPE}\\[\\d+m`, 'g'), '');
}

const waiting = modelOf({
  phase: 'approval',
  waits: ['1 of 2 approvals given before restore'],
  ways: [`lifeboat approve ${RUN}, or lifeboat reject ${RUN}`],
});
const models: Readonly<Record<string, LiveModel>> = {
  usual: modelOf(),
  waiting,
  empty: modelOf({ phases: [], resources: [] }),
  hostile: modelOf({
    runId: HOSTILE,
    runbook: HOSTILE,
    waits: [HOSTILE],
    ways: [HOSTILE],
    resources: [liveResource(HOSTILE, { strategy: HOSTILE })],
    timeline: [{ at: INCIDENT, subject: HOSTILE, code: HOSTILE, data: { message: HOSTILE } }],
  }),
  wide: modelOf({
    runbook: WIDE,
    waits: [WIDE.repeat(9)],
    resources: [liveResource(WIDE.repeat(5)), liveResource(WIDE, READY)],
    timeline: [legacyEntry(INCIDENT, 'resource', WIDE.repeat(9))],
  }),
  large: modelOf({
    resources: Array.from({ length: 3_000 }, (_, index) => liveResource(`events/vol-${index}`)),
  }),
};

describe.each(Object.entries(models))('the view of %s', (_, model) => {
  test.each([1, 5, 12, 20, 30, 31, 47, 48, 49, 75, 76, 80, 200])('is at most %i columns wide', (width) => {
    for (const height of [1, 2, 3, 5, 7, 8, 12, 23, 60]) {
      const lines = draw(model, width, height, ANSI_PALETTE);
      expect(lines.length).toBeLessThanOrEqual(height);
      const widest = Math.max(...lines.map((line) => displayWidth(withoutColours(line))));
      expect(widest).toBeLessThanOrEqual(width);
      expect(withoutColours(lines.join(''))).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
  });
});

test('says where the run stands, on 80 columns', () => {
  expect(draw(modelOf())).toEqual([
    `${RUN}  restore of orders  RUNNING, warmup  +0:10:00`,
    'RTO       ON-TRACK 1 h 50 min left of 2 h 00 min, forecast 25 min',
    'RPO       ON-TRACK 1 h 00 min of data lost, 2 h 00 min promised',
    'phases    done preflight 5 s; now restore 9 min, warmup 5 min; to come verify,',
    '          cleanup',
    'resources 1 of 3 ready, 0 failed, warming 2',
    'resource      state                hydrated  by                    ready',
    'orders-db     ready    [############] 100 %  provisioned-rate   03:08:20',
    'events/vol-1  warming  [######------]  50 %  provisioned-rate  in 10 min',
    'events/vol-2  warming  [######------]  50 %  provisioned-rate  in 10 min',
  ]);
});

test('on the narrowest terminal keeps the state, the time left and what is worst', () => {
  const resources = [
    liveResource('a', READY),
    liveResource('slow', { readyAt: after(5_000) }),
    liveResource('broken', { state: 'failed', percent: null, readyAt: null }),
  ];
  expect(draw(modelOf({ resources }), 30, 7)).toEqual([
    expect.stringMatching(/^RUNNING, warmup \+0:10:00 o/),
    'RTO ON-TRACK 1 h 50 min left …',
    expect.stringMatching(/^RPO ON-TRACK 1 h 00 min/),
    expect.stringMatching(/^phases now restore/),
    expect.stringMatching(/^resources 1 of 3 ready/),
    expect.stringMatching(/^broken +failed/),
    'and 2 more: warming 1, ready 1',
  ]);
});

test('without room for anything else says what it waits for', () => {
  expect(draw(waiting, 80, 3)).toEqual([
    expect.stringContaining('RUNNING, approval'),
    expect.stringContaining('ON-TRACK'),
    expect.stringMatching(/^waiting +1 of 2 approvals given/),
  ]);
  expect(draw(waiting).join('\n')).toContain(`to go on  lifeboat approve ${RUN}`);
});

test.each([
  ['on-track', 600, /ON-TRACK 1 h 50 min left/, '<green>ON-TRACK</green>'],
  ['at-risk', 600, /AT-RISK 1 h 50 min left/, '<yellow>AT-RISK</yellow>'],
  ['breached', 7_260, /BREACHED 1 min over 2 h 00 min/, '<red>BREACHED</red>'],
] as const)('an objective that is %s says so in words, and in colour besides', (state, at, words, paint) => {
  const rto = { state, met: null, promisedSeconds: 7_200, forecastSeconds: 7_300 };
  const model = modelOf({ rto, asOf: after(at) });
  expect(draw(model)[1]).toMatch(words);
  expect(draw(model, 80, 24, MARKS)[1]).toContain(paint);
});

test('the clock of the RTO stands still once it is recovered', () => {
  const model = modelOf({ recoveredAt: after(1_800), asOf: after(9_000) });
  expect(draw(model)[1]).toContain('recovered after 30 min, 2 h 00 min promised');
});

test('only the clock goes on between two looks', () => {
  const later = laterModel(modelOf(), after(660));
  expect(draw(later)[0]).toContain('+0:11:00');
  expect(laterModel(later, after(1))).toBe(later);
});

test('more than a screenful: the worst and slowest, and how many the others are', () => {
  const resources = [
    ...Array.from({ length: 9_000 }, (_, index) => liveResource(`ready-${index}`, READY)),
    ...Array.from({ length: 998 }, (_, index) =>
      liveResource(`queued-${index}`, { state: 'queued', percent: null }),
    ),
    liveResource('quick', { readyAt: after(700) }),
    liveResource('slowest', { readyAt: after(7_000) }),
    liveResource('broken', { state: 'failed', percent: null, readyAt: null }),
  ];
  const lines = draw(modelOf({ resources }), 80, 9);
  expect(lines.slice(3)).toEqual([
    expect.stringMatching(/^phases/),
    'resources 9,000 of 10,001 ready, 1 failed, queued 998, warming 2',
    expect.stringMatching(/^broken +failed +provisioned-rate +-$/),
    expect.stringMatching(/^slowest +warming +\[######------\] {2}50 % +provisioned-rate +in 1 h 47 min$/),
    expect.stringMatching(/^quick +warming/),
    'and 9,998 more: ready 9000, queued 998',
  ]);
});

test('wide characters leave the columns straight', () => {
  const resources = [liveResource(WIDE), liveResource('plain')];
  const rows = draw(modelOf({ resources })).filter((line) => line.includes('[###'));
  const starts = rows.map((line) => displayWidth(line.slice(0, line.indexOf('['))));
  expect(new Set(starts).size).toBe(1);
});

test('the last lines of the timeline stand below, where nothing else shows them', () => {
  const timeline = Array.from({ length: 9 }, (_, index) =>
    legacyEntry(after(index), 'resource', `line ${index}`),
  );
  expect(draw(modelOf({ timeline })).slice(-5)).toEqual([4, 5, 6, 7, 8].map((n) => `03:00:0${n}  line ${n}`));
});
