import {
  askedNow,
  chooseQuestion,
  openQuestions,
  questionKey,
} from '../../src/workflow/recovery/questions.ts';
import type { Approval, Gate, GatedPhase } from '../../src/workflow/recovery/recovery-context.ts';
import { Run } from './recovery-run.ts';
import { approvalGate } from './support.ts';
import { refusalText } from '../../src/sentences/questions.ts';

const step = (before: GatedPhase, name: string): Gate => ({
  id: `${before}/manual/${name}`,
  before,
  kind: 'manual',
  approvals: 1,
  instructions: `do ${name}`,
  why: '',
});

interface Standing {
  readonly gates: readonly Gate[];
  readonly asks: GatedPhase | null;
  readonly approvals: readonly Approval[];
  readonly frozen: readonly [];
  readonly outcome: 'completed';
}

/** The approvals of several people, given while no driver hears them: what each one was taken for. */
function approvals(
  gates: readonly Gate[],
  asks: GatedPhase | null,
  people: readonly string[],
): readonly string[] {
  const now: Standing = { gates, asks, approvals: [], frozen: [], outcome: 'completed' };
  let next = now;
  return people.map((by) => {
    const { question, refusal } = chooseQuestion(now, next, { by });
    if (question === undefined) return `refused: ${refusal.code}`;
    const confirmed = question.kind === 'manual' ? { step: question.gate } : {};
    next = { ...next, approvals: [...next.approvals, { gate: question.phase, by, at: 0, ...confirmed }] };
    return questionKey(question);
  });
}

test.each<[string, readonly Gate[], GatedPhase | null, readonly string[], readonly string[]]>([
  [
    'of three plain ones where two steps are asked, the third counts for nothing',
    [step('restore', 'jobs'), step('restore', 'bank'), step('cutover', 'dns')],
    'restore',
    ['ann', 'ann', 'ann'],
    ['restore/manual/jobs', 'restore/manual/bank', 'refused: all-answered'],
  ],
  [
    'of three plain ones where one step is asked and another later, the second and third count for nothing',
    [step('restore', 'jobs'), step('cutover', 'dns')],
    'restore',
    ['ann', 'bob', 'kim'],
    ['restore/manual/jobs', expect.stringContaining('refused'), expect.stringContaining('refused')],
  ],
  [
    'the third of three who approve a gate of two does not confirm the step beside it',
    [approvalGate('restore', 2), step('restore', 'jobs')],
    'restore',
    ['ann', 'bob', 'kim'],
    ['restore', 'restore', 'refused: complete'],
  ],
  [
    'one of the approvers may go on to the step beside the gate',
    [approvalGate('restore', 1), step('restore', 'jobs')],
    'restore',
    ['ann', 'ann', 'ann'],
    ['restore', 'restore/manual/jobs', 'refused: all-answered'],
  ],
  [
    'one person twice is refused',
    [approvalGate('restore', 2)],
    'restore',
    ['ann', 'ann'],
    ['restore', 'refused: has-approved'],
  ],
  [
    'while nothing is asked none counts, whatever is asked later',
    [approvalGate('cleanup', 1)],
    null,
    ['ann'],
    ['refused: nothing-asked'],
  ],
])('plain approvals: %s', (_, gates, asks, people, taken) => {
  expect(approvals(gates, asks, people)).toEqual(taken);
});

describe('a named approval', () => {
  const gates = [
    approvalGate('restore', 1),
    step('restore', 'jobs'),
    step('cutover', '2'),
    approvalGate('cleanup', 1),
  ];
  const now: Standing = { gates, asks: 'restore', approvals: [], frozen: [], outcome: 'completed' };
  const meant = (said: object, next: Standing = now): string => {
    const { question, refusal } = chooseQuestion(now, next, { by: 'ann', ...said });
    return question === undefined ? `refused: ${refusalText(refusal)}` : questionKey(question);
  };

  test.each([
    [{ step: 'jobs' }, 'restore/manual/jobs'],
    [{ step: 'restore/manual/jobs' }, 'restore/manual/jobs'],
    [{ step: '2' }, 'cutover/manual/2'],
    [{ gate: 'restore' }, 'restore'],
    [{ gate: gates[0]?.id }, 'restore'],
    [{ gate: 'cleanup' }, 'cleanup'],
  ])('%j counts for that, also before it is asked', (said, key) => {
    expect(meant(said)).toBe(key);
  });

  test.each([
    { step: 'job' },
    { step: 'restore' },
    { gate: 'jobs' },
    { gate: 'cutover' },
    { gate: 'warmup' },
  ])('%j is refused with what is asked now', (said) => {
    const [[option, name] = []] = Object.entries(said);
    expect(meant(said)).toBe(
      `refused: the run has no ${option ?? ''} '${name ?? ''}' to approve; asked now: --gate restore (0 of 1 approvals given before restore); ` +
        '--step jobs (manual step before restore: do jobs); asked later: --step 2 (manual step before cutover: do 2); ' +
        '--gate cleanup (0 of 1 approvals given before cleanup)',
    );
  });

  test('of what is answered already is refused', () => {
    const next = {
      ...now,
      approvals: [{ gate: 'restore', step: 'restore/manual/jobs', by: 'bob', at: 0 }],
    } as const;
    expect(meant({ step: 'jobs' }, next)).toContain('refused: --step jobs has already been approved');
  });
});

test('a run asks only what stands before the phase that it has reached', () => {
  const run = new Run({
    gates: [approvalGate('restore', 1), step('cutover', 'dns'), approvalGate('cleanup', 1)],
  });
  const asked = (): readonly string[] => askedNow(run.context).map(questionKey);
  expect(asked()).toEqual([]);
  run.preflight();
  expect(asked()).toEqual(['restore']);
  run.say('approve');
  run.fleet({ restored: 2 });
  expect([run.phase, asked()]).toEqual(['warmup', []]);
  // Given in warm-up, it counts for no later gate; and nothing is there to be refused.
  expect([run.say('approve'), run.say('reject'), openQuestions(run.context).length]).toEqual([
    false,
    false,
    2,
  ]);
  run.ready();
  expect([run.phase, asked()]).toEqual(['cutover', ['cutover/manual/dns']]);
  run.say('approve');
  expect([run.phase, asked()]).toEqual(['cleanup', ['cleanup']]);
});

describe('what only a named approval answers', () => {
  const finding = { subject: 'volume vol-a: iops', message: 'is 3000, not 6000' };
  const standing = {
    gates: [step('cutover', 'dns')],
    asks: null,
    approvals: [],
    frozen: [],
    outcome: 'completed',
    halts: [{ resource: 'events/vol-a', number: 2, differences: [finding] }],
    clock: { aheadMs: 0, jumps: [{ number: 1, at: 0, ms: 86_400_000, isAway: false, isCounted: false }] },
  } as const;
  const said = (name?: string, context: Parameters<typeof chooseQuestion>[1] = standing): string => {
    const { question, refusal } = chooseQuestion(standing, context, {
      by: 'ann',
      ...(name !== undefined && { step: name }),
    });
    return question === undefined ? refusalText(refusal) : questionKey(question);
  };

  test.each([
    ['events/vol-a', 'difference/events/vol-a/2'],
    ['difference/events/vol-a/2', 'difference/events/vol-a/2'],
    ['clock/1', 'clock/1'],
    ['dns', 'cutover/manual/dns'],
  ])('--step %s is %s', (name, key) => {
    expect(said(name)).toBe(key);
  });

  test('a plain one is refused, and told what could be named', () => {
    expect(said()).toBe(
      'the run does not wait for an approval; asked now: --step events/vol-a (accept that volume vol-a: iops is 3000, not 6000); ' +
        '--step clock/1 (count the 24 h 00 min by which the clock jumped); asked later: --step dns (manual step before cutover: do dns)',
    );
  });

  test.each(['difference/events/vol-a/1', 'difference/events/vol-a/3', 'clock/2', 'events/vol-b'])(
    '%s is not asked',
    (name) => {
      expect(said(name)).toMatch(/^the run has no step/);
    },
  );

  test('an answered question is not asked again', () => {
    const approved = ['difference/events/vol-a/2', 'clock/1'].map((answered) => ({
      ...{ gate: 'cutover' as const, step: answered, by: 'ann', at: 0 },
    }));
    expect(openQuestions({ ...standing, approvals: approved }).map(questionKey)).toEqual([
      'cutover/manual/dns',
    ]);
    expect(said('events/vol-a', { ...standing, approvals: approved })).toMatch(/^the run has no step/);
  });
});
