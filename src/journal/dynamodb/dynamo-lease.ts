import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { LifeboatError } from '../../errors.ts';
import { SECOND_MS } from '../../time.ts';
import { Heartbeat } from '../heartbeat.ts';
import type { Held, Holder, Lease, ProcessInfo, Refused } from '../lease.ts';
import type { Bodies } from './bodies.ts';
import { Log, runPartition } from './log.ts';
import type { Condition, Key, Row } from './items.ts';
import type { Rows, StoreClock } from './rows.ts';

/** Times of a lease, ms. */
export interface LeaseTimes {
  /** Between two heartbeats. */
  readonly beatEveryMs: number;
  /** Without a heartbeat for this long the lease has expired. */
  readonly expiresMs: number;
  /** A request that the old driver sent last may still be on its way for so long. */
  readonly longestRequestMs: number;
  /** How often a process that waits for the expiry looks. */
  readonly lookEveryMs: number;
}

/** ? Three beats may be missed. The longest request is the time that a client allows for connecting and for the answer. */
export const LEASE_TIMES: LeaseTimes = {
  beatEveryMs: 5 * SECOND_MS,
  expiresMs: 15 * SECOND_MS,
  longestRequestMs: 35 * SECOND_MS,
  lookEveryMs: 2 * SECOND_MS,
};

export interface LeaseParts {
  readonly rows: Rows;
  readonly bodies: Bodies;
  readonly clock: StoreClock;
  readonly times: LeaseTimes;
  /** This process, as other ones name it. */
  readonly self?: Self | undefined;
}

export type Self = Pick<ProcessInfo, 'pid' | 'host' | 'function'>;

/** Lambda names the function in the environment of each of its processes. */
function thisProcess(): Self {
  const name = process.env['AWS_LAMBDA_FUNCTION_NAME'];
  return { pid: process.pid, host: hostname(), ...(name !== undefined && { function: name }) };
}

/** {@link Lease} as one row for each run, with a heartbeat. The log of the run is the fence: see {@link Log.takeOver}. */
export class DynamoLease implements Lease {
  readonly #parts: LeaseParts;

  constructor(parts: LeaseParts) {
    this.#parts = parts;
  }

  async acquire(runId: string, takeOver = false): Promise<Held | Refused> {
    const { rows, clock, self = thisProcess() } = this.#parts;
    const key = leaseKey(runId);
    for (;;) {
      const seen = await rows.get(key);
      const isFree = seen === undefined || (await this.#isFree(runId, seen));
      if (!isFree && (!takeOver || !(await this.#expires(runId, seen)))) return { drivenBy: processIn(seen) };
      const now = clock.now();
      const epoch = Number(seen?.['epoch'] ?? 0) + 1;
      const own = {
        id: randomUUID(),
        epoch,
        beats: 0,
        isReleased: false,
        ...self,
        since: now,
        beatAt: now,
      };
      if (!(await rows.put(key, own, seen === undefined ? 'absent' : standing(seen))).isWritten) continue;
      if (!isFree) await this.#logOf(runId).takeOver(epoch);
      return new DynamoHeld(runId, own, this.#parts, isFree ? undefined : processIn(seen));
    }
  }

  async holder(runId: string): Promise<Holder> {
    const { rows, times } = this.#parts;
    const row = await rows.get(leaseKey(runId));
    if (row === undefined) return { isHeld: false };
    const { beatEveryMs } = times;
    return { last: processIn(row), isHeld: !(await this.#isFree(runId, row)), beatEveryMs };
  }

  /** Released, or left with the last row of the log. */
  async #isFree(runId: string, { epoch, isReleased }: Row): Promise<boolean> {
    if (isReleased === true) return true;
    const { standing } = await this.#logOf(runId).last();
    return standing.hasLeft && standing.epoch === epoch;
  }

  #logOf(runId: string): Log {
    return new Log(this.#parts.rows, this.#parts.bodies, runId);
  }

  /**
   * Waits until the holder has given no heartbeat for so long that it has lost the lease and its last request has ended; false when the row changes
   * before. Counted on this process's clock. Each look counts as at most two turns, however much time has passed: if this machine was suspended,
   * a holder on it could not beat either.
   */
  async #expires(runId: string, seen: Row): Promise<boolean> {
    const { rows, clock, times } = this.#parts;
    const wanted = times.expiresMs + times.longestRequestMs;
    let last = clock.monotonic();
    for (let silentMs = 0; silentMs < wanted;) {
      await clock.sleep(times.lookEveryMs);
      const row = await rows.get(leaseKey(runId));
      if (row !== undefined && (await this.#isFree(runId, row))) return true;
      if (row?.['id'] !== seen['id'] || row?.['beats'] !== seen['beats']) return false;
      const now = clock.monotonic();
      silentMs += Math.min(now - last, 2 * times.lookEveryMs);
      last = now;
    }
    return true;
  }
}

/** The lease of one process, with its heartbeat. */
export class DynamoHeld implements Held {
  readonly runId: string;
  readonly epoch: number;
  readonly tookOver?: ProcessInfo;
  readonly #id: string;
  readonly #parts: LeaseParts;
  readonly #heartbeat = new Heartbeat();
  #isBeating = false;
  #isLost = false;
  #hasLeft = false;

  constructor(
    runId: string,
    { id, epoch }: { readonly id: string; readonly epoch: number },
    parts: LeaseParts,
    tookOver: ProcessInfo | undefined,
  ) {
    this.runId = runId;
    this.epoch = epoch;
    if (tookOver !== undefined) this.tookOver = tookOver;
    this.#id = id;
    this.#parts = parts;
    this.#heartbeat.start(parts.times.beatEveryMs, () => this.#beat());
  }

  async renew(): Promise<boolean> {
    if (this.#hasLeft) return false;
    const { rows, clock } = this.#parts;
    const change = { set: { beatAt: clock.now() }, add: { beats: 1 } };
    return rows.update(leaseKey(this.runId), change, this.#isStillOurs);
  }

  /**
   * Asks the table. An answer that took longer than the lease lasts says nothing any more: the process was stopped while it waited, and asks
   * again.
   */
  async isOurs(): Promise<boolean> {
    const { rows, clock, times } = this.#parts;
    while (!this.#hasLeft) {
      const [at, wall] = [clock.monotonic(), clock.now()];
      const row = await rows.get(leaseKey(this.runId));
      if (row?.['id'] !== this.#id || row['isReleased'] === true) return false;
      // A machine that was suspended may not count that time on its monotonic clock.
      if (Math.max(clock.monotonic() - at, clock.now() - wall) < times.expiresMs) return true;
    }
    return false;
  }

  /** The last row of the log has released the lease. */
  left(): void {
    this.#heartbeat.stop();
    this.#hasLeft = true;
  }

  async release(): Promise<void> {
    this.#heartbeat.stop();
    if (this.#hasLeft) return;
    await this.#parts.rows.update(leaseKey(this.runId), { set: { isReleased: true } }, this.#isStillOurs);
  }

  get #isStillOurs(): Condition {
    return { id: this.#id, isReleased: false };
  }

  /** Gives one heartbeat in the background, unless one is under way. False once the lease is lost. */
  #beat(): boolean {
    if (!this.#isBeating && !this.#isLost) void this.#beatOnce();
    return !this.#isLost;
  }

  async #beatOnce(): Promise<void> {
    this.#isBeating = true;
    try {
      this.#isLost = !(await this.renew());
    } catch (error) {
      // A table that refuses a heartbeat refuses the next commit too, and the failure is reported there.
      if (!(error instanceof LifeboatError)) throw error;
    } finally {
      this.#isBeating = false;
    }
  }
}

function leaseKey(runId: string): Key {
  return { pk: runPartition(runId), sk: 'LEASE' };
}

/** What a process that takes the lease has seen of it. */
function standing({ id, beats, isReleased }: Row): Condition {
  return { id: String(id), beats: Number(beats), isReleased: isReleased === true };
}

function processIn({ pid, host, since, beatAt, function: name }: Row): ProcessInfo {
  return {
    ...{ pid: Number(pid), host: String(host), since: Number(since), beatAt: Number(beatAt) },
    ...(name !== undefined && { function: String(name) }),
  };
}
