import { randomUUID } from 'node:crypto';
import type { Bodies } from './bodies.ts';
import type { Key, Row } from './items.ts';
import type { Rows } from './rows.ts';
import { NO_STANDING, type Entry, type Standing } from './run-state.ts';

/** A row of the log. */
export interface LogRow {
  readonly n: number;
  readonly standing: Standing;
  readonly entry: Entry;
  /** Of the entry, as stored. */
  readonly bytes: number;
}

export type Appended =
  | { readonly isWritten: true; readonly bytes: number }
  /** Another row has the number. */
  | { readonly isWritten: false; readonly present: LogRow };

const LOG = 'LOG#';
const LAST = 999_999_999;

const NOTHING: Entry = {};

/** The log of one run: rows are numbered from 1 without a gap, and never changed. */
export class Log {
  readonly #pk: string;
  readonly #rows: Rows;
  readonly #bodies: Bodies;

  constructor(rows: Rows, bodies: Bodies, runId: string) {
    this.#pk = runPartition(runId);
    this.#rows = rows;
    this.#bodies = bodies;
  }

  /** One conditional put: commit, history, timeline, memo, heard signal and fence. */
  async append(n: number, standing: Standing, entry: Entry): Promise<Appended> {
    const key = { pk: this.#pk, sk: numbered(LOG, n) };
    const row = { id: randomUUID(), ...standing };
    const put = await this.#bodies.put(key, row, entry, 'absent');
    if (put.isWritten) return put;
    const { present } = put;
    if (present === undefined) throw new Error(`${key.sk} refused a row and is absent`);
    return { isWritten: false, present: await this.#parse({ ...present, ...key }) };
  }

  /**
   * The first row of a driver that takes over takes the number that the old one would write next: from then on no append of that one succeeds. A driver
   * that finds the lease free needs none: the old one has left, and this one's first commit has the same effect.
   */
  async takeOver(epoch: number): Promise<void> {
    let last = await this.last();
    for (;;) {
      const standing = { ...last.standing, epoch, hasLeft: false };
      const appended = await this.append(last.n + 1, standing, NOTHING);
      if (appended.isWritten) return;
      last = appended.present;
    }
  }

  /** Rows from `n` on, oldest first. */
  async *from(n: number): AsyncGenerator<LogRow> {
    const range = { from: numbered(LOG, n), to: numbered(LOG, LAST) };
    for await (const row of this.#rows.query(this.#pk, range)) yield this.#parse(row);
  }

  /** All rows, latest first: for a reader that needs only the end of the log. */
  async *backward(): AsyncGenerator<LogRow> {
    const range = { from: numbered(LOG, 1), to: numbered(LOG, LAST), isBackward: true, firstPage: 8 };
    for await (const row of this.#rows.query(this.#pk, range)) yield this.#parse(row);
  }

  /** The last row, without its entry. */
  async last(): Promise<Pick<LogRow, 'n' | 'standing'>> {
    const row = await lastOf(this.#rows, this.#pk, LOG);
    return row === undefined
      ? { n: 0, standing: NO_STANDING }
      : { n: numberIn(row), standing: standingIn(row) };
  }

  /** The number of the last row after `n`; `n` if there is none. */
  async lastAfter(n: number): Promise<number> {
    return lastAfter(this.#rows, this.#pk, LOG, n);
  }

  async #parse(row: Row & Key): Promise<LogRow> {
    const entry = await this.#bodies.read<Entry>(row);
    return { n: numberIn(row), standing: standingIn(row), entry, bytes: Number(row['bytes']) };
  }
}

export function runPartition(runId: string): string {
  return `RUN#${runId}`;
}

/** A sort key with a number, so that keys are in the order of the numbers. */
export function numbered(prefix: string, n: number): string {
  return `${prefix}${String(n).padStart(String(LAST).length, '0')}`;
}

export function numberIn({ sk }: Pick<Key, 'sk'>): number {
  return Number(sk.slice(sk.lastIndexOf('#') + 1));
}

/** Numbered rows after the `n`-th. */
export function rangeAfter(prefix: string, n: number) {
  return { from: numbered(prefix, n + 1), to: numbered(prefix, LAST) };
}

export async function lastOf(rows: Rows, pk: string, prefix: string): Promise<(Row & Key) | undefined> {
  const range = { ...rangeAfter(prefix, 0), isBackward: true, firstPage: 1 };
  for await (const row of rows.query(pk, range)) return row;
  return undefined;
}

/** The number of the last row after `n`; `n` if there is none. Reads what is new, and of that only keys. */
export async function lastAfter(rows: Rows, pk: string, prefix: string, n: number): Promise<number> {
  let last = n;
  for await (const row of rows.query(pk, { ...rangeAfter(prefix, n), keysOnly: true })) last = numberIn(row);
  return last;
}

function standingIn({ epoch, heard, told, hasLeft }: Row): Standing {
  return { epoch: Number(epoch), heard: Number(heard), told: Number(told), hasLeft: hasLeft === true };
}
