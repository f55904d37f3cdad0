import { aggregateOf, isResource, RECOVERY, type AggregateId } from '../../workflow/base/aggregate-id.ts';
import { resourceState } from '../../workflow/resource/resource-state.ts';
import type { Commit, Journal, JournalState } from '../../journal/journal.ts';
import type { Instant } from '../../time.ts';
import { advance, readAggregate } from '../../workflow/aggregates.ts';
import type { Aggregate, Stamped } from '../../workflow/base/decide.ts';
import type { Decision, Timer } from '../../workflow/base/decision.ts';
import type { Effect, EffectId } from '../../workflow/base/effects.ts';
import { FleetTally, type Member } from '../../workflow/fleet.ts';
import { slotOf, type Pending } from '../../workflow/base/pending.ts';
import type { RecoveryContext, RecoveryEvent } from '../../workflow/recovery/recovery-context.ts';
import { isOver, isPaused, phaseOf, type Phase } from '../../workflow/recovery/phase.ts';
import type { ResourceContext, ResourceEvent } from '../../workflow/resource/resource-context.ts';
import type { TimelineListener } from '../base/ports.ts';

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

  /** `onChange` is called for every resource at the start, and for every change of one. */
  constructor(
    journal: Journal,
    state: JournalState,
    listener: TimelineListener,
    onChange: (id: string, member: Member) => void,
  ) {
    this.#journal = journal;
    this.#listener = listener;
    this.#onChange = onChange;
    for (const stored of state.aggregates) this.#put(readAggregate(stored));
    // An effect that no aggregate waits for (copied or edited into the journal) is dropped: its answer would change
    // nothing, so it would be sent again forever.
    for (const { id, aggregate } of state.outbox) {
      const effect = this.#waitsFor(aggregate, id);
      if (effect !== undefined) this.outbox.set(id, effect);
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

  /** The run removes, keeps or protects what it made: at its end, or in a cleanup after it. */
  get isTidying(): boolean {
    return this.#recovery().snapshot.hasTag('ending');
  }

  /** The run has ended, and no cleanup after it goes on. */
  get hasEnded(): boolean {
    return isOver(this.phase) && !this.isTidying;
  }

  /** The recovery itself is over. */
  get isEnding(): boolean {
    return this.isTidying || isOver(this.phase);
  }

  /** Feeds one event to one aggregate. Returns false when it changed nothing. */
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

  /** Commits all decisions, in order, with the signals they follow from. Nothing may be sent before. */
  async flush(beside: Omit<Commit, 'decisions'>): Promise<void> {
    const decisions = this.#unwritten;
    await this.#journal.commit({ decisions, ...beside });
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

  /** Fires a timer, unless it was canceled or reset since. */
  fire(timer: Timer, at: Instant): void {
    const key = keyOf(timer.aggregate, timer.id);
    if (this.timers.get(key) !== timer) return;
    this.timers.delete(key);
    this.apply(timer.aggregate, { ...timer.event, at });
  }

  /** The effect as the aggregate requested it. */
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
    for (const timer of decision.timers) {
      // A timer that is reset moves behind those set before it, as in the journal.
      const key = keyOf(timer.aggregate, timer.id);
      this.timers.delete(key);
      this.timers.set(key, timer);
    }
    this.#unwritten.push(decision);
  }
}

function keyOf(aggregate: AggregateId, id: string): string {
  return `${aggregate}\n${id}`;
}
