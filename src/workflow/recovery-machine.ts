import { setup } from 'xstate';
import { SETTLE_SECONDS } from '../facts/ebs.ts';
import { SECOND_MS, type Instant } from '../time.ts';
import type { Answer, Effect, MadeThing } from './effects.ts';
import { askedAgain, effectId, slotOf, withEffect, withoutSlots } from './pending.ts';
import {
  initialRecovery,
  missingApprovals,
  nextGate,
  type GatedPhase,
  type RecoveryContext,
  type RecoveryEvent,
  type RecoveryInput,
} from './recovery-context.ts';

/** Reads lag behind: what was just made or removed shows for certain only after this. */
const SETTLE_MS = SETTLE_SECONDS * SECOND_MS;
/** A sweep that keeps finding something is given up, and said so. */
const MAX_SWEEPS = 20;
function askPreflight(context: RecoveryContext): RecoveryContext {
  const effect: Effect = {
    id: effectId(`${context.runId}/recovery`, 'preflight'),
    aggregate: 'recovery',
    attempt: 1,
    kind: 'preflight',
    ...context.preflight,
  };
  return { ...context, pending: withEffect(context.pending, 'preflight', effect) };
}

function askSweep(context: RecoveryContext, keep: readonly MadeThing[], notBefore: Instant): RecoveryContext {
  const sweeps = context.sweeps + 1;
  const effect: Effect = {
    id: effectId(`${context.runId}/recovery`, `sweep.${sweeps}`),
    aggregate: 'recovery',
    attempt: 1,
    notBefore,
    kind: 'sweep',
    keep,
  };
  return { ...context, sweeps, pending: withEffect(context.pending, 'sweep', effect) };
}

function absorbSweep(
  context: RecoveryContext,
  effect: Effect,
  answer: Extract<Answer, { kind: 'sweep'; ok: true }>,
  at: Instant,
): RecoveryContext {
  const kept = effect.kind === 'sweep' ? effect.keep : [];
  const strangers = answer.result.found.filter((thing) => !kept.some((other) => other.id === thing.id));
  const removedIds = [...context.removedIds, ...answer.result.removed.map((thing) => thing.id)];
  const missing = kept
    .map((thing) => thing.id)
    .filter((id) => !answer.result.found.some((thing) => thing.id === id));
  const lost = missing.filter((id) => context.missing.includes(id));
  const next = { ...context, removedIds, missing, lost };
  if (lost.length > 0) return next;
  if (strangers.length === 0 && missing.length === 0) return { ...next, swept: true };
  if (context.sweeps >= MAX_SWEEPS) {
    return { ...next, swept: true, leftovers: [...context.leftovers, ...strangers.map((thing) => thing.id)] };
  }
  return askSweep(next, kept, at + SETTLE_MS);
}

function absorbAnswer(context: RecoveryContext, answer: Answer, at: Instant): RecoveryContext {
  const slot = slotOf(context.pending, answer.effectId);
  const effect = slot === undefined ? undefined : context.pending[slot];
  if (slot === undefined || effect === undefined) return context;
  const open = { ...context, pending: withoutSlots(context.pending, (other) => other === slot) };
  if (!answer.ok) {
    const again = askedAgain(effect, answer, at);
    if (again !== undefined) return { ...context, pending: withEffect(context.pending, slot, again) };
    const problem = `${effect.kind}: ${answer.failure.code}: ${answer.failure.message}`;
    return slot === 'sweep'
      ? { ...open, swept: true, leftovers: [...context.leftovers, `not swept: ${problem}`] }
      : { ...open, problem };
  }
  if (answer.kind === 'sweep') return absorbSweep(open, effect, answer, at);
  if (answer.kind !== 'preflight') return open;
  const { findings, fsr } = answer.result;
  const [first] = findings;
  return {
    ...open,
    findings,
    fsrBefore: fsr,
    ...(first && { problem: `${first.subject}: ${first.message}` }),
  };
}

/** The recovery is not over after all: nothing of its end counts. */
function unswept(context: RecoveryContext): RecoveryContext {
  const pending = withoutSlots(context.pending, (slot) => slot === 'sweep');
  return { ...context, pending, recoveredAt: undefined, sweeps: 0, swept: false, missing: [], lost: [] };
}

function approve(
  context: RecoveryContext,
  event: Extract<RecoveryEvent, { type: 'approve' }>,
): RecoveryContext {
  const gate: GatedPhase | undefined = event.gate ?? nextGate(context);
  if (gate === undefined) return context;
  const approval = {
    gate,
    by: event.by,
    at: event.at,
    ...(event.reason !== undefined && { reason: event.reason }),
  };
  return { ...context, approvals: [...context.approvals, approval] };
}

const machine = setup({
  types: { context: {} as RecoveryContext, events: {} as RecoveryEvent, input: {} as RecoveryInput },
  guards: {
    preflightFailed: ({ context }) => context.problem !== undefined,
    preflightDone: ({ context }) => !('preflight' in context.pending),
    mayRestore: ({ context }) => missingApprovals(context, 'restore') === 0,
    mayCutOver: ({ context }) => context.mode === 'drill' || missingApprovals(context, 'cutover') === 0,
    mayBackfill: ({ context }) => context.mode === 'drill' || missingApprovals(context, 'backfill') === 0,
    allSettled: ({ context: { fleet } }) => fleet.failed > 0 && fleet.ready + fleet.failed === fleet.total,
    drillSettled: ({ context: { fleet, mode } }) =>
      mode === 'drill' && fleet.failed > 0 && fleet.ready + fleet.failed === fleet.total,
    allRestored: ({ context: { fleet } }) => fleet.restored + fleet.failed === fleet.total,
    allWarmed: ({ context: { fleet } }) => fleet.warmed + fleet.failed === fleet.total,
    allReady: ({ context: { fleet } }) => fleet.ready === fleet.total,
    gateOpen: ({ context }) => nextGate(context) === undefined,
    gateClosed: ({ context }) => nextGate(context) !== undefined,
    // A drill's resources leave `ready` because they are removed; a restore's only because they are lost.
    regressed: ({ context: { lost, fleet, mode, outcome } }) =>
      mode === 'restore' && outcome === 'completed' && (lost.length > 0 || fleet.ready < fleet.total),
    sweptAs: ({ context }, params: { outcome: string }) =>
      context.swept && context.outcome === params.outcome,
  },
});

/** An action that replaces the context by what a pure function makes of it. */
function change(step: (context: RecoveryContext, event: RecoveryEvent) => RecoveryContext) {
  return machine.assign(({ context, event }) => step(context, event));
}

function entered(phase: string) {
  return change((context, event) =>
    phase in context.enteredAt || event.at === undefined
      ? context
      : { ...context, enteredAt: { ...context.enteredAt, [phase]: event.at } },
  );
}

const recovery = machine.extend({
  actions: {
    askPreflight: change(askPreflight),
    absorbAnswer: change((context, event) =>
      event.type === 'ANSWERED' ? absorbAnswer(context, event.answer, event.at) : context,
    ),
    absorbFleet: change((context, event) =>
      event.type === 'FLEET' ? { ...context, fleet: event.fleet } : context,
    ),
    noteObjective: change((context, event) =>
      event.type === 'OBJECTIVE'
        ? { ...context, objectiveStates: { ...context.objectiveStates, [event.objective]: event.state } }
        : context,
    ),
    approve: change((context, event) => (event.type === 'approve' ? approve(context, event) : context)),
    recovered: change((context, event) => ({ ...context, recoveredAt: event.at })),
    ended: change((context, event) => ({ ...context, endedAt: event.at })),
    failing: change((context) => ({
      ...context,
      outcome: 'failed' as const,
      problem: `${context.fleet.failed} of ${context.fleet.total} resources could not be recovered`,
    })),
    failOutcome: change((context) => ({ ...context, outcome: 'failed' as const })),
    regress: change(unswept),
    aborting: change((context, event) => ({
      ...context,
      outcome: 'aborted' as const,
      pending: {},
      swept: false,
      problem:
        'by' in event
          ? `${event.type === 'reject' ? 'rejected' : 'aborted'} by ${event.by}${event.reason === undefined ? '' : `: ${event.reason}`}`
          : undefined,
    })),
    nextRound: change((context) => ({
      ...unswept(context),
      round: context.round + 1,
      outcome: 'completed' as const,
      problem: undefined,
      fleet: { ...context.fleet, queued: context.fleet.queued + context.fleet.failed, failed: 0 },
    })),
    sweep: change((context, event) =>
      event.type === 'TIDY' && !('sweep' in context.pending) && !context.swept
        ? askSweep(context, event.keep, event.at + SETTLE_MS)
        : context,
    ),
    enteredApproval: entered('approval'),
    enteredRestore: entered('restore'),
    enteredWarmup: entered('warmup'),
    enteredVerify: entered('verify'),
    enteredCutover: entered('cutover'),
    enteredBackfill: entered('backfill'),
    enteredCleanup: entered('cleanup'),
  },
});

/** Signals that an ended run does not react to. */
const OVER = { approve: {}, reject: {}, abort: {} } as const;

/** The recovery as a whole. It acts through the fleet: the host tells each resource what the phase means for it. */
export const recoveryMachine = recovery.createMachine({
  id: 'recovery',
  context: ({ input }) => initialRecovery(input),
  type: 'parallel',
  on: {
    ANSWERED: { actions: 'absorbAnswer' },
    FLEET: { actions: 'absorbFleet' },
    OBJECTIVE: { actions: 'noteObjective' },
  },
  states: {
    course: {
      initial: 'preflight',
      on: {
        approve: { guard: 'gateClosed', actions: 'approve' },
        reject: { guard: 'gateClosed', target: '.cleanup', actions: 'aborting' },
        abort: { target: '.cleanup', actions: 'aborting' },
      },
      states: {
        preflight: {
          entry: 'askPreflight',
          always: [
            { guard: 'preflightFailed', target: 'failed', actions: ['ended', 'failOutcome'] },
            { guard: 'preflightDone', target: 'approval' },
          ],
        },
        approval: { entry: 'enteredApproval', always: { guard: 'mayRestore', target: 'restore' } },
        restore: {
          entry: 'enteredRestore',
          always: [
            { guard: 'drillSettled', target: 'cleanup', actions: 'failing' },
            { guard: 'allSettled', target: 'halted' },
            { guard: 'allRestored', target: 'warmup' },
          ],
        },
        warmup: {
          entry: 'enteredWarmup',
          always: [
            { guard: 'drillSettled', target: 'cleanup', actions: 'failing' },
            { guard: 'allSettled', target: 'halted' },
            { guard: 'allWarmed', target: 'verify' },
          ],
        },
        verify: {
          entry: 'enteredVerify',
          always: [
            { guard: 'drillSettled', target: 'cleanup', actions: 'failing' },
            { guard: 'allSettled', target: 'halted' },
          ],
          on: { CONFIRMED: { guard: 'allReady', target: 'cutover' } },
        },
        cutover: {
          entry: 'enteredCutover',
          always: { guard: 'mayCutOver', target: 'backfill', actions: 'recovered' },
        },
        backfill: { entry: 'enteredBackfill', always: { guard: 'mayBackfill', target: 'cleanup' } },
        cleanup: {
          entry: 'enteredCleanup',
          // What is being cleaned up cannot be aborted: both end in the same place.
          on: { TIDY: { actions: 'sweep' }, abort: {}, reject: {} },
          always: [
            { guard: 'regressed', target: 'restore', actions: 'regress' },
            {
              guard: { type: 'sweptAs', params: { outcome: 'completed' } },
              target: 'completed',
              actions: 'ended',
            },
            { guard: { type: 'sweptAs', params: { outcome: 'failed' } }, target: 'failed', actions: 'ended' },
            {
              guard: { type: 'sweptAs', params: { outcome: 'aborted' } },
              target: 'aborted',
              actions: 'ended',
            },
          ],
        },
        halted: {
          entry: 'failing',
          on: { resume: { target: 'restore', actions: 'nextRound' } },
        },
        // What is over stays over: no signal leads out of it.
        completed: { type: 'final', on: OVER },
        failed: { type: 'final', on: OVER },
        aborted: { type: 'final', on: OVER },
      },
    },
    hold: {
      initial: 'running',
      states: {
        running: { on: { pause: 'paused' } },
        paused: { on: { resume: 'running', abort: 'running' } },
      },
    },
  },
});

export type Phase =
  | 'preflight'
  | 'approval'
  | 'restore'
  | 'warmup'
  | 'verify'
  | 'cutover'
  | 'backfill'
  | 'cleanup'
  | 'halted'
  | 'completed'
  | 'failed'
  | 'aborted';

export function phaseOf(value: unknown): Phase {
  return (value as { course: Phase }).course;
}

export function isPaused(value: unknown): boolean {
  return (value as { hold: string }).hold === 'paused';
}
