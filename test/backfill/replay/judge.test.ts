import { judge } from '../../../src/backfill/replay/judge.ts';
import type { Attempt } from '../../../src/backfill/base/replay-ports.ts';

describe('the judge', () => {
  const policy = { attempts: 3, ambiguous: 'resend' } as const;
  const answered = (status: number): Attempt => ({ kind: 'answered', status, answer: 'text' });

  test.each([
    [200, 'succeeded'],
    [204, 'succeeded'],
    [303, 'succeeded'],
    [304, 'succeeded'],
    [300, 'rejected'],
    [301, 'rejected'],
    [302, 'rejected'],
    [307, 'rejected'],
    [308, 'rejected'],
    [400, 'rejected'],
    [401, 'rejected'],
    [404, 'rejected'],
    [409, 'rejected'],
    [422, 'rejected'],
    [408, 'again'],
    [425, 'again'],
    [429, 'again'],
    [500, 'again'],
    [501, 'again'],
    [503, 'again'],
    [599, 'again'],
    [999, 'again'],
  ])('%i: %s', (status, expected) => {
    const judgement = judge(answered(status), { attempts: 1, maybeArrived: false }, policy);
    expect(judgement.kind === 'final' ? judgement.fate.kind : judgement.kind).toBe(expected);
  });

  test.each([
    ['known, the last of them known', answered(503), false, 'abandoned'],
    ['an earlier one unknown', answered(503), true, 'ambiguous'],
    ['the last one unknown', { kind: 'unknown', why: 'reset' } as const, false, 'ambiguous'],
    ['never sent', { kind: 'unsent', why: 'refused' } as const, false, 'abandoned'],
  ])('after the last attempt, %s', (_, attempt, maybeArrived, fate) => {
    expect(judge(attempt, { attempts: 3, maybeArrived }, policy)).toMatchObject({
      kind: 'final',
      fate: { kind: fate },
    });
    expect(judge(attempt, { attempts: 2, maybeArrived }, policy)).toMatchObject({ kind: 'again' });
  });

  test('by policy an unknown outcome is reported at once', () => {
    const judgement = judge(
      { kind: 'unknown', why: 'reset' },
      { attempts: 1, maybeArrived: false },
      { attempts: 3, ambiguous: 'report' },
    );
    expect(judgement).toEqual({ kind: 'final', fate: { kind: 'ambiguous', why: 'reset' } });
  });
});
