import type { Journal, JournalState } from '../journal/journal.ts';
import type { Plan } from '../plan/types.ts';
import { formatDuration, SECOND_MS, type Instant } from '../time.ts';
import { kept, mayStart, orderFor, sameSummary, type Member } from '../workflow/fleet.ts';
import { missingApprovals, nextGate } from '../workflow/recovery-context.ts';
import { ObservationFailure, type Executor } from '../workflow/ports.ts';
import type { Phase } from '../workflow/recovery-machine.ts';
import { resourceOf } from '../workflow/resource-effects.ts';
import { Allocation } from './allocation.ts';
import { dueEffects, requestsOf, send } from './dispatcher.ts';
import { FleetState } from './fleet-state.ts';
import { Foresight } from './foresight.ts';
import type { Clock, DriveEnd, TimelineListener } from './host.ts';
import { Observer } from './observer.ts';

/** Between two looks at the fleet, at least and at most; in between this fraction of what the plan takes. */
const LOOK_MIN_MS = 10 * SECOND_MS;
const LOOK_MAX_MS = 60 * SECOND_MS;
const LOOKS_A_RUN = 240;
/** Ready resources are looked at again only every so often. */
const LOOKS_BETWEEN_ALL = 10;

/** States in which something is on its way. */
const ACTIVE: readonly Member['state'][] = ['accelerating', 'restoring', 'warming', 'verifying'];

/** Everything a driver needs; hosts differ in nothing else. */
export interface DriverParts {
  readonly journal: Journal;
  readonly executor: Executor;
  readonly clock: Clock;
  readonly onTimeline: TimelineListener;
  /** Requests under way at once; 1 keeps a simulation deterministic. */
  readonly concurrency: number;
  /** Answers approvals that are waited for: a simulated person. */
  readonly answersApprovals: boolean;
  /** A place where a simulated crash may strike; throws to crash. */
  readonly crashPoint?: (place: 'before-commit' | 'after-commit' | 'after-send') => void;
}

/**
 * The loop around the pure machines. Every tick observes first, then fires due timers in order, then lets the fleet move on,
 * writes all of it down, and only then sends what is due.
 */
export class Driver {
  readonly #parts: DriverParts;
  readonly #fleet: FleetState;
  readonly #observer: Observer;
  readonly #foresight: Foresight;
  readonly #allocation: Allocation;
  readonly #ranks: ReadonlyMap<string, number>;
  #last: Instant;
  readonly #lookEveryMs: number;
  #nextLook: Instant;
  /** The last look was one at everything, to confirm. */
  #hasLookedAtAll = false;

  private constructor(parts: DriverParts, state: JournalState) {
    const { plan } = parts.journal.record;
    const order = plan.schedule.toSorted((one, other) => one.startSeconds - other.startSeconds);
    this.#parts = parts;
    this.#last = Math.max(state.lastAt, parts.clock.now());
    this.#lookEveryMs = lookEveryMs(plan);
    // A decision of this very instant is proof that the look before it was written down.
    const lookDone = state.lastAt === this.#last ? 1 : 0;
    this.#nextLook = Math.ceil((this.#last + lookDone) / this.#lookEveryMs) * this.#lookEveryMs;
    this.#observer = new Observer(parts.executor);
    this.#foresight = new Foresight(plan);
    this.#ranks = new Map(order.map(({ resource }, rank) => [resource, rank + 1]));
    this.#allocation = new Allocation(plan, this.#ranks);
    this.#fleet = new FleetState(parts.journal, state, parts.onTimeline, (id, member) => {
      this.#foresight.update(id, member);
      this.#allocation.update(id, member);
    });
  }

  /** Reads where the run stands; the journal must have been acquired. */
  static async open(parts: DriverParts): Promise<Driver> {
    return new Driver(parts, await parts.journal.load());
  }

  async drive(pause: AbortSignal): Promise<DriveEnd> {
    for (;;) {
      const at = this.#now();
      if (pause.aborted && !this.#fleet.isPaused)
        this.#fleet.apply('recovery', { type: 'pause', at, by: 'this terminal' });
      await this.#takeSignals();
      await this.#tick();
      const end = this.#end();
      if (end !== undefined) return end;
      const wakeAt = this.#wakeAt();
      if (wakeAt === undefined) return this.#stop(this.#waitsFor());
      await this.#parts.clock.sleepUntil(this.#parts.clock.now() + Math.max(0, wakeAt - this.#now()), pause);
    }
  }

  /** Never goes back, whatever the clock does. */
  #now(): Instant {
    this.#last = Math.max(this.#last, this.#parts.clock.now());
    return this.#last;
  }

  async #takeSignals(): Promise<void> {
    for (const signal of await this.#parts.journal.takeSignals()) {
      const reason = signal.reason === undefined ? {} : { reason: signal.reason };
      this.#fleet.apply('recovery', { type: signal.kind, at: this.#now(), by: signal.by, ...reason });
    }
    await this.#flush();
  }

  async #tick(): Promise<void> {
    if (!this.#fleet.isPaused) {
      if (this.#now() >= this.#nextLook) await this.#look();
      for (const timer of this.#fleet.dueTimers(this.#now())) this.#fleet.fire(timer, this.#now());
    }
    await this.#act();
    // Everything is ready: the last look is not put off until the next is due.
    if (this.#isComplete && !this.#fleet.isPaused && !this.#hasLookedAtAll) {
      await this.#look();
      await this.#act();
    }
    this.#foresee();
    await this.#flush();
  }

  /** Lets everything follow that can follow now: writes it down, then sends what is due, until nothing is. */
  async #act(): Promise<void> {
    this.#settle();
    await this.#flush();
    while (!this.#fleet.isPaused && (await this.#dispatch())) {
      this.#settle();
      await this.#flush();
    }
  }

  /** Every resource is ready; only the look that confirms it is missing. */
  get #isComplete(): boolean {
    return (
      this.#fleet.phase === 'verify' && this.#fleet.recovery.fleet.ready === this.#fleet.recovery.fleet.total
    );
  }

  /** Looks at what is on its way, and now and then at all; a look that finds all of it alive confirms the recovery. */
  async #look(): Promise<void> {
    const at = this.#now();
    const confirming = this.#isComplete;
    const slot = Math.floor(at / this.#lookEveryMs);
    const everything = confirming || slot % LOOKS_BETWEEN_ALL === 0;
    this.#nextLook = (slot + 1) * this.#lookEveryMs;
    this.#hasLookedAtAll = confirming;
    const states = everything ? [...ACTIVE, 'ready' as const] : ACTIVE;
    const ids = new Set([
      ...states.flatMap((state) => [...this.#fleet.tally.in(state)]),
      ...this.#fleet.tally.departing,
    ]);
    const members = [...ids].flatMap((id) => this.#fleet.members.get(id) ?? []);
    if (members.length === 0) return;
    try {
      const look = await this.#observer.look(members, at);
      for (const { resource, sighting } of look.sighted)
        this.#fleet.applyToResource(resource, { type: 'SIGHTED', at, sighting });
      for (const { resource, id } of look.gone)
        this.#fleet.applyToResource(resource, { type: 'GONE', at, id });
      this.#settle();
      if (confirming && look.isComplete && this.#fleet.phase === 'verify')
        this.#fleet.apply('recovery', { type: 'CONFIRMED', at });
    } catch (error) {
      // What could not be read is unknown, not absent: it is looked at again next time.
      if (!(error instanceof ObservationFailure)) throw error;
    }
  }

  /** Lets the fleet and the recovery follow from each other until nothing changes. */
  #settle(): void {
    for (let moved = true; moved;) {
      moved = this.#giveOrders();
      if (mayStart(this.#fleet.phase)) moved = this.#grant() || moved;
      moved = this.#tellRecovery() || moved;
    }
  }

  #giveOrders(): boolean {
    const { phase, recovery, members } = this.#fleet;
    const at = this.#now();
    let moved = false;
    if (phase !== 'cleanup' && this.#fleet.tally.in('failed').size === 0) return false;
    for (const [id, member] of members) {
      const order = orderFor(member, phase, recovery, this.#failedDependency(member), at);
      if (order !== undefined) moved = this.#fleet.applyToResource(id, order) || moved;
    }
    return moved;
  }

  #failedDependency(member: Member): string | undefined {
    return member.context.spec.dependsOn.find((id) => {
      const other = this.#fleet.members.get(id);
      return other?.state === 'failed' && other.context.round >= this.#fleet.recovery.round;
    });
  }

  #grant(): boolean {
    const at = this.#now();
    let moved = false;
    for (const { id, fsrWasOn } of this.#allocation.grants(this.#fleet.recovery.fsrBefore, at)) {
      moved = this.#fleet.applyToResource(id, { type: 'GRANTED', at, fsrWasOn }) || moved;
    }
    return moved;
  }

  #tellRecovery(): boolean {
    const at = this.#now();
    const { recovery } = this.#fleet;
    const fleet = this.#fleet.tally.summary(recovery.round);
    let moved =
      !sameSummary(fleet, recovery.fleet) && this.#fleet.apply('recovery', { type: 'FLEET', at, fleet });
    if (
      this.#fleet.phase === 'cleanup' &&
      fleet.tidy &&
      missingApprovals(recovery, 'cleanup') === 0 &&
      !('sweep' in this.#fleet.recovery.pending)
    ) {
      const keep = kept(this.#fleet.members.values(), this.#fleet.recovery);
      moved = this.#fleet.apply('recovery', { type: 'TIDY', at, keep }) || moved;
    }
    if (this.#parts.answersApprovals) moved = this.#answerApprovals(at) || moved;
    return moved;
  }

  #answerApprovals(at: Instant): boolean {
    const { phase, recovery } = this.#fleet;
    const gate = phase === 'approval' ? 'restore' : phase;
    if (gate !== 'restore' && gate !== 'cutover' && gate !== 'backfill' && gate !== 'cleanup') return false;
    if (missingApprovals(recovery, gate) === 0) return false;
    const by = `simulated-approver-${recovery.approvals.length + 1}`;
    return this.#fleet.apply('recovery', {
      type: 'approve',
      at,
      by,
      gate,
      reason: 'answered by --yes in a simulation',
    });
  }

  async #flush(): Promise<void> {
    if (!this.#fleet.hasUnwritten) return;
    this.#parts.crashPoint?.('before-commit');
    await this.#fleet.flush();
    this.#parts.crashPoint?.('after-commit');
  }

  /** Sends one round of what is due; false when nothing is. */
  async #dispatch(): Promise<boolean> {
    const due = dueEffects(
      this.#fleet.outbox.values(),
      this.#now(),
      (aggregate) => this.#ranks.get(resourceOf(aggregate)) ?? 0,
    );
    if (due.length === 0) return false;
    const owners = new Map(due.map((effect) => [effect.id, effect.aggregate]));
    const answers = await send(this.#parts.executor, requestsOf(due), this.#parts.concurrency);
    this.#parts.crashPoint?.('after-send');
    for (const answer of answers) {
      const owner = owners.get(answer.effectId);
      if (owner !== undefined) this.#fleet.apply(owner, { type: 'ANSWERED', at: this.#now(), answer });
    }
    return true;
  }

  /** Revises the forecast by what has happened, and says so when an objective's state changes. */
  #foresee(): void {
    const { recovery, phase } = this.#fleet;
    if (phase === 'cleanup' || isOver(phase)) return;
    for (const event of this.#foresight.revise(recovery, this.#now())) this.#fleet.apply('recovery', event);
  }

  #end(): DriveEnd | undefined {
    const { phase } = this.#fleet;
    if (this.#fleet.isPaused)
      return this.#stop([
        `resume: ${formatDuration((this.#now() - this.#parts.journal.record.plan.incidentAt) / SECOND_MS)} since the incident`,
      ]);
    return isOver(phase) ? this.#stop([]) : undefined;
  }

  #stop(waitingFor: readonly string[]): DriveEnd {
    return { phase: this.#fleet.phase, paused: this.#fleet.isPaused, waitingFor };
  }

  #waitsFor(): readonly string[] {
    const gate = nextGate(this.#fleet.recovery);
    if (this.#fleet.phase === 'halted') return [this.#fleet.recovery.problem ?? 'a person'];
    return gate === undefined
      ? ['a person']
      : [`${missingApprovals(this.#fleet.recovery, gate)} approval(s) before ${gate}`];
  }

  /** When there is something to do again; `undefined` when only a person can go on. */
  #wakeAt(): Instant | undefined {
    const times: Instant[] = [];
    for (const timer of this.#fleet.timers.values()) times.push(timer.dueAt);
    for (const effect of this.#fleet.outbox.values()) times.push(effect.notBefore ?? this.#now());
    const { phase, tally } = this.#fleet;
    const isWatching =
      ACTIVE.some((state) => tally.in(state).size > 0) || tally.departing.size > 0 || phase === 'verify';
    if (isWatching && phase !== 'cleanup' && phase !== 'halted') times.push(this.#nextLook);
    const release = mayStart(phase) ? this.#allocation.nextRelease : undefined;
    if (release !== undefined) times.push(release);
    return times.length === 0 ? undefined : Math.min(...times);
  }
}

/**
 * Looks stand on a grid that follows from the plan alone, not from when the process began: a run that was killed and
 * resumed sees what it would have seen anyway.
 */
function lookEveryMs(plan: Plan): number {
  const wanted = (plan.forecast.rtaSeconds.p50 * SECOND_MS) / LOOKS_A_RUN;
  const bounded = Math.min(
    LOOK_MAX_MS,
    Math.max(LOOK_MIN_MS, Number.isFinite(wanted) ? wanted : LOOK_MAX_MS),
  );
  return Math.round(bounded / LOOK_MIN_MS) * LOOK_MIN_MS;
}

function isOver(phase: Phase): boolean {
  return phase === 'completed' || phase === 'failed' || phase === 'aborted';
}
