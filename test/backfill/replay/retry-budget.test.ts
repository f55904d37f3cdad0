import { RetryBudget } from '../../../src/backfill/replay/retry-budget.ts';

describe('the retry budget', () => {
  test('lets at most its share of all sends be repeats while first sends flow', () => {
    const budget = new RetryBudget(10, 64);
    let nowMs = 0;
    let repeats = 0;
    for (let sends = 0; sends < 10_000; sends += 1, nowMs += 1) {
      budget.began(nowMs, false);
      while (budget.mayRepeat(nowMs, true)) {
        budget.began(nowMs, true);
        repeats += 1;
      }
      expect(repeats).toBeLessThanOrEqual(0.1 * (sends + 1 + repeats) + 1);
    }
    expect(repeats).toBeGreaterThan(1_000);
  });

  test('forgets what is ten seconds ago', () => {
    const budget = new RetryBudget(10, 64);
    for (let sends = 0; sends < 1_000; sends += 1) budget.began(0, false);
    expect(budget.mayRepeat(9_000, true)).toBe(true);
    expect(budget.mayRepeat(11_000, true)).toBe(false);
    expect(budget.mayRepeat(1e9, true)).toBe(false);
  });

  test('without first sends repeats trickle, and go faster as they succeed', () => {
    const budget = new RetryBudget(10, 64);
    const spend = (nowMs: number): number => {
      let spent = 0;
      for (; budget.mayRepeat(nowMs, false); spent += 1) budget.began(nowMs, true);
      return spent;
    };
    expect(spend(0)).toBe(10);
    expect(spend(500)).toBe(0);
    expect(spend(3_000)).toBe(3);
    for (let success = 0; success < 3; success += 1) budget.succeeded();
    expect(spend(3_000)).toBe(6);
    for (let success = 0; success < 1_000; success += 1) budget.succeeded();
    expect(spend(3_000)).toBe(64);
  });
});
