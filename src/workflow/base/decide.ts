import type { AggregateId } from './aggregate-id.ts';
import {
  createActor,
  type AnyActorScope,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type SnapshotFrom,
} from 'xstate';
import type { Instant } from '../../time.ts';
import type { Decision, Json, TimelineEntry, Timer } from './decision.ts';
import type { Pending } from './pending.ts';

/** One aggregate: a machine's snapshot, and the number of decisions that led to it. */
export interface Aggregate<TSnapshot extends AnyMachineSnapshot = AnyMachineSnapshot> {
  readonly id: AggregateId;
  readonly sequence: number;
  readonly snapshot: TSnapshot;
}

/** The next aggregate, and the decision to write before its effects are performed. */
export interface Step<TSnapshot extends AnyMachineSnapshot> {
  readonly aggregate: Aggregate<TSnapshot>;
  readonly decision: Decision;
}

/** An event as the host feeds it. */
export interface Stamped {
  readonly type: string;
  readonly at: Instant;
}

/** Returns the timeline entries for what an event changed. */
export type Narrator<TSnapshot extends AnyMachineSnapshot> = (
  before: TSnapshot | undefined,
  after: TSnapshot,
  event: Stamped,
) => readonly TimelineEntry[];

/** Actions as xstate returns them: plain data. */
type Actions = readonly { readonly type: string; readonly params: unknown }[];

const NONE: Pending = {};

/** xstate's transitions need an actor: one for each machine. It is never started, and no machine spawns, sends or emits. */
const actors = new WeakMap<AnyStateMachine, AnyActorScope['self']>();

/** Runs one step of a machine and collects its actions without executing them. xstate's `transition` does the same, but creates an actor, with an initial state, for each event. */
function collected<T>(machine: AnyStateMachine, step: (scope: AnyActorScope) => T): readonly [T, Actions] {
  let self = actors.get(machine);
  if (self === undefined) actors.set(machine, (self = createActor(machine)));
  const actions: { readonly type: string; readonly params: unknown }[] = [];
  const nothing = (): void => undefined;
  const result = step({
    ...{ self, id: '', sessionId: '', system: self.system },
    ...{ logger: nothing, defer: nothing, emit: nothing, stopChild: nothing },
    actionExecutor: (action) => actions.push(action),
  });
  return [result, actions];
}

function pendingOf(snapshot: AnyMachineSnapshot | undefined): Pending {
  return snapshot === undefined ? NONE : (snapshot.context as { pending: Pending }).pending;
}

/** Effects of `one` that are not in `other`, by id. */
function difference(one: Pending, other: Pending): readonly Pending[string][] {
  if (one === other) return [];
  const known = new Set(Object.values(other).map((effect) => effect.id));
  return Object.values(one).filter((effect) => !known.has(effect.id));
}

/** The only place that knows xstate's own action names. Order counts: a timer that is canceled and then set in the same step stays set. */
function timersOf(
  actions: Actions,
  aggregate: AggregateId,
  at: Instant,
): { readonly timers: readonly Timer[]; readonly cancelled: readonly string[] } {
  const timers = new Map<string, Timer>();
  const cancelled = new Set<string>();
  for (const action of actions) {
    const params = action.params as
      { id?: string; sendId?: string; delay?: number; event?: { type: string } } | undefined;
    if (action.type === 'xstate.cancel' && params?.sendId !== undefined) {
      timers.delete(params.sendId);
      cancelled.add(params.sendId);
    }
    if (
      action.type === 'xstate.raise' &&
      params?.delay !== undefined &&
      params.id !== undefined &&
      params.event !== undefined
    ) {
      cancelled.delete(params.id);
      timers.set(params.id, {
        aggregate,
        id: params.id,
        dueAt: at + Math.ceil(params.delay),
        event: { type: params.event.type },
      });
    }
  }
  return { timers: [...timers.values()], cancelled: [...cancelled] };
}

/** A snapshot as the journal keeps it. */
export function toJson(snapshot: AnyMachineSnapshot): Json {
  return { value: snapshot.value as Json, context: snapshot.context as Json, status: snapshot.status };
}

/** The reverse of {@link toJson}: raw JSON does not work as a snapshot. */
export function fromJson<TMachine extends AnyStateMachine>(
  machine: TMachine,
  json: Json,
): SnapshotFrom<TMachine> {
  const { value, context } = json as { value: string; context: object };
  return machine.resolveState({ value, context } as Parameters<
    TMachine['resolveState']
  >[0]) as SnapshotFrom<TMachine>;
}

function stepOf<TSnapshot extends AnyMachineSnapshot>(
  before: Aggregate<TSnapshot> | undefined,
  id: AggregateId,
  snapshot: TSnapshot,
  actions: Actions,
  event: Stamped,
  narrate: Narrator<TSnapshot>,
): Step<TSnapshot> {
  const sequence = (before?.sequence ?? 0) + 1;
  const [was, is] = [pendingOf(before?.snapshot), pendingOf(snapshot)];
  return {
    aggregate: { id, sequence, snapshot },
    decision: {
      aggregate: id,
      sequence,
      at: event.at,
      event,
      snapshot: toJson(snapshot),
      settled: difference(was, is).map((effect) => effect.id),
      effects: difference(is, was),
      ...timersOf(actions, id, event.at),
      timeline: narrate(before?.snapshot, snapshot, event),
    },
  };
}

/** Begins an aggregate. */
export function begin<TMachine extends AnyStateMachine>(
  machine: TMachine,
  id: AggregateId,
  input: unknown,
  at: Instant,
  narrate: Narrator<SnapshotFrom<TMachine> & AnyMachineSnapshot>,
): Step<SnapshotFrom<TMachine> & AnyMachineSnapshot> {
  const [snapshot, actions] = collected(machine, (scope) => machine.getInitialSnapshot(scope, input));
  return stepOf(
    undefined,
    id,
    snapshot as SnapshotFrom<TMachine> & AnyMachineSnapshot,
    actions,
    { type: 'BEGIN', at },
    narrate,
  );
}

/**
 * Applies one event to one aggregate, purely. `undefined` when the event changes nothing: then nothing is written.
 *
 * @example
 * const step = decide(resourceMachine, aggregate, { type: 'GONE', at, id: 'vol-1' }, narrateResource);
 */
export function decide<TSnapshot extends AnyMachineSnapshot>(
  machine: AnyStateMachine,
  before: Aggregate<TSnapshot>,
  event: Stamped,
  narrate: Narrator<TSnapshot>,
): Step<TSnapshot> | undefined {
  const [next, actions] = collected(machine, (scope) => machine.transition(before.snapshot, event, scope));
  const snapshot = next as TSnapshot;
  const sameContext =
    snapshot.context === before.snapshot.context || shallowEqual(snapshot.context, before.snapshot.context);
  if (sameContext && actions.length === 0 && sameValue(snapshot.value, before.snapshot.value))
    return undefined;
  return stepOf(before, before.id, snapshot, actions, event, narrate);
}

/** xstate's `assign` copies the context even when nothing changes. A key with the value `undefined` equals an absent one: JSON has no such value. */
function shallowEqual(one: Record<string, unknown>, other: Record<string, unknown>): boolean {
  const isSame = (key: string): boolean => one[key] === other[key];
  return Object.keys(one).every(isSame) && Object.keys(other).every(isSame);
}

function sameValue(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
