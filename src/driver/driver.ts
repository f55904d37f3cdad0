import { resourceOf } from '../workflow/base/aggregate-id.ts';
import { STATES } from '../workflow/resource/resource-state.ts';
import type { Journal, JournalState, SignalId } from '../journal/journal.ts';
import { formatDuration, SECOND_MS, type Instant } from '../time.ts';
import type { Member } from '../workflow/fleet.ts';
import type { Watch } from '../workflow/base/sightings.ts';
import type { Executor } from '../workflow/base/executor.ts';
import { isOver, mayStart } from '../workflow/recovery/phase.ts';
import { Allocation } from './allocation.ts';
import { Backfiller, type Backfill } from './backfiller.ts';
import { Conductor } from './conductor.ts';
import { Contact } from './contact.ts';
import { dueEffects, requestsOf, send, type Round } from './dispatcher.ts';
import { FleetState } from './fleet-state.ts';
import { Foresight } from './foresight.ts';
import { Gatekeeper, type FrozenBy } from './gatekeeper.ts';
import type { Clock, DriveEnd, TimelineListener } from './ports.ts';
import { endsBeforePause } from './interruption.ts';
import { Lookout } from './lookout.ts';
import type { Look } from './observer.ts';
import { ABSENCE_FACT, clockEvent, resumeTime, type AbsenceDecision, type RunTime } from './run-time.ts';
import { heard, type VerifySignal } from './verify-signal.ts';

/** A read fails now and then: one that failed must not let a drill act that a restore has pre-empted. Then the looks go on reading it. */
const CLAIM_READS = 6;
const CLAIM_READ_EVERY_MS = 10 * SECOND_MS;

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
  readonly frozenBy: FrozenBy;
  /** Asks the identity service who gave a signal. Absent: signals count as they are. */
  readonly verify?: VerifySignal;
  /** Replays what was missed. Absent: no backfill is part of the run. */
  readonly backfill?: Backfill;
  /**
   * Resolves when somebody may have spoken or a freeze file may have gone, or when `pause` aborts: a person sits before this run and waits with
   * it. Absent: a run that only people can move on stops here.
   */
  readonly untilSpoken?: (pause: AbortSignal) => Promise<void>;
  /** Calls `wake` when another process has spoken, until the returned function is called. Absent: nobody can during a sleep. */
  readonly onSpoken?: (wake: () => void) => () => void;
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
  readonly #lookout: Lookout;
  readonly #contact = new Contact();
  readonly #foresight: Foresight;
  readonly #allocation: Allocation;
  readonly #conductor: Conductor;
  readonly #gatekeeper: Gatekeeper;
  readonly #backfiller: Backfiller | undefined;
  readonly #ranks: ReadonlyMap<string, number>;
  readonly #time: RunTime;
  /** The last look was one at everything, to confirm. */
  #hasLookedAtAll = false;
  /** Requests that were under way when a pause was asked for. */
  #round: Round | undefined;

  private constructor(parts: DriverParts, state: JournalState, decision: AbsenceDecision | undefined) {
    const { plan } = parts.journal.record;
    const order = plan.schedule.toSorted((one, other) => one.startSeconds - other.startSeconds);
    this.#parts = parts;
    const { time, event } = resumeTime(parts.clock, state, decision);
    this.#time = time;
    const { lookedAt } = (state.memo ?? {}) as { readonly lookedAt?: Instant };
    this.#lookout = new Lookout(plan, parts.executor, lookedAt, this.#time.now());
    this.#foresight = new Foresight(plan);
    this.#ranks = new Map(order.map(({ resource }, rank) => [resource, rank + 1]));
    this.#allocation = new Allocation(plan, this.#ranks);
    const heed = (id: string, member: Member): void => {
      this.#foresight.update(id, member);
      this.#allocation.update(id, member);
    };
    this.#fleet = new FleetState(parts.journal, state, parts.onTimeline, heed, this.#time.now());
    if (event !== undefined) this.#fleet.apply('recovery', event);
    this.#conductor = new Conductor(this.#fleet, this.#allocation, parts.answersApprovals);
    this.#gatekeeper = new Gatekeeper(this.#fleet, parts.frozenBy);
    if (parts.backfill !== undefined) this.#backfiller = new Backfiller(this.#fleet, parts.backfill);
  }

  /** Reads where the run stands; the journal must have been acquired. */
  static async open(parts: DriverParts): Promise<Driver> {
    const { journal } = parts;
    const decision = (await journal.fact(ABSENCE_FACT)) as AbsenceDecision | undefined;
    return new Driver(parts, await journal.load(), decision);
  }

  /** The run's time, for a view of it. */
  now(): Instant {
    return this.#time.now();
  }

  async drive(pause: AbortSignal): Promise<DriveEnd> {
    await this.#heedClaim(pause);
    for (;;) {
      await this.#hear(pause);
      await this.#tick(pause);
      const end = this.#end();
      if (end !== undefined) return end;
      if (this.#conductor.endStarvation(this.#time.now())) continue;
      const wakeAt = this.#wakeAt();
      if (wakeAt !== undefined) {
        await this.#sleepUntil(wakeAt, pause);
        continue;
      }
      const { untilSpoken } = this.#parts;
      if (untilSpoken === undefined || this.#fleet.phase === 'halted') return this.#stop(this.#waitsFor());
      await untilSpoken(pause);
    }
  }

  /** Sleeps until the run's time is `at`, or somebody speaks. */
  async #sleepUntil(at: Instant, pause: AbortSignal): Promise<void> {
    const spoken = new AbortController();
    const unhear = this.#parts.onSpoken?.(() => spoken.abort());
    const waitMs = Math.max(0, at - this.#time.now());
    const wake = unhear === undefined ? pause : AbortSignal.any([pause, spoken.signal]);
    try {
      await this.#parts.clock.sleepUntil(this.#parts.clock.now() + waitMs, wake);
    } finally {
      unhear?.();
    }
  }

  /** A drill that was asleep may have been pre-empted by a restore: it learns that before it touches anything. */
  async #heedClaim(pause: AbortSignal): Promise<void> {
    for (let reads = 1; reads <= CLAIM_READS; reads += 1) {
      const claim = this.#claimToWatch;
      if (claim === undefined) return;
      const at = this.#time.now();
      const seen = await this.#unlessPaused(this.#lookout.lookAtClaim(at, claim), pause);
      if (seen === undefined) return;
      if (!('code' in seen)) {
        this.#absorb(seen, at);
        return this.#flush();
      }
      if (reads < CLAIM_READS) await this.#sleepUntil(at + CLAIM_READ_EVERY_MS, pause);
    }
  }

  /** Only a drill gives way. */
  get #claimToWatch(): Watch['claim'] {
    const { mode, claimed, claim, claimSources: sources } = this.#fleet.recovery;
    const isMarked = claimed !== undefined && claimed.place !== 'nowhere';
    if (mode !== 'drill' || !isMarked || this.#fleet.phase === 'cleanup' || isOver(this.#fleet.phase))
      return undefined;
    return { runbook: claim.runbook, sources };
  }

  /** What people have said since: written down with what follows from it. */
  async #hear(pause: AbortSignal): Promise<void> {
    this.#time.now();
    for (const step of this.#time.takeSteps()) this.#fleet.apply('recovery', clockEvent(step));
    if (pause.aborted && !this.#fleet.isPaused)
      this.#fleet.apply('recovery', { type: 'pause', at: this.#time.now(), by: 'this terminal' });
    this.#parts.journal.assertCurrent();
    const signals = await this.#parts.journal.pendingSignals();
    for (const signal of signals)
      this.#fleet.apply('recovery', await heard(signal, this.#parts, () => this.#time.now()));
    // A signal that changes nothing now must not be found again by a later driver.
    await this.#flush(signals.at(-1)?.id);
  }

  async #tick(pause: AbortSignal): Promise<void> {
    const isLookDue = !this.#fleet.isPaused && this.#time.now() >= this.#lookout.next;
    // Limits are judged by what was just seen: after hours without a process, or without contact, all may be well.
    if (isLookDue && (await this.#look(pause)) && !this.#contact.isLost) {
      const at = this.#time.now();
      for (const timer of this.#fleet.dueTimers(at)) this.#fleet.fire(timer, at);
    }
    this.#gatekeeper.watch(this.#time.now());
    await this.#act(pause);
    // Everything is ready: the last look is not put off until the next is due.
    if (this.#isComplete && !this.#fleet.isPaused && !this.#hasLookedAtAll) {
      await this.#look(pause);
      await this.#act(pause);
    }
    await this.#backfill(pause);
    this.#keepContact();
    this.#foresee();
    await this.#flush();
  }

  /** What was missed is replayed beside everything else. */
  async #backfill(pause: AbortSignal): Promise<void> {
    if (this.#backfiller === undefined) return;
    await this.#backfiller.watch(this.#time.now());
    if (this.#fleet.hasUnwritten) await this.#act(pause);
  }

  /** Lets everything follow that can follow now: writes it down, then sends what is due, until nothing is. */
  async #act(pause: AbortSignal): Promise<void> {
    this.#conductor.settle(this.#time.now());
    await this.#flush();
    while (!this.#fleet.isPaused && (await this.#dispatch(pause))) {
      await this.#hear(pause);
      this.#conductor.settle(this.#time.now());
      await this.#flush();
    }
  }

  /** Every resource is ready; only the look that confirms it is missing. */
  get #isComplete(): boolean {
    const { phase, recovery } = this.#fleet;
    return phase === 'verify' && recovery.fleet.ready === recovery.fleet.total;
  }

  /** Looks at what is on its way, and now and then at all; a look that finds all of it alive confirms the recovery. False when it failed or was given up. */
  async #look(pause: AbortSignal): Promise<boolean> {
    const at = this.#time.now();
    const confirming = this.#isComplete;
    const everything = confirming || this.#lookout.looksAtAll(at);
    this.#hasLookedAtAll = confirming;
    const { tally, members } = this.#fleet;
    const states = STATES[everything ? 'granted' : 'active'];
    const ids = new Set([...[...states].flatMap((state) => [...tally.in(state)]), ...tally.departing]);
    const looking = this.#lookout.look(
      [...ids].flatMap((id) => members.get(id) ?? []),
      at,
      this.#lookout.looksAtAll(at) ? this.#claimToWatch : undefined,
    );
    const seen = await this.#unlessPaused(looking, pause);
    if (seen === undefined) return false;
    if ('code' in seen) {
      this.#contact.looked(at, seen);
      return false;
    }
    this.#contact.looked(at);
    this.#absorb(seen, at);
    if (confirming && seen.isComplete && this.#fleet.phase === 'verify')
      this.#fleet.apply('recovery', { type: 'CONFIRMED', at });
    return true;
  }

  /** A look changes nothing in the account: once a pause is asked for, it is given up. */
  async #unlessPaused<T>(looking: Promise<T>, pause: AbortSignal): Promise<T | undefined> {
    if (await endsBeforePause(looking, pause, this.#parts)) return looking;
    this.#lookout.abandon();
    return undefined;
  }

  #absorb(look: Look, at: Instant): void {
    for (const { resource, sighting } of look.sighted)
      this.#fleet.applyToResource(resource, { type: 'SIGHTED', at, sighting });
    for (const { resource, id } of look.gone) this.#fleet.applyToResource(resource, { type: 'GONE', at, id });
    const holder = look.claim?.holder;
    if (holder !== undefined && holder.runId !== this.#fleet.recovery.runId && holder.mode === 'restore')
      this.#fleet.apply('recovery', { type: 'PREEMPTED', at, holder });
    this.#conductor.settle(at);
  }

  async #flush(heard?: SignalId): Promise<void> {
    if (!this.#fleet.hasUnwritten && heard === undefined) return;
    this.#parts.crashPoint?.('before-commit');
    await this.#fleet.flush(this.#lookout.lookedAt, heard);
    this.#parts.crashPoint?.('after-commit');
  }

  /**
   * Sends one round of what is due; false when nothing is. While a pause is asked for it does not wait for answers that do not come: they stay
   * in the outbox, and are doubtful to the next driver. Should the run go on after all, nothing is sent before they have come.
   */
  async #dispatch(pause: AbortSignal): Promise<boolean> {
    const round = this.#round ?? this.#sendDue();
    if (round === undefined) return false;
    this.#round = round;
    if (await endsBeforePause(round.done, pause, this.#parts, () => round.stop())) this.#round = undefined;
    this.#parts.crashPoint?.('after-send');
    const at = this.#time.now();
    const answers = round.take();
    for (const answer of answers) {
      const owner = this.#fleet.outbox.get(answer.effectId)?.aggregate;
      if (owner !== undefined) this.#fleet.apply(owner, { type: 'ANSWERED', at, answer });
    }
    if (answers.length > 0) this.#contact.heard(at, answers);
    return true;
  }

  #sendDue(): Round | undefined {
    const due = dueEffects(
      this.#fleet.outbox.values(),
      this.#time.now(),
      (aggregate) => this.#ranks.get(resourceOf(aggregate)) ?? 0,
    );
    if (due.length === 0) return undefined;
    return send(this.#parts.executor, requestsOf(due), this.#parts.concurrency);
  }

  /** Says when AWS does not answer and when it does again. After too long it pauses: nothing is lost, and a person must see to it. */
  #keepContact(): void {
    const at = this.#time.now();
    const { phase, recovery, isPaused } = this.#fleet;
    if (isPaused || isOver(phase)) return;
    const silence = this.#contact.silenceAt(at);
    if (silence !== undefined && recovery.outOfContact === undefined)
      this.#fleet.apply('recovery', { type: 'CONTACT', at, lost: silence });
    if (!this.#contact.isLost && recovery.outOfContact !== undefined)
      this.#fleet.apply('recovery', { type: 'CONTACT', at });
    const tooLong = this.#contact.giveUpAt(at);
    if (tooLong === undefined) return;
    const { code, message } = tooLong.failure;
    const reason = `AWS has not answered for ${formatDuration((at - tooLong.since) / SECOND_MS)} (${code}: ${message})`;
    this.#fleet.apply('recovery', { type: 'pause', at, by: 'lifeboat', reason });
  }

  /** Revises the forecast by what has happened, and says so when an objective's state changes. */
  #foresee(): void {
    if (!this.#isForeseeing) return;
    for (const event of this.#foresight.revise(this.#fleet.recovery, this.#time.now()))
      this.#fleet.apply('recovery', event);
  }

  get #isForeseeing(): boolean {
    const { phase } = this.#fleet;
    return phase !== 'cleanup' && !isOver(phase);
  }

  #end(): DriveEnd | undefined {
    const { phase } = this.#fleet;
    if (isOver(phase)) return this.#stop([]);
    if (!this.#fleet.isPaused) return undefined;
    const elapsed = (this.#time.now() - this.#parts.journal.record.plan.incidentAt) / SECOND_MS;
    return this.#stop([`resume: ${formatDuration(elapsed)} since the incident`]);
  }

  #stop(waitingFor: readonly string[]): DriveEnd {
    return { phase: this.#fleet.phase, paused: this.#fleet.isPaused, waitingFor };
  }

  #waitsFor(): readonly string[] {
    if (this.#fleet.phase === 'halted') return [this.#fleet.recovery.problem ?? 'a person'];
    const waits = this.#gatekeeper.waitsFor(this.#time.now());
    return waits.length === 0 ? ['a person'] : waits;
  }

  /** When there is something to do again; `undefined` when only a person can go on. Timers wait for the look that is due next. */
  #wakeAt(): Instant | undefined {
    const { phase, tally, outbox, timers } = this.#fleet;
    const times: Instant[] = [];
    for (const effect of outbox.values()) times.push(effect.notBefore ?? this.#time.now());
    const isActive = timers.size > 0 || tally.count('active') > 0;
    const isWatching = isActive || tally.departing.size > 0 || this.#isComplete;
    const isProtecting = tally.in('protecting').size > 0;
    if (isWatching && phase !== 'halted' && (phase !== 'cleanup' || isProtecting))
      times.push(this.#lookout.next);
    const opening = this.#gatekeeper.opensAt(this.#time.now());
    if (opening !== undefined) times.push(opening);
    if (this.#backfiller?.wakeAt !== undefined) times.push(this.#backfiller.wakeAt);
    const release = mayStart(phase) ? this.#allocation.nextRelease : undefined;
    if (release !== undefined) times.push(release);
    const breach = this.#isForeseeing ? this.#foresight.breachAt(this.#fleet.recovery) : undefined;
    if (times.length > 0 && breach !== undefined) times.push(breach);
    return times.length === 0 ? undefined : Math.min(...times);
  }
}
