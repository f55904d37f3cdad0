import type { Instant } from '../../time.ts';
import { ObservationFailure, type Executor } from '../../workflow/base/executor.ts';
import type { Failure } from '../../workflow/base/effects.ts';
import type { ThingSighting } from '../../kinds/course.ts';
import type { Watch } from '../../workflow/base/sightings.ts';
import { STATES } from '../../workflow/resource/resource-state.ts';
import type { Member } from '../../workflow/fleet.ts';
import { ClaimWatch, type ClaimMemo } from './claim-watch.ts';
import type { Conductor } from '../fleet/conductor.ts';
import type { Contact } from './contact.ts';
import type { FleetState } from '../fleet/fleet-state.ts';
import { endsBeforePause, type Hearing } from '../signals/interruption.ts';
import type { Lookout, LookMemo } from './lookout.ts';
import { byPriority, type Ranks } from '../fleet/priority.ts';
import { keyOf, observe, type Absences, type Look } from './observer.ts';

interface WatcherParts extends Hearing {
  readonly executor: Executor;
  readonly fleet: FleetState;
  readonly conductor: Conductor;
  readonly contact: Contact;
  readonly lookout: Lookout;
  readonly ranks: Ranks;
}

interface WatcherMemo {
  readonly look: LookMemo;
  readonly absences: Absences;
  readonly claim: ClaimMemo;
}

/** Looks at the account and feeds what it sees to the fleet. */
export class Watcher {
  readonly #parts: WatcherParts;
  readonly #fleet: FleetState;
  readonly #lookout: Lookout;
  readonly #claim: ClaimWatch;
  /** Sightings that changed nothing, by thing. While the resource is unchanged, the same sighting is not applied again. */
  readonly #inert = new Map<string, { readonly member: Member | undefined; readonly text: string }>();
  #absences: Absences;

  constructor(parts: WatcherParts, { absences = {}, claim }: Partial<WatcherMemo>) {
    this.#parts = parts;
    this.#fleet = parts.fleet;
    this.#lookout = parts.lookout;
    this.#claim = new ClaimWatch(parts.fleet, parts.lookout.claimEveryMs, claim);
    this.#absences = absences;
  }

  get memo(): WatcherMemo {
    return { look: this.#lookout.memo, absences: this.#absences, claim: this.#claim.memo };
  }

  /** Every resource is ready; only the look that confirms it is missing. */
  get isConfirmationDue(): boolean {
    return this.#isComplete && !this.#lookout.memo.isConfirming;
  }

  /** Whether an operation is in progress whose completion only looks can show. */
  get isWatching(): boolean {
    const { phase, tally, timers } = this.#fleet;
    const isActive = timers.size > 0 || tally.count('active') > 0;
    const isProtecting = tally.in('protecting').size > 0;
    return (
      (isActive || tally.departing.size > 0 || this.#isComplete) &&
      phase !== 'halted' &&
      (!this.#fleet.isEnding || isProtecting)
    );
  }

  /** Something is looked at that may end any moment, and that an operator waits for: removals, the confirmation of the recovery, a claim that could not be read. */
  get isUrgent(): boolean {
    return this.#fleet.tally.departing.size > 0 || this.#isComplete || this.#claim.memo.failures > 0;
  }

  /** For how long the fresh recovery points that are being taken have been under way, ms: the shortest; `undefined` when none is. */
  protectingMs(at: Instant): number | undefined {
    const { tally, members } = this.#fleet;
    const began = [...tally.in('protecting')].map((id) => members.get(id)?.context.since ?? at);
    return began.length === 0 ? undefined : at - Math.max(...began);
  }

  get #isComplete(): boolean {
    const { phase, recovery } = this.#fleet;
    return phase === 'verify' && recovery.fleet.ready === recovery.fleet.total;
  }

  /**
   * A drill that was asleep may have been preempted by a restore. It must know that before it changes anything.
   * @returns false when the claim must be read again first
   */
  async heedClaim(at: Instant, pause: AbortSignal): Promise<boolean> {
    const { watched } = this.#claim;
    if (watched === undefined || !this.#claim.isDue(at)) return true;
    this.#claim.begin();
    const seen = await this.#unlessPaused(this.#read([], at, watched), pause);
    if (seen === undefined) return true;
    if ('code' in seen) return !this.#claim.isWaitedForAgain(at);
    this.#claim.succeeded(at);
    this.#absorb(seen, at);
    return true;
  }

  /**
   * Looks at resources in progress, and at intervals at all resources; a look that finds all of them alive confirms the recovery. Returns false when it failed or was
   * given up.
   */
  async look(at: Instant, pause: AbortSignal): Promise<boolean> {
    const isConfirming = this.#isComplete;
    const isAll = this.#lookout.looksAtAll(at);
    const claim = isAll ? this.#claim.watched : undefined;
    if (claim !== undefined) this.#claim.begin();
    this.#lookout.begin(at, isAll, isConfirming);
    const looking = this.#read(this.#subjects(isAll || isConfirming), at, claim);
    const seen = await this.#unlessPaused(looking, pause);
    if (seen === undefined) return false;
    if ('code' in seen) {
      this.#parts.contact.looked(at, seen);
      return false;
    }
    this.#parts.contact.looked(at);
    if (claim !== undefined) this.#claim.succeeded(at);
    this.#absorb(seen, at);
    if (isConfirming && seen.isComplete && this.#fleet.phase === 'verify')
      this.#fleet.apply('recovery', { type: 'CONFIRMED', at });
    return true;
  }

  /** In the order of the plan, so that the order does not depend on which resource changed first. */
  #subjects(isAll: boolean): readonly Member[] {
    const { tally, members } = this.#fleet;
    const states = STATES[isAll ? 'granted' : 'active'];
    const ids = new Set([...[...states].flatMap((state) => [...tally.in(state)]), ...tally.departing]);
    return [...ids].sort(byPriority(this.#parts.ranks)).flatMap((id) => members.get(id) ?? []);
  }

  async #read(members: readonly Member[], at: Instant, claim: Watch['claim']): Promise<Look | Failure> {
    try {
      return await observe(this.#parts.executor, members, this.#absences, at, claim);
    } catch (error) {
      if (!(error instanceof ObservationFailure)) throw error;
      return error.failure;
    }
  }

  /** A look changes nothing in the account, so a requested pause abandons it, and its later results are ignored. */
  async #unlessPaused<T>(looking: Promise<T>, pause: AbortSignal): Promise<T | undefined> {
    return (await endsBeforePause(looking, pause, this.#parts)) ? looking : undefined;
  }

  #absorb(look: Look, at: Instant): void {
    this.#absences = look.absences;
    for (const { resource, sighting, always } of look.sighted) this.#see(resource, sighting, always, at);
    for (const { resource, id } of look.gone) this.#fleet.applyToResource(resource, { type: 'GONE', at, id });
    const holder = look.claim?.holder;
    if (holder !== undefined && holder.runId !== this.#fleet.recovery.runId && holder.mode === 'restore')
      this.#fleet.apply('recovery', { type: 'PREEMPTED', at, holder });
    this.#parts.conductor.settle(at);
  }

  #see(resource: string, sighting: ThingSighting, always: boolean, at: Instant): void {
    const key = `${resource} ${keyOf(sighting)}`;
    const member = this.#fleet.members.get(resource);
    const text = JSON.stringify(sighting);
    const known = this.#inert.get(key);
    if (!always && known?.member === member && known?.text === text) return;
    if (this.#fleet.applyToResource(resource, { type: 'SIGHTED', at, sighting })) this.#inert.delete(key);
    else this.#inert.set(key, { member, text });
  }
}
