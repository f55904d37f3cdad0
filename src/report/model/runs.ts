import type { ObjectiveResults } from '../../objectives/objectives.ts';
import type { RunMode } from '../../plan/types.ts';
import { formatInstant } from '../../time.ts';
import { judgeRun } from './judgement.ts';
import { endOf, runStatus, type RunStatus } from './outcome.ts';
import type { RunView } from './run-view.ts';

/** A drill beside the one before it, of the same runbook and both on an account or both simulated: rehearsing should make it faster. */
export interface Trend {
  readonly previousRunId: string;
  readonly previousActualSeconds: number;
  /** Negative: faster than before. */
  readonly changeSeconds: number;
}

export interface RunSummary {
  readonly runId: string;
  readonly runbook: string;
  readonly mode: RunMode;
  /** A rehearsal in the simulator; false for a run on an account. */
  readonly simulated: boolean;
  readonly status: RunStatus;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly objectives: ObjectiveResults;
  /** Null for what is no drill, did not recover, or has nothing to be compared with. */
  readonly trend: Trend | null;
}

/** `runs --json`. */
export interface Runs {
  readonly schema: 'lifeboat.runs/v1';
  /** Oldest first. */
  readonly runs: readonly RunSummary[];
}

/** All runs, with the trend of the drills. */
export function buildRuns(views: readonly RunView[]): Runs {
  const byAge = [...views].sort(
    ({ record: one }, { record: other }) =>
      one.createdAt - other.createdAt || one.runId.localeCompare(other.runId, 'en', { numeric: true }),
  );
  const lastDrill = new Map<string, { readonly runId: string; readonly actualSeconds: number }>();
  const runs = byAge.map((view): RunSummary => {
    const { runId, runbook, mode, createdAt, options } = view.record;
    const simulated = options.simulation !== undefined;
    // How long a simulated drill takes says nothing of an account, nor the other way round.
    const comparable = `${runbook}/${simulated ? 'simulated' : 'account'}`;
    const ended = endOf(view);
    const objectives = judgeRun(view);
    const { actualSeconds } = objectives.rto;
    const previous = lastDrill.get(comparable);
    const isMeasuredDrill = mode === 'drill' && actualSeconds !== null;
    if (isMeasuredDrill) lastDrill.set(comparable, { runId, actualSeconds });
    return {
      runId,
      runbook,
      mode,
      simulated,
      status: runStatus(view),
      startedAt: formatInstant(createdAt),
      endedAt: ended === undefined ? null : formatInstant(ended),
      objectives,
      trend:
        !isMeasuredDrill || previous === undefined
          ? null
          : {
              previousRunId: previous.runId,
              previousActualSeconds: previous.actualSeconds,
              changeSeconds: actualSeconds - previous.actualSeconds,
            },
    };
  });
  return { schema: 'lifeboat.runs/v1', runs };
}
