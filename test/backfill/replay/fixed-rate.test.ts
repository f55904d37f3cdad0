import { createFixedRate } from '../../../src/backfill/replay/fixed-rate.ts';
import type { Governor } from '../../../src/backfill/base/replay-ports.ts';
import { fc } from '../../property.ts';

/** Sends all that is allowed at these instants; gives when each began. */
function play(governor: Governor, instants: readonly number[]): number[] {
  const began: number[] = [];
  for (const nowMs of instants) {
    const count = governor.allowance(nowMs, 0);
    governor.began(nowMs, count);
    for (let one = 0; one < count; one += 1) began.push(nowMs);
  }
  return began;
}

function mostWithin(began: readonly number[], windowMs: number): number {
  let most = 0;
  let first = 0;
  for (const [index, at] of began.entries()) {
    while ((began[first] ?? 0) <= at - windowMs) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

test.each([
  [1_000, 1],
  [5_000, 1],
  [5_000, 2],
  [700, 3],
  [20_000, 1],
])('%i a second, looked at every %i ms: exact over 10 s, even in every tenth of a second', (rate, stepMs) => {
  const began = play(
    createFixedRate(rate),
    Array.from({ length: 10_000 / stepMs + 1 }, (_, step) => step * stepMs),
  );
  expect(Math.abs(began.length / (rate * 10) - 1)).toBeLessThan(0.002);
  expect(mostWithin(began, 100)).toBeLessThanOrEqual(rate * 0.1 * 1.2);
});

test('late timers and stalls: never more than 1.2 times in a tenth of a second, and nothing is lost within a second', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1_000, max: 20_000 }),
      fc.array(
        fc.oneof({ weight: 20, arbitrary: fc.integer({ min: 1, max: 4 }) }, fc.integer({ min: 5, max: 400 })),
        {
          minLength: 200,
          maxLength: 400,
        },
      ),
      (rate, steps) => {
        let nowMs = 0;
        const instants = [0, ...steps.map((step) => (nowMs += step))];
        // Time to make up for all of it.
        for (let more = 0; more < 15_000; more += 2) instants.push((nowMs += 2));
        const began = play(createFixedRate(rate), instants);
        expect(mostWithin(began, 100)).toBeLessThanOrEqual(Math.ceil(rate * 0.1 * 1.2));
        expect(began.length).toBeLessThanOrEqual((rate * nowMs) / 1_000 + 1);
        const stalls = steps.filter((step) => step > 100).length;
        if (stalls === 0) expect(began.length).toBeGreaterThanOrEqual((rate * nowMs) / 1_000 - 2);
      },
    ),
    { numRuns: 30 },
  );
});

test('after an hour without anything to send it does not send an hour of arrears', () => {
  const governor = createFixedRate(100);
  play(governor, [0, 1_000]);
  const after = Array.from({ length: 1_000 }, (_, step) => 3_600_000 + step * 10);
  expect(play(governor, after).length).toBeLessThanOrEqual(1_000 + 100 + 1);
});

test('it says when to ask again, and then there is something to send', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 10_000, noNaN: true }), (rate) => {
      const governor = createFixedRate(rate);
      let nowMs = 0;
      for (let send = 0; send < 50; send += 1) {
        if (governor.allowance(nowMs, 0) < 1) nowMs = governor.wakeAt(nowMs) ?? NaN;
        expect(governor.allowance(nowMs + 1e-6, 0)).toBeGreaterThanOrEqual(1);
        governor.began(nowMs, 1);
      }
      // The first goes at once.
      expect(nowMs).toBeGreaterThanOrEqual((49 / rate) * 1_000 * 0.9 - 1e-3);
    }),
  );
});

test('a clock that stands still or jumps back gives nothing away', () => {
  const governor = createFixedRate(1_000);
  expect(play(governor, [100, 100, 50, 0])).toHaveLength(1);
  expect(governor.describe(0)).toEqual({ mode: 'fixed', ratePerSecond: 1_000, paused: false });
});
