import type { TimelineListener } from '../../../driver/base/ports.ts';
import type { Journal } from '../../../journal/journal.ts';
import { sentenceOf } from '../../../sentences/timeline.ts';
import type { TimelineEntry } from '../../../workflow/base/decision.ts';
import { eventOf } from '../../../workflow/timeline/timeline.ts';
import type { Cloud } from './cloud.ts';
import { metricLine, type MetricName } from '../metrics.ts';

/** Name of the value that says how many entries of the timeline are in the log. */
const TOLD_KEY = 'told';

/**
 * Writes the timeline of a run to the log and counts alarms, at least once: an entry that a killed process had committed and not told is told by the next.
 */
export class Telling {
  readonly #cloud: Pick<Cloud, 'log' | 'print' | 'clock'>;
  readonly #journal: Journal;
  #told = 0;
  #kept = 0;

  private constructor(cloud: Pick<Cloud, 'log' | 'print' | 'clock'>, journal: Journal) {
    this.#cloud = cloud;
    this.#journal = journal;
  }

  /** Tells what earlier processes have left untold. */
  static async open(cloud: Pick<Cloud, 'log' | 'print' | 'clock'>, journal: Journal): Promise<Telling> {
    const telling = new Telling(cloud, journal);
    const told = await journal.value(TOLD_KEY);
    telling.#told = telling.#kept = typeof told === 'number' ? told : 0;
    telling.onTimeline(await journal.timeline(telling.#told));
    return telling;
  }

  readonly onTimeline: TimelineListener = (entries) => {
    for (const entry of entries) this.#tell(entry);
    this.#told += entries.length;
  };

  /** Remembers in the journal how far it came. To be called before the lease is released. */
  async keep(): Promise<void> {
    if (this.#told === this.#kept) return;
    await this.#journal.putValue(TOLD_KEY, this.#told);
    this.#kept = this.#told;
  }

  #tell(entry: TimelineEntry): void {
    const { log, print, clock } = this.#cloud;
    const { runId } = this.#journal.record;
    log.info({ runId, ...entry }, sentenceOf(entry));
    const alarm = alarmOf(entry);
    if (alarm !== undefined) print(metricLine(this.#journal.record, { [alarm]: 1 }, clock.now()));
  }
}

/** The metric that an entry counts in. The end of a run is counted with its report. */
function alarmOf(entry: TimelineEntry): MetricName | undefined {
  const event = eventOf(entry);
  switch (event?.code) {
    case 'phase.halted':
    case 'approval.halted':
      return 'RunHalted';
    case 'signal.paused':
      // A pause by an operator needs no alarm.
      return event.data.because === undefined ? undefined : 'RunHalted';
    case 'objective.rto':
    case 'objective.rpo':
      if (event.data.state === 'at-risk') return 'ObjectiveAtRisk';
      return event.data.state === 'breached' ? 'ObjectiveBreached' : undefined;
    default:
      return undefined;
  }
}
