import { adviceText, lifeboat, type CommandName } from '../advice.ts';
import { formatDuration, SECOND_MS } from '../time.ts';
import type { Instant } from '../time.ts';
import type { RunMode } from '../plan/types.ts';
import type { TimelineEntry } from '../workflow/base/decision.ts';
import { withoutLinks, withoutMentions } from './inert.ts';

/** What a notice says about the run it belongs to. */
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
  /** `routine` may be left out when there are too many; `alert` is left out last. */
  readonly importance: 'routine' | 'alert';
  /** Printable ASCII on one line, at most 99 characters. */
  readonly subject: string;
  /** One or two lines of plain text. */
  readonly text: string;
}

const LONGEST_MESSAGE = 600;
/** SNS wants less than 100. */
const LONGEST_SUBJECT = 99;

/** The end of a run, or a stop that lasts until a person comes. */
const OUTCOME = /^(halted|completed|failed|aborted)\b/;
const WAITS = /^(\w+): waits for /;
const WANTS_PERSON = /\bapproval\(s\) before |\ba person to confirm before /;
/** Each is told by the signal that caused it, or concerns the rehearsal alone. */
const OLD_NEWS = /^(going on|nothing more is sent|simulated crash)\b/;
/** Faults that concern the whole run. Those of single resources are in the timeline. */
const GENERAL_FAULT = /^(AWS (has not answered|answers again)|the account could not be marked)\b/;

/**
 * What people are told of an entry of the timeline; `undefined` when it is no news. There are some twenty an undisturbed run, however
 * many resources it has.
 *
 * @example
 * noticeFor({ at, kind: 'phase', message: 'approval: waits for 1 of 2 approval(s) before restore' }, run)?.text
 * // orders-20261120T0300-1: approval: waits for 1 of 2 approval(s) before restore (12 min after the incident; 5 h 48 min left of the RTO)
 * // lifeboat approve orders-20261120T0300-1
 */
export function noticeFor(entry: TimelineEntry, run: NoticeRun): Notice | undefined {
  const importance = importanceOf(entry);
  if (importance === undefined) return undefined;
  const { runId } = run;
  const marks = `${run.mode === 'drill' ? '[drill] ' : ''}${run.isSimulated ? '[simulated] ' : ''}`;
  const headline = `${marks}${runId}: ${sentence(entry)}`;
  const command = commandFor(entry);
  const todo = command === undefined ? '' : `\n${adviceText(lifeboat(command, runId), run.commandOptions)}`;
  return {
    at: entry.at,
    importance,
    subject: asciiLine(headline),
    text: `${headline} (${circumstances(entry, run)})${todo}`,
  };
}

/** Whether an entry is news at all: cheaper than making the notice. */
export function isNews(entry: TimelineEntry): boolean {
  return importanceOf(entry) !== undefined;
}

function importanceOf({ kind, message }: TimelineEntry): Notice['importance'] | undefined {
  switch (kind) {
    case 'phase':
      if (message === 'approval: nothing to ask') return undefined;
      return OUTCOME.test(message) || WAITS.test(message) ? 'alert' : 'routine';
    case 'objective':
    case 'approval':
    case 'signal':
      return 'alert';
    case 'run':
      return OLD_NEWS.test(message) ? undefined : 'alert';
    case 'fault':
      return GENERAL_FAULT.test(message) ? 'alert' : undefined;
    default:
      return undefined;
  }
}

/** A phase that has nothing to say of itself is a bare name. */
function sentence({ kind, message }: TimelineEntry): string {
  const shown = plain(message, LONGEST_MESSAGE);
  return kind === 'phase' && /^\w+$/.test(message) && !OUTCOME.test(message) ? `${shown} has begun` : shown;
}

function circumstances(entry: TimelineEntry, { mode, incidentAt, rtoSeconds }: NoticeRun): string {
  const elapsedSeconds = (entry.at - incidentAt) / SECOND_MS;
  const elapsed = `${formatDuration(elapsedSeconds)} ${mode === 'drill' ? 'after the start' : 'after the incident'}`;
  if (!holdsUpRecovery(entry)) return elapsed;
  const leftSeconds = rtoSeconds - elapsedSeconds;
  if (leftSeconds < 0) return `${elapsed}; the RTO has been over for ${formatDuration(-leftSeconds)}`;
  return `${elapsed}; ${formatDuration(leftSeconds)} left of the RTO`;
}

/** Whether the clock of the RTO runs while nothing goes on. */
function holdsUpRecovery({ kind, message }: TimelineEntry): boolean {
  if (kind === 'signal') return message.startsWith('paused');
  if (kind !== 'phase') return false;
  return message.startsWith('halted') || (WAITS.test(message) && !/^(backfill|cleanup)\b/.test(message));
}

/** What to do about it, where that is one command. */
function commandFor({ kind, message }: TimelineEntry): CommandName | undefined {
  if (kind === 'signal') return message.startsWith('paused') ? 'resume' : undefined;
  if (kind !== 'phase') return undefined;
  if (WAITS.test(message)) return WANTS_PERSON.test(message) ? 'approve' : undefined;
  if (message.startsWith('halted')) return 'status';
  return OUTCOME.test(message) ? 'report' : undefined;
}

/** One line, with nothing in it that could steer a terminal or turn the reading direction; what was there stays visible as U+FFFD. */
function plain(text: string, limit: number): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}…` : text;
  const line = cut.replace(/[\t\r\n]+/g, ' ').replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, '\ufffd');
  return withoutLinks(withoutMentions(line));
}

function asciiLine(text: string): string {
  const ascii = text.replace(/[^\u0020-\u007e]/g, '?');
  return ascii.length > LONGEST_SUBJECT ? `${ascii.slice(0, LONGEST_SUBJECT - 3)}...` : ascii;
}
