import type { Instant } from '../../time.ts';
import type { Watch } from '../../workflow/base/sightings.ts';
import type { FleetState } from '../fleet/fleet-state.ts';

/** A restore without access to SSM is rare: where there is a parameter, only some of the looks go to the tags too, the first among them. */
const LOOKS_PER_LOOK_AT_TAGS = 10;

/** A read fails now and then: one that failed must not let a drill act that a restore has preempted. Then the looks go on reading it. */
const READS = 6;

/** A drill whose claim was read this many times its usual interval ago has been asleep, or could not read it. */
const INTERVALS_MISSED = 2;

export interface ClaimMemo {
  /** Reads so far. */
  readonly reads: number;
  /** When the claim was last read, or the drill went on without. */
  readonly readAt: Instant;
  /** Reads in a row that failed while the drill waited for one. */
  readonly failures: number;
}

/** When a drill reads whose the runbook is: with every look at everything, and before it acts after a time without. */
export class ClaimWatch {
  readonly #fleet: FleetState;
  readonly #everyMs: number;
  #memo: ClaimMemo;

  /** `everyMs`: how often looks read the claim. Without a memo it is read first. */
  constructor(fleet: FleetState, everyMs: number, memo: ClaimMemo = { reads: 0, readAt: 0, failures: 0 }) {
    this.#fleet = fleet;
    this.#everyMs = everyMs;
    this.#memo = memo;
  }

  get memo(): ClaimMemo {
    return this.#memo;
  }

  /** What is to be read. Only a drill gives way to another run, and only one that has claimed the runbook. */
  get watched(): Watch['claim'] {
    const { mode, claimed, claim, claimSources: sources } = this.#fleet.recovery;
    const hasClaim = claimed !== undefined && claimed.place !== 'nowhere';
    if (mode !== 'drill' || !hasClaim || this.#fleet.isEnding) return undefined;
    const withTags = this.#memo.reads % LOOKS_PER_LOOK_AT_TAGS === 0;
    return { runbook: claim.runbook, sources, withTags };
  }

  /** The drill must read the claim before it acts. */
  isDue(at: Instant): boolean {
    return this.watched !== undefined && at - this.#memo.readAt > INTERVALS_MISSED * this.#everyMs;
  }

  /** A read begins. */
  begin(): void {
    this.#memo = { ...this.#memo, reads: this.#memo.reads + 1 };
  }

  succeeded(at: Instant): void {
    this.#memo = { ...this.#memo, readAt: at, failures: 0 };
  }

  /** A read that the drill waits for has failed. False when it waits no longer. */
  isWaitedForAgain(at: Instant): boolean {
    const failures = this.#memo.failures + 1;
    if (failures < READS) this.#memo = { ...this.#memo, failures };
    else this.succeeded(at);
    return failures < READS;
  }
}
