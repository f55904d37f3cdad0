import { setup, stateIn } from 'xstate';
import { SETTLE_SECONDS } from '../../facts/ebs.ts';
import { SECOND_MS, type Instant } from '../../time.ts';
import { mayEnter } from './obstacles.ts';
import { PHASE_TAGS, type PhaseTag } from './phase.ts';
import { askedNow, openQuestions } from './questions.ts';
import {
  absorbAnswer,
  approve,
  askForensics,
  askPreflight,
  askSweep,
  beginCleanup,
  isSecured,
  unswept,
  withCleaned,
} from './recovery-answers.ts';
import { begunBy, givenUpBy, isSettled, mayBeInUse, problemOf, stopped } from './recovery-rules.ts';
import {
  initialRecovery,
  type GatedPhase,
  type RecoveryContext,
  type RecoveryEvent,
  type RecoveryInput,
} from './recovery-context.ts';
import { hasInput, NO_CONTEXT } from '../base/machine-input.ts';

/** Reads may be stale: a create or delete is certain to be visible only after this time. */
const SETTLE_MS = SETTLE_SECONDS * SECOND_MS;

/** Gates are judged at the instant of the event that leads to them; the machine's own first step leads to none. */
function isOpenFor(phase: GatedPhase, context: RecoveryContext, at: Instant | undefined): boolean {
  return mayEnter(context, phase, at ?? 0);
}

const machine = setup({
  types: {
    context: {} as RecoveryContext,
    events: {} as RecoveryEvent,
    input: {} as RecoveryInput,
    tags: {} as PhaseTag,
  },
  guards: {
    preflightFailed: ({ context }) => context.problem !== undefined,
    preflightDone: ({ context }) => context.claimed !== undefined,
    mayRestore: ({ context, event }) => isOpenFor('restore', context, event.at),
    secured: ({ context }) => isSecured(context),
    mayCutOver: ({ context, event }) => isOpenFor('cutover', context, event.at),
    backfillOver: ({ context, event }) =>
      isOpenFor('backfill', context, event.at) &&
      (context.backfills !== true || context.backfilled !== undefined),
    allSettled: ({ context: { fleet } }) => isSettled(fleet),
    drillSettled: ({ context: { fleet, mode } }) => mode === 'drill' && isSettled(fleet),
    allRestored: ({ context: { fleet } }) => fleet.restored + stopped(fleet) === fleet.total,
    allWarmed: ({ context: { fleet } }) => fleet.warmed + stopped(fleet) === fleet.total,
    hasHalted: ({ context: { fleet } }) => (fleet.halted ?? 0) > 0,
    allReady: ({ context: { fleet } }) => fleet.ready === fleet.total,
    hasQuestion: ({ context }) => openQuestions(context).length > 0,
    asksNow: ({ context }) => askedNow(context).length > 0,
    // A drill's resources leave `ready` because they are removed; a restore's only because they are lost.
    regressed: ({ context: { lost, fleet, mode, outcome } }) =>
      mode === 'restore' && outcome === 'completed' && (lost.length > 0 || fleet.ready < fleet.total),
    cleaningUp: stateIn({ course: 'cleanup' }),
    cleansAfterwards: stateIn({ afterwards: 'removing' }),
    // Until the first removal has begun: later, what it was asked to keep may be half gone.
    keepsInstead: ({ context: { outcome, keepsMade, fleet }, event }) =>
      event.type === 'abort' &&
      event.made === 'keep' &&
      outcome === 'aborted' &&
      !keepsMade &&
      fleet.removed + (fleet.removing ?? 0) === 0,
    goesOn: ({ context }) => context.endedAt === undefined,
    hasEnded: ({ context }) => context.endedAt !== undefined,
    hasSwept: ({ context }) => context.swept && !('release' in context.pending),
    sweptAs: ({ context }, params: { outcome: string }) =>
      context.swept && !('release' in context.pending) && context.outcome === params.outcome,
  },
});

/** An action that replaces the context with the result of a pure function. */
function change(step: (context: RecoveryContext, event: RecoveryEvent) => RecoveryContext) {
  return machine.assign(({ context, event }) => step(context, event));
}

/** `asks`: the phase before whose gates the run now stands. */
function entered(phase: string, asks: GatedPhase | null = null) {
  return change((context, event) =>
    phase in context.enteredAt || event.at === undefined
      ? { ...context, asks }
      : { ...context, asks, enteredAt: { ...context.enteredAt, [phase]: event.at } },
  );
}

const recovery = machine.extend({
  actions: {
    askPreflight: change(askPreflight),
    askForensics: change(askForensics),
    noteGates: change((context, event) =>
      event.type === 'GATES' ? { ...context, frozen: event.frozen } : context,
    ),
    absorbAnswer: change((context, event) =>
      event.type === 'ANSWERED' ? absorbAnswer(context, event.answer, event.at) : context,
    ),
    absorbFleet: change((context, event) =>
      event.type === 'FLEET'
        ? {
            ...context,
            fleet: event.fleet,
            halts: event.halts ?? [],
            enteredAt: begunBy(event, context.enteredAt),
          }
        : context,
    ),
    noteObjective: change((context, event) =>
      event.type === 'OBJECTIVE'
        ? {
            ...context,
            objectiveStates: { ...context.objectiveStates, [event.objective]: event.change.state },
            ...(event.objective === 'rto' && { expectsMiss: event.expectsMiss }),
          }
        : context,
    ),
    noteClock: change((context, event) => {
      if (event.type !== 'CLOCK') return context;
      const { at, aheadMs, jump } = event;
      const jumps = context.clock?.jumps ?? [];
      const added = jump === undefined ? [] : [{ number: jumps.length + 1, at, ...jump }];
      return { ...context, clock: { aheadMs, jumps: [...jumps, ...added] } };
    }),
    noteUnheard: change((context) => ({ ...context, unheard: (context.unheard ?? 0) + 1 })),
    noteContact: change((context, event) =>
      event.type === 'CONTACT' ? { ...context, outOfContact: event.lost } : context,
    ),
    noteBackfill: change((context, event) =>
      event.type === 'BACKFILLED'
        ? { ...context, backfilled: { at: event.at, result: event.result } }
        : context,
    ),
    approve: change((context, event) => (event.type === 'approve' ? approve(context, event) : context)),
    recovered: change((context, event) => ({ ...context, recoveredAt: event.at })),
    ended: change((context, event) => ({ ...context, endedAt: event.at })),
    failing: change((context) => ({
      ...context,
      outcome: 'failed' as const,
      problem: problemOf(context),
    })),
    failOutcome: change((context) => ({ ...context, outcome: 'failed' as const })),
    regress: change((context) => ({
      ...unswept(context),
      regressions: context.regressions + (context.lost.length > 0 ? 1 : 0),
    })),
    aborting: change((context, event) => ({
      ...context,
      outcome: 'aborted' as const,
      // A claim that was requested, or that an adopted run had set, may exist: it is released like a known one.
      ...(context.claimed === undefined && { claimed: { place: 'parameter' as const } }),
      pending: {},
      swept: false,
      problem: givenUpBy(event),
      keepsMade: (event.type === 'abort' && event.made === 'keep') || mayBeInUse(context),
    })),
    nextRound: change((context, { at }) => ({
      ...unswept(context),
      round: context.round + 1,
      roundAt: at,
      outcome: 'completed' as const,
      problem: undefined,
      fleet: {
        ...context.fleet,
        queued: context.fleet.queued + context.fleet.failed + (context.fleet.halted ?? 0),
        failed: 0,
        halted: 0,
        blocked: 0,
      },
    })),
    recheckHalted: change((context, { at }) => ({ ...context, round: context.round + 1, roundAt: at })),
    sweep: change((context, event) =>
      event.type === 'TIDY' && !('sweep' in context.pending) && !context.swept
        ? askSweep(withCleaned(context, event.removed), event.keep, event.at + SETTLE_MS)
        : context,
    ),
    beginCleanup: change((context, event) =>
      event.type === 'cleanup' ? beginCleanup(context, event) : context,
    ),
    endCleanup: change((context, { at }) =>
      context.cleanup === undefined || at === undefined
        ? context
        : { ...context, cleanup: { ...context.cleanup, endedAt: at } },
    ),
    enteredApproval: entered('approval', 'restore'),
    enteredRestore: entered('restore'),
    enteredWarmup: entered('warmup'),
    enteredVerify: entered('verify'),
    enteredCutover: entered('cutover', 'cutover'),
    enteredBackfill: entered('backfill', 'backfill'),
    enteredCleanup: entered('cleanup', 'cleanup'),
  },
});

/** Signals that an ended run ignores. */
const OVER = { approve: {}, reject: {}, abort: {}, PREEMPTED: {} } as const;

/** Other resources continue: a halted one is verified again as soon as an operator resumes. */
const RECHECK = { resume: { guard: 'hasHalted', actions: 'recheckHalted' } } as const;

/** The recovery as a whole. It acts through the fleet: the host sends each resource the event that the phase requires. */
export const recoveryMachine = recovery.createMachine({
  id: 'recovery',
  context: ({ input }) => (hasInput(input) ? initialRecovery(input) : NO_CONTEXT),
  type: 'parallel',
  on: {
    ANSWERED: { actions: 'absorbAnswer' },
    FLEET: { actions: 'absorbFleet' },
    OBJECTIVE: { actions: 'noteObjective' },
    GATES: { actions: 'noteGates' },
    CONTACT: { actions: 'noteContact' },
    CLOCK: { actions: 'noteClock' },
    UNHEARD: { actions: 'noteUnheard' },
    BACKFILLED: { actions: 'noteBackfill' },
  },
  states: {
    course: {
      initial: 'preflight',
      on: {
        approve: { guard: 'hasQuestion', actions: 'approve' },
        reject: { guard: 'asksNow', target: '.cleanup', actions: 'aborting' },
        abort: { target: '.cleanup', actions: 'aborting' },
        PREEMPTED: { target: '.cleanup', actions: 'aborting' },
      },
      states: {
        preflight: {
          tags: PHASE_TAGS.preflight,
          entry: 'askPreflight',
          always: [
            { guard: 'preflightFailed', target: 'failed', actions: ['ended', 'failOutcome'] },
            { guard: 'preflightDone', target: 'approval' },
          ],
        },
        approval: {
          tags: PHASE_TAGS.approval,
          entry: 'enteredApproval',
          always: { guard: 'mayRestore', target: 'securing' },
        },
        // The snapshots of the damaged sources come before anything else; without any this is passed at once.
        securing: {
          tags: PHASE_TAGS.securing,
          entry: ['enteredRestore', 'askForensics'],
          always: { guard: 'secured', target: 'restore' },
        },
        restore: {
          tags: PHASE_TAGS.restore,
          entry: 'enteredRestore',
          always: [
            { guard: 'drillSettled', target: 'cleanup', actions: 'failing' },
            { guard: 'allSettled', target: 'halted' },
            { guard: 'allRestored', target: 'warmup' },
          ],
          on: RECHECK,
        },
        warmup: {
          tags: PHASE_TAGS.warmup,
          entry: 'enteredWarmup',
          always: [
            { guard: 'drillSettled', target: 'cleanup', actions: 'failing' },
            { guard: 'allSettled', target: 'halted' },
            { guard: 'allWarmed', target: 'verify' },
          ],
          on: RECHECK,
        },
        verify: {
          tags: PHASE_TAGS.verify,
          entry: 'enteredVerify',
          always: [
            { guard: 'drillSettled', target: 'cleanup', actions: 'failing' },
            { guard: 'allSettled', target: 'halted' },
          ],
          on: { ...RECHECK, CONFIRMED: { guard: 'allReady', target: 'cutover' } },
        },
        cutover: {
          tags: PHASE_TAGS.cutover,
          entry: 'enteredCutover',
          always: { guard: 'mayCutOver', target: 'backfill', actions: 'recovered' },
        },
        backfill: {
          tags: PHASE_TAGS.backfill,
          entry: 'enteredBackfill',
          always: { guard: 'backfillOver', target: 'cleanup' },
        },
        cleanup: {
          tags: PHASE_TAGS.cleanup,
          entry: 'enteredCleanup',
          // A cleanup cannot be aborted: both end in the same place. But an abort may still be made one that keeps.
          on: {
            TIDY: { actions: 'sweep' },
            abort: [{ guard: 'keepsInstead', actions: 'aborting' }, {}],
            ...{ reject: {}, PREEMPTED: {} },
          },
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
          tags: PHASE_TAGS.halted,
          entry: 'failing',
          on: { resume: { target: 'restore', actions: 'nextRound' } },
        },
        // No signal leads out of an ended run.
        completed: { type: 'final', tags: PHASE_TAGS.completed, on: OVER },
        failed: { type: 'final', tags: PHASE_TAGS.failed, on: OVER },
        aborted: { type: 'final', tags: PHASE_TAGS.aborted, on: OVER },
      },
    },
    hold: {
      initial: 'running',
      states: {
        // An ended run can be paused only while a cleanup goes on.
        running: {
          on: {
            pause: [
              { guard: 'goesOn', target: 'paused' },
              { guard: 'cleansAfterwards', target: 'paused' },
            ],
          },
        },
        paused: {
          on: {
            resume: 'running',
            cleanup: 'running',
            // An operator who gives the run up wants its resources removed, not left paused.
            abort: [{ guard: 'cleaningUp' }, { target: 'running' }],
            reject: [{ guard: 'cleaningUp' }, { guard: 'asksNow', target: 'running' }],
          },
        },
      },
    },
    // After the end a run can be cleaned up, as often as is asked for. How it ended stays what it was.
    afterwards: {
      initial: 'untouched',
      on: { cleanup: { guard: 'hasEnded', target: '.removing', actions: 'beginCleanup' } },
      states: {
        untouched: {},
        removing: {
          tags: ['ending'],
          on: { TIDY: { actions: 'sweep' }, cleanup: {} },
          always: { guard: 'hasSwept', target: 'removed', actions: 'endCleanup' },
        },
        removed: {},
      },
    },
  },
});
