import type { Instant } from '../../time.ts';
import {
  kept,
  orderAtEnd,
  orderFor,
  removedInCleanup,
  sameHalts,
  sameSummary,
  type Member,
} from '../../workflow/fleet.ts';
import { mayStart } from '../../workflow/recovery/phase.ts';
import { mayEnter } from '../../workflow/recovery/obstacles.ts';
import { askedNow, questionKey } from '../../workflow/recovery/questions.ts';
import type { Allocation } from './allocation.ts';
import type { FleetState } from './fleet-state.ts';

/** Exchanges events between the fleet's resources and the recovery. */
export class Conductor {
  readonly #fleet: FleetState;
  readonly #allocation: Allocation;
  /** Answers open approvals in a simulation, in place of an operator. */
  readonly #answersApprovals: boolean;

  constructor(fleet: FleetState, allocation: Allocation, answersApprovals: boolean) {
    this.#fleet = fleet;
    this.#allocation = allocation;
    this.#answersApprovals = answersApprovals;
  }

  /** Exchanges events until none changes anything. */
  settle(at: Instant): void {
    for (let moved = true; moved;) {
      moved = this.#giveOrders(at);
      if (mayStart(this.#fleet.phase)) moved = this.#grant(at) || moved;
      moved = this.#tellRecovery(at) || moved;
    }
  }

  /**
   * A resource that waits for a quota while nothing is in progress would wait forever. It gets an event, and tries another strategy or fails.
   * Returns false when no resource waits like that.
   */
  endStarvation(at: Instant): boolean {
    const { phase, tally, outbox } = this.#fleet;
    const isMoving = tally.count('moving') > 0 || outbox.size > 0;
    if (!mayStart(phase) || isMoving || this.#allocation.nextRelease !== undefined) return false;
    const starved = this.#allocation.mayStart();
    const waiting = starved.length > 0 ? starved : [...tally.in('queued')].sort();
    return waiting.map((id) => this.#fleet.applyToResource(id, { type: 'STARVED', at })).includes(true);
  }

  #giveOrders(at: Instant): boolean {
    const { phase, recovery, members } = this.#fleet;
    let moved = false;
    const { tally } = this.#fleet;
    const { isTidying } = this.#fleet;
    if (!isTidying && tally.in('failed').size === 0 && tally.in('halted').size === 0) return false;
    for (const [id, member] of members) {
      const order = isTidying
        ? orderAtEnd(member, recovery, at)
        : orderFor(member, phase, recovery, this.#failedDependency(member), at);
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

  #grant(at: Instant): boolean {
    let moved = false;
    for (const { id, existing } of this.#allocation.grants(this.#fleet.recovery.onBefore, at)) {
      moved = this.#fleet.applyToResource(id, { type: 'GRANTED', at, existing }) || moved;
    }
    return moved;
  }

  #tellRecovery(at: Instant): boolean {
    const { recovery } = this.#fleet;
    const { tally } = this.#fleet;
    const fleet = tally.summary(recovery);
    const halts = tally.halts();
    const isNews = !sameSummary(fleet, recovery.fleet) || !sameHalts(halts, recovery.halts);
    let moved =
      isNews &&
      this.#fleet.apply('recovery', { type: 'FLEET', at, fleet, ...(halts.length > 0 && { halts }) });
    if (
      this.#fleet.isTidying &&
      fleet.tidy &&
      mayEnter(recovery, 'cleanup', at) &&
      !('sweep' in this.#fleet.recovery.pending)
    ) {
      const members = [...this.#fleet.members.values()];
      const removed = removedInCleanup(members, recovery);
      const keep = kept(members, recovery);
      moved = this.#fleet.apply('recovery', { type: 'TIDY', at, keep, ...(removed && { removed }) }) || moved;
    }
    if (this.#answersApprovals) moved = this.#answerApprovals(at) || moved;
    return moved;
  }

  #answerApprovals(at: Instant): boolean {
    const { recovery } = this.#fleet;
    const [question] = askedNow(recovery);
    if (question === undefined) return false;
    const by = `simulated-approver-${recovery.approvals.length + 1}`;
    return this.#fleet.apply('recovery', {
      type: 'approve',
      at,
      by,
      meant: questionKey(question),
      identity: 'local',
      reason: 'answered by --yes in a simulation',
    });
  }
}
