import { SECOND_MS, type Instant } from '../../time.ts';
import { clock, seconds } from '../layout/format.ts';
import { tally } from '../layout/groups.ts';
import type { LiveResource } from '../model/live-model.ts';
import type { Paint, Palette } from '../layout/palette.ts';
import { renderTable, type Cell, type Column } from '../layout/table.ts';

const LEAST_WIDTH_FOR_TIMES = 48;
const LEAST_WIDTH_FOR_BARS = 76;
const BAR_WIDTH = 12;

/** `queued 8, warming 2`. */
export function countedStates(resources: readonly LiveResource[]): string {
  const states = tally(resources.map(({ state }) => state));
  return states.includes(' ') ? states : `${states} ${resources.length}`;
}

const URGENCY: Readonly<Record<LiveResource['state'], number>> = {
  failed: 0,
  halted: 0,
  accelerating: 1,
  restoring: 1,
  warming: 1,
  verifying: 1,
  queued: 2,
  protecting: 3,
  removing: 3,
  ready: 4,
  protected: 4,
  removed: 5,
  kept: 5,
};

/** What failed, then what is under way, slowest first, then what waits. */
export function worstFirst(one: LiveResource, other: LiveResource): number {
  const [first, second] = [one.readyAt ?? Infinity, other.readyAt ?? Infinity];
  const urgency = URGENCY[one.state] - URGENCY[other.state];
  if (urgency !== 0) return urgency;
  return first === second ? 0 : second - first;
}

/** A row each, below the titles: cut to the width, and painted. Bars and forecasts only where there is room for them. */
export function liveTable(
  resources: readonly LiveResource[],
  asOf: Instant,
  { width, palette }: { readonly width: number; readonly palette: Palette },
): readonly string[] {
  const columns: Column[] = [
    { title: 'resource', least: 12, isId: true },
    { title: 'state', least: 12 },
  ];
  const hasTimes = width >= LEAST_WIDTH_FOR_TIMES;
  const hasBars = width >= LEAST_WIDTH_FOR_BARS;
  columns.push({ title: hasBars ? 'hydrated' : '', align: 'right' });
  if (hasBars) columns.push({ title: 'by', least: 10 });
  if (hasTimes) columns.push({ title: 'ready', align: 'right' });
  const rows = resources.map((resource): readonly Cell[] => [
    resource.id,
    { text: resource.state, paint: statePaint(resource, palette) },
    hasBars ? bar(resource.percent) : percentText(resource.percent),
    ...(hasBars ? [resource.strategy] : []),
    ...(hasTimes ? [readyText(resource, asOf)] : []),
  ]);
  return renderTable(columns, rows, width, palette.dim);
}

function statePaint({ state, isReady }: LiveResource, palette: Palette): Paint {
  if (state === 'failed') return palette.red;
  if (state === 'halted') return palette.yellow;
  return isReady ? palette.green : (text) => text;
}

function percentText(percent: number | null): string {
  return percent === null ? '' : `${Math.floor(percent)} %`;
}

/** `[######------]  50 %`; full only when it is. */
function bar(percent: number | null): string {
  if (percent === null) return '';
  const filled = Math.floor((Math.min(100, Math.max(0, percent)) / 100) * BAR_WIDTH);
  return `[${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}] ${percentText(percent).padStart(5)}`;
}

function readyText({ readyAt, isReady }: LiveResource, asOf: Instant): string {
  if (readyAt === null || !Number.isFinite(readyAt)) return '-';
  if (isReady) return clock(readyAt);
  return readyAt <= asOf ? 'due' : `in ${seconds((readyAt - asOf) / SECOND_MS)}`;
}
