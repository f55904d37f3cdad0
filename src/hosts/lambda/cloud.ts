import type { LifeboatError } from '../../errors.ts';
import type { Clock } from '../../driver/base/ports.ts';
import type { DriverParts } from '../../driver/parts.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Lease } from '../../journal/lease.ts';
import type { RunStore } from '../../journal/run-store.ts';
import type { Wakes } from '../../journal/wakes.ts';
import type { BeginRun, RunRequest } from './requests.ts';

/** What drives a run besides its journal and clock, for the length of one slice. */
export interface RunAccount {
  readonly parts: Omit<DriverParts, 'journal' | 'clock' | 'isKept' | 'untilSpoken' | 'crashPoint'>;
  /** Waits for requests and notices in flight. */
  close(): Promise<void>;
}

/** The log of the functions. Fields are for programs, the text is for people. */
export interface CloudLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A request that no run can follow from; told to people, and never repeated. */
export interface BeginRefused {
  readonly refused: LifeboatError;
}

/**
 * Everything outside that the durable function uses. One object for a process; a test passes simulated services and a virtual clock.
 */
export interface Cloud {
  readonly store: RunStore & Lease & Wakes;
  readonly clock: Clock;
  readonly log: CloudLog;
  /** Writes one line to standard output: metrics. */
  print(line: string): void;
  /** Opens what acts on the account for a run whose lease this process holds. Sends nothing yet. */
  account(journal: Journal): Promise<RunAccount>;
  /** Creates the record of a run, or finds that it exists already. Changes nothing in the account. */
  begin(request: BeginRun, functionArn: string): Promise<{ readonly runId: string } | BeginRefused>;
  /** Keeps one document of a run, as evidence. Repeating it adds a version of the same document. */
  keepEvidence(key: string, text: string, contentType: string): Promise<void>;
  /**
   * Starts an execution of a qualified function, and does not wait for it. The same name starts one execution, so repeating it is safe.
   * @throws what the SDK throws
   */
  startExecution(functionArn: string, name: string, request: RunRequest): Promise<void>;
  /** Tells people what is not in the timeline of a run, or cannot be. */
  tell(subject: string, text: string): Promise<void>;
  /** Options that a command needs to find the run: `--journal`, `dynamodb://lifeboat`. */
  readonly commandOptions: readonly string[];
}
