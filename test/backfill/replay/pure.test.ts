import { BackOff, LONGEST_RETRY_AFTER_SECONDS, pauseSeconds } from '../../../src/backfill/replay/back-off.ts';
import { Breaker } from '../../../src/backfill/replay/breaker.ts';
import { Fifo } from '../../../src/backfill/replay/fifo.ts';
import { judge } from '../../../src/backfill/replay/judge.ts';
import { KeyOrder } from '../../../src/backfill/replay/key-order.ts';
import { Lookahead } from '../../../src/backfill/replay/lookahead.ts';
import type { Attempt } from '../../../src/backfill/replay/ports.ts';
import { RetryBudget } from '../../../src/backfill/replay/retry-budget.ts';
import { WorkItem } from '../../../src/backfill/replay/work-item.ts';
import { fc } from '../../property.ts';
import { request } from './parts.ts';

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

describe('the pause before another attempt', () => {
  const key = { source: 1, position: 7 };

  test('is anything up to the double of the one before, capped, and the same for the same attempt', () => {
    fc.assert(
      fc.property(
        fc.record({ source: fc.nat(), position: fc.oneof(fc.nat(), fc.string()) }),
        fc.integer({ min: 1, max: 100_000 }),
        fc.double({ min: 0.001, max: 10, noNaN: true }),
        fc.double({ min: 10, max: 1_000, noNaN: true }),
        (of, attempt, first, longest) => {
          const pause = pauseSeconds(of, attempt, { first, longest });
          expect(pause).toBeGreaterThanOrEqual(0);
          expect(pause).toBeLessThanOrEqual(Math.min(longest, first * 2 ** Math.min(attempt - 1, 30)));
          expect(pauseSeconds(of, attempt, { first, longest })).toBe(pause);
        },
      ),
    );
  });

  test('spreads over all of it', () => {
    const pauses = Array.from({ length: 1_000 }, (_, position) =>
      pauseSeconds({ source: 1, position }, 4, { first: 1, longest: 60 }),
    );
    const mean = pauses.reduce((sum, pause) => sum + pause, 0) / 1_000;
    expect(mean).toBeGreaterThan(3.7);
    expect(mean).toBeLessThan(4.3);
    expect(Math.max(...pauses)).toBeGreaterThan(7.9);
  });

  test('is never less than what the server asks for, nor much more, nor for ever', () => {
    const pause = pauseSeconds(key, 1, { first: 0.5, longest: 60 }, 120);
    expect(pause).toBeGreaterThanOrEqual(120);
    expect(pause).toBeLessThanOrEqual(120.5);
    expect(pauseSeconds(key, 1, { first: 0.5, longest: 60 }, 1e9)).toBeLessThan(
      LONGEST_RETRY_AFTER_SECONDS + 1,
    );
  });
});

test('the back-off gives the earliest first, without its body', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1_000), { maxLength: 200 }), (dues) => {
      const backOff = new BackOff();
      for (const [ordinal, due] of dues.entries())
        backOff.add(new WorkItem(request(ordinal)), 0, due / 1_000);
      const taken: number[] = [];
      while (backOff.size > 0) {
        expect(backOff.nextDueMs).toBe(
          Math.min(...dues.filter((due) => !taken.includes(due)), backOff.nextDueMs ?? 0),
        );
        const item = backOff.take();
        expect(item?.request).toBeUndefined();
        expect(item?.ticket).not.toHaveProperty('body');
        taken.push(item?.dueMs ?? -1);
      }
      expect(taken).toEqual([...dues].sort((a, b) => a - b));
      expect(backOff.take()).toBeUndefined();
    }),
  );
});

test('first in, first out, whatever the order of pushes and shifts', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 500 }), (pushes) => {
      const fifo = new Fifo<number>();
      const model: number[] = [];
      for (const [index, isPush] of pushes.entries()) {
        if (isPush) {
          fifo.push(index);
          model.push(index);
        } else expect(fifo.shift()).toBe(model.shift());
        expect(fifo.length).toBe(model.length);
      }
      while (model.length > 0) expect(fifo.shift()).toBe(model.shift());
    }),
  );
});

describe('order by key', () => {
  const item = (ordinal: number, orderKey?: string): WorkItem =>
    new WorkItem(request(ordinal, orderKey === undefined ? {} : { orderKey }));

  test('one of a key is on its way; the next follows it; others are not held up', () => {
    const order = new KeyOrder();
    const [a1, a2, a3, b1] = [item(1, 'a'), item(2, 'a'), item(3, 'a'), item(4, 'b')];
    expect([a1, a2, a3, b1].map((one) => order.admit(one))).toEqual([true, false, false, true]);
    expect(order.parked).toBe(2);
    expect(a2.request).toBeUndefined();
    expect(order.release(a1)).toBe(a2);
    expect(order.release(b1)).toBeUndefined();
    expect(order.admit(item(5, 'b'))).toBe(true);
    expect(order.release(a2)).toBe(a3);
    expect(order.release(a3)).toBeUndefined();
    expect(order.parked).toBe(0);
    expect(order.admit(item(6, 'a'))).toBe(true);
  });

  test('without a key nothing waits', () => {
    const order = new KeyOrder();
    expect(order.admit(item(1))).toBe(true);
    expect(order.admit(item(2))).toBe(true);
  });
});

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

describe('the breaker', () => {
  const down = (breaker: Breaker, nowMs: number): void => {
    for (let bad = 0; bad < 20; bad += 1) breaker.bad(nowMs, 1, 'answers 503');
  };

  test('opens when nothing succeeds any more, probes with growing pauses, closes with the first success', () => {
    const breaker = new Breaker({ first: 1, longest: 60 });
    for (let bad = 0; bad < 19; bad += 1) breaker.bad(0, 1, 'answers 503');
    breaker.good();
    for (let bad = 0; bad < 19; bad += 1) breaker.bad(0, 1, 'answers 503');
    expect(breaker.permits(0, 5)).toBe(Infinity);
    breaker.bad(0, 1, 'answers 503');
    expect(breaker.downBecause).toBe('answers 503');

    const pauses: number[] = [];
    let nowMs = 0;
    for (let probe = 0; probe < 12; probe += 1) {
      const dueMs = breaker.probeAtMs ?? NaN;
      expect(breaker.permits(dueMs - 1, 0)).toBe(0);
      expect(breaker.permits(dueMs, 1)).toBe(0);
      expect(breaker.permits(dueMs, 0)).toBe(1);
      pauses.push(dueMs - nowMs);
      nowMs = dueMs;
      breaker.bad(nowMs, 0, 'answers 503');
    }
    expect(pauses[0]).toBeGreaterThanOrEqual(500);
    expect(pauses[0]).toBeLessThanOrEqual(1_000);
    expect(pauses[2]).toBeGreaterThan(pauses[0] ?? 0);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(15_000);
    expect(pauses.at(-1)).toBeGreaterThanOrEqual(7_500);

    breaker.good();
    expect(breaker.permits(nowMs, 5)).toBe(Infinity);
    expect(breaker.downBecause).toBeUndefined();
  });

  test('gives a target the time that it asks for', () => {
    const breaker = new Breaker({ first: 1, longest: 60 });
    for (let bad = 0; bad < 20; bad += 1) breaker.bad(0, 1, 'answers 503', 90);
    expect(breaker.probeAtMs).toBe(90_000);
  });

  test('failures that were under way when it opened are no probes', () => {
    const breaker = new Breaker({ first: 1, longest: 60 });
    down(breaker, 0);
    for (let late = 5; late > 0; late -= 1) breaker.bad(10, late, 'answers 503');
    expect(breaker.probeAtMs).toBeLessThanOrEqual(1_010);
  });
});

test('the look-ahead is what is sent while an intent gets to the disk, and never more than allowed', () => {
  const lookahead = new Lookahead();
  expect(lookahead.wanted(0, 64)).toBe(1);
  expect(lookahead.wanted(10, 64)).toBe(10);
  expect(lookahead.wanted(Infinity, 64)).toBe(64);
  for (let ms = 0; ms < 3_000; ms += 1) {
    lookahead.sent(ms, 2);
    lookahead.tookMs(5);
  }
  expect(lookahead.wanted(0, 64)).toBeGreaterThanOrEqual(20);
  expect(lookahead.wanted(0, 64)).toBeLessThanOrEqual(23);
  expect(lookahead.wanted(0, 8)).toBe(8);
  for (let ms = 3_000; ms < 6_000; ms += 50) lookahead.sent(ms, 0);
  expect(lookahead.wanted(0, 64)).toBe(2);
});
