import { drawRun } from '../../docs/draw-drill.ts';
import type { Report } from '../../src/report/model/report.ts';
import { lifeboat, scriptArguments, withState } from './support.ts';

async function drill(): Promise<Report> {
  const args = [...scriptArguments('drill'), '--json'];
  const { stdout } = await withState((state) => lifeboat(...args, '--state', state));
  return JSON.parse(stdout) as Report;
}

test('a run that never recovered, a fleet and odd names are drawn, too', async () => {
  const report = await drill();
  const [first] = report.resources;
  if (first === undefined) throw new Error('a drill of nothing');
  const rto = { ...report.objectives.rto, actualSeconds: null, met: false };
  const drawn = drawRun({
    ...report,
    runId: 'a<b>&"c"',
    objectives: { ...report.objectives, rto },
    resources: Array.from({ length: 40 }, (_, index) => ({ ...first, id: `db-${index}` })),
  });
  expect(drawn).toContain('a&lt;b&gt;&amp;&quot;c&quot;: not recovered, RTO missed');
  expect(drawn).toContain('and 10 more resources');
  expect(drawn).toContain('db-29,');
  expect(drawn).not.toContain('db-30');
  expect(drawn).not.toMatch(/NaN|Infinity|undefined/);
});

test('every step of a resource is as long as it was', async () => {
  const report = await drill();
  const [database] = report.resources;
  const drawn = drawRun({ ...report, resources: report.resources.slice(0, 1) });
  const bars = [...drawn.matchAll(/<rect x="[\d.]+" y="189" width="([\d.]+)"/g)].map(([, width]) =>
    Number(width),
  );
  const wide = bars.filter((width) => width > 3).reduce((sum, width) => sum + width, 0);
  const end = (Date.parse(report.endedAt ?? '') - Date.parse(report.incidentAt)) / 1_000;
  const removal = report.phases.find(({ name }) => name === 'cleanup')?.startedAt ?? '';
  const share = (Date.parse(removal) - Date.parse(database?.startedAt ?? '')) / 1_000 / end;
  expect(bars).toHaveLength(4);
  expect(wide).toBeCloseTo(600 * share, 0);
});
