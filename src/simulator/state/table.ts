import type { Instant } from '../../time.ts';
import type { Dice } from '../chance/dice.ts';
import { VISIBILITY_LAG_MS } from '../model/rates.ts';
import type { WorldStore } from './store.ts';

/** An entity as it is, and what describes still show of it. */
interface Row<T> {
  readonly serial: number;
  readonly value: T;
  readonly shown?: { readonly until: Instant; readonly value: T | null };
}

/** One entity as a describe sees it; `serial` orders pages. */
export interface Seen<T> {
  readonly serial: number;
  readonly value: T;
}

/**
 * All entities of a kind, written through to the store on every change and kept parsed in memory. Describes see a change only after a lag, as
 * an eventually consistent API shows it; everything else sees the current state.
 */
export class Table<T extends { readonly id: string }> {
  readonly #rows = new Map<string, Row<T>>();
  #nextSerial = 0;
  readonly #kind: string;
  readonly #store: WorldStore;
  readonly #dice: Dice;

  constructor(kind: string, store: WorldStore, dice: Dice) {
    this.#kind = kind;
    this.#store = store;
    this.#dice = dice;
  }

  /** Reads what the file holds. */
  load(): void {
    for (const body of this.#store.entities(this.#kind)) {
      const row = JSON.parse(body) as Row<T>;
      this.#keep(row);
    }
  }

  get(id: string): T | undefined {
    return this.#rows.get(id)?.value;
  }

  has(id: string): boolean {
    return this.#rows.has(id);
  }

  get size(): number {
    return this.#rows.size;
  }

  /** The current state, in the order of creation. */
  values(): T[] {
    return [...this.#rows.values()].map((row) => row.value);
  }

  seen(id: string, now: Instant): Seen<T> | undefined {
    const row = this.#rows.get(id);
    return row === undefined ? undefined : show(row, now);
  }

  /** What describes find: all, or those of `ids` that exist, in the order they were made. */
  allSeen(now: Instant, ids?: readonly string[]): Seen<T>[] {
    const found: Seen<T>[] = [];
    if (ids === undefined) {
      for (const row of this.#rows.values()) {
        const seen = show(row, now);
        if (seen !== undefined) found.push(seen);
      }
      return found;
    }
    for (const id of new Set(ids)) {
      const seen = this.seen(id, now);
      if (seen !== undefined) found.push(seen);
    }
    return found.sort((a, b) => a.serial - b.serial);
  }

  /** Adds what existed before the world began: visible at once. */
  seed(value: T): void {
    this.#put({ serial: this.#rows.get(value.id)?.serial ?? this.#nextSerial, value });
  }

  /** Adds or changes; describes show it after the lag. */
  put(value: T, now: Instant): void {
    const before = this.#rows.get(value.id);
    const until = now + this.#dice.between(VISIBILITY_LAG_MS, `lag/${this.#kind}/${value.id}/${now}`);
    const shown = before === undefined ? undefined : show(before, now);
    this.#put({
      serial: before?.serial ?? this.#nextSerial,
      value,
      shown: { until, value: shown?.value ?? null },
    });
  }

  /** Changes fields that describes never show: no stale read follows, and those of earlier changes stay. */
  putHidden(value: T): void {
    const before = this.#rows.get(value.id);
    this.#put({ serial: this.#nextSerial, ...before, value });
  }

  /** Removes what no describe ever shows again. */
  remove(id: string): void {
    const row = this.#rows.get(id);
    if (row === undefined) return;
    this.#rows.delete(id);
    this.#store.removeEntity(this.#kind, row.serial);
  }

  #keep(row: Row<T>): void {
    this.#rows.set(row.value.id, row);
    this.#nextSerial = Math.max(this.#nextSerial, row.serial + 1);
  }

  #put(row: Row<T>): void {
    this.#keep(row);
    this.#store.putEntity(this.#kind, row.serial, row.value.id, JSON.stringify(row));
  }
}

function show<T>(row: Row<T>, now: Instant): Seen<T> | undefined {
  if (row.shown === undefined || now >= row.shown.until) return row;
  return row.shown.value === null ? undefined : { serial: row.serial, value: row.shown.value };
}
