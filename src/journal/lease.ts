import { advise, lifeboat } from '../advice.ts';
import { LifeboatError } from '../errors.ts';
import { formatInstant, type Instant } from '../time.ts';

/** A process that drives a run, or drove it. */
export interface ProcessInfo {
  readonly pid: number;
  readonly host: string;
  /** By the clock of its own machine. */
  readonly since: Instant;
  /** Its last heartbeat, by the clock of its own machine; absent for older versions, which give none. */
  readonly beatAt?: Instant;
}

/** The right to drive one run, until it is released, or until another process takes the run over. */
export interface Held {
  readonly runId: string;
  /** Higher than that of every driver before. What a driver writes is conditional on it. */
  readonly epoch: number;
  /** The driver that the run was taken from: it still held the lease and gave no heartbeat. */
  readonly tookOver?: ProcessInfo;
  /** One heartbeat. False once another process has taken the run over. */
  renew(): Promise<boolean>;
  isOurs(): Promise<boolean>;
  /** The next process need not wait. Again is no change. */
  release(): Promise<void>;
}

/** The lease is another process's. Not known which where that one has not said who it is yet. */
export interface Refused {
  readonly drivenBy: ProcessInfo | undefined;
}

/**
 * Who may drive a run. Every implementation passes `test/contract/lease.ts`.
 * - Of several processes one holds the lease of a run, and each acquisition has a higher epoch.
 * - With `takeOver` a holder that gives no heartbeat is replaced, after a wait that is long enough for it to notice. Heartbeats are compared with each
 *   other, on the clock of the process that waits; clocks of two machines are never compared.
 */
export interface Lease {
  acquire(runId: string, takeOver?: boolean): Promise<Held | Refused>;
  /** The process that held the lease last, and whether it still does. */
  holder(runId: string): Promise<Holder>;
}

export interface Holder {
  readonly last?: ProcessInfo;
  readonly isHeld: boolean;
}

/** @throws LifeboatError `RUN_IS_DRIVEN` for a lease that was refused */
export function heldOrRefused(acquired: Held | Refused, runId: string): Held {
  if ('epoch' in acquired) return acquired;
  throw isDriven(runId, acquired.drivenBy);
}

export function isDriven(runId: string, driver: ProcessInfo | undefined): LifeboatError {
  const by =
    driver === undefined
      ? 'another process'
      : `process ${driver.pid} on ${driver.host} since ${formatInstant(driver.since)}`;
  return new LifeboatError(
    'RUN_IS_DRIVEN',
    `Run '${runId}' is driven by ${by}.`,
    advise`Follow it with ${lifeboat('status', runId)}; should it hang, ${lifeboat('resume', runId)} takes it over.`,
  );
}
