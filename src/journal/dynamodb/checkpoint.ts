import { randomUUID } from 'node:crypto';
import { LifeboatError } from '../../errors.ts';
import type { StoredAggregate } from '../journal.ts';
import type { Bodies } from './bodies.ts';
import { runPartition } from './log.ts';
import type { Key, Row } from './items.ts';
import type { Kept, RunState } from './run-state.ts';

/**
 * Where the replay of a run's log starts. It is written behind the log, and again once the log has grown by as much as the checkpoint is long: all
 * checkpoints together cost about as much as the log, and a load reads about twice the checkpoint at most.
 */
export class Checkpoint {
  readonly #bodies: Bodies;
  readonly #key: Key;
  #present: Row | undefined;
  #bytes = 0;
  #tailBytes = 0;

  constructor(bodies: Bodies, runId: string) {
    this.#bodies = bodies;
    this.#key = { pk: runPartition(runId), sk: 'CHECKPOINT' };
  }

  /** @param check throws for what the state may not be made of */
  async recall(state: RunState, check: (rows: readonly StoredAggregate[]) => void): Promise<void> {
    const read = await this.#bodies.get<Kept>(this.#key);
    if (read === undefined) return;
    this.#present = read.row;
    this.#bytes = Number(read.row['bytes']);
    check(read.value.aggregates.map(([id, rest]) => ({ id, ...rest })));
    state.recall(Number(read.row['n']), read.value);
  }

  /** The log has a row more, of so many bytes. */
  grow(bytes: number): void {
    this.#tailBytes += bytes;
  }

  /** The log holds everything already: a checkpoint that cannot be written is no failure of the commit before it. */
  async keepIfDue(state: RunState): Promise<void> {
    if (this.#tailBytes <= Math.max(this.#bodies.sizes.tail, this.#bytes)) return;
    this.#tailBytes = 0;
    try {
      await this.#keep(state);
    } catch (error) {
      if (!(error instanceof LifeboatError)) throw error;
    }
  }

  /** Conditional on the one that this process has seen: a process that was taken over does not replace a newer one. */
  async #keep(state: RunState): Promise<void> {
    const present = this.#present;
    const row = { id: randomUUID(), n: state.n };
    const condition = present === undefined ? 'absent' : { id: present['id'] as string };
    const put = await this.#bodies.put(this.#key, row, state.keep(), condition, { replaced: present });
    this.#present = put.row;
    if (put.isWritten) this.#bytes = put.bytes;
  }
}
