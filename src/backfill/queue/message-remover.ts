import { LifeboatError } from '../../errors.ts';
import { RETRIES } from '../../facts/retries.ts';
import { repeat } from '../../retry.ts';
import { pause } from '../../pause.ts';
import { MOST_OF_A_BATCH, type EntryFailure, type QueueCalls } from '../base/queue-calls.ts';
import type { BackfillLog } from '../base/tools.ts';
import { Batches } from '../base/batches.ts';

/** A deleted message may be delivered once more; of so many it is known. Beyond that the ledger knows. */
const MOST_REMEMBERED = 100_000;

interface Removal {
  readonly id: string;
  /** The latest receipt at the time of asking. */
  readonly receipt: () => string;
}

/** Deletes the messages that have succeeded, in batches. */
export class MessageRemover {
  readonly #calls: QueueCalls;
  readonly #log: BackfillLog | undefined;
  readonly #batches: Batches<Removal, EntryFailure | undefined>;
  readonly #removed = new Set<string>();
  /** SQS would not take their receipts: they are in the queue still. */
  readonly #unsure = new Set<string>();
  #again = 0;

  constructor(calls: QueueCalls, log: BackfillLog | undefined) {
    this.#calls = calls;
    this.#log = log;
    this.#batches = new Batches({
      most: MOST_OF_A_BATCH,
      run: (removals) => calls.remove(removals.map(({ receipt }) => receipt())),
    });
  }

  /** Is something that came once more being deleted? */
  get isBusy(): boolean {
    return this.#again > 0;
  }

  /** Succeeded, and still in the queue. */
  get unsureCount(): number {
    return this.#unsure.size;
  }

  /**
   * Resolves when it is deleted, or when only its next delivery can tell: its hold was lost, and SQS takes no old receipt.
   *
   * @throws LifeboatError when SQS does not delete it
   */
  async remove(id: string, receipt: () => string): Promise<void> {
    const failure = await repeat(() => this.#batches.add({ id, receipt }), {
      key: id,
      again: (last) => (last === undefined || last.isFinal ? undefined : RETRIES.deleteEntry),
      wait: (milliseconds) => pause(milliseconds),
    });
    if (failure === undefined) return this.#remember(id);
    if (failure.isFinal) return this.#notSure(id, failure);
    throw notDeleted(this.#calls.name, failure);
  }

  /** Was it deleted before, and has come once more? Then it is deleted again. */
  removeAgain(id: string, receipt: string): boolean {
    if (!this.#removed.has(id)) return false;
    this.#again += 1;
    void this.#removeOnceMore(id, receipt).finally(() => (this.#again -= 1));
    return true;
  }

  async end(): Promise<void> {
    await this.#batches.end();
  }

  async #removeOnceMore(id: string, receipt: string): Promise<void> {
    try {
      await this.remove(id, () => receipt);
    } catch (error) {
      this.#unsure.add(id);
      const cause = error instanceof Error ? error.message : String(error);
      this.#log?.warn(
        { cause },
        `A message of ${this.#calls.name} was replayed, delivered again and could not be deleted`,
      );
    }
  }

  #remember(id: string): void {
    this.#unsure.delete(id);
    this.#removed.delete(id);
    this.#removed.add(id);
    const [oldest] = this.#removed;
    if (this.#removed.size > MOST_REMEMBERED && oldest !== undefined) this.#removed.delete(oldest);
  }

  #notSure(id: string, { code, message }: EntryFailure): void {
    this.#remember(id);
    this.#unsure.add(id);
    this.#log?.warn(
      { cause: `${code}: ${message}` },
      `A message of ${this.#calls.name} was replayed and could not be deleted; it is deleted when it is delivered again`,
    );
  }
}

function notDeleted(name: string, { code, message }: EntryFailure): LifeboatError {
  return new LifeboatError(
    'AWS_FAILED',
    `A message of ${name} was replayed and cannot be deleted: ${code}: ${message}`,
    'Run the command again with the same state: what was replayed is not sent again, but deleted.',
  );
}
