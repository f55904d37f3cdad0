/**
 * Draws the timeline of a run as SVG, from its report alone.
 *
 *   npm run --silent drill -- --json | node docs/draw-drill.ts > docs/drill.svg
 */
import { readFileSync } from 'node:fs';
import type { Report } from '../src/report/model/report.ts';
import type { TimelineCode } from '../src/workflow/timeline/timeline.ts';

type Step = 'waiting' | 'restoring' | 'warming' | 'verifying' | 'ready' | 'cleanup';

/** The steps that entries of the timeline begin. */
const BEGINNINGS: Partial<Record<string, Step>> = {
  'resource.accelerating': 'waiting',
  'resource.restoring': 'restoring',
  'resource.warming': 'warming',
  'resource.verifying': 'verifying',
  'resource.ready': 'ready',
} satisfies Partial<Record<TimelineCode, Step>>;

const COLOURS: Readonly<Record<Step, string>> = {
  waiting: '#c9a227',
  restoring: '#2f6f9f',
  warming: '#d9763a',
  verifying: '#7b4fa0',
  ready: '#d5e8d4',
  cleanup: '#9a9a9a',
};
const LEGEND: readonly Step[] = ['waiting', 'restoring', 'warming', 'verifying', 'ready', 'cleanup'];

const WIDTH = 960;
const LEFT = 330;
const RIGHT = 930;
const STRIP_TOP = 84;
const ROWS_TOP = 184;
const ROW = 30;
const BAR = 16;
/** A step of a second would not be seen. */
const SHORTEST_BAR = 3;
/** A fleet of hundreds is no picture any more. */
const MOST_ROWS = 30;

interface Bar {
  readonly step: Step;
  readonly from: number;
  readonly to: number;
}

interface Row {
  readonly label: string;
  readonly bars: readonly Bar[];
}

/** The drawing of a run that has ended; seconds count from the incident. */
export function drawRun(report: Report): string {
  const since = (at: string): number => (Date.parse(at) - Date.parse(report.incidentAt)) / 1_000;
  const end = since(report.endedAt ?? report.asOf);
  const shown = report.resources.slice(0, MOST_ROWS);
  const rows: Row[] = shown.map(({ id, strategy }) => ({
    label: strategy === null ? id : `${id}, ${strategy}`,
    bars: barsOf(report, id, since, end),
  }));
  const cleanup = report.phases.find(({ name }) => name === 'cleanup');
  const from = cleanup?.startedAt;
  if (from != null) rows.push({ label: 'cleanup', bars: [{ step: 'cleanup', from: since(from), to: end }] });
  const height = ROWS_TOP + rows.length * ROW + 76;
  const more = report.resources.length - shown.length;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="13" fill="#222">`,
    `<title>${escape(`${report.mode} of ${report.runbook}: each resource on its way back, and the time against the RTO`)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    text(20, 28, headline(report), 'font-size="15" font-weight="bold"'),
    text(20, 46, world(report), 'font-size="11" fill="#666"'),
    ...strip(report),
    ...axis(end, rows.length),
    ...rows.flatMap((row, index) => drawRow(row, index, end)),
    ...legend(height - 22),
    ...(more > 0 ? [text(LEFT, height - 44, `and ${more} more resources`, 'fill="#666"')] : []),
    '</svg>',
    '',
  ].join('\n');
}

function headline({ runId, mode, objectives }: Report): string {
  const { actualSeconds, met } = objectives.rto;
  const took = actualSeconds === null ? 'not recovered' : `recovered after ${span(actualSeconds)}`;
  return `${mode === 'drill' ? 'Drill' : 'Restore'} ${runId}: ${took}, RTO ${met === true ? 'met' : 'missed'}`;
}

function world({ simulation, region }: Report): string {
  return simulation === null
    ? region
    : `${region}, simulated: seed ${simulation.seed}, faults ${simulation.faults}`;
}

/** One bar a step, from the timeline: what each entry begins lasts until the next. */
function barsOf(report: Report, id: string, since: (at: string) => number, end: number): readonly Bar[] {
  const removal = report.phases.find(({ name }) => name === 'cleanup')?.startedAt;
  const steps = report.timeline.flatMap(({ at, subject, code }) => {
    const step = subject === id ? BEGINNINGS[code] : undefined;
    return step === undefined ? [] : [{ step, from: since(at) }];
  });
  const last = removal == null ? end : since(removal);
  return steps.map(({ step, from }, index) => ({ step, from, to: steps[index + 1]?.from ?? last }));
}

/** The whole of the RTO: what was used of it, and what the plan had said. */
function strip({ objectives, forecast }: Report): readonly string[] {
  const { objectiveSeconds, actualSeconds, met } = objectives.rto;
  const whole = Math.max(objectiveSeconds, actualSeconds ?? 0, forecast.rtaSeconds.p90);
  const x = (seconds: number): number => LEFT + ((RIGHT - LEFT) * seconds) / whole;
  const used = actualSeconds ?? whole;
  const mark = (seconds: number, label: string, y: number): readonly string[] => [
    `<line x1="${round(x(seconds))}" x2="${round(x(seconds))}" y1="${STRIP_TOP - 4}" y2="${STRIP_TOP + 24}" stroke="#222" stroke-dasharray="3 2"/>`,
    text(x(seconds), y, label, 'text-anchor="middle" font-size="11"'),
  ];
  return [
    text(20, STRIP_TOP + 15, `RTO: ${span(objectiveSeconds)} promised`),
    rect(LEFT, STRIP_TOP, x(objectiveSeconds) - LEFT, 20, '#eee'),
    rect(LEFT, STRIP_TOP, x(used) - LEFT, 20, met === true ? '#5a9e5a' : '#b03a3a'),
    text(LEFT + 6, STRIP_TOP + 15, `${span(used)} used`, 'fill="#fff"'),
    ...mark(forecast.rtaSeconds.p50, 'forecast', STRIP_TOP - 9),
    ...mark(forecast.rtaSeconds.p90, 'p90', STRIP_TOP - 9),
    text(x(objectiveSeconds), STRIP_TOP + 38, span(objectiveSeconds), 'text-anchor="end" font-size="11"'),
  ];
}

function axis(end: number, rows: number): readonly string[] {
  const bottom = ROWS_TOP + rows * ROW;
  const every = tickSeconds(end);
  const lines = [text(20, ROWS_TOP - 14, 'Since the incident', 'fill="#666"')];
  for (let seconds = 0; seconds <= end; seconds += every) {
    const x = round(LEFT + ((RIGHT - LEFT) * seconds) / end);
    lines.push(`<line x1="${x}" x2="${x}" y1="${ROWS_TOP - 8}" y2="${bottom}" stroke="#ddd"/>`);
    lines.push(text(x, ROWS_TOP - 14, clock(seconds), 'text-anchor="middle" font-size="11" fill="#666"'));
  }
  return lines;
}

/** Six to twelve marks, at round times. */
function tickSeconds(end: number): number {
  const steps = [60, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400];
  return steps.find((step) => end / step <= 12) ?? Math.ceil(end / 12 / 86_400) * 86_400;
}

function drawRow({ label, bars }: Row, index: number, end: number): readonly string[] {
  const y = ROWS_TOP + index * ROW;
  const x = (seconds: number): number => LEFT + ((RIGHT - LEFT) * seconds) / end;
  return [
    text(LEFT - 10, y + BAR + 2, label, 'text-anchor="end" font-size="12"'),
    // What lasted no time is drawn last, or its neighbours would cover it.
    ...bars
      .toSorted((one, other) => other.to - other.from - (one.to - one.from))
      .map(({ step, from, to }) =>
        rect(x(from), y + 5, Math.max(SHORTEST_BAR, x(to) - x(from)), BAR, COLOURS[step]),
      ),
  ];
}

function legend(y: number): readonly string[] {
  return LEGEND.flatMap((step, index) => [
    rect(LEFT + index * 100, y - 11, 13, 13, COLOURS[step]),
    text(LEFT + index * 100 + 19, y, step),
  ]);
}

function rect(x: number, y: number, width: number, height: number, fill: string): string {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${height}" fill="${fill}"/>`;
}

function text(x: number, y: number, content: string, attributes = ''): string {
  const gap = attributes === '' ? '' : ' ';
  return `<text x="${round(x)}" y="${round(y)}"${gap}${attributes}>${escape(content)}</text>`;
}

function escape(content: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return content.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function clock(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;
}

function span(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

// Imported by its test, run by people.
if (process.argv[1]?.endsWith('draw-drill.ts') === true) {
  process.stdout.write(drawRun(JSON.parse(readFileSync(0, 'utf8')) as Report));
}
