import { BackOff, LONGEST_RETRY_AFTER_SECONDS, pauseSeconds } from '../../../src/backfill/replay/back-off.ts';
import { WorkItem } from '../../../src/backfill/replay/work-item.ts';
import { fc } from '../../property.ts';
import { request } from './parts.ts';

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
        taken.push(backOff.nextDueMs);
        const item = backOff.take();
        expect(item?.request).toBeUndefined();
        expect(item?.ticket).not.toHaveProperty('body');
      }
      expect(taken).toEqual([...dues].sort((a, b) => a - b));
      expect(backOff.take()).toBeUndefined();
    }),
  );
});
