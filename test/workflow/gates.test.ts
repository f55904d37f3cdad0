import { runbookSchema, type Runbook } from '../../src/runbook/schema.ts';
import type { Plan } from '../../src/plan/types.ts';
import { gatesOf } from '../../src/workflow/recovery/gates.ts';
import { mayEnter, nextOpening, obstacles } from '../../src/workflow/recovery/obstacles.ts';
import { openQuestions, questionKey } from '../../src/workflow/recovery/questions.ts';
import type { Approval, Gate } from '../../src/workflow/recovery/recovery-context.ts';
import { approvalGate } from './support.ts';

function runbookWith(change: object): Runbook {
  return runbookSchema.parse({
    apiVersion: 'lifeboat/v1',
    kind: 'Runbook',
    name: 'orders',
    objectives: { rto: '4h', rpo: '2h' },
    region: 'us-east-1',
    resources: [{ id: 'events', type: 'ebs-volume', source: 'vol-1' }],
    ...change,
  });
}

function gates(
  change: object,
  {
    isIncident = false,
    mode = 'restore',
    costUsd = 100,
    unapprovedStart = undefined as string | undefined,
  } = {},
): ReturnType<typeof gatesOf> {
  const plan = { mode, costUsd } as Plan;
  const absolute = (path: string): string => `/ops/${path}`;
  return gatesOf(runbookWith(change), plan, { isIncident, absolute, unapprovedStart });
}

const ALL = {
  gates: [
    { before: 'cutover', approvals: 2, window: 'Mon-Fri 06:00-10:00 UTC', freezeFile: 'freeze' },
    { before: 'restore', approvals: 1, unless: 'incident' },
  ],
  limits: { costUsd: 50, unless: 'incident' },
  manual: [
    { instructions: 'stop the batch jobs', before: 'restore' },
    { name: 'dns', instructions: 'lower the TTL', before: 'cutover' },
  ],
};

describe('the gates of a runbook', () => {
  test('are one for each condition, with the freeze file where it is wherever the run is resumed', () => {
    const { gates: found, waivers } = gates(ALL);
    expect(
      found.map(({ id, kind, approvals, file, window }) => [id, kind, approvals, file ?? window]),
    ).toEqual([
      ['restore/cost', 'cost', 1, undefined],
      ['cutover/approvals/1', 'approvals', 2, undefined],
      ['cutover/window/1', 'window', 0, 'Mon-Fri 06:00-10:00 UTC'],
      ['cutover/freeze/1', 'freeze', 0, '/ops/freeze'],
      ['restore/approvals/2', 'approvals', 1, undefined],
      ['restore/manual/1', 'manual', 1, undefined],
      ['cutover/manual/dns', 'manual', 1, undefined],
    ]);
    expect(waivers).toEqual([]);
  });

  test('are waived for a declared incident only where the runbook says so, and the waiver is kept', () => {
    const { gates: found, waivers } = gates(ALL, { isIncident: true });
    expect(found.map(({ id }) => id)).toEqual([
      'cutover/approvals/1',
      'cutover/window/1',
      'cutover/freeze/1',
      'restore/manual/1',
      'cutover/manual/dns',
    ]);
    expect(waivers.map(({ gate, why }) => [gate.id, why])).toEqual([
      ['restore/cost', expect.stringContaining('incident was declared')],
      ['restore/approvals/2', expect.stringContaining('incident was declared')],
    ]);
  });

  test('of a drill are the cost alone, and no cost below the limit is a gate', () => {
    expect(gates(ALL, { mode: 'drill' }).gates.map(({ id }) => id)).toEqual(['restore/cost']);
    expect(gates(ALL, { mode: 'drill', costUsd: 50 }).gates).toEqual([]);
  });

  test('may be a single manual step', () => {
    const { gates: found } = gates({ manual: { instructions: 'call the bank', before: 'cutover' } });
    expect(found).toEqual([
      expect.objectContaining({ id: 'cutover/manual/1', instructions: 'call the bank', before: 'cutover' }),
    ]);
  });
});

describe('what keeps a phase closed', () => {
  const MONDAY_8 = Date.parse('2026-11-23T08:00:00Z');
  const SATURDAY = Date.parse('2026-11-21T08:00:00Z');
  const window: Gate = {
    id: 'restore/window/1',
    before: 'restore',
    kind: 'window',
    approvals: 0,
    window: 'Mon-Fri 06:00-10:00 UTC',
    why: '',
  };
  const freeze: Gate = { id: 'f', before: 'restore', kind: 'freeze', approvals: 0, file: '/freeze', why: '' };
  const manual: Gate = {
    id: 'm',
    before: 'restore',
    kind: 'manual',
    approvals: 1,
    instructions: 'do it',
    why: '',
  };
  const by = (name: string, step?: string): Approval => ({
    gate: 'restore',
    by: name,
    at: 0,
    ...(step !== undefined && { step }),
  });
  const gated = (
    all: readonly Gate[],
    rest: {
      approvals?: readonly Approval[];
      frozen?: readonly { file: string }[];
      outcome?: 'aborted';
    } = {},
  ) => ({ gates: all, approvals: [], frozen: [], outcome: 'completed' as const, ...rest });

  test.each<[string, Parameters<typeof gated>, number, boolean]>([
    ['nothing', [[]], SATURDAY, true],
    ['a closed window', [[window]], SATURDAY, false],
    ['an open window', [[window]], MONDAY_8, true],
    ['a freeze file', [[freeze], { frozen: [{ file: '/freeze' }] }], MONDAY_8, false],
    ['another freeze file', [[freeze], { frozen: [{ file: '/other' }] }], MONDAY_8, true],
    ['one person of two', [[approvalGate('restore', 2)], { approvals: [by('ann')] }], MONDAY_8, false],
    [
      'one person twice',
      [[approvalGate('restore', 2)], { approvals: [by('ann'), by('ann')] }],
      MONDAY_8,
      false,
    ],
    ['two people', [[approvalGate('restore', 2)], { approvals: [by('ann'), by('bob')] }], MONDAY_8, true],
    ['a manual step', [[manual]], MONDAY_8, false],
    ['an approval is no confirmation', [[manual], { approvals: [by('ann')] }], MONDAY_8, false],
    ['a confirmation', [[manual], { approvals: [by('ann', 'm')] }], MONDAY_8, true],
    [
      'a confirmation is no approval',
      [[manual, approvalGate('restore', 1)], { approvals: [by('ann', 'm')] }],
      MONDAY_8,
      false,
    ],
    ['an abort waits for nothing', [[window, manual], { outcome: 'aborted' }], SATURDAY, true],
    ['gates of another phase', [[approvalGate('cutover', 1)]], SATURDAY, true],
  ])('%s', (_, [all, rest], at, isOpen) => {
    expect(mayEnter(gated(all, rest), 'restore', at)).toBe(isOpen);
  });

  test('is told with what to do about it', () => {
    const context = gated([approvalGate('restore', 2), manual, window, freeze], {
      approvals: [by('ann')],
      frozen: [{ file: '/freeze' }],
    });
    const opening = Date.parse('2026-11-23T06:00:00Z');
    expect(obstacles(context, 'restore', SATURDAY)).toEqual([
      { kind: 'approvals', phase: 'restore', given: 1, of: 2 },
      { kind: 'manual', phase: 'restore', gate: 'm', instructions: 'do it' },
      {
        kind: 'window',
        phase: 'restore',
        gate: window.id,
        window: 'Mon-Fri 06:00-10:00 UTC',
        opensAt: opening,
      },
      { kind: 'freeze', phase: 'restore', gate: freeze.id, file: '/freeze' },
    ]);
    expect(nextOpening(context, 'restore', SATURDAY)).toBe(opening);
  });

  test('an approval counts for people first, then for one manual step after the other, phase by phase', () => {
    const all = [manual, { ...manual, id: 'm2' }, approvalGate('restore', 1), approvalGate('cutover', 1)];
    const approvals: Approval[] = [];
    const seen: string[] = [];
    for (
      let [open] = openQuestions(gated(all));
      open !== undefined;
      [open] = openQuestions(gated(all, { approvals }))
    ) {
      seen.push(questionKey(open));
      approvals.push({ ...by('ann', open.kind === 'manual' ? open.gate : undefined), gate: open.phase });
    }
    expect(seen).toEqual(['restore', 'm', 'm2', 'cutover']);
  });
});

test.each(['restore', 'drill'])(
  'a %s that an alarm started asks one approval of its own, which no declared incident waives, and says what started it',
  (mode) => {
    const { gates: own, waivers } = gates(
      { gates: [{ before: 'restore', approvals: 2, unless: 'incident' }] },
      { mode, isIncident: true, unapprovedStart: 'the alarm orders-down' },
    );
    const context = { gates: own, approvals: [], frozen: [], outcome: 'completed' as const };
    expect(waivers).toHaveLength(mode === 'drill' ? 0 : 1);
    expect(mayEnter(context, 'restore', 0)).toBe(false);
    expect(obstacles(context, 'restore', 0)).toMatchObject([
      { given: 0, of: 1, why: 'it was started by the alarm orders-down, and no person has agreed yet' },
    ]);
  },
);
