import { aggregateOf, isResource, RECOVERY, type AggregateId } from '../workflow/base/aggregate-id.ts';
import { resourceState } from '../workflow/resource/resource-state.ts';
import { SETTLE_SECONDS } from '../facts/ebs.ts';
import type { Journal, JournalState, SignalId } from '../journal/journal.ts';
import { SECOND_MS, type Instant } from '../time.ts';
import { advance, isKnown, readAggregate } from '../workflow/aggregates.ts';
import type { Aggregate, Stamped } from '../workflow/base/decide.ts';
import type { Decision, Timer } from '../workflow/base/decision.ts';
import type { Effect, EffectId } from '../workflow/base/effects.ts';
import { FleetTally, type Member } from '../workflow/fleet.ts';
import { slotOf, type Pending } from '../workflow/base/pending.ts';
import type { RecoveryContext, RecoveryEvent } from '../workflow/recovery/recovery-context.ts';
import { isPaused, phaseOf, type Phase } from '../workflow/recovery/phase.ts';
import type { ResourceContext, ResourceEvent } from '../workflow/resource/resource-context.ts';
import type { TimelineListener } from './ports.ts';

/** An event for one of the machines; a timer's is known by its type alone. */
export type FleetEvent = RecoveryEvent | ResourceEvent | Stamped;

/**
 * All aggregates of a run in memory, exactly as the journal has them plus the decisions not yet written.
 * Nothing in `outbox` may be sent before {@link FleetState.flush} has resolved.
 */
export class FleetState {
  readonly members = new Map<string, Member>();
  readonly tally = new FleetTally();
  readonly outbox = new Map<EffectId, Effect>();
  readonly timers = new Map<string, Timer>();
  readonly #aggregates = new Map<AggregateId, Aggregate>();
  readonly #journal: Journal;
  readonly #listener: TimelineListener;
  #unwritten: Decision[] = [];
  readonly #onChange: (id: string, member: Member) => void;

  /** `onChange` is told of every resource at first, and of every change of one; `now`: what was due by then may have been sent. */
  constructor(
    journal: Journal,
    state: JournalState,
    listener: TimelineListener,
    onChange: (id: string, member: Member) => void,
    now: Instant,
  ) {
    this.#journal = journal;
    this.#listener = listener;
    this.#onChange = onChange;
    for (const stored of state.aggregates) if (isKnown(stored.id)) this.#put(readAggregate(stored));
    // An effect that no aggregate waits for (a cleanup's, or one that was copied or edited into the journal) is dropped: its answer would change
    // nothing, so it would be sent again for ever.
    for (const { id, aggregate } of state.outbox) {
      const effect = this.#waitsFor(aggregate, id);
      if (effect !== undefined) this.outbox.set(id, sentBefore(effect, now));
    }
    for (const timer of state.timers) this.timers.set(keyOf(timer.aggregate, timer.id), timer);
  }

  get recovery(): RecoveryContext {
    return this.#recovery().snapshot.context as RecoveryContext;
  }

  get phase(): Phase {
    return phaseOf(this.#recovery().snapshot.value);
  }

  get isPaused(): boolean {
    return isPaused(this.#recovery().snapshot.value);
  }

  /** Feeds one event to one aggregate. False when it changed nothing. */
  apply(id: AggregateId, event: FleetEvent): boolean {
    const before = this.#aggregates.get(id);
    if (before === undefined) return false;
    const step = advance(before, event);
    if (step === undefined) return false;
    this.#put(step.aggregate);
    this.#take(step.decision);
    return true;
  }

  applyToResource(resourceId: string, event: FleetEvent): boolean {
    return this.apply(aggregateOf(resourceId), event);
  }

  get hasUnwritten(): boolean {
    return this.#unwritten.length > 0;
  }

  /** Writes all decisions down, in order, with the look and the signal that they follow from. Only then may anything be done about them. */
  async flush(lookedAt?: Instant, heard?: SignalId): Promise<void> {
    const decisions = this.#unwritten;
    if (decisions.length === 0 && heard === undefined) return;
    await this.#journal.commit({
      decisions,
      ...(lookedAt !== undefined && { memo: { lookedAt } }),
      ...(heard !== undefined && { heard }),
    });
    this.#unwritten = [];
    const entries = decisions.flatMap((decision) => decision.timeline);
    if (entries.length > 0) this.#listener(entries);
  }

  /** Timers that are due at `at`, earliest first. */
  dueTimers(at: Instant): readonly Timer[] {
    return [...this.timers.values()]
      .filter((timer) => timer.dueAt <= at)
      .sort((one, other) => one.dueAt - other.dueAt);
  }

  /** Fires a timer, unless it was cancelled or set anew since. */
  fire(timer: Timer, at: Instant): void {
    const key = keyOf(timer.aggregate, timer.id);
    if (this.timers.get(key) !== timer) return;
    this.timers.delete(key);
    this.apply(timer.aggregate, { ...timer.event, at });
  }

  /** The effect as the aggregate asked for it. */
  #waitsFor(aggregate: AggregateId, id: EffectId): Effect | undefined {
    const context = this.#aggregates.get(aggregate)?.snapshot.context as
      { readonly pending: Pending } | undefined;
    const slot = context === undefined ? undefined : slotOf(context.pending, id);
    return slot === undefined ? undefined : context?.pending[slot];
  }

  #recovery(): Aggregate {
    const recovery = this.#aggregates.get(RECOVERY);
    if (recovery === undefined) throw new RangeError('a run without a recovery aggregate');
    return recovery;
  }

  #put(aggregate: Aggregate): void {
    this.#aggregates.set(aggregate.id, aggregate);
    if (!isResource(aggregate.id)) return;
    const context = aggregate.snapshot.context as ResourceContext;
    const member: Member = { state: resourceState(aggregate.snapshot.value), context };
    this.members.set(context.spec.id, member);
    this.tally.put(context.spec.id, member);
    this.#onChange(context.spec.id, member);
  }

  #take(decision: Decision): void {
    for (const id of decision.settled) this.outbox.delete(id);
    for (const effect of decision.effects) this.outbox.set(effect.id, effect);
    for (const id of decision.cancelled) this.timers.delete(keyOf(decision.aggregate, id));
    for (const timer of decision.timers) this.timers.set(keyOf(timer.aggregate, timer.id), timer);
    this.#unwritten.push(decision);
  }
}

/**
 * Whoever takes a run over cannot know what was sent without an answer: it may have happened. Where AWS has no identity of its own it is looked
 * for, and only once it would show.
 */
function sentBefore(effect: Effect, now: Instant): Effect {
  const wasNotDue = (effect.notBefore ?? 0) > now;
  if (wasNotDue) return effect;
  if (effect.kind !== 'takeSnapshot') return { ...effect, doubtful: true };
  return { ...effect, doubtful: true, notBefore: now + SETTLE_SECONDS * SECOND_MS };
}

function keyOf(aggregate: AggregateId, id: string): string {
  return `${aggregate}\n${id}`;
}
