import type { DriverParts } from '../../../driver/parts.ts';
import type { Journal } from '../../../journal/journal.ts';
import type { Lease } from '../../../journal/lease.ts';
import type { RunStore } from '../../../journal/run-store.ts';
import type { Wakes } from '../../../journal/wakes.ts';
import type { Begun } from '../begin.ts';
import type { Reporting } from '../reporting.ts';
import type { BeginRun, RunRequest } from '../requests.ts';

/** What drives a run besides its journal and clock, for the length of one slice. */
export interface RunAccount {
  readonly parts: Omit<DriverParts, 'journal' | 'clock' | 'isKept' | 'untilSpoken' | 'crashPoint'>;
  /** Waits for requests and notices in flight. */
  close(): Promise<void>;
}

/**
 * Everything outside that the durable function uses. One object for a process; a test passes simulated services and a virtual clock.
 */
export interface Cloud extends Reporting {
  readonly store: RunStore & Lease & Wakes;
  /** Opens what acts on the account for a run whose lease this process holds. Sends nothing yet. */
  account(journal: Journal): Promise<RunAccount>;
  /** Creates the record of a run, or finds that it exists already. Changes nothing in the account. */
  begin(request: BeginRun, functionArn: string): Promise<Begun>;
  /** Keeps one document of a run, as evidence. Repeating it adds a version of the same document. */
  keepEvidence(key: string, text: string, contentType: string): Promise<void>;
  /**
   * Starts an execution of a qualified function, and does not wait for it. The same name starts one execution, so repeating it is safe.
   * @throws what the SDK throws
   */
  startExecution(functionArn: string, name: string, request: RunRequest): Promise<void>;
}
