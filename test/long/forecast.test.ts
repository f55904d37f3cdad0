import type { Plan } from '../../src/plan/types.ts';
import { buildReport } from '../../src/report/model/report.ts';
import { viewRun } from '../../src/report/model/run-view.ts';
import { NEVER, reference, rehearse } from '../hosts/support.ts';

// Goal: the forecast says what will happen. The simulator draws every duration from the distribution that the forecast's table stands for, so
// that what is compared here is the forecast's arithmetic: sums, waits, looks.

const SEEDS = 40;

async function drill(seed: number): Promise<{ readonly plan: Plan; readonly rtaSeconds: number }> {
  const { host, journal, plan, record } = await rehearse(reference('orders'), { mode: 'drill', seed });
  await host.drive(NEVER);
  const view = viewRun(record, await journal.load());
  const report = buildReport(view, await journal.timeline(), await journal.apiCalls());
  await host.close();
  return { plan, rtaSeconds: report.objectives.rto.actualSeconds ?? NaN };
}

test('the reference drill: the median is forecast within 15 %, and 85 to 100 % end before the p90', async () => {
  const drills = [];
  for (let seed = 1; seed <= SEEDS; seed += 1) drills.push(await drill(seed));
  const { p50, p90 } = drills[0]?.plan.forecast.rtaSeconds ?? { p50: NaN, p90: NaN };
  const ends = drills.map(({ rtaSeconds }) => rtaSeconds).toSorted((one, other) => one - other);
  const median = ((ends[SEEDS / 2 - 1] ?? NaN) + (ends[SEEDS / 2] ?? NaN)) / 2;
  expect(Math.abs(median / p50 - 1)).toBeLessThan(0.15);
  const underP90 = ends.filter((end) => end <= p90).length / SEEDS;
  expect(underP90).toBeGreaterThanOrEqual(0.85);
});
