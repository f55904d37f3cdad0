import { setup } from 'xstate';
import type { Instant } from '../../time.ts';
import { hasInput, NO_CONTEXT } from '../base/machine-input.ts';
import { holdEndsAt } from './holds.ts';
import { initialContext } from './initial-context.ts';
import * as limits from './limits.ts';
import { discard, dropSuperseded, GIVEN_UP, leaveStrategy, useStrategy, withoutOldParts } from './losses.ts';
import { nextStrategy } from './next-strategy.ts';
import { granted } from './grants.ts';
import { resultsOf } from './parts.ts';
import { askRemovals, forgetWork, isTidy, reachedByCleanup, releaseMeans } from './removals.ts';
import { absorbAnswer } from './resource-answers.ts';
import type { ResourceContext, ResourceEvent, ResourceInput } from './resource-context.ts';
import { accept, isCured, recheck } from './resource-halt.ts';
import { askPoints, isProtected, stopWaiting } from './resource-protect.ts';
import { absorbGone, absorbSighting } from './resource-sightings.ts';
import { STATE_TAGS, type ResourceState, type ResourceTag } from './resource-state.ts';
import { assume, isPast, needsGrant, positionsOf, walk } from './walk.ts';

/** Every event carries its instant; the host adds it to timer events. */
type Stamped = { readonly at: Instant };

/** The instant of an event. The initial event of xstate has none; no result depends on it. */
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
    nextLook: ({ context, event }) => limits.prepareDelayMs(context, instantOf(event, context)),
    restoreLimit: ({ context, event }) => limits.restoreDelayMs(context, instantOf(event, context)),
    nextCheck: ({ context }) => limits.warmCheckMs(context),
    protectLimit: limits.PROTECT_LIMIT_MS,
  },
  guards: {
    exhausted: ({ context }) => context.exhausted !== undefined,
    exhaustedWithFallback: ({ context }) =>
      context.exhausted !== undefined && nextStrategy(context) !== undefined,
    needsGrant: ({ context }) => needsGrant(context),
    prepares: ({ context }) => !isPast(context, 'prepare'),
    prepared: ({ context, event }) => isPast(assume(context, instantOf(event, context)), 'prepare'),
    restored: ({ context }) => isPast(context, 'restore'),
    warmEnough: ({ context }) => isPast(context, 'warmup'),
    verified: ({ context }) => positionsOf(context).length === 0,
    protected: ({ context }) => isProtected(context),
    preparationStuck: ({ context, event }) => limits.isPreparationStuck(context, instantOf(event, context)),
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

/** The entry action of a state. Reentering the state, which resets its timer, does not change `since`. */
const enter = (stage: ResourceState) =>
  change((context, at) => (context.stage === stage ? context : { ...context, stage, since: at }));

const stamp = (
  field: 'startedAt' | 'acceleratedAt' | 'restoredAt' | 'warmedAt' | 'readyAt' | 'protectedAt',
) => change((context, at) => ({ ...context, [field]: at }));

const resource = machine.extend({
  actions: {
    granted: change((context, at, event) =>
      granted(
        withoutOldParts(
          { ...context, startedAt: context.startedAt ?? at },
          (part) => holdEndsAt(context, part),
          at,
        ),
        event.type === 'GRANTED' ? event.existing : [],
        at,
      ),
    ),
    nextStrategy: change((context, at) =>
      useStrategy(leaveStrategy(context, at), nextStrategy(context) ?? context.strategy),
    ),
    giveUp: change((context, at) => ({
      ...leaveStrategy(context, at),
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
      const gone = resultsOf(idle)
        .filter(({ thing, builtOn = [] }) => thing !== undefined && builtOn.length === 0)
        .reduce((next, part) => discard(next, part, { code: 'cleaned-up', data: {} }), idle);
      // Cleanup does not count as a failure.
      const { misses, exhausted, halt } = idle;
      return askRemovals(releaseMeans({ ...gone, misses, exhausted, halt }));
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
    walk: change((context, at) => walk(context, at)),
    assume: change((context, at) => assume(context, at)),
    askPoints: change((context) => askPoints(context)),
    stopWaiting: change((context, at) => stopWaiting(context, { code: 'point-too-late', data: {} }, at)),
    keepAll: change((context) => releaseMeans({ ...context, pending: forgetWork(context.pending) })),
    protectedNow: stamp('protectedAt'),
    releaseMeans: change((context) => releaseMeans(context)),
    checkWarming: change((context, at) => limits.checkWarming(context, at)),
    endPreparation: change((context) => limits.endPreparation(context)),
    absorbAnswer: change((context, at, event) =>
      event.type === 'ANSWERED' ? absorbAnswer(context, event.answer, at) : context,
    ),
    absorbSighting: change((context, at, event) =>
      event.type === 'SIGHTED' ? walk(absorbSighting(context, event.sighting, at), at) : context,
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
 * The recovery of one resource, used as a pure function only. Effects are the difference of `context.pending` before and after an event.
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
              { guard: 'prepares', target: 'accelerating', actions: 'granted' },
              { target: 'restoring', actions: 'granted' },
            ],
            // Another strategy would be blocked too.
            BLOCKED: { target: '#resource.failed', actions: 'blocked' },
            STARVED: { actions: 'starved' },
          },
        },
        // Steps of the phase `prepare`, such as fast snapshot restore.
        accelerating: {
          tags: STATE_TAGS.accelerating,
          entry: ['enterAccelerating', 'walk'],
          always: { guard: 'prepared', target: 'restoring', actions: ['acceleratedNow', 'assume'] },
          // The delay depends on the last sighting, so each new sighting resets it.
          on: {
            SIGHTED: { guard: 'isNews', target: 'accelerating', reenter: true, actions: 'absorbSighting' },
          },
          after: {
            nextLook: [
              { guard: 'preparationStuck', actions: 'endPreparation' },
              { target: 'accelerating', reenter: true },
            ],
          },
        },
        restoring: {
          tags: STATE_TAGS.restoring,
          entry: ['enterRestoring', 'walk'],
          always: [
            { guard: 'needsGrant', target: 'queued' },
            { guard: 'restored', target: 'warming', actions: 'restoredNow' },
          ],
          // A copy may load while another one waits for its turn.
          after: { restoreLimit: { target: 'restoring', reenter: true, actions: 'checkWarming' } },
        },
        warming: {
          tags: STATE_TAGS.warming,
          entry: ['enterWarming', 'walk'],
          always: [
            { guard: 'needsGrant', target: 'queued' },
            { guard: 'warmEnough', target: 'verifying', actions: ['warmedNow', 'releaseMeans'] },
          ],
          after: { nextCheck: { target: 'warming', reenter: true, actions: 'checkWarming' } },
        },
        verifying: {
          tags: STATE_TAGS.verifying,
          entry: ['enterVerifying', 'walk'],
          always: [
            { guard: 'needsGrant', target: 'queued' },
            { guard: 'verified', target: 'ready', actions: ['readyNow', 'dropSuperseded'] },
          ],
        },
        // The copies are usable and kept. An operator corrects them, accepts them, or aborts the run.
        halted: {
          tags: STATE_TAGS.halted,
          entry: 'enterHalted',
          always: [
            { guard: 'needsGrant', target: 'queued' },
            { guard: 'cured', target: 'restoring', actions: ['recheck'] },
          ],
          on: {
            RETRY: { target: 'restoring', actions: ['recheck'] },
            ACCEPT: { guard: 'isThisHalt', target: 'restoring', actions: ['accept'] },
          },
        },
        ready: {
          tags: STATE_TAGS.ready,
          entry: 'enterReady',
          always: { guard: 'needsGrant', target: 'queued' },
          on: { PROTECT: 'protecting' },
        },
        protecting: {
          tags: STATE_TAGS.protecting,
          entry: ['enterProtecting', 'askPoints'],
          always: [
            { guard: 'needsGrant', target: 'queued' },
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
          always: { guard: 'needsGrant', target: 'queued' },
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
    // The run was aborted with its resources kept: this one is no longer observed or changed.
    kept: { tags: STATE_TAGS.kept, entry: ['enterKept', 'keepAll'], on: { KEEP: {} } },
  },
});
