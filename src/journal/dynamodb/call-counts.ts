import { isRead } from '../../facts/buckets.ts';
import type { ApiCallCount } from '../journal.ts';
import { runPartition } from './log.ts';
import type { Rows } from './rows.ts';
import { NONE, sumOf, withCounts, type Count, type Counts } from './counts.ts';

const COUNT = 'COUNT#';
/** ? So many reads at the most wait for the next commit to be counted. */
const MOST_WAITING = 50;

/**
 * Requests to AWS, counted. One that changes something is counted before it is sent, in a row of its operation; counts that are added while one is being
 * written are written together. Reads are many, and are counted with the next row of the log: of a process that is killed the last few are missing.
 */
export class CallCounts {
  readonly #rows: Rows;
  readonly #pk: string;
  readonly #tallies = new Map<string, Tally>();
  #waiting: Counts = {};
  #many = 0;

  constructor(rows: Rows, runId: string) {
    this.#rows = rows;
    this.#pk = runPartition(runId);
  }

  /** Too many reads wait: they are to be written alone. */
  get isDue(): boolean {
    return this.#many >= MOST_WAITING;
  }

  get hasWaiting(): boolean {
    return this.#many > 0;
  }

  async add(operation: string, count: Count): Promise<void> {
    if (!isRead(operation)) return this.#tallyOf(operation).add(count);
    this.#waiting = withCounts(this.#waiting, { [operation]: count });
    this.#many += 1;
  }

  /** The reads to be written with the next row of the log; `undefined`: none. */
  take(): Counts | undefined {
    if (!this.hasWaiting) return undefined;
    const taken = this.#waiting;
    this.#waiting = {};
    this.#many = 0;
    return taken;
  }

  /** They could not be written. */
  giveBack(counts: Counts): void {
    this.#waiting = withCounts(counts, this.#waiting);
    this.#many += 1;
  }

  /** All counts; `logged`: those in the log. */
  async all(logged: Counts): Promise<readonly ApiCallCount[]> {
    let counts = withCounts(logged, this.#waiting);
    for await (const { sk, total, throttled } of this.#rows.query(this.#pk, { from: COUNT, to: `${COUNT}~` }))
      counts = withCounts(counts, {
        [sk.slice(COUNT.length)]: { total: Number(total), throttled: Number(throttled) },
      });
    return Object.entries(counts)
      .map(([operation, count]) => ({ operation, ...count }))
      .sort((one, other) => (one.operation < other.operation ? -1 : 1));
  }

  #tallyOf(operation: string): Tally {
    const known = this.#tallies.get(operation);
    if (known !== undefined) return known;
    const key = { pk: this.#pk, sk: `${COUNT}${operation}` };
    const tally = new Tally(async (add) => void (await this.#rows.update(key, { add: { ...add } })));
    this.#tallies.set(operation, tally);
    return tally;
  }
}

/** Adds counts up while an earlier write is under way. Each call resolves once its own count is written. */
class Tally {
  readonly #write: (count: Count) => Promise<void>;
  #next: { count: Count; readonly written: Promise<void> } | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(write: (count: Count) => Promise<void>) {
    this.#write = write;
  }

  add(count: Count): Promise<void> {
    if (this.#next === undefined) {
      const written = this.#last.catch(() => undefined).then(() => this.#writeNext());
      this.#next = { count: NONE, written };
      this.#last = written;
    }
    this.#next.count = sumOf(this.#next.count, count);
    return this.#next.written;
  }

  async #writeNext(): Promise<void> {
    const next = this.#next;
    this.#next = undefined;
    if (next !== undefined) await this.#write(next.count);
  }
}
