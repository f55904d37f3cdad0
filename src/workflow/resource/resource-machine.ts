import { setup } from 'xstate';
import type { VolumeSpec } from '../../plan/types.ts';
import type { Instant } from '../../time.ts';
import { nextStrategy } from './next-strategy.ts';
import { absorbAnswer } from './resource-answers.ts';
import {
  initialContext,
  strategyOf,
  type ResourceContext,
  type ResourceEvent,
  type ResourceInput,
} from './resource-context.ts';
import {
  discard,
  dropSuperseded,
  GIVEN_UP,
  leaveStrategy,
  useStrategy,
  withoutOldTails,
} from './resource-discard.ts';
import {
  askFsr,
  askMakes,
  askPoints,
  askSettings,
  askVerify,
  forgetWork,
  initialFsr,
  isProtected,
  isTidy,
  reachedByCleanup,
  releaseFsr,
} from './resource-requests.ts';
import * as guards from './resource-guards.ts';
import { accept, isCured, recheck } from './resource-halt.ts';
import { STATE_TAGS, type ResourceState, type ResourceTag } from './resource-state.ts';
import { stopWaiting } from './resource-protect.ts';
import { absorbGone, absorbSighting } from './resource-sightings.ts';
import { hasInput, NO_CONTEXT } from '../base/machine-input.ts';

/** What every event carries, timers included: the host stamps them. */
type Stamped = { readonly at: Instant };

/** The instant of an event. The machine's own first step has none: nothing depends on it. */
function instantOf(event: Partial<Stamped>, context: ResourceContext): Instant {
  return event.at ?? context.since;
}

const machine = setup({
  types: {
    context: {} as ResourceContext,
    events: {} as ResourceEvent,
    input: {} as ResourceInput,
    tags: {} as ResourceTag,
  },
  delays: {
    nextLook: ({ context, event }) => guards.accelerateDelayMs(context, instantOf(event, context)),
    restoreLimit: ({ context, event }) => guards.restoreDelayMs(context, instantOf(event, context)),
    nextCheck: ({ context }) => guards.warmCheckMs(context),
    protectLimit: guards.PROTECT_LIMIT_MS,
  },
  guards: {
    exhausted: ({ context }) => context.exhausted !== undefined,
    exhaustedWithFallback: ({ context }) =>
      context.exhausted !== undefined && nextStrategy(context) !== undefined,
    // Adopted copies already exist.
    usesFsr: ({ context }) => guards.usesFsr(context) && guards.needsMore(context),
    hasCredit: ({ context, event }) => guards.hasCredit(context, instantOf(event, context)),
    needsMore: ({ context }) => guards.needsMore(context),
    needsCredit: ({ context }) => guards.usesFsr(context) && guards.needsMore(context),
    restored: ({ context }) => guards.allRestored(context),
    warmEnough: ({ context }) => guards.isWarmEnough(context),
    verified: ({ context }) => context.verified,
    protected: ({ context }) => isProtected(context),
    stillNotEnabled: ({ context, event }) =>
      context.fsr?.state !== 'enabled' &&
      instantOf(event, context) - context.since >= guards.accelerateLimitMs(context),
    stuck: ({ context, event }) => guards.isStuck(context, instantOf(event, context)),
    isNews: ({ context, event }) =>
      event.type === 'SIGHTED' && absorbSighting(context, event.sighting, event.at) !== context,
    tidy: ({ context }) => isTidy(context),
    mustHalt: ({ context }) => context.halt !== undefined && context.stage !== 'halted',
    cured: ({ context }) => isCured(context),
    isThisHalt: ({ context, event }) => event.type === 'ACCEPT' && event.halt === context.halt?.number,
  },
});

/** An action that replaces the context with the result of a pure function. */
function change(step: (context: ResourceContext, at: Instant, event: ResourceEvent) => ResourceContext) {
  return machine.assign(({ context, event }) => step(context, instantOf(event, context), event));
}

/** The entry action of a state; reentering it (to reset its timer) does not change since when it holds. */
const enter = (stage: ResourceState) =>
  change((context, at) => (context.stage === stage ? context : { ...context, stage, since: at }));

const stamp = (
  field: 'startedAt' | 'acceleratedAt' | 'restoredAt' | 'warmedAt' | 'readyAt' | 'protectedAt',
) => change((context, at) => ({ ...context, [field]: at }));

const resource = machine.extend({
  actions: {
    granted: change((context, at, event) => {
      const started = withoutOldTails({ ...context, startedAt: context.startedAt ?? at }, at);
      const wantsFsr = guards.usesFsr(context) && guards.needsMore(context);
      if (event.type !== 'GRANTED' || !wantsFsr || context.fsr?.released === false) return started;
      const { snapshotId, zone } = strategyOf(context).spec as VolumeSpec;
      return { ...started, fsr: initialFsr({ snapshotId, zone }, event.fsrWasOn) };
    }),
    nextStrategy: change((context, at) =>
      releaseFsr(useStrategy(leaveStrategy(context, at), nextStrategy(context) ?? context.strategy)),
    ),
    giveUp: change((context, at) => ({
      ...releaseFsr(leaveStrategy(context, at)),
      exhausted: context.exhausted ?? GIVEN_UP,
    })),
    again: change((context, _at, event) =>
      event.type === 'RETRY' ? { ...useStrategy(context, 0), round: event.round } : context,
    ),
    recheck: change((context, at, event) =>
      recheck(context, event.type === 'RETRY' ? event.round : context.round, at),
    ),
    accept: change((context, _at, event) => (event.type === 'ACCEPT' ? accept(context, event) : context)),
    dropSuperseded: change((context) => dropSuperseded(context)),
    blocked: change((context, _at, event) =>
      event.type === 'BLOCKED'
        ? { ...context, exhausted: { code: 'dependency-failed' as const, data: { resource: event.by } } }
        : context,
    ),
    starved: change((context) => ({
      ...context,
      exhausted: { code: 'quota-used-up' as const, data: {} },
    })),
    removeAll: change((context, _at, event) => {
      const { cleanup } = event.type === 'CLEAN' ? event : {};
      const asked = cleanup === undefined ? context : reachedByCleanup(context, cleanup);
      const idle = dropSuperseded({ ...asked, pending: forgetWork(context.pending) });
      const gone = idle.makes
        .filter((make) => make.id !== undefined)
        .reduce((next, make) => discard(next, make, { code: 'cleaned-up', data: {} }), idle);
      // Cleanup does not count as a failure.
      return releaseFsr({ ...gone, misses: idle.misses, exhausted: idle.exhausted, halt: idle.halt });
    }),
    enterQueued: enter('queued'),
    enterAccelerating: enter('accelerating'),
    enterRestoring: enter('restoring'),
    enterWarming: enter('warming'),
    enterVerifying: enter('verifying'),
    enterHalted: enter('halted'),
    enterReady: enter('ready'),
    enterProtecting: enter('protecting'),
    enterProtected: enter('protected'),
    enterKept: enter('kept'),
    enterFailed: enter('failed'),
    enterRemoving: enter('removing'),
    enterRemoved: enter('removed'),
    askFsr: change((context) => askFsr(context)),
    askMakes: change((context, at) => askMakes(context, at)),
    askSettings: change((context) => askSettings(context)),
    askVerify: change((context) => askVerify(context)),
    askPoints: change((context) => askPoints(context)),
    stopWaiting: change((context) => stopWaiting(context, { code: 'point-too-late', data: {} })),
    keepAll: change((context) => releaseFsr({ ...context, pending: forgetWork(context.pending) })),
    protectedNow: stamp('protectedAt'),
    releaseFsr: change((context) => releaseFsr(context)),
    endStuck: change((context, at) => guards.endStuck(context, at)),
    checkWarming: change((context, at) => guards.checkWarming(context, at)),
    fsrStuck: change((context) => ({
      ...context,
      exhausted: { code: 'fsr-not-enabled' as const, data: {} },
    })),
    absorbAnswer: change((context, at, event) =>
      event.type === 'ANSWERED' ? absorbAnswer(context, event.answer, at) : context,
    ),
    absorbSighting: change((context, at, event) =>
      event.type === 'SIGHTED' ? absorbSighting(context, event.sighting, at) : context,
    ),
    absorbGone: change((context, at, event) =>
      event.type === 'GONE' ? absorbGone(context, event.id, at) : context,
    ),
    acceleratedNow: stamp('acceleratedAt'),
    restoredNow: stamp('restoredAt'),
    warmedNow: stamp('warmedAt'),
    readyNow: stamp('readyAt'),
  },
});

/**
 * The recovery of one resource. Used as a pure function only; effects are the difference of `context.pending`.
 * Every event first updates the context (`absorb…`), then the eventless transitions decide the next state.
 */
export const resourceMachine = resource.createMachine({
  id: 'resource',
  context: ({ input }) => (hasInput(input) ? initialContext(input) : NO_CONTEXT),
  initial: 'working',
  on: {
    ANSWERED: { actions: 'absorbAnswer' },
    SIGHTED: { actions: 'absorbSighting' },
    GONE: { actions: 'absorbGone' },
    CLEAN: { target: '.removing' },
    KEEP: { target: '.kept' },
  },
  states: {
    working: {
      initial: 'queued',
      always: [
        { guard: 'exhaustedWithFallback', target: '.queued', actions: 'nextStrategy' },
        { guard: 'exhausted', target: 'failed' },
        { guard: 'mustHalt', target: '.halted' },
      ],
      states: {
        queued: {
          tags: STATE_TAGS.queued,
          entry: 'enterQueued',
          on: {
            GRANTED: [
              { guard: 'usesFsr', target: 'accelerating', actions: 'granted' },
              { target: 'restoring', actions: 'granted' },
            ],
            // No other strategy would help.
            BLOCKED: { target: '#resource.failed', actions: 'blocked' },
            STARVED: { actions: 'starved' },
          },
        },
        accelerating: {
          tags: STATE_TAGS.accelerating,
          entry: ['enterAccelerating', 'askFsr'],
          always: { guard: 'hasCredit', target: 'restoring', actions: 'acceleratedNow' },
          // The delay depends on the state of fast snapshot restore, so each sighting resets it.
          on: {
            SIGHTED: { guard: 'isNews', target: 'accelerating', reenter: true, actions: 'absorbSighting' },
          },
          after: {
            nextLook: [
              { guard: 'stillNotEnabled', actions: 'fsrStuck' },
              { target: 'accelerating', reenter: true },
            ],
          },
        },
        restoring: {
          tags: STATE_TAGS.restoring,
          entry: ['enterRestoring', 'askMakes'],
          always: [
            { guard: 'needsCredit', target: 'accelerating' },
            { guard: 'needsMore', target: 'queued' },
            { guard: 'restored', target: 'warming', actions: 'restoredNow' },
          ],
          on: { SIGHTED: { actions: ['absorbSighting', 'askSettings'] } },
          after: {
            restoreLimit: [
              { guard: 'stuck', target: 'queued', actions: 'endStuck' },
              { target: 'restoring', reenter: true },
            ],
          },
        },
        warming: {
          tags: STATE_TAGS.warming,
          entry: 'enterWarming',
          always: [
            { guard: 'needsMore', target: 'queued' },
            { guard: 'warmEnough', target: 'verifying', actions: ['warmedNow', 'releaseFsr'] },
          ],
          after: { nextCheck: { target: 'warming', reenter: true, actions: 'checkWarming' } },
        },
        verifying: {
          tags: STATE_TAGS.verifying,
          entry: ['enterVerifying', 'askVerify'],
          always: [
            { guard: 'needsMore', target: 'queued' },
            { guard: 'verified', target: 'ready', actions: ['readyNow', 'dropSuperseded'] },
          ],
        },
        // The copies are usable and kept; an operator corrects them, accepts them, or aborts the run.
        halted: {
          tags: STATE_TAGS.halted,
          entry: 'enterHalted',
          always: [
            { guard: 'needsMore', target: 'queued' },
            { guard: 'cured', target: 'restoring', actions: ['recheck', 'askSettings'] },
          ],
          on: {
            RETRY: { target: 'restoring', actions: ['recheck', 'askSettings'] },
            ACCEPT: { guard: 'isThisHalt', target: 'restoring', actions: ['accept', 'askSettings'] },
          },
        },
        ready: {
          tags: STATE_TAGS.ready,
          entry: 'enterReady',
          always: { guard: 'needsMore', target: 'queued' },
          on: { PROTECT: 'protecting' },
        },
        protecting: {
          tags: STATE_TAGS.protecting,
          entry: ['enterProtecting', 'askPoints'],
          always: [
            { guard: 'needsMore', target: 'queued' },
            { guard: 'protected', target: 'protected', actions: 'protectedNow' },
          ],
          // A failed recovery point is taken once more.
          on: {
            SIGHTED: { actions: ['absorbSighting', 'askPoints'] },
            GONE: { actions: ['absorbGone', 'askPoints'] },
          },
          after: { protectLimit: { actions: 'stopWaiting' } },
        },
        protected: {
          tags: STATE_TAGS.protected,
          entry: 'enterProtected',
          always: { guard: 'needsMore', target: 'queued' },
        },
      },
    },
    failed: {
      tags: STATE_TAGS.failed,
      entry: ['enterFailed', 'giveUp'],
      on: { RETRY: { target: 'working', actions: 'again' } },
    },
    removing: {
      tags: STATE_TAGS.removing,
      entry: ['enterRemoving', 'removeAll'],
      always: { guard: 'tidy', target: 'removed' },
    },
    removed: { tags: STATE_TAGS.removed, entry: 'enterRemoved' },
    // An operator asked to keep it: it is neither observed nor changed from now on.
    kept: { tags: STATE_TAGS.kept, entry: ['enterKept', 'keepAll'], on: { KEEP: {} } },
  },
});
