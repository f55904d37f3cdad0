import { parseMoment } from '../../../src/cli/session/moment.ts';

const NOW = Date.parse('2026-11-30T23:30:00Z');

test.each<[string, string, string]>([
  ['2026-11-20T03:00:00Z', 'UTC', '2026-11-20T03:00:00Z'],
  ['20m', 'UTC', '2026-11-30T23:10:00Z'],
  ['1h30m', 'UTC', '2026-11-30T22:00:00Z'],
  ['23:10', 'UTC', '2026-11-30T23:10:00Z'],
  ['23:10:30', 'UTC', '2026-11-30T23:10:30Z'],
  // Later than now: yesterday.
  ['23:40', 'UTC', '2026-11-29T23:40:00Z'],
  // In Berlin it is half past midnight of the next day.
  ['00:20', 'Europe/Berlin', '2026-11-30T23:20:00Z'],
  ['23:40', 'Europe/Berlin', '2026-11-30T22:40:00Z'],
  ['23:40Z', 'Europe/Berlin', '2026-11-29T23:40:00Z'],
  ['18:20-05:00', 'UTC', '2026-11-30T23:20:00Z'],
  ['18:20 -0500', 'UTC', '2026-11-30T23:20:00Z'],
  ['18:20 America/New_York', 'UTC', '2026-11-30T23:20:00Z'],
  ['23:20 UTC', 'Asia/Tokyo', '2026-11-30T23:20:00Z'],
  ['2026-11-20 03:00', 'Europe/Berlin', '2026-11-20T02:00:00Z'],
  ['2026-07-20T03:00', 'Europe/Berlin', '2026-07-20T01:00:00Z'],
  ['2026-07-20 03:00 Europe/Berlin', 'UTC', '2026-07-20T01:00:00Z'],
  // The night in which the clock is put forward, before and after it.
  ['2026-03-29 01:59 Europe/Berlin', 'UTC', '2026-03-29T00:59:00Z'],
  ['2026-03-29 03:00 Europe/Berlin', 'UTC', '2026-03-29T01:00:00Z'],
  ['2026-10-25 03:30 Europe/Berlin', 'UTC', '2026-10-25T02:30:00Z'],
])('%s, said in %s, is %s', (text, zone, expected) => {
  expect(parseMoment(text, zone)?.(NOW)).toBe(Date.parse(expected));
});

test.each([
  '',
  'now',
  '24:00',
  '23:60',
  '9:30',
  '23:40 Nowhere/Land',
  '2026-02-30 10:00',
  '2026-11-20',
  '-20m',
  '23:40+2',
  '20',
])("'%s' is no moment", (text) => {
  expect(parseMoment(text, 'UTC')).toBeUndefined();
});
