import type { Forecast, Plan, QuotaIncrease } from '../../plan/types.ts';
import { seconds } from '../layout/format.ts';
import type { Palette } from '../layout/palette.ts';
import { renderTable, type Cell } from '../layout/table.ts';

/**
 * The plan beside what it is better than, and what would be better than it: a restore without acceleration, and the same
 * recovery with more of the quotas that bind.
 */
export function comparisonLines(plan: Plan, palette: Palette, width: number): readonly string[] {
  const rows = [...coldRows(plan, palette), planRow(plan, palette), ...quotaRows(plan, palette)];
  if (rows.length < 2) return [];
  const columns = [
    { title: 'way', least: 24 },
    { title: 'forecast', align: 'right' },
    { title: 'p90', align: 'right' },
    { title: 'RTO', least: 12 },
  ] as const;
  return renderTable(columns, rows, width - 2, palette.dim).map((line) => `  ${line}`);
}

function coldRows(plan: Plan, palette: Palette): readonly (readonly Cell[])[] {
  const { coldRestore: cold } = plan;
  if (cold === undefined) return [];
  return [
    rowOf('cold restore, read by one stream a volume', cold.oneStream, plan, palette),
    rowOf('cold restore, read with deep queues', cold.deepQueue, plan, palette),
  ];
}

function planRow(plan: Plan, palette: Palette): readonly Cell[] {
  const { p50, p90 } = plan.forecast.rtaSeconds;
  return rowOf('this plan, with the quotas as they are', { p50Seconds: p50, p90Seconds: p90 }, plan, palette);
}

/** Increases that only help together share a row. */
function quotaRows(plan: Plan, palette: Palette): readonly (readonly Cell[])[] {
  const together = plan.quotaIncreases.filter((increase) => increase.together);
  const alone = plan.quotaIncreases.filter((increase) => !increase.together);
  return [...alone.map((increase) => [increase]), ...(together.length === 0 ? [] : [together])].map(
    (increases) => {
      const { p50, p90 } = increases[0]?.rtaSeconds ?? { p50: Infinity, p90: Infinity };
      const raised = increases.map(raisedText).join(' and ');
      return rowOf(`with ${raised}`, { p50Seconds: p50, p90Seconds: p90 }, plan, palette);
    },
  );
}

function raisedText({ quota, from, to }: QuotaIncrease): string {
  return `${quota} ${to.toLocaleString('en-US')} (now ${from.toLocaleString('en-US')})`;
}

function rowOf(way: string, forecast: Forecast, plan: Plan, palette: Palette): readonly Cell[] {
  const { rtoSeconds } = plan.objectives;
  const { p50Seconds, p90Seconds } = forecast;
  return [
    way,
    seconds(p50Seconds),
    seconds(p90Seconds),
    verdictOf(p50Seconds, p90Seconds, rtoSeconds, palette),
  ];
}

function verdictOf(p50: number, p90: number, rto: number, palette: Palette): Cell {
  if (p50 > rto) return { text: 'missed', paint: palette.red };
  return p90 > rto ? { text: 'met, at risk', paint: palette.yellow } : { text: 'met', paint: palette.green };
}
