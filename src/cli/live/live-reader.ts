import type { RenderAdvice } from '../../advice.ts';
import type { Journal } from '../../journal/journal.ts';
import { LiveSchedule } from '../../objectives/forecast.ts';
import { liveModel } from '../../report/model/live-model.ts';
import type { LiveModel } from '../../report/model/live-model.ts';
import { accountAt } from '../../report/model/outcome.ts';
import { buildStatus } from '../../report/model/status.ts';
import type { Attendance } from '../../report/model/attendance.ts';
import { SECOND_MS } from '../../time.ts';
import type { Instant } from '../../time.ts';
import type { TimelineEntry } from '../../workflow/base/decision.ts';
import { progressOf } from '../../driver/fleet/foresight.ts';
import { timeOf, viewOf } from '../stored/stored-run.ts';

const MOST_ENTRIES = 5;

export interface LiveReader {
  read(): Promise<LiveModel>;
}

export interface ReaderOptions {
  /** The time of the run as its host has it; absent where no host is at hand, as in another process. */
  readonly now?: () => Instant;
  /** Who drives the run; absent where this process does. */
  readonly attend?: () => Promise<Attendance>;
  /** The last lines of the timeline too: where nothing else shows it. */
  readonly timeline?: boolean;
}

/** Reads again and again where a run stands. */
export function openLiveReader(
  journal: Journal,
  hint: RenderAdvice,
  { attend, timeline = false, now: hostNow }: ReaderOptions,
): LiveReader {
  const { plan } = journal.record;
  const schedule = new LiveSchedule(plan);
  let entries: readonly TimelineEntry[] = [];
  let told = 0;
  return {
    async read() {
      const view = await viewOf(journal);
      const now = hostNow?.() ?? timeOf(view);
      const { recovery } = view;
      const progress = new Map(view.resources.map((resource) => [resource.id, progressOf(resource)]));
      const live =
        recovery === undefined
          ? undefined
          : schedule.forecast(progress, accountAt(view, now), recovery.recoveredAt);
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
        ...(attend !== undefined && { attendance: await attend() }),
        hint,
      });
    },
  };
}
