import type { LiveForecast, LiveObjective } from '../../objectives/live.ts';
import type { SignalKind } from '../../journal/journal.ts';
import type { RunMode } from '../../plan/types.ts';
import { formatInstant, SECOND_MS, type Instant } from '../../time.ts';
import type { FindingCode, FindingData } from '../../workflow/base/effects.ts';
import { isOver, type Phase } from '../../workflow/recovery/phase.ts';
import { openDifferences } from '../../workflow/recovery/questions.ts';
import type { RecoveryContext } from '../../workflow/recovery/recovery-context.ts';
import { actualRpa, confirmedInstant, judgeRun } from './judgement.ts';
import { accountAt, outcomeOf, runStatus, waitingFor, type RunStatus } from './outcome.ts';
import type { RunView } from './run-view.ts';

/** An objective of a run that may still go on. */
export type StatusObjective = Omit<LiveObjective, 'forecastSeconds'> & {
  /** Null when nothing can be said, and while a failed resource leaves no end in sight. */
  readonly forecastSeconds: number | null;
  /** As a report judges it: null while it is not decided. */
  readonly met: boolean | null;
};

/** `status --json`. */
export interface Status {
  readonly schema: 'lifeboat.status/v1';
  readonly runId: string;
  readonly runbook: string;
  readonly mode: RunMode;
  readonly status: RunStatus;
  readonly phase: Phase;
  readonly asOf: string;
  readonly resources: {
    readonly total: number;
    readonly ready: number;
    readonly failed: number;
    readonly halted: number;
  };
  /** What was made and waits for a decision: `approve --step` accepts it. */
  readonly differences: readonly {
    readonly resource: string;
    readonly step: string;
    readonly code: FindingCode | null;
    readonly message: string;
    readonly data: FindingData | null;
  }[];
  readonly objectives: {
    readonly rto: StatusObjective;
    readonly rpo: StatusObjective;
    /** Only where missed traffic is replayed by the run, and a date is promised. */
    readonly dataComplete?: StatusObjective;
  };
  /** The resource that determines when the recovery ends; null when it has ended or none is known. */
  readonly cause: { readonly resource: string; readonly step: string } | null;
  readonly waitingFor: readonly string[];
  /** Signals that the run accepts now. */
  readonly accepts: readonly SignalKind[];
}

/** Where a run stands. Without a live forecast (nothing drives it) the plan's own stands in, never earlier than now. */
export function buildStatus(view: RunView, live: LiveForecast | undefined, now: Instant): Status {
  const { record } = view;
  const outcomes = view.resources.map(outcomeOf);
  const status = runStatus(view);
  const over = isOver(status);
  return {
    schema: 'lifeboat.status/v1',
    runId: record.runId,
    runbook: record.runbook,
    mode: record.mode,
    status,
    phase: view.phase,
    asOf: formatInstant(accountAt(view, now)),
    resources: {
      total: outcomes.length,
      ready: outcomes.filter((outcome) => outcome === 'ready').length,
      failed: outcomes.filter((outcome) => outcome === 'failed').length,
      halted: outcomes.filter((outcome) => outcome === 'halted').length,
    },
    differences: over || view.recovery === undefined ? [] : differencesOf(view.recovery),
    objectives: {
      rto: rtoOf(view, over ? undefined : live, now),
      rpo: rpoOf(view, over ? undefined : live, now),
      ...dataCompleteOf(view, now),
    },
    cause: over ? null : (live?.cause ?? null),
    waitingFor: waitingFor(view, accountAt(view, now)),
    accepts: [...view.accepts],
  };
}

function differencesOf(recovery: RecoveryContext): Status['differences'] {
  return openDifferences(recovery).flatMap(({ resource, differences }) =>
    differences.map(({ subject, message, code = null, data = null }) => ({
      ...{ resource, step: resource, code, message: `${subject} ${message}`, data },
    })),
  );
}

function rtoOf(view: RunView, live: LiveForecast | undefined, now: Instant): StatusObjective {
  const { objectives, incidentAt, forecast } = view.record.plan;
  const recoveredAt = view.recovery?.recoveredAt;
  const until = confirmedInstant(view, recoveredAt ?? accountAt(view, now));
  const elapsedSeconds = Math.max(0, (until - incidentAt) / SECOND_MS);
  const objectiveSeconds = objectives.rtoSeconds;
  const { met } = judgeRun(view, now).rto;
  if (met !== null) {
    const forecastSeconds = recoveredAt === undefined ? foreseen(live) : elapsedSeconds;
    return { objectiveSeconds, elapsedSeconds, forecastSeconds, state: met ? 'on-track' : 'breached', met };
  }
  if (live !== undefined)
    return { ...live.rto, objectiveSeconds, elapsedSeconds, forecastSeconds: foreseen(live), met };
  // JSON has no infinity: a journal holds null there, although the type says number.
  const planned = forecast.rtaSeconds.p50 as number | null;
  const forecastSeconds = planned === null ? null : Math.max(planned, elapsedSeconds);
  const isLate = forecastSeconds === null || forecastSeconds > objectiveSeconds;
  const noted = view.recovery?.objectiveStates.rto ?? 'on-track';
  return {
    objectiveSeconds,
    elapsedSeconds,
    forecastSeconds,
    state: noted === 'on-track' && isLate ? 'at-risk' : noted,
    met,
  };
}

function foreseen(live: LiveForecast | undefined): number | null {
  const forecastSeconds = live?.rto.forecastSeconds ?? Infinity;
  return Number.isFinite(forecastSeconds) ? forecastSeconds : null;
}

/** How long a backfill takes is known to the backfill alone: lifeboat backfill status. */
function dataCompleteOf(view: RunView, now: Instant): { readonly dataComplete?: StatusObjective } {
  const { objectives, incidentAt } = view.record.plan;
  const objectiveSeconds = objectives.dataCompleteSeconds;
  if (objectiveSeconds === undefined || view.recovery?.backfills !== true) return {};
  const endedAt = view.recovery.backfilled?.at;
  const elapsedSeconds = Math.max(0, ((endedAt ?? accountAt(view, now)) - incidentAt) / SECOND_MS);
  const state = elapsedSeconds > objectiveSeconds ? 'breached' : 'on-track';
  const forecastSeconds = endedAt === undefined ? null : elapsedSeconds;
  const met = judgeRun(view, now).dataComplete?.met ?? (state === 'breached' ? false : null);
  return { dataComplete: { objectiveSeconds, elapsedSeconds, forecastSeconds, state, met } };
}

function rpoOf(view: RunView, live: LiveForecast | undefined, now: Instant): StatusObjective {
  const { objectives, forecast } = view.record.plan;
  const objectiveSeconds = objectives.rpoSeconds;
  const { met } = judgeRun(view, now).rpo;
  const ageSeconds = actualRpa(view) ?? live?.rpo.forecastSeconds ?? forecast.rpaSeconds;
  const state =
    met === null
      ? (live?.rpo.state ?? stateByAge(ageSeconds, objectiveSeconds))
      : met
        ? 'on-track'
        : 'breached';
  return { objectiveSeconds, elapsedSeconds: ageSeconds ?? 0, forecastSeconds: ageSeconds, state, met };
}

/** The age of the recovery points is settled from the start: too old is a breach, not a risk. */
function stateByAge(ageSeconds: number | null, objectiveSeconds: number): StatusObjective['state'] {
  return ageSeconds !== null && ageSeconds > objectiveSeconds ? 'breached' : 'on-track';
}
