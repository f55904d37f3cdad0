import { Breaker } from '../../../src/backfill/replay/breaker.ts';

describe('the breaker', () => {
  test('of a target that was down when an earlier process left permits one probe, whose success closes it', () => {
    const breaker = new Breaker({ first: 1, longest: 60 }, 'answers 503');
    expect([breaker.downBecause, breaker.permits(5, 0), breaker.permits(5, 1)]).toEqual([
      'answers 503',
      1,
      0,
    ]);
    breaker.bad(5, 0, 'answers 502');
    expect([breaker.downBecause, breaker.permits(5, 0)]).toEqual(['answers 502', 0]);
    breaker.good();
    expect([breaker.downBecause, breaker.permits(5, 0)]).toEqual([undefined, Infinity]);
  });

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
