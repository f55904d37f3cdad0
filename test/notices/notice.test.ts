import { isNews, noticeFor, type NoticeRun } from '../../src/notices/notice.ts';
import { HOUR_MS, MINUTE_MS } from '../../src/time.ts';
import type { Obstacle } from '../../src/workflow/recovery/obstacles.ts';
import type { Phase } from '../../src/workflow/recovery/phase.ts';
import { entryAt, type TimelineEvent } from '../../src/workflow/timeline/timeline.ts';

const INCIDENT = Date.UTC(2026, 10, 20, 3);
const RUN: NoticeRun = {
  runId: 'orders-20261120T0300-1',
  mode: 'restore',
  isSimulated: false,
  incidentAt: INCIDENT,
  rtoSeconds: 6 * 3_600,
  commandOptions: [],
};
const at = INCIDENT + 12 * MINUTE_MS;
const noticeOf = (event: TimelineEvent, run: Partial<NoticeRun> = {}, when = at) =>
  noticeFor(entryAt(when, 'run', event), { ...RUN, ...run });
const resumed = (by: string): TimelineEvent => ({ code: 'signal.resumed', data: { by } });
const BY = { by: 'alex' };
const LATER = '(12 min after the incident)';
const LEFT = '(12 min after the incident; 5 h 48 min left of the RTO)';
const command = (name: string): string => `\nlifeboat ${name} ${RUN.runId}`;

describe('notices', () => {
  test.each<[TimelineEvent, string, 'routine' | 'alert']>([
    [{ code: 'phase.begun', data: { phase: 'restore' } }, `restore has begun ${LATER}`, 'routine'],
    [
      { code: 'phase.begun', data: { phase: 'verify', arrived: 1, total: 4 } },
      `verify: 1 of 4 resources warmed up so far ${LATER}`,
      'routine',
    ],
    [
      { code: 'phase.securing', data: { sources: 2 } },
      `securing: taking snapshots of 2 damaged sources first ${LATER}`,
      'routine',
    ],
    [
      { code: 'phase.halted', data: {} },
      `halted: an operator must decide ${LEFT}${command('status')}`,
      'alert',
    ],
    [{ code: 'phase.completed', data: {} }, `completed ${LATER}${command('report')}`, 'alert'],
    [
      { code: 'phase.failed', data: { problem: { code: 'stated', data: { message: 'no backup' } } } },
      `failed: no backup ${LATER}${command('report')}`,
      'alert',
    ],
    [
      { code: 'phase.aborted', data: { problem: { code: 'aborted', data: BY } } },
      `aborted: aborted by alex ${LATER}${command('report')}`,
      'alert',
    ],
    [
      {
        code: 'objective.rto',
        data: { state: 'at-risk', objectiveSeconds: 60, elapsedSeconds: 0, forecastSeconds: 30 },
      },
      `RTO at risk: forecast 30 s, but the p90 exceeds 1 min ${LATER}`,
      'alert',
    ],
    [{ code: 'approval.approved', data: { ...BY, reason: 'go' } }, `approved by alex: go ${LATER}`, 'alert'],
    [{ code: 'signal.paused', data: BY }, `paused by alex ${LEFT}${command('resume')}`, 'alert'],
    [resumed('alex'), `resumed by alex ${LATER}`, 'alert'],
    [{ code: 'signal.aborted', data: BY }, `aborted by alex ${LATER}`, 'alert'],
    [{ code: 'run.kept', data: { ids: ['vol-9'] } }, `kept untracked resources: vol-9 ${LATER}`, 'alert'],
    [
      { code: 'fault.silence', data: { seconds: 300, awsCode: 'X', awsMessage: 'y' } },
      `AWS has not answered for 5 min (X: y); nothing is judged or discarded until it does ${LATER}`,
      'alert',
    ],
    [{ code: 'fault.contact', data: { seconds: 420 } }, `AWS answers again after 7 min ${LATER}`, 'alert'],
  ])('$code', (event, text, importance) => {
    expect(noticeOf(event)).toMatchObject({ text: `${RUN.runId}: ${text}`, importance });
  });

  test.each<TimelineEvent>([
    { code: 'resource.ready', data: { seconds: 180 } },
    { code: 'resource.failed', data: { notTried: [] } },
    {
      code: 'fault.retry',
      data: { request: 'createVolume', class: 'transient', awsCode: 'X', awsMessage: 'y', attempt: 2 },
    },
    { code: 'phase.begun', data: { phase: 'approval' } },
    { code: 'run.resumed', data: {} },
    { code: 'run.paused', data: {} },
    { code: 'run.restarted', data: { place: 'after-send' } },
  ])('$code is no news', (event) => {
    expect(noticeOf(event)).toBeUndefined();
    expect(isNews(entryAt(INCIDENT, 'run', event))).toBe(false);
  });

  test.each(['phase.of-a-later-version', 'phase.legacy', 'toString'])('%s is no news', (code) => {
    const entry = { at, subject: 'run', code, data: { message: 'completed' } };
    expect([noticeFor(entry, RUN), isNews(entry)]).toEqual([undefined, false]);
  });
});

describe('what is waited for', () => {
  const wait = (phase: Phase, waits: readonly Obstacle[], run: Partial<NoticeRun> = {}) =>
    noticeOf({ code: 'phase.waiting', data: { phase, waits } }, run)?.text.split('\n');
  const approvals: Obstacle = { kind: 'approvals', phase: 'cutover', given: 1, of: 2 };
  const instructions = 'Call the bank.\nThen hang up.';
  const manual: Obstacle = { kind: 'manual', phase: 'cutover', gate: 'g', instructions };
  const window: Obstacle = {
    kind: 'window',
    phase: 'cutover',
    gate: 'g',
    window: 'Sat 06:00-07:00',
    opensAt: INCIDENT,
  };
  const freeze: Obstacle = { kind: 'freeze', phase: 'cutover', gate: 'g', file: '/srv/freeze' };
  const APPROVE = 'lifeboat approve orders-20261120T0300-1';

  test('a person is given the command', () => {
    const [what, ...commands] = wait('cutover', [approvals]) ?? [];
    expect(what).toContain(`cutover: 1 of 2 approvals given before cutover ${LEFT}`);
    expect(commands).toEqual([APPROVE]);
    expect(wait('cutover', [manual])?.[0]).toContain('before cutover: Call the bank. Then hang up.');
    expect(wait('cutover', [manual])?.[1]).toBe(APPROVE);
    expect(wait('cutover', [window, manual])?.[1]).toBe(APPROVE);
  });

  test('no command opens a window or ends a freeze', () => {
    expect(wait('cutover', [window])).toHaveLength(1);
    expect(wait('cutover', [window, freeze])).toHaveLength(1);
    expect(wait('cutover', [freeze])?.[0]).toContain('/srv/freeze exists');
  });

  test('the command finds a run that is kept elsewhere', () => {
    expect(wait('approval', [approvals], { commandOptions: ['--state', '/srv/dr'] })?.[1]).toBe(
      `${APPROVE} --state /srv/dr`,
    );
  });

  test('before cleanup the recovery is over: no RTO runs', () => {
    expect(wait('cleanup', [approvals])?.[0]).not.toContain('RTO');
  });
});

test.each<[Partial<NoticeRun>, string]>([
  [{}, 'orders-20261120T0300-1: restore has begun (12 min after the incident)'],
  [{ mode: 'drill' }, '[drill] orders-20261120T0300-1: restore has begun (12 min after the start)'],
  [
    { isSimulated: true },
    '[simulated] orders-20261120T0300-1: restore has begun (12 min after the incident)',
  ],
  [
    { mode: 'drill', isSimulated: true },
    '[drill] [simulated] orders-20261120T0300-1: restore has begun (12 min after the start)',
  ],
])('a rehearsal is marked as such at the very beginning: %j', (run, text) => {
  const made = noticeOf({ code: 'phase.begun', data: { phase: 'restore' } }, run);
  expect(made?.text).toBe(text);
  expect(text).toMatch(new RegExp(`^${made?.subject.replace(/[[\]]/g, '\\$&')}`));
});

test('past the RTO it says by how much', () => {
  expect(noticeOf({ code: 'phase.halted', data: {} }, {}, INCIDENT + 7 * HOUR_MS)?.text).toContain(
    '(7 h 00 min after the incident; the RTO was exceeded 1 h 00 min ago)',
  );
});

describe('text from outside', () => {
  test('mentions no one, loads nothing and has no links', () => {
    const by =
      '@everyone <!channel> ![x](https://evil.example/a.png) [log in](http://evil.example) www.evil.example @ops x@here';
    const { text = '', subject = '' } = noticeOf(resumed(by)) ?? {};
    for (const said of [text, subject]) {
      expect(said).not.toMatch(/@(everyone|ops|here|channel)/);
      expect(said).not.toMatch(/https?:\/\/|www\.|!\[|\]\(/);
    }
    expect(text).toContain('\uff20everyone');
    expect(text).toContain('https[:]//evil.example/a.png');
  });

  test('is one line without control characters', () => {
    const text = noticeOf(resumed('a\u001b[2J\u202eb\r\nc\u2028\u0000'))?.text;
    expect(text).toBe(
      'orders-20261120T0300-1: resumed by a\ufffd[2J\ufffdb c\ufffd\ufffd (12 min after the incident)',
    );
  });

  test('is cut, and no character in two', () => {
    const long = noticeOf(resumed('\u{1F6DF}'.repeat(5_000)));
    expect(long?.text.length).toBeLessThan(700);
    expect(long?.text.isWellFormed()).toBe(true);
    expect(long?.text).toContain('…');
  });

  test('fits a subject', () => {
    const long = noticeOf(resumed(`Zoë ${'x'.repeat(200)}`));
    expect(long?.subject).toMatch(/^orders-20261120T0300-1: resumed by Zo\? x+\.\.\.$/);
    expect(long?.subject).toHaveLength(99);
  });
});
