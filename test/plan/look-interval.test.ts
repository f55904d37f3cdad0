import { lookEverySeconds } from '../../src/plan/look-interval.ts';

test.each([
  ['nothing to wait for', 0, 10],
  ['a minute', 60, 10],
  ['an hour', 3_600, 20],
  ['two hours', 7_200, 30],
  ['four hours', 14_400, 60],
  ['two days', 172_800, 60],
  ['no end in sight', Infinity, 60],
])('%s is looked at often enough, and not too often', (_, rtaSeconds, expected) => {
  expect(lookEverySeconds(rtaSeconds)).toBe(expected);
});

test('what a journal makes of infinity counts as endless', () => {
  const { p50 } = JSON.parse(JSON.stringify({ p50: Infinity })) as { p50: number };
  expect(lookEverySeconds(p50)).toBe(60);
});
