import type { AnyMachineSnapshot } from 'xstate';
import { fsrTargetOf } from '../../facts/ebs.ts';
import { SECOND_MS } from '../../time.ts';
import type { Stamped } from '../base/decide.ts';
import type { TimelineEntry } from '../base/decision.ts';
import { retryEvent } from './narrate-retry.ts';
import type { Leftover } from '../base/reasons.ts';
import { copiesOf, idOf, isCurrent, pointOf, thingsIn } from '../resource/parts.ts';
import { removedByRun } from '../resource/resource-answers.ts';
import { strategyOf, type ResourceContext, type ResourceEvent } from '../resource/resource-context.ts';
import { resourceState, type ResourceState } from '../resource/resource-state.ts';
import { entryAt, type TimelineEvent } from './timeline.ts';

/** What an event changed on a resource. */
export function narrateResource(
  before: AnyMachineSnapshot | undefined,
  after: AnyMachineSnapshot,
  stamped: Stamped,
): readonly TimelineEntry[] {
  const context = after.context as ResourceContext;
  const was = before?.context as ResourceContext | undefined;
  const state = resourceState(after.value);
  const isEntered = before === undefined || resourceState(before.value) !== state;
  const isHaltedAnew = state === 'halted' && context.halt?.number !== was?.halt?.number;
  const events = [
    ...(was === undefined ? [] : changes(was, context, state, stamped as ResourceEvent)),
    ...(isEntered || isHaltedAnew ? stateEvents(state, context) : []),
  ];
  return events.map((event) => entryAt(stamped.at, context.spec.id, event));
}

/** What happened on the way, apart from the state that it led to. */
function* changes(
  was: ResourceContext,
  context: ResourceContext,
  state: ResourceState,
  event: ResourceEvent,
): Generator<TimelineEvent> {
  if (event.type === 'ANSWERED' && !event.answer.ok)
    yield* retryEvent(was.pending, context.pending, event.answer.failure);
  if (event.type === 'GONE' && was.parts !== context.parts && isOfResult(was, event.id))
    yield { code: 'fault.vanished', data: { id: event.id } };
  if (event.type === 'SIGHTED' && context.misses > was.misses && state !== 'removing')
    yield { code: 'fault.remade', data: { isLeft: leftIn(context) > leftIn(was) } };
  const given = context.fallbacks.at(-1);
  if (given !== undefined && context.fallbacks.length > was.fallbacks.length && state !== 'failed') {
    const { strategy, reason } = given;
    yield { code: 'resource.fallback', data: { strategy, reason, next: strategyOf(context).name } };
  }
  if (event.type === 'ACCEPT' && was.halt !== undefined)
    yield { code: 'approval.accepted', data: { by: event.by, differences: was.halt.differences } };
}

/** Not of a thing that the run had given up before. */
function isOfResult({ parts }: ResourceContext, id: string): boolean {
  return parts.some((part) => isCurrent(part) && idOf(part) === id);
}

function leftIn(context: ResourceContext): number {
  return thingsIn(context, 'left').length;
}

function stateEvents(state: ResourceState, context: ResourceContext): readonly TimelineEvent[] {
  const { createdIds, exhausted, halt, leftovers, spec, startedAt = 0, readyAt = 0 } = context;
  switch (state) {
    case 'accelerating': {
      const means = context.parts.find((part) => part.use === 'means' && isCurrent(part));
      const id = means === undefined ? undefined : idOf(means);
      return id === undefined ? [] : [{ code: 'resource.accelerating', data: fsrTargetOf(id) }];
    }
    case 'restoring': {
      const { name, recoveryPoint } = strategyOf(context);
      return [{ code: 'resource.restoring', data: { strategy: name, recoveryPoint: recoveryPoint.id } }];
    }
    case 'warming':
      return [
        { code: 'resource.warming', data: { ids: copiesOf(context).flatMap((part) => idOf(part) ?? []) } },
      ];
    case 'verifying':
    case 'protecting':
      return [{ code: `resource.${state}`, data: {} }];
    case 'halted':
      return halt === undefined ? [] : [{ code: 'approval.halted', data: { differences: halt.differences } }];
    case 'ready':
      return [{ code: 'resource.ready', data: { seconds: (readyAt - startedAt) / SECOND_MS } }];
    case 'protected':
      return [protectedEvent(context)];
    case 'failed': {
      const others = spec.strategies.slice(context.strategy + 1).map(({ name }) => name);
      const notTried = context.refusal === undefined ? [] : others;
      return [
        {
          code: 'resource.failed',
          data: { ...(exhausted !== undefined && { reason: exhausted }), notTried },
        },
      ];
    }
    case 'removed': {
      const ids = removedByRun(context);
      return ids.length + leftovers.length === 0
        ? []
        : [{ code: 'resource.removed', data: { ids, leftovers } }];
    }
    case 'kept':
      return createdIds.length > 0 ? [{ code: 'resource.kept', data: {} }] : [];
    case 'queued':
    case 'removing':
      return [];
  }
}

function protectedEvent(context: ResourceContext): TimelineEvent {
  const all = copiesOf(context).flatMap(({ copy }) => pointOf(context, copy) ?? []);
  const points = all.flatMap((point) => (point.at.completed === undefined ? [] : (idOf(point) ?? [])));
  const missing = all.filter(({ at }) => at.failed !== undefined).length;
  const problem = missing === 0 ? undefined : context.leftovers.findLast(isOfPoint)?.data.reason;
  const data = { points, missing, ...(problem !== undefined && { problem }) };
  return { code: 'resource.protected', data };
}

function isOfPoint(leftover: Leftover): leftover is Extract<Leftover, { code: 'no-recovery-point' }> {
  return leftover.code === 'no-recovery-point';
}
