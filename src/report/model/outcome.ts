import { type ResourceState, STATES } from '../../workflow/resource/resource-state.ts';
import type { Remaining } from '../../kinds/things.ts';
import type { PlannedStrategy } from '../../plan/types.ts';
import type { Instant } from '../../time.ts';
import { differenceText, obstacleText } from '../../sentences/questions.ts';
import { reasonText } from '../../sentences/reasons.ts';
import { obstacles, phaseAfter } from '../../workflow/recovery/obstacles.ts';
import { openDifferences } from '../../workflow/recovery/questions.ts';
import type { Outcome } from '../../workflow/recovery/recovery-context.ts';
import { leftByCleanup } from '../../workflow/fleet.ts';
import { isOver, mayStart } from '../../workflow/recovery/phase.ts';
import { madeThings } from '../../workflow/resource/parts.ts';
import type { ResourceView, RunView } from './run-view.ts';
import type { Leftover } from '../../workflow/base/reasons.ts';
import { adviceText, type RenderAdvice } from '../../advice.ts';

/** How a run stands. `running` and `paused` are not yet an end; `halted` waits for a person. */
export type RunStatus = Outcome | 'halted' | 'running' | 'paused';

export function runStatus(view: RunView): RunStatus {
  if (isOver(view.phase) || view.phase === 'halted') return view.phase;
  return view.paused ? 'paused' : 'running';
}

/** When the run was over for good. A run that fails in preflight ends with its last decision. */
export function endOf(view: RunView): Instant | undefined {
  return view.recovery?.endedAt ?? (isOver(view.phase) ? view.lastAt : undefined);
}

/** The instant that an account of the run speaks of: its end, or now while it goes on. `now` is the machine's clock, which may be ahead of the run's time. */
export function accountAt(view: RunView, now: Instant | undefined): Instant {
  const ahead = view.recovery?.clock?.aheadMs ?? 0;
  return endOf(view) ?? Math.max(view.lastAt, now === undefined ? view.lastAt : now - ahead);
}

/**
 * Whether a resource came back: it is ready, or was when a drill removed it. One that was ready and then lost for good was not
 * recovered: giving up is newer than its readiness.
 */
export function isRecovered({ state, context }: ResourceView): boolean {
  if (STATES.ready.has(state)) return true;
  const { readyAt } = context;
  if (readyAt === undefined || !STATES.ended.has(state)) return false;
  return !context.fallbacks.some((fallback) => fallback.at >= readyAt);
}

/** How a resource ended, or where it is: cleaning it up does not change what became of it. */
export function outcomeOf(resource: ResourceView): ResourceState {
  if (isRecovered(resource)) return 'ready';
  const { state, context } = resource;
  const gaveUp = context.fallbacks.at(-1);
  const isGone = STATES.ended.has(state);
  if (isGone && context.halt !== undefined) return 'halted';
  const hasFailed =
    context.exhausted !== undefined ||
    (gaveUp !== undefined && gaveUp.strategy === context.spec.strategies.at(-1)?.name);
  return isGone && hasFailed ? 'failed' : state;
}

/** Another strategy than the first is in use, or was tried last. Giving up the only one is no fallback. */
export function isFallback({ context }: ResourceView): boolean {
  return context.strategy > 0;
}

/** The strategy that recovered it, or that was tried last. */
export function strategyUsed({ context }: ResourceView): PlannedStrategy | undefined {
  return context.spec.strategies[context.strategy];
}

/** What the run itself could not remove, unless a cleanup has removed it since. */
export function leftoversOf({ cleanedUp, resources, recovery }: RunView): readonly Leftover[] {
  if (cleanedUp) return [];
  const left = recovery === undefined ? undefined : leftByCleanup(recovery, resources);
  if (left !== undefined) return left;
  return [...resources.flatMap(({ context }) => context.leftovers), ...(recovery?.leftovers ?? [])];
}

/** What the strategies that were carried out leave behind beside what they recovered: from the acceptance of their first operation on. */
export function remainsOf({ resources }: RunView): readonly Remaining[] {
  return resources.flatMap(({ context }) =>
    context.spec.strategies.flatMap(({ remains = [] }, index) =>
      context.parts.some(({ strategy, at }) => strategy === index && at.made !== undefined) ? remains : [],
    ),
  );
}

/** What an abort kept on purpose, unless a cleanup has removed it since. */
export function keptIdsOf({ cleanedUp, resources, recovery }: RunView): readonly string[] {
  if (cleanedUp) return [];
  const kept = resources.flatMap(({ state, context }) =>
    state === 'kept' ? madeThings(context).map(({ id }) => id) : [],
  );
  return [...kept, ...(recovery?.keptIds ?? [])];
}

/** Why the run is halted or has ended without success; its status when no reason is recorded. */
export function problemText(view: RunView, render: RenderAdvice = adviceText): string {
  const problem = view.recovery?.problem;
  return problem === undefined ? runStatus(view) : reasonText(problem, render);
}

/** For a run without approvals. An aborted run may have asked for some, a completed one did not. */
export function noApprovals(status: RunStatus): string {
  if (status === 'completed') return 'none required';
  return isOver(status) ? 'none given' : 'none given so far';
}

/** What keeps the run from going on at `at`: people, a window, a freeze; empty while it waits for none of these. */
export function waitingFor(view: RunView, at: Instant): readonly string[] {
  const { recovery } = view;
  const gate = phaseAfter(view.phase);
  const waits =
    recovery === undefined || gate === undefined ? [] : obstacles(recovery, gate, at).map(obstacleText);
  if (view.phase === 'halted') {
    waits.push(`a decision, resume or abort: ${problemText(view)}`);
    return waits;
  }
  if (recovery !== undefined && mayStart(view.phase))
    for (const halt of openDifferences(recovery))
      waits.push(`a decision about ${halt.resource}: ${differenceText(halt)}`);
  if (view.paused && !isOver(view.phase)) waits.push('resume: the run is paused');
  return waits;
}
