import { adviceText, lifeboat, type CommandName } from '../advice.ts';
import { formatDuration, SECOND_MS } from '../time.ts';
import type { Instant } from '../time.ts';
import type { RunMode } from '../plan/types.ts';
import { sentenceOf } from '../sentences/timeline.ts';
import type { TimelineEntry } from '../workflow/base/decision.ts';
import { eventOf, type TimelineCode, type TimelineEvent } from '../workflow/timeline/timeline.ts';
import { withoutLinks, withoutMentions } from './inert.ts';

/** What a notice tells about its run. */
export interface NoticeRun {
  readonly runId: string;
  readonly mode: RunMode;
  readonly isSimulated: boolean;
  readonly incidentAt: Instant;
  readonly rtoSeconds: number;
  /** Added to each command so that it finds the run: `--state`, `/srv/dr`; empty for the default state directory. */
  readonly commandOptions: readonly string[];
}

/** A message to people. */
export interface Notice {
  /** When it happened, by the run's clock. */
  readonly at: Instant;
  /** If too many notices wait, `routine` ones are dropped first, `alert` ones last. */
  readonly importance: 'routine' | 'alert';
  /** Printable ASCII on one line, at most 99 characters. */
  readonly subject: string;
  /** One or two lines of plain text. */
  readonly text: string;
}

const LONGEST_MESSAGE = 600;
/** SNS requires subjects shorter than 100 characters. */
const LONGEST_SUBJECT = 99;

type Importance = Notice['importance'];

/** Codes that become notices. Entries about single resources, and faults that the run handles itself, are in the timeline only. */
const IMPORTANCE: Partial<Record<TimelineCode, Importance>> = {
  'phase.begun': 'routine',
  'phase.securing': 'routine',
  'phase.backfilled': 'routine',
  'phase.waiting': 'alert',
  'phase.halted': 'alert',
  'phase.completed': 'alert',
  'phase.failed': 'alert',
  'phase.aborted': 'alert',
  'objective.rto': 'alert',
  'objective.rpo': 'alert',
  'approval.approved': 'alert',
  'approval.rejected': 'alert',
  'approval.halted': 'alert',
  'approval.accepted': 'alert',
  'approval.waived': 'alert',
  'approval.frozen': 'alert',
  'approval.unfrozen': 'alert',
  'signal.paused': 'alert',
  'signal.resumed': 'alert',
  'signal.aborted': 'alert',
  'signal.cleanup': 'alert',
  'run.precedence': 'alert',
  'run.kept': 'alert',
  'run.cleaned-up': 'alert',
  'fault.silence': 'alert',
  'fault.contact': 'alert',
  'fault.unclaimed': 'alert',
};

/**
 * The notice for a timeline entry; `undefined` when the entry needs none. A run without faults sends about twenty, however
 * many resources it has.
 *
 * @example
 * noticeFor({ at, subject: 'run', code: 'phase.waiting', data: { phase: 'approval', waits } }, run)?.text
 * // orders-20261120T0300-1: approval: 1 of 2 approvals given before restore (12 min after the incident; 5 h 48 min left of the RTO)
 * // lifeboat approve orders-20261120T0300-1
 */
export function noticeFor(entry: TimelineEntry, run: NoticeRun): Notice | undefined {
  const event = eventOf(entry);
  const importance = event === undefined ? undefined : importanceOf(event);
  if (event === undefined || importance === undefined) return undefined;
  const { runId } = run;
  const marks = `${run.mode === 'drill' ? '[drill] ' : ''}${run.isSimulated ? '[simulated] ' : ''}`;
  const headline = `${marks}${runId}: ${headlineOf(entry, event, run)}`;
  const command = commandFor(event);
  const todo = command === undefined ? '' : `\n${adviceText(lifeboat(command, runId), run.commandOptions)}`;
  return {
    at: entry.at,
    importance,
    subject: asciiLine(headline),
    text: `${headline} (${circumstances(entry.at, event, run)})${todo}`,
  };
}

/** Whether an entry needs a notice: cheaper than making it. */
export function isNews(entry: TimelineEntry): boolean {
  const event = eventOf(entry);
  return event !== undefined && importanceOf(event) !== undefined;
}

/** If no approval is required, only the phase that follows is reported. */
function importanceOf(event: TimelineEvent): Importance | undefined {
  return event.code === 'phase.begun' && event.data.phase === 'approval' ? undefined : IMPORTANCE[event.code];
}

/** For a phase that begins for all resources, the timeline has only its name. */
function headlineOf(
  entry: TimelineEntry,
  { code, data }: TimelineEvent,
  { commandOptions }: NoticeRun,
): string {
  const shown = plain(
    sentenceOf(entry, (advice) => adviceText(advice, commandOptions)),
    LONGEST_MESSAGE,
  );
  return code === 'phase.begun' && data.arrived === undefined ? `${shown} has begun` : shown;
}

function circumstances(
  at: Instant,
  event: TimelineEvent,
  { mode, incidentAt, rtoSeconds }: NoticeRun,
): string {
  const elapsedSeconds = (at - incidentAt) / SECOND_MS;
  const elapsed = `${formatDuration(elapsedSeconds)} ${mode === 'drill' ? 'after the start' : 'after the incident'}`;
  if (!holdsUpRecovery(event)) return elapsed;
  const leftSeconds = rtoSeconds - elapsedSeconds;
  if (leftSeconds < 0) return `${elapsed}; the RTO was exceeded ${formatDuration(-leftSeconds)} ago`;
  return `${elapsed}; ${formatDuration(leftSeconds)} left of the RTO`;
}

/** Whether the RTO keeps counting while the run waits. */
function holdsUpRecovery({ code, data }: TimelineEvent): boolean {
  if (code === 'phase.waiting') return data.phase !== 'backfill' && data.phase !== 'cleanup';
  return code === 'signal.paused' || code === 'phase.halted';
}

/** The command that handles the event, if there is a single one. */
function commandFor({ code, data }: TimelineEvent): CommandName | undefined {
  switch (code) {
    case 'signal.paused':
      return 'resume';
    case 'phase.waiting':
      return data.waits.some(({ kind }) => kind === 'approvals' || kind === 'manual') ? 'approve' : undefined;
    case 'phase.halted':
      return 'status';
    case 'phase.completed':
    case 'phase.failed':
    case 'phase.aborted':
      return 'report';
    default:
      return undefined;
  }
}

/** One line, without characters that control a terminal or change the text direction; each is replaced by U+FFFD. */
function plain(text: string, limit: number): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}…` : text;
  const line = cut.replace(/[\t\r\n]+/g, ' ').replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, '\ufffd');
  return withoutLinks(withoutMentions(line));
}

function asciiLine(text: string): string {
  const ascii = text.replace(/[^\u0020-\u007e]/g, '?');
  return ascii.length > LONGEST_SUBJECT ? `${ascii.slice(0, LONGEST_SUBJECT - 3)}...` : ascii;
}
