import { isNews, noticeFor, type NoticeRun } from '../../src/notices/notice.ts';
import { HOUR_MS, MINUTE_MS } from '../../src/time.ts';
import { obstacleText } from '../../src/workflow/recovery/obstacles.ts';

const INCIDENT = Date.UTC(2026, 10, 20, 3);
const RUN: NoticeRun = {
  runId: 'orders-20261120T0300-1',
  mode: 'restore',
  isSimulated: false,
  incidentAt: INCIDENT,
  rtoSeconds: 6 * 3_600,
  commandOptions: [],
};
const notice = (kind: string, message: string, run: Partial<NoticeRun> = {}, afterMs = 12 * MINUTE_MS) =>
  noticeFor({ at: INCIDENT + afterMs, kind, message }, { ...RUN, ...run });

describe('what people are told', () => {
  test.each<[string, string, string, 'routine' | 'alert']>([
    ['phase', 'restore', 'restore has begun (12 min after the incident)', 'routine'],
    [
      'phase',
      'securing: snapshots of 2 damaged source(s) are taken first',
      'securing: snapshots of 2 damaged source(s) are taken first (12 min after the incident)',
      'routine',
    ],
    [
      'phase',
      'halted: 2 resources failed',
      'halted: 2 resources failed (12 min after the incident; 5 h 48 min left of the RTO)\nlifeboat status orders-20261120T0300-1',
      'alert',
    ],
    [
      'phase',
      'completed',
      'completed (12 min after the incident)\nlifeboat report orders-20261120T0300-1',
      'alert',
    ],
    [
      'phase',
      'failed: preflight found 1 problem',
      'failed: preflight found 1 problem (12 min after the incident)\nlifeboat report orders-20261120T0300-1',
      'alert',
    ],
    [
      'phase',
      'aborted: given up by alex',
      'aborted: given up by alex (12 min after the incident)\nlifeboat report orders-20261120T0300-1',
      'alert',
    ],
    [
      'objective',
      'RTO at risk: ends after about 6 h 05 min',
      'RTO at risk: ends after about 6 h 05 min (12 min after the incident)',
      'alert',
    ],
    ['approval', 'approved by alex: go', 'approved by alex: go (12 min after the incident)', 'alert'],
    [
      'signal',
      'paused by alex: lunch',
      'paused by alex: lunch (12 min after the incident; 5 h 48 min left of the RTO)\nlifeboat resume orders-20261120T0300-1',
      'alert',
    ],
    ['signal', 'resumed by alex', 'resumed by alex (12 min after the incident)', 'alert'],
    ['signal', 'aborted by alex', 'aborted by alex (12 min after the incident)', 'alert'],
    [
      'run',
      'takes precedence: of a drill',
      'takes precedence: of a drill (12 min after the incident)',
      'alert',
    ],
    [
      'fault',
      'AWS has not answered for 5 min (X: y); nothing is judged',
      'AWS has not answered for 5 min (X: y); nothing is judged (12 min after the incident)',
      'alert',
    ],
    [
      'fault',
      'AWS answers again after 7 min',
      'AWS answers again after 7 min (12 min after the incident)',
      'alert',
    ],
  ])('%s %s', (kind, message, text, importance) => {
    expect(notice(kind, message)).toMatchObject({ text: `${RUN.runId}: ${text}`, importance });
  });

  test.each([
    ['resource', 'events/vol-1: ready after 3 min'],
    ['resource', 'events/vol-1: failed: no strategy is left'],
    ['fault', 'events/vol-1: InternalError, asking again (attempt 2)'],
    ['phase', 'approval: nothing to ask'],
    ['run', 'going on'],
    ['run', 'nothing more is sent until it is resumed'],
    ['run', 'simulated crash after-send; going on from the journal'],
    ['something of a later version', 'completed'],
  ])('%s %s is no news', (kind, message) => {
    expect(notice(kind, message)).toBeUndefined();
    expect(isNews({ at: INCIDENT, kind, message })).toBe(false);
  });
});

describe('what is waited for', () => {
  const gate = {
    id: 'g',
    before: 'cutover',
    approvals: 0,
    why: 'because',
    window: 'Sat 06:00-07:00',
    file: '/srv/freeze',
  } as const;
  const wait = (...obstacles: Parameters<typeof obstacleText>[0][]) =>
    notice('phase', `cutover: waits for ${obstacles.map(obstacleText).join('; ')}`)?.text.split('\n');
  const approvals = { kind: 'approvals', phase: 'cutover', missing: 1, of: 2, why: 'w' } as const;
  const manual = {
    kind: 'manual',
    phase: 'cutover',
    gate: { ...gate, kind: 'manual', approvals: 1, instructions: 'Call the bank.\nThen hang up.' },
  } as const;
  const window = {
    kind: 'window',
    phase: 'cutover',
    gate: { ...gate, kind: 'window' },
    opensAt: INCIDENT,
  } as const;
  const freeze = {
    kind: 'freeze',
    phase: 'cutover',
    gate: { ...gate, kind: 'freeze' },
    why: 'it exists',
  } as const;
  const APPROVE = 'lifeboat approve orders-20261120T0300-1';

  test('a person is given the command', () => {
    const [what, command, ...more] = wait(approvals) ?? [];
    expect(what).toContain('cutover: waits for 1 of 2 approval(s) before cutover');
    expect(what).toMatch(/ \(12 min after the incident; 5 h 48 min left of the RTO\)$/);
    expect([command, ...more]).toEqual([APPROVE]);
    expect(wait(manual)?.[0]).toContain('a person to confirm before cutover: Call the bank. Then hang up.');
    expect(wait(manual)?.[1]).toBe(APPROVE);
    expect(wait(window, manual)?.[1]).toBe(APPROVE);
  });

  test('nobody can do anything about an hour or a file', () => {
    expect(wait(window)).toHaveLength(1);
    expect(wait(window, freeze)).toHaveLength(1);
    expect(wait(freeze)?.[0]).toContain('/srv/freeze it exists');
  });

  test('the command finds a run that is kept elsewhere', () => {
    const message = `approval: waits for ${obstacleText(approvals)}`;
    expect(notice('phase', message, { commandOptions: ['--state', '/srv/dr'] })?.text).toMatch(
      /\nlifeboat approve orders-20261120T0300-1 --state \/srv\/dr$/,
    );
  });

  test('before cleanup the recovery is over: no RTO runs', () => {
    expect(notice('phase', `cleanup: waits for ${obstacleText(approvals)}`)?.text).not.toContain('RTO');
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
  const made = notice('phase', 'restore', run);
  expect(made?.text).toBe(text);
  expect(text).toMatch(new RegExp(`^${made?.subject.replace(/[[\]]/g, '\\$&')}`));
});

test('past the RTO it says by how much', () => {
  expect(notice('phase', 'halted: x', {}, 7 * HOUR_MS)?.text).toContain(
    '(7 h 00 min after the incident; the RTO has been over for 1 h 00 min)',
  );
});

describe('text from outside', () => {
  test('calls nobody, loads nothing and leads nowhere', () => {
    const message =
      'resumed by @everyone <!channel> ![x](https://evil.example/a.png) [log in](http://evil.example) www.evil.example @ops x@here';
    const { text = '', subject = '' } = notice('signal', message) ?? {};
    for (const said of [text, subject]) {
      expect(said).not.toMatch(/@(everyone|ops|here|channel)/);
      expect(said).not.toMatch(/https?:\/\/|www\.|!\[|\]\(/);
    }
    expect(text).toContain('\uff20everyone');
    expect(text).toContain('https[:]//evil.example/a.png');
  });

  test('is one line that steers nothing', () => {
    const text = notice('signal', 'resumed by a\u001b[2J\u202eb\r\nc\u2028\u0000')?.text;
    expect(text).toBe(
      'orders-20261120T0300-1: resumed by a\ufffd[2J\ufffdb c\ufffd\ufffd (12 min after the incident)',
    );
  });

  test('is cut, and no character in two', () => {
    const long = notice('signal', `resumed by ${'\u{1F6DF}'.repeat(5_000)}`);
    expect(long?.text.length).toBeLessThan(700);
    expect(long?.text.isWellFormed()).toBe(true);
    expect(long?.text).toContain('…');
  });

  test('fits a subject', () => {
    const long = notice('signal', `resumed by Zoë ${'x'.repeat(200)}`);
    expect(long?.subject).toMatch(/^orders-20261120T0300-1: resumed by Zo\? x+\.\.\.$/);
    expect(long?.subject).toHaveLength(99);
  });
});
