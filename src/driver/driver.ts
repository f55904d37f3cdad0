import type { JournalState, SignalId } from '../journal/journal.ts';
import { SECOND_MS, type Instant } from '../time.ts';
import { awsFailureOf } from '../workflow/base/reasons.ts';
import type { Member } from '../workflow/fleet.ts';
import { isOver } from '../workflow/recovery/phase.ts';
import type { Outcome } from '../workflow/recovery/recovery-context.ts';
import { Agenda } from './agenda.ts';
import { Allocation } from './fleet/allocation.ts';
import { withInitial } from './begin.ts';
import { Backfiller } from './fleet/backfiller.ts';
import { Conductor } from './fleet/conductor.ts';
import { Contact } from './watch/contact.ts';
import { FleetState } from './fleet/fleet-state.ts';
import { Foresight } from './fleet/foresight.ts';
import { Gatekeeper } from './fleet/gatekeeper.ts';
import { Lookout } from './watch/lookout.ts';
import { MemoWriter, recall, type DriverMemo, type Recalled } from './memo.ts';
import type { DriverParts } from './parts.ts';
import { ranksOf } from './fleet/priority.ts';
import { ABSENCE_KEY, clockEvent, resumeTime, type AbsenceDecision, type RunTime } from './run-time.ts';
import { Sender } from './sender.ts';
import type { RunDriver, Tick, Wait } from './base/tick.ts';
import { heard } from './signals/verify-signal.ts';
import { Watcher } from './watch/watcher.ts';

/** How soon a failed read of the claim is repeated. */
const CLAIM_READ_EVERY_MS = 10 * SECOND_MS;

const NEVER = new AbortController().signal;

/** The arguments of a tick. */
interface Limits {
  readonly until: Instant;
  readonly pause: AbortSignal;
}

/**
 * The loop around the pure machines. Every tick observes first, then fires due timers in order, then advances the fleet,
 * writes all decisions to the journal, and only then sends due requests. When a tick ends, the journal holds everything a later tick needs.
 */
export class Driver implements RunDriver {
  readonly #parts: DriverParts;
  readonly #fleet: FleetState;
  readonly #time: RunTime;
  readonly #lookout: Lookout;
  readonly #watcher: Watcher;
  readonly #contact: Contact;
  readonly #foresight: Foresight;
  readonly #allocation: Allocation;
  readonly #conductor: Conductor;
  readonly #gatekeeper: Gatekeeper;
  readonly #backfiller: Backfiller | undefined;
  readonly #agenda: Agenda;
  readonly #sender: Sender;
  readonly #memos: MemoWriter;

  private constructor(parts: DriverParts, state: JournalState, decision: AbsenceDecision | undefined) {
    const { plan } = parts.journal.record;
    const recalled = recall(state.memo);
    const ranks = ranksOf(plan);
    this.#parts = parts;
    parts.calls?.recall(recalled.calls ?? {});
    const { time, event } = resumeTime(parts.clock, state, decision);
    this.#time = time;
    this.#memos = new MemoWriter(recalled);
    this.#foresight = new Foresight(plan, recalled.baseline);
    this.#allocation = new Allocation(plan, ranks);
    const heed = (id: string, member: Member): void => {
      this.#foresight.update(id, member);
      this.#allocation.update(id, member);
    };
    this.#fleet = new FleetState(parts.journal, state, parts.onTimeline, heed);
    if (recalled.isForeseen === true) this.#foresight.goOn();
    else this.#foresight.lapse();
    this.#contact = new Contact(recalled.contact ?? this.#knownOutage());
    this.#conductor = new Conductor(this.#fleet, this.#allocation, parts.answersApprovals);
    this.#gatekeeper = new Gatekeeper(this.#fleet, parts.frozenBy);
    this.#lookout = new Lookout(plan, recalled.look);
    const [fleet, conductor, contact, lookout] = [this.#fleet, this.#conductor, this.#contact, this.#lookout];
    this.#watcher = new Watcher({ ...parts, fleet, conductor, contact, lookout, ranks }, recalled);
    this.#sender = new Sender(parts, fleet, ranks, recalled, this.#time.now());
    if (parts.backfill !== undefined)
      this.#backfiller = new Backfiller(fleet, parts.backfill, recalled.backfill);
    this.#agenda = new Agenda({
      ...{ fleet, contact, lookout, watcher: this.#watcher, foresight: this.#foresight },
      ...{ allocation: this.#allocation, gatekeeper: this.#gatekeeper, backfiller: this.#backfiller },
    });
    if (event !== undefined) fleet.apply('recovery', event);
  }

  /** Reads the state of the run from the journal, whose lease the caller must hold. Sends no request to AWS. */
  static async open(parts: DriverParts): Promise<Driver> {
    const { journal } = parts;
    const decision = (await journal.value(ABSENCE_KEY)) as AbsenceDecision | undefined;
    return new Driver(parts, withInitial(journal.record, await journal.load()), decision);
  }

  now(): Instant {
    return this.#time.now();
  }

  /** No request is in flight: another driver could continue from the journal alone. */
  get isIdle(): boolean {
    return this.#sender.isIdle;
  }

  /**
   * Until when looks will probably see nothing new, and nothing else is due: a host that pays for each tick may make the next one then instead of at
   * `wakeAt`. `undefined`: it may not.
   */
  get idleUntil(): Instant | undefined {
    return this.#agenda.idleUntil(this.#time.now());
  }

  async tick(until: Instant, pause: AbortSignal = NEVER): Promise<Tick> {
    const limits = { until, pause };
    for (;;) {
      await this.#hear(pause);
      if (this.#fleet.hasEnded) break;
      if (!this.#fleet.isPaused && !(await this.#watcher.heedClaim(this.#time.now(), pause))) {
        return this.#rest(this.#time.now() + CLAIM_READ_EVERY_MS);
      }
      await this.#pass(limits);
      const at = this.#time.now();
      if (this.#fleet.hasEnded || this.#fleet.isPaused || at > until || !this.#conductor.endStarvation(at))
        break;
    }
    return this.#rest(
      this.#fleet.hasEnded || this.#fleet.isPaused ? undefined : this.#agenda.wakeAt(this.#time.now()),
    );
  }

  /** Applies the signals of operators since the last tick. A signal is consumed in the commit of the decisions that follow from it. */
  async #hear(pause: AbortSignal): Promise<void> {
    const fleet = this.#fleet;
    const wasPaused = fleet.isPaused;
    this.#time.now();
    for (const step of this.#time.takeSteps()) fleet.apply('recovery', clockEvent(step));
    if (pause.aborted && !fleet.isPaused && !fleet.hasEnded)
      fleet.apply('recovery', { type: 'pause', at: this.#time.now(), by: 'this terminal' });
    await this.#parts.journal.assertOurs();
    const signals = await this.#parts.journal.pendingSignals();
    for (const signal of signals)
      fleet.apply('recovery', await heard(signal, this.#parts, () => this.#time.now()));
    if (wasPaused && !fleet.isPaused) this.#contact.beginAnew(this.#time.now());
    // A signal that changes nothing now must still be consumed, or a later driver would apply it.
    if (fleet.hasUnwritten || signals.length > 0) await this.#write(signals.at(-1)?.id);
  }

  async #pass(limits: Limits): Promise<void> {
    const { pause, until } = limits;
    const at = this.#time.now();
    const isLookDue = !this.#fleet.isPaused && at >= this.#lookout.next && at <= until;
    // Time limits are judged only after a look: after hours without a process or without contact, resources may have finished meanwhile.
    if (isLookDue && (await this.#watcher.look(at, pause)) && !this.#contact.isLost) {
      const now = this.#time.now();
      for (const timer of this.#fleet.dueTimers(now)) this.#fleet.fire(timer, now);
    }
    await this.#gatekeeper.watch(this.#time.now());
    await this.#act(limits);
    // Everything is ready: the confirming look happens now instead of at the next place of the grid.
    if (this.#watcher.isConfirmationDue && !this.#fleet.isPaused && this.#time.now() <= until) {
      await this.#watcher.look(this.#time.now(), pause);
      await this.#act(limits);
    }
    await this.#backfiller?.watch(this.#time.now());
    if (this.#fleet.hasUnwritten) await this.#act(limits);
    this.#keepContact();
    this.#foresee();
  }

  /** Advances the run as far as possible now: writes decisions, then sends due requests, until neither is left. */
  async #act({ until, pause }: Limits): Promise<void> {
    for (;;) {
      const at = this.#time.now();
      this.#conductor.settle(at);
      const hasDue = !this.#fleet.isPaused && at <= until && this.#sender.choose(at);
      if (this.#fleet.hasUnwritten || hasDue) await this.#write();
      if (!hasDue) return;
      await this.#send({ until, pause });
      await this.#hear(pause);
    }
  }

  async #send({ until, pause }: Limits): Promise<void> {
    const answers = await this.#sender.send(pause, () => this.#time.now() <= until);
    this.#parts.crashPoint?.('after-send');
    const at = this.#time.now();
    for (const answer of answers) {
      const owner = this.#fleet.outbox.get(answer.effectId)?.aggregate;
      if (owner !== undefined) this.#fleet.apply(owner, { type: 'ANSWERED', at, answer });
    }
    this.#sender.settled();
    if (answers.length > 0) this.#contact.heard(at, answers);
  }

  /** Writes all decisions and what the driver must remember with them. */
  async #write(heardSignal?: SignalId): Promise<void> {
    const isDecided = this.#fleet.hasUnwritten || heardSignal !== undefined;
    const [memo, baseline] = [this.#memo(), this.#foresight.baseline];
    const changes = this.#memos.changes(memo, baseline);
    if (isDecided) this.#parts.crashPoint?.('before-commit');
    await this.#fleet.flush({
      ...(changes && { memo: changes }),
      ...(heardSignal !== undefined && { heard: heardSignal }),
    });
    this.#memos.wrote(memo, baseline);
    if (isDecided) this.#parts.crashPoint?.('after-commit');
  }

  /**
   * Ends the tick: also writes what it learned without deciding anything. If a power failure loses that, one look is repeated. A caller that keeps
   * this driver and calls it again at `wakeAt` costs no write a tick: the next decision is written with it.
   */
  async #rest(wakeAt: Instant | undefined): Promise<Tick> {
    if (this.#fleet.hasUnwritten) await this.#write();
    const [memo, baseline] = [this.#memo(), this.#foresight.baseline];
    const holds = this.#parts.isKept === true && wakeAt !== undefined;
    const changes = this.#memos.changes(memo, baseline, holds);
    if (changes !== undefined) {
      await this.#fleet.flush({ memo: changes, mayBeLost: true });
      this.#memos.wrote(memo, baseline);
    }
    return this.#fleet.hasEnded ? { ended: { phase: this.#fleet.phase as Outcome } } : this.#standing(wakeAt);
  }

  #memo(): DriverMemo {
    const backfill = this.#backfiller?.handle;
    return {
      ...this.#watcher.memo,
      time: this.#time.memo,
      contact: this.#contact.memo,
      isForeseen: this.#foresight.isUpToDate,
      calls: this.#parts.calls?.memo ?? NO_CALLS,
      sending: this.#sender.sending,
      doubtful: this.#sender.doubtful,
      ...(backfill !== undefined && { backfill }),
    };
  }

  /** Older versions stored only those outages that they had reported. */
  #knownOutage(): Recalled['contact'] {
    const { outOfContact } = this.#fleet.recovery;
    return outOfContact === undefined ? {} : { unseen: outOfContact };
  }

  /** Reports when AWS stops answering and when it answers again. A too long outage pauses the run until an operator acts; no state is lost. */
  #keepContact(): void {
    const at = this.#time.now();
    const { recovery, isPaused, hasEnded } = this.#fleet;
    if (isPaused || hasEnded) return;
    const outage = this.#contact.outageAt(at);
    if (outage !== undefined && recovery.outOfContact === undefined)
      this.#fleet.apply('recovery', { type: 'CONTACT', at, lost: outage });
    if (!this.#contact.isLost && recovery.outOfContact !== undefined)
      this.#fleet.apply('recovery', { type: 'CONTACT', at });
    // An operator waits for a cleanup after the end of a run, and it can be repeated later without loss.
    const tooLong = isOver(this.#fleet.phase) ? outage : this.#contact.giveUpAt(at);
    if (tooLong === undefined) return;
    const seconds = (at - tooLong.since) / SECOND_MS;
    const because = { code: 'silence', data: { seconds, ...awsFailureOf(tooLong.failure) } } as const;
    this.#fleet.apply('recovery', { type: 'pause', at, by: 'lifeboat', because });
  }

  /** Updates the forecast with actual progress, and reports a changed state of an objective. */
  #foresee(): void {
    if (this.#fleet.isEnding) return this.#foresight.lapse();
    for (const event of this.#foresight.revise(this.#fleet.recovery, this.#time.now()))
      this.#fleet.apply('recovery', event);
  }

  #standing(wakeAt: Instant | undefined): Tick {
    const { phase, isPaused } = this.#fleet;
    const isStopped = isPaused || phase === 'halted';
    const waits = isStopped ? [] : this.#gatekeeper.waitsFor(this.#time.now());
    const time: Wait[] =
      wakeAt === undefined ? [] : [{ for: this.#isBackfilling ? 'backfill' : 'time', at: wakeAt }];
    const waitsFor = [...waits, ...time];
    return {
      phase,
      isPaused,
      ...(wakeAt !== undefined && { wakeAt }),
      waitsFor: waitsFor.length === 0 ? [{ for: 'resume' }] : waitsFor,
    };
  }

  get #isBackfilling(): boolean {
    return this.#backfiller?.wakeAt !== undefined;
  }
}

const NO_CALLS: DriverMemo['calls'] = { pacing: {}, operations: { present: [], suspects: {} } };
