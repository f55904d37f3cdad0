import { advise, adviceText, lifeboat, type RenderAdvice } from '../../advice.ts';
import type { ObjectiveResult } from '../../objectives/objectives.ts';
import { isoMoment, metPaint, seconds, UNBOUNDED } from '../layout/format.ts';
import { PLAIN_PALETTE, type Paint, type Palette } from '../layout/palette.ts';
import type { Runs, RunSummary } from '../model/runs.ts';
import { renderTable, type Cell, type Column } from '../layout/table.ts';
import { plain } from '../layout/plain.ts';
import { displayWidth } from '../layout/text.ts';
import { isOver } from '../../workflow/recovery/phase.ts';

interface RunColumn extends Column {
  readonly cell: (run: RunSummary, palette: Palette) => Cell;
  /** Left out where there is too little room: the lowest first. Absent: never. */
  readonly rank?: number;
}

const COLUMNS: readonly RunColumn[] = [
  { title: 'run', cell: ({ runId }) => runId },
  { title: 'mode', cell: ({ mode, simulated }) => (simulated ? `${mode}, simulated` : mode) },
  { title: 'status', cell: (run, palette) => ({ text: run.status, paint: statusPaint(run, palette) }) },
  // The id of the run tells it too.
  { title: 'started (UTC)', cell: ({ startedAt }) => isoMoment(startedAt).slice(0, 16), rank: 1 },
  {
    title: 'took',
    align: 'right',
    cell: ({ objectives }, palette) => judgedCell(objectives.rto, palette),
    rank: 4,
  },
  {
    title: 'data lost',
    align: 'right',
    cell: ({ objectives }, palette) => judgedCell(objectives.rpo, palette),
    rank: 3,
  },
  { title: 'vs previous drill', align: 'right', cell: (run, palette) => trendCell(run, palette), rank: 2 },
];

/**
 * All runs, newest last, with the time to recover and the data lost, and each drill beside the one before it. Nothing is cut, for ids are
 * there to be copied: a narrow terminal gets fewer columns.
 */
export function renderRuns(
  { runs }: Runs,
  palette: Palette,
  width = UNBOUNDED,
  hint: RenderAdvice = adviceText,
  runbook?: string,
): string {
  if (runs.length === 0) {
    const none = runbook === undefined ? 'No runs' : `No runs of ${plain(runbook)}`;
    return hint(advise`${none} yet. Rehearse one: ${lifeboat('drill', 'RUNBOOK')}.`);
  }
  const table = (columns: readonly RunColumn[], painted: Palette): readonly string[] =>
    renderTable(
      columns,
      runs.map((run) => columns.map(({ cell }) => cell(run, painted))),
      UNBOUNDED,
      painted.dim,
    );
  let columns = COLUMNS;
  while (table(columns, PLAIN_PALETTE).some((line) => displayWidth(line) > width)) {
    const ranks = columns.flatMap(({ rank }) => rank ?? []);
    if (ranks.length === 0) break;
    columns = columns.filter(({ rank }) => rank !== Math.min(...ranks));
  }
  return table(columns, palette).join('\n');
}

function judgedCell({ actualSeconds, met }: ObjectiveResult, palette: Palette): Cell {
  if (actualSeconds === null) return met === false ? { text: 'MISSED', paint: palette.red } : '-';
  return {
    text: `${seconds(actualSeconds)}${met === false ? ' MISSED' : ''}`,
    paint: metPaint(met, palette),
  };
}

function statusPaint({ status }: RunSummary, palette: Palette): Paint {
  if (status === 'completed') return palette.green;
  return isOver(status) ? palette.red : palette.yellow;
}

function trendCell({ trend }: RunSummary, palette: Palette): Cell {
  if (trend === null) return '';
  const { changeSeconds } = trend;
  if (Math.abs(changeSeconds) < 1) return 'same';
  return changeSeconds < 0
    ? { text: `-${seconds(-changeSeconds)}`, paint: palette.green }
    : { text: `+${seconds(changeSeconds)}`, paint: palette.yellow };
}
