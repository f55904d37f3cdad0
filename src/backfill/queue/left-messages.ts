import { LifeboatError } from '../../errors.ts';
import type { QueueCalls } from '../base/queue-calls.ts';
import { MOST_OF_A_BATCH } from '../base/queue-calls.ts';
import type { BackfillLog } from '../base/tools.ts';
import { Batches } from '../base/batches.ts';

/** Some 100 MB of ids. */
const MOST_LEFT = 1_000_000;

/** Messages that stay in the queue although they were received: known by their ids, so that this process does not hand them out again. */
export class LeftMessages {
  readonly #ids = new Set<string>();
  readonly #name: string;
  readonly #releases: Batches<string, undefined> | undefined;

  /** @param isFifo release them at once: what comes after them in their group is not given out before */
  constructor(calls: QueueCalls, isFifo: boolean, log: BackfillLog | undefined) {
    this.#name = calls.name;
    const run = async (receipts: readonly string[]): Promise<readonly undefined[]> => {
      try {
        await calls.hold(receipts.map((receipt) => ({ receipt, seconds: 0 })));
      } catch (error) {
        const cause = error instanceof Error ? error.message : String(error);
        log?.warn(
          { cause },
          `Messages of ${calls.name} that stay in the queue were not released: their message groups wait for the visibility timeout`,
        );
      }
      return receipts.map(() => undefined);
    };
    this.#releases = isFifo ? new Batches({ most: MOST_OF_A_BATCH, run }) : undefined;
  }

  get count(): number {
    return this.#ids.size;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  leave(id: string, receipt: string): void {
    if (this.#ids.size >= MOST_LEFT)
      throw new LifeboatError(
        'AWS_FAILED',
        `More than ${MOST_LEFT.toLocaleString('en')} messages of ${this.#name} cannot be replayed and stay there.`,
        'Look at the samples, correct the format or the target, then run the command again.',
      );
    this.#ids.add(id);
    void this.#releases?.add(receipt);
  }

  async end(): Promise<void> {
    await this.#releases?.end();
  }
}
