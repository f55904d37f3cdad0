import type { Instant } from '../../time.ts';
import { sentenceOf } from '../../sentences/timeline.ts';
import { kindOf } from '../../workflow/timeline/timeline.ts';
import type { TimelineEntry } from '../../workflow/base/decision.ts';
import { clock, elapsed } from '../layout/format.ts';
import type { Paint, Palette } from '../layout/palette.ts';
import { plain } from '../layout/plain.ts';
import { pad } from '../layout/text.ts';
import { adviceText, type RenderAdvice } from '../../advice.ts';

const KIND_WIDTH = 9;
const ELAPSED_WIDTH = 9;

/**
 * One line an event: the clock in UTC, the time since the incident, what kind of thing it was, what happened.
 *
 * @example renderTimelineEntry(entry, plan.incidentAt, PLAIN_PALETTE) // '03:14:05   +0:14:05  resource   orders-db: ready after 9 min'
 * @param render turns the commands in it into text
 */
export function renderTimelineEntry(
  entry: TimelineEntry,
  startAt: Instant,
  palette: Palette,
  render: RenderAdvice = adviceText,
): string {
  const paint = paintOf(kindOf(entry.code), palette);
  const since = pad(elapsed(entry.at, startAt), ELAPSED_WIDTH, 'right');
  const kind = pad(plain(kindOf(entry.code)), KIND_WIDTH);
  return `${palette.dim(clock(entry.at))}  ${since}  ${paint(kind)}  ${plain(sentenceOf(entry, render))}`;
}

function paintOf(kind: string, palette: Palette): Paint {
  switch (kind) {
    case 'fault':
    case 'objective':
      return palette.yellow;
    case 'phase':
    case 'approval':
    case 'signal':
      return palette.bold;
    default:
      return (text) => text;
  }
}
