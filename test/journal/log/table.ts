import { setImmediate } from 'node:timers/promises';

/** Kept before a test replaces timers: others have their turn in real time. */
const realTurn = setImmediate;

/** What a write depends on: that there is no such row, or that its text is this. */
export type Condition = { readonly absent: true } | { readonly was: string };

/** As many rows as one request of DynamoDB's BatchWriteItem takes. A batch is not atomic. */
export const ROWS_A_WRITE = 25;

/** Rows by key, as in a table of DynamoDB: a conditional put of one row is atomic, and nothing else is. */
export class Table {
  readonly rows = new Map<string, string>();
  /** In order. */
  #keys: string[] = [];
  /** Renew the leases of processes that live, whenever another process lets time pass. */
  readonly living = new Set<() => Promise<unknown>>();

  /** Of rows that never change. */
  readonly parsed = new Map<string, unknown>();

  put(key: string, text: string): void {
    if (!this.rows.has(key)) this.#keys.splice(this.#from(key), 0, key);
    this.rows.set(key, text);
  }

  delete(key: string): void {
    if (this.rows.delete(key)) this.#keys.splice(this.#from(key), 1);
  }

  /** Rows whose key begins so and comes after `after`, by key. */
  *query(prefix: string, after: string): Generator<readonly [string, string]> {
    for (let index = this.#from(after); this.#keys[index]?.startsWith(prefix) === true; index += 1) {
      const key = this.#keys[index] ?? '';
      if (key > after) yield [key, this.rows.get(key) ?? ''];
    }
  }

  /** The place of the first key that does not come before this one. */
  #from(key: string): number {
    let [low, high] = [0, this.#keys.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#keys[middle] ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** A process with its own clock. */
export class Connection {
  readonly #table: Table;
  /** By this process's clock; it agrees with no other. */
  passedMs = 0;

  constructor(table: Table) {
    this.#table = table;
  }

  async get(key: string): Promise<string | undefined> {
    await this.#turn();
    return this.#table.rows.get(key);
  }

  /** The JSON of a row that never changes, parsed once: histories are read often. */
  parsed<T>(text: string): T {
    const known = this.#table.parsed.get(text) ?? JSON.parse(text);
    this.#table.parsed.set(text, known);
    return known as T;
  }

  /** Rows whose key begins so, by key; only those that come after a key, if one is given. */
  async query(prefix: string, after = prefix): Promise<readonly (readonly [string, string])[]> {
    await this.#turn();
    return [...this.#table.query(prefix, after)];
  }

  /** False when the condition does not hold: nothing is written then. */
  async put(key: string, text: string, condition?: Condition): Promise<boolean> {
    await this.#turn();
    const present = this.#table.rows.get(key);
    if (
      condition !== undefined &&
      ('absent' in condition ? present !== undefined : present !== condition.was)
    )
      return false;
    this.#table.put(key, text);
    return true;
  }

  async putAll(rows: readonly (readonly [string, string])[]): Promise<void> {
    if (rows.length > ROWS_A_WRITE) throw new RangeError(`${rows.length} rows in one write`);
    for (const [key, text] of rows) await this.put(key, text);
  }

  async delete(key: string): Promise<void> {
    await this.#turn();
    this.#table.delete(key);
  }

  /** Time passes for all: every living process renews its lease meanwhile. */
  async sleep(ms: number): Promise<void> {
    await this.#turn();
    this.passedMs += ms;
    for (const renew of this.#table.living) await renew();
  }

  keepAlive(renew: () => Promise<unknown>): () => void {
    this.#table.living.add(renew);
    return () => this.#table.living.delete(renew);
  }

  /** Others have their turn between any two requests. */
  async #turn(): Promise<void> {
    await realTurn();
  }
}
