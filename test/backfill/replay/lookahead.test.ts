import { Lookahead } from '../../../src/backfill/replay/lookahead.ts';

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
