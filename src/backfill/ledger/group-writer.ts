import { close, write } from 'node:fs';
import { promisify } from 'node:util';
import { appendFailure } from './ledger-failures.ts';

const writeBytes = promisify(write);
const closeDescriptor = promisify(close);

/** Makes bytes that were written to the end of a file durable. */
export type MakeDurable = (bytes: Uint8Array) => Promise<void>;

/** What goes to the disk in one write. */
interface Group<Entry> {
  text: string;
  readonly entries: Entry[];
  readonly written: PromiseWithResolvers<void>;
}

/**
 * Appends lines to a file in groups: lines that arrive while one group is being written form the next. So the disk is never idle and no append waits for a timer.
 * After a failed write nothing more is accepted: it is unknown how much of it is durable.
 */
export class GroupWriter<Entry> {
  readonly #descriptor: number;
  readonly #file: string;
  readonly #makeDurable: MakeDurable;
  readonly #onWritten: (entries: readonly Entry[]) => void;
  #gathering: Group<Entry> | undefined;
  #underWay: Promise<void> | undefined;
  #failure: unknown;
  #closed: Promise<void> | undefined;

  /**
   * @param descriptor open for appending; the writer closes it
   * @param onWritten told of each group when it is durable, before its promise resolves
   */
  constructor(
    descriptor: number,
    file: string,
    options: {
      readonly makeDurable: MakeDurable;
      readonly onWritten: (entries: readonly Entry[]) => void;
    },
  ) {
    this.#descriptor = descriptor;
    this.#file = file;
    this.#makeDurable = options.makeDurable;
    this.#onWritten = options.onWritten;
  }

  /** Resolves when the line is durable. Many share one promise. */
  append(line: string, entry: Entry): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#closed !== undefined) throw new Error(`${this.#file} is closed`);
    this.#gathering ??= newGroup();
    const group = this.#gathering;
    group.text += line;
    group.entries.push(entry);
    this.#underWay ??= this.#run();
    return group.written.promise;
  }

  /** Waits for what is under way. A failure rejects the promises of its entries, not this one. */
  close(): Promise<void> {
    this.#closed ??= (async () => {
      await this.#underWay;
      await closeDescriptor(this.#descriptor);
    })();
    return this.#closed;
  }

  async #run(): Promise<void> {
    for (;;) {
      // One turn of the event loop: all appends that the last group has woken get into this one.
      await new Promise(setImmediate);
      const group = this.#gathering;
      this.#gathering = undefined;
      if (group === undefined) break;
      try {
        await this.#write(group.text);
        this.#onWritten(group.entries);
        group.written.resolve();
      } catch (error) {
        this.#fail(error, group);
        break;
      }
    }
    this.#underWay = undefined;
  }

  async #write(text: string): Promise<void> {
    const bytes = Buffer.from(text, 'utf8');
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await writeBytes(this.#descriptor, bytes, done, bytes.length - done, null);
      done += bytesWritten;
    }
    await this.#makeDurable(bytes);
  }

  #fail(error: unknown, group: Group<Entry>): void {
    this.#failure = appendFailure(error, this.#file);
    const waiting = this.#gathering;
    this.#gathering = undefined;
    group.written.reject(this.#failure);
    waiting?.written.reject(this.#failure);
  }
}

function newGroup<Entry>(): Group<Entry> {
  const written = Promise.withResolvers<void>();
  // A rejected promise without a listener would end the process before the others report the cause; the next append fails the same way.
  written.promise.catch(() => undefined);
  return { text: '', entries: [], written };
}
