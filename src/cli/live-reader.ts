import type { Journal } from '../journal/journal.ts';
import { LiveSchedule } from '../objectives/forecast.ts';
import { liveModel } from '../report/live-model.ts';
import type { LiveModel } from '../report/live-model.ts';
import { waitingFor } from '../report/outcome.ts';
import { buildStatus } from '../report/status.ts';
import { SECOND_MS } from '../time.ts';
import type { Instant } from '../time.ts';
import type { TimelineEntry } from '../workflow/decision.ts';
import { progressOf } from '../hosts/foresight.ts';
import { timeOf, viewOf } from './stored-run.ts';

const MOST_ENTRIES = 5;

export interface LiveReader {
  read(): Promise<LiveModel>;
}

export interface ReaderOptions {
  /** Simulated seconds per real second, of a simulation that goes on. */
  readonly speed?: number | undefined;
  readonly isDriven: () => boolean;
  /** The last lines of the timeline too: where nothing else shows it. */
  readonly timeline?: boolean;
}

/** Reads again and again where a run stands. */
export function openLiveReader(
  journal: Journal,
  hint: (sentence: string) => string,
  { isDriven, timeline = false, speed }: ReaderOptions,
): LiveReader {
  const { plan } = journal.record;
  const schedule = new LiveSchedule(plan);
  const nowOf = runningClock(speed);
  let entries: readonly TimelineEntry[] = [];
  let told = 0;
  return {
    async read() {
      const view = await viewOf(journal);
      const isHeld = waitingFor(view, timeOf(view)).length > 0;
      const now = nowOf(timeOf(view), performance.now(), isHeld);
      const { recovery } = view;
      const progress = new Map(view.resources.map((resource) => [resource.id, progressOf(resource)]));
      const live =
        recovery === undefined ? undefined : schedule.forecast(progress, now, recovery.recoveredAt);
      if (timeline) {
        const added = await journal.timeline(told);
        told += added.length;
        entries = [...entries, ...added].slice(-MOST_ENTRIES);
      }
      return liveModel(view, buildStatus(view, live, now), {
        readyAt: (id) => {
          const seconds = schedule.readySeconds(id);
          return seconds === undefined ? undefined : plan.incidentAt + seconds * SECOND_MS;
        },
        timeline: entries,
        isDriven: isDriven(),
        hint,
      });
    },
  };
}

/**
 * Tells the time between two decisions of a simulation: its journal only knows when the last one was made, while the clock has gone
 * on at its speed. Never goes back, but to where it really is when the run is held: a simulated clock waits for people.
 */
export function runningClock(
  speed: number | undefined,
): (known: Instant, realMs: number, isHeld: boolean) => Instant {
  if (speed === undefined || !Number.isFinite(speed)) return (known) => known;
  let anchor: { readonly at: Instant; readonly realMs: number } | undefined;
  return (known, realMs, isHeld) => {
    if (isHeld) {
      anchor = undefined;
      return known;
    }
    const reckoned = anchor === undefined ? known : anchor.at + (realMs - anchor.realMs) * speed;
    if (anchor === undefined || known > reckoned) anchor = { at: known, realMs };
    return Math.max(known, Math.floor(reckoned));
  };
}
