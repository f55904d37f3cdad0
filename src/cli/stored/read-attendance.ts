import { setTimeout as sleep } from 'node:timers/promises';
import type { Journal } from '../../journal/journal.ts';
import { BEAT_EVERY_MS, type Holder, type Lease, type ProcessInfo } from '../../journal/lease.ts';
import type { Attendance, Driven, PendingSignal } from '../../report/model/attendance.ts';
import { formatInstant, MINUTE_MS } from '../../time.ts';
import { anticipate } from './anticipation.ts';
import { viewOf, type Resting } from './stored-run.ts';

/** How a driver that responds is told from one that is stopped or hangs; in times between two heartbeats. */
interface Listening {
  /** One whose last beat is older than this is listened to. */
  readonly suspicious: number;
  /** Without a beat for so long it does not respond. `resume` takes a run over after about four times that. */
  readonly listen: number;
}

const LISTENING: Listening = { suspicious: 2.5, listen: 2.5 };
const LOOK_EVERY_MS = 250;

/** Who drives the run, and what waits for its next driver. Takes some seconds when the driver seems to hang. */
export async function attendanceOf(
  journal: Journal,
  lease: Pick<Lease, 'holder'> & Resting,
  listening = LISTENING,
): Promise<Attendance> {
  const look = () => lease.holder(journal.record.runId);
  const { last, isHeld, beatEveryMs = BEAT_EVERY_MS } = await look();
  if (!isHeld && last?.function !== undefined && (await rests(journal, last, lease))) {
    const driven: Driven = { ...drivenBy(last, true), resting: true };
    return { driven, lastBeatAt: instantOf(last.beatAt), pendingSignals: await pendingSignalsOf(journal) };
  }
  const responding = isHeld && last !== undefined && (await isResponding(last, look, listening, beatEveryMs));
  // Only now: a signal that the driver has consumed meanwhile is pending no more.
  const pendingSignals = await pendingSignalsOf(journal);
  return {
    driven: isHeld && last !== undefined ? drivenBy(last, responding) : null,
    lastBeatAt: instantOf(last?.beatAt),
    pendingSignals,
  };
}

/** A function that rests longer registers a wake. Only for display, so the machine's clock will do. */
const UNREGISTERED_REST_MS = 6 * MINUTE_MS;

/** A function releases the lease while nothing is due. One that has ended for good is not told from one that rests a few minutes, for so long. */
async function rests({ record }: Journal, { beatAt, since }: ProcessInfo, lease: Resting): Promise<boolean> {
  if (Date.now() - (beatAt ?? since) < UNREGISTERED_REST_MS) return true;
  return (await lease.wakeOf?.(record.runId)) !== undefined;
}

/** Beats are compared with each other: the clock on the wall only says whether it is worth listening. */
async function isResponding(
  seen: ProcessInfo,
  look: () => Promise<Holder>,
  { suspicious, listen }: Listening,
  beatEveryMs: number,
): Promise<boolean> {
  // A driver of an older version gives no heartbeat: its lock is all there is to go by.
  if (seen.beatAt === undefined || Math.abs(Date.now() - seen.beatAt) < suspicious * beatEveryMs) return true;
  for (let listened = 0; listened < listen * beatEveryMs; listened += LOOK_EVERY_MS) {
    await sleep(LOOK_EVERY_MS);
    if ((await look()).last?.beatAt !== seen.beatAt) return true;
  }
  return false;
}

function drivenBy({ host, pid, since, beatAt, function: name }: ProcessInfo, responding: boolean): Driven {
  return {
    ...{ host, pid, since: formatInstant(since), lastBeatAt: instantOf(beatAt), responding },
    ...(name !== undefined && { function: name }),
  };
}

function instantOf(at: number | undefined): string | null {
  return at === undefined ? null : formatInstant(at);
}

/** What no driver has consumed yet, oldest first, and what the next one will do with it. */
export async function pendingSignalsOf(journal: Journal): Promise<readonly PendingSignal[]> {
  const [{ pendingSignal }, { expiryOf }] = await Promise.all([
    import('../../report/model/attendance.ts'),
    import('../../journal/signal-proof.ts'),
  ]);
  if ((await journal.pendingSignals()).length === 0) return [];
  const view = await viewOf(journal);
  return (await anticipate(journal)).pending.map((heard) => {
    const { proof } = heard.signal;
    const expiresAt = proof === undefined ? undefined : expiryOf(proof);
    return pendingSignal({ ...heard, ...(expiresAt !== undefined && { expiresAt }) }, view);
  });
}
