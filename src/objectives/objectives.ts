import type { Objectives } from '../plan/types.ts';
import type { Instant } from '../time.ts';

/** An objective once a run is over. `null`: not measured, because the run did not exercise it. */
export interface ObjectiveResult {
  readonly objectiveSeconds: number;
  readonly actualSeconds: number | null;
  readonly met: boolean | null;
}

export interface AvailabilityResult {
  readonly objectivePercent: number;
  readonly actualPercent: number | null;
  readonly met: boolean | null;
}

export interface ObjectiveResults {
  readonly rto: ObjectiveResult;
  readonly rpo: ObjectiveResult;
  readonly dataComplete?: ObjectiveResult;
  readonly availability?: AvailabilityResult;
}

/** An availability objective refers to a year. */
const YEAR_SECONDS = 365 * 86_400;

export interface Actuals {
  readonly incidentAt: Instant;
  /** When the recovery completed; absent: it did not. */
  readonly recoveredAt?: Instant;
  /** Data loss of the recovery points actually used; `null` when nothing was recovered. */
  readonly rpaSeconds: number | null;
  /** Whether missed traffic was backfilled, and when that ended. Absent: the run has no backfill. */
  readonly dataCompleteAt?: Instant;
}

function judged(objectiveSeconds: number, actualSeconds: number | null): ObjectiveResult {
  return {
    objectiveSeconds,
    actualSeconds,
    met: actualSeconds === null ? null : actualSeconds <= objectiveSeconds,
  };
}

/** Judges the actual times. A recovery that did not complete has missed its RTO: `met` is false, `actualSeconds` null. */
export function judge(objectives: Objectives, actuals: Actuals): ObjectiveResults {
  const { rtoSeconds, rpoSeconds, dataCompleteSeconds, availabilityPercent } = objectives;
  const rtaSeconds =
    actuals.recoveredAt === undefined ? null : (actuals.recoveredAt - actuals.incidentAt) / 1_000;
  const dataSeconds =
    actuals.dataCompleteAt === undefined ? null : (actuals.dataCompleteAt - actuals.incidentAt) / 1_000;
  const actualPercent = rtaSeconds === null ? null : Math.max(0, 100 * (1 - rtaSeconds / YEAR_SECONDS));
  return {
    rto:
      rtaSeconds === null
        ? { objectiveSeconds: rtoSeconds, actualSeconds: null, met: false }
        : judged(rtoSeconds, rtaSeconds),
    rpo: judged(rpoSeconds, actuals.rpaSeconds),
    ...(dataCompleteSeconds !== undefined && { dataComplete: judged(dataCompleteSeconds, dataSeconds) }),
    ...(availabilityPercent !== undefined && {
      availability: {
        objectivePercent: availabilityPercent,
        actualPercent,
        met: actualPercent === null ? null : actualPercent >= availabilityPercent,
      },
    }),
  };
}
