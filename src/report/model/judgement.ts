import type { ObjectiveState } from '../../objectives/live.ts';
import { judge, type ObjectiveResults } from '../../objectives/objectives.ts';
import { oldestAgeSeconds } from '../../kinds/recovery-points.ts';
import { SECOND_MS, type Instant } from '../../time.ts';
import { isConfirmed } from '../../workflow/recovery/questions.ts';
import { isOver } from '../../workflow/recovery/phase.ts';
import { accountAt, isRecovered, runStatus, strategyUsed } from './outcome.ts';
import type { RunView } from './run-view.ts';

/**
 * The objectives by what really happened. While a run goes on nothing is met yet, but an objective can already be missed; once it
 * is over, data that did not come back is a missed RPO.
 */
export function judgeRun(view: RunView, now?: Instant): ObjectiveResults {
  const { objectives, incidentAt } = view.record.plan;
  const recoveredAt = confirmedInstant(view, view.recovery?.recoveredAt);
  const rpaSeconds = actualRpa(view);
  const backfilled = view.recovery?.backfilled;
  const judged = judge(objectives, {
    incidentAt,
    ...(recoveredAt !== undefined && { recoveredAt }),
    rpaSeconds,
    ...(backfilled !== undefined &&
      backfilled.result.pending === 0 && {
        dataCompleteAt: confirmedInstant(view, backfilled.at),
      }),
  });
  const status = runStatus(view);
  // A recovery that halted goes on when a person resumes it: nothing is decided but what time has decided.
  if (status === 'running' || status === 'paused' || status === 'halted') {
    const goneSeconds = (confirmedInstant(view, accountAt(view, now)) - incidentAt) / SECOND_MS;
    const rtoMet = goneSeconds > objectives.rtoSeconds ? false : null;
    return recoveredAt === undefined ? { ...judged, rto: { ...judged.rto, met: rtoMet } } : judged;
  }
  return rpaSeconds === null ? { ...judged, rpo: { ...judged.rpo, met: false } } : judged;
}

/** An instant of the run's time, later by the jumps of the clock before it that were not counted and that a person has confirmed since. */
export function confirmedInstant<T extends Instant | undefined>({ recovery }: RunView, at: T): T {
  if (at === undefined || recovery?.clock === undefined) return at;
  const late = recovery.clock.jumps
    .filter((jump) => !jump.isCounted && jump.at <= at && isConfirmed(jump, recovery.approvals))
    .reduce((sum, { ms }) => sum + ms, 0);
  return (at + late) as T;
}

/**
 * Whether the objectives are decided for good: the recovery is over, or the run is. Before that a word like `met` would promise what a
 * failure can still take back.
 */
export function isDecided({ recovery, phase }: Pick<RunView, 'recovery' | 'phase'>): boolean {
  return recovery?.recoveredAt !== undefined || isOver(phase);
}

/** `MET` or `MISSED` once that is decided, until then where the objective stands: `ON-TRACK`, `AT-RISK`, `BREACHED`. */
export function objectiveWord(
  { state, met }: { readonly state: ObjectiveState; readonly met: boolean | null },
  decided: boolean,
): string {
  if (!decided || met === null) return state.toUpperCase();
  return met ? 'MET' : 'MISSED';
}

/** The oldest of the recovery points really used, in seconds before the incident; `null` unless every resource came back. */
export function actualRpa(view: RunView): number | null {
  if (view.resources.length === 0) return null;
  return oldestAgeSeconds(
    view.resources.map((resource) =>
      isRecovered(resource) ? strategyUsed(resource)?.recoveryPoint : undefined,
    ),
  );
}
