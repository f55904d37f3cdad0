import { adviceText, type RenderAdvice } from '../../advice.ts';
import { copiesOf } from '../../workflow/resource/parts.ts';
import type { ResourceState } from '../../workflow/resource/resource-state.ts';
import type { RunMode } from '../../plan/types.ts';
import { parseInstant, SECOND_MS, type Instant } from '../../time.ts';
import type { TimelineEntry } from '../../workflow/base/decision.ts';
import { isOver, type Phase } from '../../workflow/recovery/phase.ts';
import { pendingText, type Attendance } from './attendance.ts';
import { isRecovered, strategyUsed, type RunStatus } from './outcome.ts';
import { phasesOf } from './phases.ts';
import type { PhaseName } from '../../workflow/recovery/phase.ts';
import type { ResourceView, RunView } from './run-view.ts';
import type { Status, StatusObjective } from './status.ts';
import { asksPeople, waysOn } from './ways-on.ts';

export interface LivePhase {
  readonly name: PhaseName;
  readonly state: 'done' | 'now' | 'to-come';
  /** When it began; absent while it is to come. */
  readonly startedAt?: Instant;
  readonly endedAt?: Instant;
}

export interface LiveResource {
  readonly id: string;
  readonly state: ResourceState;
  readonly strategy: string;
  /** Hydration, 0 to 100; null where it does not show. */
  readonly percent: number | null;
  /** When it was ready, or probably will be; null where nothing can be said. */
  readonly readyAt: Instant | null;
  readonly isReady: boolean;
}

export interface LiveObjective {
  readonly state: StatusObjective['state'];
  readonly met: boolean | null;
  readonly promisedSeconds: number;
  /** Of the RTO from the incident to the likely end; of the RPO the data lost. */
  readonly forecastSeconds: number | null;
}

/** What the live view shows of a run: plain data, so that it can be drawn again at another size or a second later. */
export interface LiveModel {
  readonly runId: string;
  readonly runbook: string;
  readonly mode: RunMode;
  readonly status: RunStatus;
  readonly phase: Phase;
  readonly incidentAt: Instant;
  readonly asOf: Instant;
  /** Since then the RTO's clock is stopped. */
  readonly recoveredAt?: Instant;
  readonly rto: LiveObjective;
  readonly rpo: LiveObjective;
  readonly phases: readonly LivePhase[];
  /** In plan order. */
  readonly resources: readonly LiveResource[];
  /** Open approvals and confirmations; empty while there are none. */
  readonly waits: readonly string[];
  /** Commands that go on from here, where a person is needed. */
  readonly ways: readonly string[];
  /** The last entries, oldest first; empty where the timeline is shown elsewhere. */
  readonly timeline: readonly TimelineEntry[];
}

export interface LiveSources {
  /** When a resource will probably be ready, by what has really happened. */
  readonly readyAt: (id: string) => Instant | undefined;
  readonly timeline?: readonly TimelineEntry[];
  /** Absent where this process drives the run. */
  readonly attendance?: Attendance;
  readonly hint?: RenderAdvice;
}

export function liveModel(view: RunView, status: Status, sources: LiveSources): LiveModel {
  const { readyAt, timeline = [], attendance, hint = adviceText } = sources;
  const { plan, runId, runbook, mode } = view.record;
  const recoveredAt = view.recovery?.recoveredAt;
  const isAttended = attendance === undefined || attendance.driven?.responding === true;
  const needsPerson = !isAttended || status.status !== 'running' || asksPeople(status, view);
  return {
    runId,
    runbook,
    mode,
    status: status.status,
    phase: view.phase,
    incidentAt: plan.incidentAt,
    asOf: parseInstant(status.asOf) ?? view.lastAt,
    ...(recoveredAt !== undefined && { recoveredAt }),
    rto: objectiveOf(status.objectives.rto),
    rpo: objectiveOf(status.objectives.rpo),
    phases: livePhases(view),
    resources: view.resources.map((resource) => liveResource(resource, readyAt(resource.id))),
    waits: [...status.waitingFor, ...(attendance?.pendingSignals ?? []).map(pendingText)],
    ways: needsPerson ? waysOn(status, view, attendance).map((way) => hint(way)) : [],
    timeline,
  };
}

function objectiveOf({ state, met, objectiveSeconds, forecastSeconds }: StatusObjective): LiveObjective {
  return { state, met, promisedSeconds: objectiveSeconds, forecastSeconds };
}

/** Skipped phases are left out, and after the end of the run those that were not reached. */
function livePhases(view: RunView): readonly LivePhase[] {
  return phasesOf(view).flatMap(({ name, startedAt, endedAt }): readonly LivePhase[] => {
    const [from, to] = [instantOf(startedAt), instantOf(endedAt)];
    if (from !== undefined && to !== undefined)
      return [{ name, state: 'done', startedAt: from, endedAt: to }];
    if (from !== undefined) return [{ name, state: 'now', startedAt: from }];
    return isOver(view.phase) ||
      name === 'cutover' ||
      (name === 'backfill' && view.recovery?.backfills !== true)
      ? []
      : [{ name, state: 'to-come' }];
  });
}

function instantOf(iso: string | null): Instant | undefined {
  return iso === null ? undefined : parseInstant(iso);
}

function liveResource(resource: ResourceView, expectedAt: Instant | undefined): LiveResource {
  const { id, state, context } = resource;
  const isReady = isRecovered(resource);
  const seen = copiesOf(context).flatMap(({ data }) => data.progress ?? []);
  const least = seen.length < copiesOf(context).length ? 0 : Math.min(100, ...seen);
  const isHydrating = state === 'warming' || (state === 'restoring' && least > 0);
  return {
    id,
    state,
    strategy: strategyUsed(resource)?.name ?? '-',
    percent: isReady ? 100 : isHydrating && seen.length > 0 ? least : null,
    readyAt:
      (isReady ? context.readyAt : state === 'failed' || state === 'halted' ? undefined : expectedAt) ?? null,
    isReady,
  };
}

/** The same model at a later instant: only the clock changes. */
export function laterModel(model: LiveModel, asOf: Instant): LiveModel {
  return asOf <= model.asOf ? model : { ...model, asOf };
}

/** Seconds left of the RTO; negative once it is over. */
export function rtoLeftSeconds({ incidentAt, asOf, recoveredAt, rto }: LiveModel): number {
  return rto.promisedSeconds - ((recoveredAt ?? asOf) - incidentAt) / SECOND_MS;
}
