import type { ObjectiveResult } from '../objectives/objectives.ts';
import { isoMoment, metPaint, PAGE_WIDTH, seconds } from './format.ts';
import type { Paint, Palette } from './palette.ts';
import type { Runs, RunSummary } from './runs.ts';
import { renderTable, type Cell } from './table.ts';

/** All runs, newest last, with the time to recover and the data lost, and each drill beside the one before it. */
export function renderRuns(runs: Runs, palette: Palette, width = PAGE_WIDTH): string {
  if (runs.runs.length === 0) return 'No runs yet. Rehearse one: lifeboat drill RUNBOOK.';
  // A run's id is there to be copied, an instant to be compared: neither is cut.
  const columns = [
    { title: 'run', least: 64, isId: true },
    { title: 'mode' },
    { title: 'status', least: 9 },
    { title: 'started (UTC)', least: 16 },
    { title: 'took', align: 'right' },
    { title: 'data lost', align: 'right' },
    { title: 'than before', align: 'right' },
  ] as const;
  return renderTable(
    columns,
    runs.runs.map((run) => rowOf(run, palette)),
    width,
    palette.dim,
  ).join('\n');
}

function rowOf(run: RunSummary, palette: Palette): readonly Cell[] {
  const { rto, rpo } = run.objectives;
  return [
    run.runId,
    run.mode,
    { text: run.status, paint: statusPaint(run, palette) },
    isoMoment(run.startedAt).slice(0, 16),
    judgedCell(rto, palette),
    judgedCell(rpo, palette),
    trendCell(run, palette),
  ];
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
  return status === 'failed' || status === 'aborted' ? palette.red : palette.yellow;
}

function trendCell({ trend }: RunSummary, palette: Palette): Cell {
  if (trend === null) return '';
  const { changeSeconds } = trend;
  if (Math.abs(changeSeconds) < 1) return 'the same';
  return changeSeconds < 0
    ? { text: `-${seconds(-changeSeconds)}`, paint: palette.green }
    : { text: `+${seconds(changeSeconds)}`, paint: palette.yellow };
}
