import { findWindows } from '../../../src/backfill/outages/find-windows.ts';
import type { Buckets } from '../../../src/backfill/base/outage-window.ts';
import { DAY_MS, MINUTE_MS } from '../../../src/time.ts';
import { fc } from '../../property.ts';
import { errorRateOf, minute, rateOf, settings, START, traffic } from './traffic.ts';

/** Some minutes of one kind: silence, healthy, a little or a lot failing. */
const phase = fc
  .tuple(
    fc.integer({ min: 1, max: 40 }),
    fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 300 })),
    fc.constantFrom(0, 0, 0.004, 0.02, 0.3, 1),
  )
  .map(([minutes, requests, rate]) => [minutes, requests, Math.round(requests * rate)] as const);
const phases = fc.array(phase, { maxLength: 25 });
const chosen = fc
  .record({
    begin: fc.constantFrom(0.5, 1, 5, 50),
    end: fc.constantFrom(0, 0.1, 0.5, 1),
    quiet: fc.constantFrom(60, 300, 1_200),
    minErrors: fc.integer({ min: 1, max: 30 }),
    minRequests: fc.integer({ min: 1, max: 300 }),
    gap: fc.constantFrom(60, 300, 3_600),
  })
  .map((changes) => settings({ ...changes, end: Math.min(changes.begin, changes.end) }));

const errorsOf = (buckets: Buckets, given: ReturnType<typeof settings>) =>
  findWindows(buckets, given).filter(({ kind }) => kind === 'errors');

test('windows are in order; those of errors are disjoint, hold what they say, and satisfy every minimum', () => {
  let seen = 0;
  fc.assert(
    fc.property(phases, chosen, (list, given) => {
      const buckets = traffic(list);
      const windows = findWindows(buckets, given);
      expect(windows.map(({ start }) => start)).toEqual(
        windows.map(({ start }) => start).sort((a, b) => a - b),
      );
      let free = -Infinity;
      for (const window of windows.filter(({ kind }) => kind === 'errors')) {
        seen += 1;
        expect(window.start).toBeGreaterThanOrEqual(free);
        free = window.end;
        expect(rateOf(buckets, window.start, window.end)).toMatchObject({
          requests: window.requests,
          errors: window.errors,
        });
        expect(window.errors).toBeGreaterThanOrEqual(given.minErrors);
        expect(window.requests).toBeGreaterThanOrEqual(given.minRequests);
        expect(errorRateOf(window) * 100).toBeGreaterThanOrEqual(given.begin * (1 - 1e-9));
        const first = buckets.get(window.start) ?? { requests: 0, errors: 0 };
        const last = buckets.get(window.end - MINUTE_MS) ?? { requests: 0, errors: 0 };
        expect(errorRateOf(first) * 100).toBeGreaterThanOrEqual(given.begin * (1 - 1e-9));
        expect(last.errors).toBeGreaterThan(0);
        expect(errorRateOf(last) * 100).toBeGreaterThanOrEqual(given.end * (1 - 1e-9));
      }
    }),
  );
  expect(seen).toBeGreaterThan(50);
});

test('a gap holds no request, is as long as asked for, and has traffic at both ends', () => {
  let seen = 0;
  fc.assert(
    fc.property(phases, chosen, (list, given) => {
      const buckets = traffic(list);
      for (const { kind, start, end } of findWindows(buckets, given)) {
        if (kind !== 'gap') continue;
        seen += 1;
        expect(rateOf(buckets, start, end).requests).toBe(0);
        expect(end - start).toBeGreaterThanOrEqual(given.gap * 1_000);
        expect(buckets.has(start - MINUTE_MS) && buckets.has(end)).toBe(true);
      }
    }),
  );
  expect(seen).toBeGreaterThan(20);
});

test('healthy traffic far away changes nothing', () => {
  fc.assert(
    fc.property(phases, chosen, fc.integer({ min: 1, max: 500 }), (list, given, requests) => {
      const buckets = traffic(list);
      const away = 20 * DAY_MS;
      const more = new Map(buckets);
      for (let n = 0; n < 100; n += 1) {
        more.set(minute(n) - away, { requests, errors: 0 });
        more.set(minute(n) + away, { requests, errors: 0 });
      }
      expect(findWindows(more, given)).toEqual(findWindows(buckets, given));
    }),
  );
});

test('later by whole buckets: the same windows, later', () => {
  fc.assert(
    fc.property(phases, chosen, fc.integer({ min: -100_000, max: 100_000 }), (list, given, minutes) => {
      const shift = minutes * MINUTE_MS;
      const shifted = new Map([...traffic(list)].map(([at, bucket]) => [at + shift, bucket]));
      const later = findWindows(traffic(list), given).map((w) => ({
        ...w,
        start: w.start + shift,
        end: w.end + shift,
      }));
      expect(findWindows(shifted, given)).toEqual(later);
    }),
  );
});

test('with everything as many times as long, the windows are as many times as long', () => {
  fc.assert(
    fc.property(phases, chosen, fc.integer({ min: 2, max: 10 }), (list, given, times) => {
      const slow = (at: number) => START + (at - START) * times;
      const slower = new Map([...traffic(list)].map(([at, bucket]) => [slow(at), bucket]));
      const { bucket, quiet, gap } = given;
      const longer = { ...given, bucket: bucket * times, quiet: quiet * times, gap: gap * times };
      const expected = errorsOf(traffic(list), given).map((w) => ({
        ...w,
        start: slow(w.start),
        end: slow(w.end),
      }));
      expect(errorsOf(slower, longer)).toEqual(expected);
    }),
  );
});

test('more failures in a window: what was in a window still is', () => {
  const quietList = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 100, max: 300 }), fc.constantFrom(0, 0, 0.1)),
    { minLength: 1, maxLength: 20 },
  );
  fc.assert(
    fc.property(quietList, (list) => {
      const some = traffic(
        list.map(([minutes, requests, rate]) => [minutes, requests, Math.round(requests * rate)]),
      );
      const worse = new Map(
        [...some].map(([at, { requests, errors }]) => [
          at,
          { requests, errors: Math.min(requests, 3 * errors) },
        ]),
      );
      const covered = errorsOf(worse, settings());
      for (const { start, end } of errorsOf(some, settings())) {
        expect(covered.some((window) => window.start <= start && window.end >= end)).toBe(true);
      }
    }),
  );
});
