import { advise, lifeboat } from '../advice.ts';
import { LifeboatError } from '../errors.ts';
import { formatInstant, type Instant } from '../time.ts';

/** A process that drives or drove a run. */
export interface ProcessInfo {
  readonly pid: number;
  readonly host: string;
  /** By its own machine's clock. */
  readonly since: Instant;
  /** Its last heartbeat, by its own machine's clock; absent for older versions, which give none. */
  readonly beatAt?: Instant;
  /** Name of the Lambda function that it is an invocation of: process and host mean nothing to an operator then. */
  readonly function?: string;
}

/** @example processText(driver) // 'process 4711 on dr-1', or 'the function lifeboat-restore in the cloud' */
export function processText({
  pid,
  host,
  function: name,
}: Pick<ProcessInfo, 'pid' | 'host' | 'function'>): string {
  return name === undefined ? `process ${pid} on ${host}` : `the function ${name} in the cloud`;
}

/** The right to drive one run, until it is released or another process takes over the run. */
export interface Held {
  readonly runId: string;
  /** Higher than that of every earlier driver. A driver's writes are conditional on it. */
  readonly epoch: number;
  /** The driver that this process took over from: it still held the lease and gave no heartbeat. */
  readonly tookOver?: ProcessInfo;
  /** One heartbeat. False once another process has taken over the run. */
  renew(): Promise<boolean>;
  isOurs(): Promise<boolean>;
  /** Releases the lease, so that the next process need not wait. Idempotent. */
  release(): Promise<void>;
}

/** Another process holds the lease. The holder is unknown until that process has written its name. */
export interface Refused {
  readonly drivenBy: ProcessInfo | undefined;
}

/**
 * Decides which process may drive a run. Every implementation passes `test/contract/lease.ts`.
 * - Only one process holds the lease of a run, and each acquisition has a higher epoch.
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
  /** Milliseconds between two heartbeats of a driver; absent: {@link BEAT_EVERY_MS}. */
  readonly beatEveryMs?: number;
}

/** On one machine a heartbeat costs nothing. */
export const BEAT_EVERY_MS = 1_000;

/** @throws LifeboatError `RUN_IS_DRIVEN` for a lease that was refused */
export function heldOrRefused(acquired: Held | Refused, runId: string): Held {
  if ('epoch' in acquired) return acquired;
  throw isDriven(runId, acquired.drivenBy);
}

export function isDriven(runId: string, driver: ProcessInfo | undefined): LifeboatError {
  const by =
    driver === undefined ? 'another process' : `${processText(driver)} since ${formatInstant(driver.since)}`;
  return new LifeboatError(
    'RUN_IS_DRIVEN',
    `Run '${runId}' is driven by ${by}.`,
    advise`Follow it with ${lifeboat('status', runId)}; should it hang, ${lifeboat('resume', runId)} takes it over.`,
  );
}
