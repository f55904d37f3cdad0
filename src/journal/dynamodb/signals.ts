import { randomUUID } from 'node:crypto';
import { LifeboatError } from '../../errors.ts';
import type { Signal, SignalId } from '../journal.ts';
import { sealOf } from '../signal-seal.ts';
import { placeIn, damaged } from './failures.ts';
import { lastAfter, lastOf, numbered, numberIn, rangeAfter, runPartition } from './log.ts';
import type { Key } from './items.ts';
import type { Rows } from './rows.ts';

const SIGNAL = 'SIGNAL#';

/** The inbox of one run. Any process may write it. */
export class Signals {
  readonly #rows: Rows;
  readonly #runId: string;
  readonly #pk: string;

  constructor(rows: Rows, runId: string) {
    this.#rows = rows;
    this.#runId = runId;
    this.#pk = runPartition(runId);
  }

  /** Numbered without a gap: a driver that has heard one has seen all before it, whatever clocks say. */
  async add(signal: Omit<Signal, 'id'>): Promise<void> {
    const last = await lastOf(this.#rows, this.#pk, SIGNAL);
    for (let id = last === undefined ? 1 : numberIn(last) + 1; ; id += 1) {
      const sealed = { ...signal, id };
      const row = { id: randomUUID(), signal: JSON.stringify(sealed), seal: sealOf(this.#runId, sealed) };
      if ((await this.#rows.put(this.#keyOf(id), row, 'absent')).isWritten) return;
    }
  }

  async after(heard: SignalId): Promise<readonly Signal[]> {
    const signals: Signal[] = [];
    for await (const { sk, signal, seal } of this.#rows.query(this.#pk, rangeAfter(SIGNAL, heard))) {
      const parsed = this.#parse(sk, String(signal));
      const isSealed = seal === sealOf(this.#runId, parsed);
      signals.push(isSealed ? parsed : { ...parsed, isAltered: true });
    }
    return signals;
  }

  /**
   * Removes the proofs of identity of signals that a commit has consumed: they are signed requests. A signal that is made pending again from outside is
   * invalid then. What cannot be removed now stays.
   */
  async forget(after: SignalId, heard: SignalId): Promise<void> {
    try {
      for (const { proof, ...rest } of await this.after(after))
        if (proof !== undefined && rest.id <= heard)
          await this.#rows.update(this.#keyOf(rest.id), { set: { signal: JSON.stringify(rest) } });
    } catch (error) {
      if (!(error instanceof LifeboatError)) throw error;
    }
  }

  /** The number of the last signal after `n`; `n` if there is none. */
  async lastAfter(n: number): Promise<number> {
    return lastAfter(this.#rows, this.#pk, SIGNAL, n);
  }

  #keyOf(id: SignalId): Key {
    return { pk: this.#pk, sk: numbered(SIGNAL, id) };
  }

  #parse(sk: string, text: string): Signal {
    try {
      const { id: ignored, ...signal } = JSON.parse(text) as Signal;
      void ignored;
      // The key says which one it is: a row that was copied under another key does not bring its number.
      return { id: numberIn({ sk }), ...signal };
    } catch (error) {
      throw damaged(placeIn(this.#rows.table, this.#pk, sk), 'a signal in it cannot be read', error);
    }
  }
}
