import { heightFor, nextLookMs } from '../../../src/cli/live/live.ts';
import { watchRun } from '../../../src/cli/live/live-watch.ts';
import { createTerminal } from '../../../src/cli/session/terminal.ts';
import type { LiveModel } from '../../../src/report/model/live-model.ts';
import { after } from '../../report/fixtures.ts';
import { modelOf } from '../../report/live-models.ts';
import { fakeStreams } from '../streams.ts';

test.each([
  [3, 1_000, 1_000],
  [111, 1_000, 1_000],
  [500, 1_000, 4_500],
  [500, 250, 4_500],
])('a look that took %i ms, at a pace of %i: the next in %i', (took, pace, expected) => {
  expect(nextLookMs(took, pace)).toBeCloseTo(expected);
});

test.each([1, 2, 5, 8, 12, 24, 60])('on %i rows the view leaves room for the cursor', (rows) => {
  expect(heightFor(rows)).toBeLessThanOrEqual(Math.max(1, rows - 1));
  expect(heightFor(rows)).toBeGreaterThan(0);
});

test('on a usual screen the timeline has a few rows above the view, on a small one none', () => {
  expect([heightFor(8), heightFor(24)]).toEqual([7, 18]);
});

test('watching without a terminal prints the status when something has changed, until the run ends', async () => {
  const models: LiveModel[] = [
    modelOf(),
    modelOf({ asOf: after(700) }),
    modelOf({ asOf: after(800), phase: 'verify' }),
    modelOf({ asOf: after(900), phase: 'completed', status: 'completed' }),
    modelOf({ asOf: after(999), phase: 'completed', status: 'failed' }),
  ];
  let looks = 0;
  const streams = fakeStreams();
  await watchRun({
    reader: { read: async () => models[looks++] ?? modelOf() },
    terminal: createTerminal(false, streams),
    everySeconds: 0.001,
    status: async () => `status at look ${looks}`,
  });
  expect(streams.said().stdout).toBe('status at look 1\nstatus at look 3\nstatus at look 4\n');
});
