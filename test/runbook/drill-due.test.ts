import { lastDrillDue } from '../../src/runbook/drill-due.ts';
import { DAY_MS, formatInstant, HOUR_MS } from '../../src/time.ts';

/** A Wednesday: what was due on Monday has ended in any time zone. */
const NOW = Date.parse('2026-11-18T12:00:00Z');

test.each([
  ['rate(7 days)', 7 * DAY_MS],
  ['rate(1 day)', DAY_MS],
  ['rate(12 hours)', 12 * HOUR_MS],
  ['rate(90 minutes)', 1.5 * HOUR_MS],
])('%s counts back from now', (schedule, ms) => {
  expect(lastDrillDue(schedule, NOW)).toBe(NOW - ms - 12 * HOUR_MS);
});

test.each([
  ['cron(0 6 ? * MON *)', '2026-11-16'],
  ['cron(0 6 ? * 2 *)', '2026-11-16'],
  ['cron(0 6 ? * TUE *)', '2026-11-10'],
  ['cron(0 6 ? * MON-FRI *)', '2026-11-16'],
  ['cron(0 6 ? * FRI-SUN *)', '2026-11-15'],
  ['cron(0 6 ? * SAT,TUE *)', '2026-11-14'],
  ['cron(0 6 ? * L *)', '2026-11-14'],
  ['cron(0 6 ? * MON#1 *)', undefined],
  ['cron(0 6 ? * 2#1 *)', '2026-11-02'],
  ['cron(0 6 ? * 2L *)', '2026-10-26'],
  ['cron(0 6 * * ? *)', '2026-11-16'],
  ['cron(0 6 1 * ? *)', '2026-11-01'],
  ['cron(0 6 1,15 * ? *)', '2026-11-15'],
  ['cron(0 6 1/7 * ? *)', '2026-11-15'],
  ['cron(0 6 */10 * ? *)', '2026-11-11'],
  ['cron(0 6 31 * ? *)', '2026-10-31'],
  ['cron(0 6 L * ? *)', '2026-10-31'],
  ['cron(0 6 LW * ? *)', '2026-10-30'],
  ['cron(0 6 14W * ? *)', '2026-11-13'],
  ['cron(0 6 15W * ? *)', '2026-11-16'],
  ['cron(0 6 1W * ? *)', '2026-11-02'],
  ['cron(0 6 1 JAN,JUL ? *)', '2026-07-01'],
  ['cron(0 6 1 */3 ? *)', '2026-10-01'],
  ['cron(0 6 29 2 ? *)', '2024-02-29'],
  ['cron(0 6 1 1 ? 2025)', '2025-01-01'],
  ['cron(0 6 1 1 ? 2030)', undefined],
])('%s was due last on %s', (schedule, day) => {
  const due = lastDrillDue(schedule, NOW);
  // In the easternmost time zone.
  const expected =
    day === undefined ? undefined : formatInstant(Date.parse(`${day}T00:00:00Z`) - 14 * HOUR_MS);
  expect(due === undefined ? undefined : formatInstant(due)).toBe(expected);
});
