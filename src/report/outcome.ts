import type { PlannedStrategy } from '../plan/types.ts';
import type { Instant } from '../time.ts';
import { missingApprovals, type GatedPhase } from '../workflow/recovery-context.ts';
import type { Phase } from '../workflow/recovery-machine.ts';
import type { ResourceState } from '../workflow/resource-machine.ts';
import type { ResourceView, RunView } from './run-view.ts';

/** How a run stands. `running` and `paused` are not yet an end; `halted` waits for a person. */
export type RunStatus = 'completed' | 'failed' | 'aborted' | 'halted' | 'running' | 'paused';

export function runStatus(view: RunView): RunStatus {
  if (isFinal(view.phase) || view.phase === 'halted') return view.phase;
  return view.paused ? 'paused' : 'running';
}

function isFinal(phase: Phase): phase is 'completed' | 'failed' | 'aborted' {
  return phase === 'completed' || phase === 'failed' || phase === 'aborted';
}

/** When the run was over for good. A run that fails in preflight ends with its last decision. */
export function endOf(view: RunView): Instant | undefined {
  return view.recovery?.endedAt ?? (isFinal(view.phase) ? view.lastAt : undefined);
}

/** The instant that an account of the run speaks of: its end, or now while it goes on. */
export function accountAt(view: RunView, now: Instant | undefined): Instant {
  return endOf(view) ?? Math.max(view.lastAt, now ?? view.lastAt);
}

/**
 * Whether a resource came back: it is ready, or was when a drill removed it. One that was ready and then lost for good was not
 * recovered: giving up is newer than its readiness.
 */
export function isRecovered({ state, context }: ResourceView): boolean {
  if (state === 'ready') return true;
  const { readyAt } = context;
  if (readyAt === undefined || (state !== 'removing' && state !== 'removed')) return false;
  return !context.fallbacks.some((fallback) => fallback.at >= readyAt);
}

/** How a resource ended, or where it is: cleaning it up does not change what became of it. */
export function outcomeOf(resource: ResourceView): ResourceState {
  if (isRecovered(resource)) return 'ready';
  const { state, context } = resource;
  const gaveUp = context.fallbacks.at(-1);
  const isGone = state === 'removing' || state === 'removed';
  const hasFailed =
    context.exhausted !== undefined ||
    (gaveUp !== undefined && gaveUp.strategy === context.spec.strategies.at(-1)?.name);
  return isGone && hasFailed ? 'failed' : state;
}

/** The strategy that recovered it, or that was tried last. */
export function strategyUsed({ context }: ResourceView): PlannedStrategy | undefined {
  return context.spec.strategies[context.strategy];
}

/** Phases that begin with a gate, and the gate. */
const WAITING_PHASES: Partial<Record<Phase, GatedPhase>> = {
  approval: 'restore',
  cutover: 'cutover',
  backfill: 'backfill',
  cleanup: 'cleanup',
};

/** What a person must do before the run can go on; empty while nothing is asked. */
export function waitingFor(view: RunView): readonly string[] {
  const waits: string[] = [];
  const { recovery } = view;
  const gate = WAITING_PHASES[view.phase];
  if (recovery !== undefined && gate !== undefined) {
    const missing = missingApprovals(recovery, gate);
    const why = recovery.gates
      .filter((candidate) => candidate.before === gate)
      .map((candidate) => candidate.why);
    if (missing > 0)
      waits.push(`${missing} approval${missing === 1 ? '' : 's'} before ${gate}: ${why.join('; ')}`);
  }
  if (view.phase === 'halted')
    waits.push(`a decision, resume or abort: ${recovery?.problem ?? 'the recovery halted'}`);
  else if (view.paused && !isFinal(view.phase)) waits.push('resume: the run is paused');
  return waits;
}
