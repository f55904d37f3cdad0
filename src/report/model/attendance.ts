import { formatDuration, formatInstant, SECOND_MS, type Instant } from '../../time.ts';
import { approvers } from '../../workflow/recovery/obstacles.ts';
import { isPaused, phaseOf } from '../../workflow/recovery/phase.ts';
import { madeThings } from '../../workflow/resource/parts.ts';
import type { RecoveryContext } from '../../workflow/recovery/recovery-context.ts';
import { clock, moment } from '../layout/format.ts';
import { processText } from '../../journal/lease.ts';
import type { RunView } from './run-view.ts';
import { listed, plain } from '../layout/plain.ts';
import { reasonText } from '../../sentences/reasons.ts';
import type { Reason } from '../../workflow/base/reasons.ts';

const MOST_IDS = 5;
const DAY_MS = 86_400_000;

/** The process that has a run. */
export interface Driven {
  readonly host: string;
  readonly pid: number;
  /** Name of the Lambda function; absent for a process on a machine. */
  readonly function?: string;
  readonly since: string;
  /** Null for a driver of an older version, which gives no heartbeat. */
  readonly lastBeatAt: string | null;
  /** False when it has the run and gives no heartbeat any more: it is stopped, or it hangs. */
  readonly responding: boolean;
  /** Present for a function that has released the run until something is due: it continues by itself, and sooner after a signal. */
  readonly resting?: true;
}

/** A signal that no driver has consumed yet. */
export interface PendingSignal {
  readonly kind: string;
  readonly by: string;
  readonly at: string;
  /** What the next driver will do with it. */
  readonly effect: string;
  /** It ends the run, or decides anew what becomes of what the run made. */
  readonly endsRun: boolean;
}

/** Who drives a run, and what waits for its next driver. */
export interface Attendance {
  readonly driven: Driven | null;
  /** The last heartbeat of any driver of this run. */
  readonly lastBeatAt: string | null;
  /** Oldest first: the order in which they are carried out. */
  readonly pendingSignals: readonly PendingSignal[];
}

/** A recovery as its machine has it. */
interface Snapshot {
  readonly value: unknown;
  readonly context: RecoveryContext;
}

/** A signal, with the recovery before and after it is heard. */
export interface HeardSignal {
  readonly signal: { readonly kind: string; readonly by: string; readonly at: Instant };
  readonly before: Snapshot;
  readonly after: Snapshot;
  /** Why it does not count. */
  readonly unheard?: Reason;
  /** Until when the driver can verify who gave it. */
  readonly expiresAt?: Instant;
}

export function pendingSignal(
  { signal, before, after, unheard, expiresAt }: HeardSignal,
  view: RunView,
): PendingSignal {
  const { kind, by, at } = signal;
  const isAborted = before.context.outcome === 'aborted';
  const isKeptInstead = isAborted && after.context.keepsMade && !before.context.keepsMade;
  const endsRun = isKeptInstead || (after.context.outcome === 'aborted' && !isAborted);
  const limit = expiresAt === undefined ? '' : `, if a driver hears it before ${formatInstant(expiresAt)}`;
  const counted = endsRun
    ? endingEffect(after.context, view, isKeptInstead)
    : `${effectOf(kind, before, after)}${limit}`;
  const effect = unheard === undefined ? counted : `does not count: ${reasonText(unheard)}`;
  return { kind, by, at: formatInstant(at), effect, endsRun };
}

/** What the run has made so far and not removed. One that was adopted and never driven has no rows yet. */
export function madeSoFar({ recovery, resources, record }: RunView): readonly string[] {
  return recovery === undefined
    ? Object.values(record.adopted ?? {}).flatMap(({ makes }) => makes.map(({ id }) => id))
    : resources.flatMap(({ context }) => madeThings(context).map(({ id }) => id));
}

function endingEffect({ keepsMade }: RecoveryContext, view: RunView, isKeptInstead: boolean): string {
  const made = madeSoFar(view);
  if (made.length === 0) return 'ends the run; nothing was made so far';
  const fate = isKeptInstead ? 'keeps, instead of removing,' : keepsMade ? 'keeps' : 'removes';
  return `ends the run and ${fate} what was made: ${listed(made, MOST_IDS)}`;
}

function effectOf(kind: string, before: Snapshot, after: Snapshot): string {
  const approval = after.context.approvals.at(before.context.approvals.length);
  if (approval?.step !== undefined) return `confirms the step ${approval.step}`;
  if (approval !== undefined) {
    const count = approvers(after.context.approvals, approval.gate).size;
    return `counts as approval ${count} before ${approval.gate}`;
  }
  const [wasPaused, isHeld] = [isPaused(before.value), isPaused(after.value)];
  if (isHeld && !wasPaused) return 'holds the run: nothing new is started';
  if (wasPaused && !isHeld) return 'lets the run continue';
  if (phaseOf(before.value) === 'halted' && phaseOf(after.value) !== 'halted')
    return 'tries again what failed';
  return kind === 'approve' ? 'changes nothing: what it approves is not asked any more' : 'changes nothing';
}

/** For the title of a status: whether the run is driven, and the last heartbeat. Short, for the title is one line. */
export function drivenText({ driven, lastBeatAt }: Attendance, now?: Instant): string {
  if (driven === null)
    return `not driven${lastBeatAt === null ? '' : ` since ${since(Date.parse(lastBeatAt), now)}`}`;
  const beat =
    lastBeatAt === null ? '' : ` (last heartbeat ${now === undefined ? lastBeatAt : ago(lastBeatAt, now)})`;
  const how = driven.responding ? 'driven' : 'NOT RESPONDING: held';
  return `${how} by ${plain(processText(driven))}${driven.resting === true ? ', which rests' : ''}${beat}`;
}

/** The time alone of the last day, else the date too. */
function since(at: Instant, now: Instant | undefined): string {
  return now !== undefined && now - at < DAY_MS ? clock(at) : moment(at);
}

function ago(iso: string, now: Instant): string {
  return `${formatDuration(Math.max(0, now - Date.parse(iso)) / SECOND_MS)} ago`;
}

/** `abort by alex at 2026-11-20T03:00:00Z: ends the run and removes what was made: vol-1`. */
export function pendingText({ kind, by, at, effect }: PendingSignal): string {
  return `${kind} by ${plain(by)} at ${at}: ${plain(effect)}`;
}
