import { setup } from 'xstate';
import type { VolumeSpec } from '../plan/types.ts';
import type { Instant } from '../time.ts';
import {
  absorbAnswer,
  absorbGone,
  absorbSighting,
  discard,
  hasNextStrategy,
  leaveStrategy,
} from './resource-absorb.ts';
import {
  initialContext,
  strategyOf,
  type ResourceContext,
  type ResourceEvent,
  type ResourceInput,
} from './resource-context.ts';
import {
  askFsr,
  askMakes,
  askSettings,
  askVerify,
  forgetWork,
  initialFsr,
  isTidy,
  releaseFsr,
} from './resource-effects.ts';
import * as guards from './resource-guards.ts';

/** What every event carries, timers included: the host stamps them. */
type Stamped = { readonly at: Instant };

/** The instant of an event. The machine's own first step has none: nothing depends on it. */
function instantOf(event: Partial<Stamped>, context: ResourceContext): Instant {
  return event.at ?? context.since;
}

const machine = setup({
  types: { context: {} as ResourceContext, events: {} as ResourceEvent, input: {} as ResourceInput },
  delays: {
    nextLook: ({ context, event }) => guards.accelerateDelayMs(context, instantOf(event, context)),
    restoreLimit: ({ context }) => guards.restoreLimitMs(context),
    nextCheck: ({ context }) => guards.warmCheckMs(context),
  },
  guards: {
    exhausted: ({ context }) => context.exhausted !== undefined,
    exhaustedWithFallback: ({ context }) => context.exhausted !== undefined && hasNextStrategy(context),
    usesFsr: ({ context }) => guards.usesFsr(context),
    hasCredit: ({ context, event }) => guards.hasCredit(context, instantOf(event, context)),
    needsMore: ({ context }) => guards.needsMore(context),
    needsCredit: ({ context }) => guards.usesFsr(context) && guards.needsMore(context),
    restored: ({ context }) => guards.allRestored(context),
    warmEnough: ({ context }) => guards.isWarmEnough(context),
    verified: ({ context }) => context.verified,
    stillNotEnabled: ({ context, event }) =>
      context.fsr?.state !== 'enabled' &&
      instantOf(event, context) - context.since >= guards.accelerateLimitMs(context),
    isNews: ({ context, event }) =>
      event.type === 'SIGHTED' && absorbSighting(context, event.sighting, event.at) !== context,
    tidy: ({ context }) => isTidy(context),
  },
});

/** An action that replaces the context by what a pure function makes of it. */
function change(step: (context: ResourceContext, at: Instant, event: ResourceEvent) => ResourceContext) {
  return machine.assign(({ context, event }) => step(context, instantOf(event, context), event));
}

const stamp = (field: 'startedAt' | 'acceleratedAt' | 'restoredAt' | 'warmedAt' | 'readyAt') =>
  change((context, at) => ({ ...context, [field]: at }));

const resource = machine.extend({
  actions: {
    granted: change((context, at, event) => {
      const started: ResourceContext = { ...context, startedAt: context.startedAt ?? at };
      if (event.type !== 'GRANTED' || !guards.usesFsr(context) || context.fsr?.released === false)
        return started;
      const { snapshotId, zone } = strategyOf(context).spec as VolumeSpec;
      return { ...started, fsr: initialFsr({ snapshotId, zone }, event.fsrWasOn) };
    }),
    nextStrategy: change((context, at) => ({
      ...releaseFsr(leaveStrategy(context, at)),
      strategy: context.strategy + 1,
      misses: 0,
      verified: false,
      exhausted: undefined,
    })),
    giveUp: change((context, at) => ({
      ...releaseFsr(leaveStrategy(context, at)),
      exhausted: context.exhausted ?? 'given up',
    })),
    again: change((context, at, event) =>
      event.type === 'RETRY'
        ? {
            ...context,
            strategy: 0,
            round: event.round,
            misses: 0,
            verified: false,
            exhausted: undefined,
            since: at,
          }
        : context,
    ),
    blocked: change((context, _at, event) =>
      event.type === 'BLOCKED' ? { ...context, exhausted: `its dependency '${event.by}' failed` } : context,
    ),
    removeAll: change((context) => {
      const idle = { ...context, pending: forgetWork(context.pending) };
      return releaseFsr(
        idle.makes
          .filter((make) => make.id !== undefined)
          .reduce((next, make) => discard(next, make, 'cleaned up'), idle),
      );
    }),
    sinceNow: change((context, at) => ({ ...context, since: at })),
    askFsr: change((context) => askFsr(context)),
    askMakes: change((context, at) => askMakes(context, at)),
    askSettings: change((context) => askSettings(context)),
    askVerify: change((context) => askVerify(context)),
    releaseFsr: change((context) => releaseFsr(context)),
    discardStuck: change((context, at) => guards.discardStuck(context, at)),
    checkWarming: change((context, at) => guards.checkWarming(context, at)),
    fsrStuck: change((context) => ({
      ...context,
      exhausted: 'fast snapshot restore was not enabled in time',
    })),
    absorbAnswer: change((context, at, event) =>
      event.type === 'ANSWERED' ? absorbAnswer(context, event.answer, at) : context,
    ),
    absorbSighting: change((context, at, event) =>
      event.type === 'SIGHTED' ? absorbSighting(context, event.sighting, at) : context,
    ),
    absorbGone: change((context, _at, event) =>
      event.type === 'GONE' ? absorbGone(context, event.id) : context,
    ),
    acceleratedNow: stamp('acceleratedAt'),
    restoredNow: stamp('restoredAt'),
    warmedNow: stamp('warmedAt'),
    readyNow: stamp('readyAt'),
  },
});

/**
 * One resource on its way back. Used as a pure function only; effects are the difference of `context.pending`.
 * Every event is taken in first (`absorb…`), then the eventless transitions decide where that leads.
 */
export const resourceMachine = resource.createMachine({
  id: 'resource',
  context: ({ input }) => initialContext(input),
  initial: 'working',
  on: {
    ANSWERED: { actions: 'absorbAnswer' },
    SIGHTED: { actions: 'absorbSighting' },
    GONE: { actions: 'absorbGone' },
    CLEAN: { target: '.removing' },
  },
  states: {
    working: {
      initial: 'queued',
      always: [
        { guard: 'exhaustedWithFallback', target: '.queued', actions: 'nextStrategy' },
        { guard: 'exhausted', target: 'failed' },
      ],
      states: {
        queued: {
          entry: 'sinceNow',
          on: {
            GRANTED: [
              { guard: 'usesFsr', target: 'accelerating', actions: 'granted' },
              { target: 'restoring', actions: 'granted' },
            ],
            BLOCKED: { actions: 'blocked' },
          },
        },
        accelerating: {
          entry: ['sinceNow', 'askFsr'],
          always: { guard: 'hasCredit', target: 'restoring', actions: 'acceleratedNow' },
          // The delay depends on the state of fast snapshot restore: seen anew, it is set anew.
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
          entry: ['sinceNow', 'askMakes'],
          always: [
            { guard: 'needsCredit', target: 'accelerating' },
            { guard: 'needsMore', target: 'queued' },
            { guard: 'restored', target: 'warming', actions: 'restoredNow' },
          ],
          on: { SIGHTED: { actions: ['absorbSighting', 'askSettings'] } },
          after: { restoreLimit: { target: 'queued', actions: 'discardStuck' } },
        },
        warming: {
          entry: 'sinceNow',
          always: [
            { guard: 'needsMore', target: 'queued' },
            { guard: 'warmEnough', target: 'verifying', actions: ['warmedNow', 'releaseFsr'] },
          ],
          after: { nextCheck: { target: 'warming', reenter: true, actions: 'checkWarming' } },
        },
        verifying: {
          entry: ['sinceNow', 'askVerify'],
          always: [
            { guard: 'needsMore', target: 'queued' },
            { guard: 'verified', target: 'ready', actions: 'readyNow' },
          ],
        },
        ready: {
          entry: 'sinceNow',
          always: { guard: 'needsMore', target: 'queued' },
        },
      },
    },
    failed: {
      entry: ['sinceNow', 'giveUp'],
      on: { RETRY: { target: 'working', actions: 'again' } },
    },
    removing: {
      entry: ['sinceNow', 'removeAll'],
      always: { guard: 'tidy', target: 'removed' },
    },
    removed: { entry: 'sinceNow' },
  },
});

/** Where a resource stands, flat. */
export type ResourceState =
  | 'queued'
  | 'accelerating'
  | 'restoring'
  | 'warming'
  | 'verifying'
  | 'ready'
  | 'failed'
  | 'removing'
  | 'removed';

export function resourceState(value: unknown): ResourceState {
  if (typeof value === 'string') return value as ResourceState;
  return (value as { working: ResourceState }).working;
}
