import type { Instant } from '../../time.ts';
import type { Watch } from '../../workflow/base/sightings.ts';
import type { FleetState } from '../fleet/fleet-state.ts';

/** Restores without access to SSM are rare: where an SSM parameter exists, only the first look and every tenth one read the tags too. */
const LOOKS_PER_LOOK_AT_TAGS = 10;

/** Failed reads of the claim before the drill acts without one. A single failure must not let a preempted drill act. Looks keep reading the claim afterwards. */
const READS = 6;

/** If the claim was last read more than this many usual intervals ago, the drill was asleep or could not read it. */
const INTERVALS_MISSED = 2;

export interface ClaimMemo {
  /** Reads so far. */
  readonly reads: number;
  /** When the claim was last read, or the drill gave up reading it and continued. */
  readonly readAt: Instant;
  /** Reads in a row that failed while the drill waited for one. */
  readonly failures: number;
}

/** Decides when a drill reads the claim on its runbook: with every look at everything, and before it acts after a longer time without a read. */
export class ClaimWatch {
  readonly #fleet: FleetState;
  readonly #everyMs: number;
  #memo: ClaimMemo;

  /** `everyMs`: how often looks read the claim. Without a memo the drill reads the claim before anything else. */
  constructor(fleet: FleetState, everyMs: number, memo: ClaimMemo = { reads: 0, readAt: 0, failures: 0 }) {
    this.#fleet = fleet;
    this.#everyMs = everyMs;
    this.#memo = memo;
  }

  get memo(): ClaimMemo {
    return this.#memo;
  }

  /** The claim to read. Only a drill that has claimed the runbook gives way to another run. */
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

  /** A read that the drill waits for has failed. Returns false when the drill waits no longer. */
  isWaitedForAgain(at: Instant): boolean {
    const failures = this.#memo.failures + 1;
    if (failures < READS) this.#memo = { ...this.#memo, failures };
    else this.succeeded(at);
    return failures < READS;
  }
}
