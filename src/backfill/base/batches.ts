/** So long an entry waits for others. */
const GATHER_MS = 10;

interface Waiting<Entry, Answer> {
  readonly entry: Entry;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

export interface BatchOptions<Entry, Answer> {
  readonly most: number;
  /** Bytes that an entry takes, and that a batch may come to. */
  readonly bytes?: { readonly of: (entry: Entry) => number; readonly most: number };
  /** Answers every entry, in their order. When it throws, each of them fails so. */
  readonly run: (entries: readonly Entry[]) => Promise<readonly Answer[]>;
}

/** Gathers entries that are added at about the same time into batches. Each caller waits for its answer, which bounds what can gather. */
export class Batches<Entry, Answer> {
  readonly #options: BatchOptions<Entry, Answer>;
  readonly #running = new Set<Promise<void>>();
  #waiting: Waiting<Entry, Answer>[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: BatchOptions<Entry, Answer>) {
    this.#options = options;
  }

  add(entry: Entry): Promise<Answer> {
    const { most, bytes } = this.#options;
    const size = bytes?.of(entry) ?? 0;
    if (bytes !== undefined && this.#bytes + size > bytes.most) this.#flush();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, resolve, reject });
      this.#bytes += size;
      if (this.#waiting.length >= most) this.#flush();
      else this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS);
    });
  }

  /** Sends what has gathered, and waits for all that is under way. */
  async end(): Promise<void> {
    this.#flush();
    await Promise.all(this.#running);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#waiting;
    if (batch.length === 0) return;
    this.#waiting = [];
    this.#bytes = 0;
    const running = this.#run(batch).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #run(batch: readonly Waiting<Entry, Answer>[]): Promise<void> {
    try {
      const answers = await this.#options.run(batch.map(({ entry }) => entry));
      if (answers.length !== batch.length) throw new Error('A batch has more or fewer answers than entries.');
      for (const [index, answer] of answers.entries()) batch[index]?.resolve(answer);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
