import { closeSync, rmSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { LifeboatError } from '../../errors.ts';
import { storageFailure, type StoredPart } from '../../storage/storage-failures.ts';
import { createPrivateFile } from '../../storage/private-files.ts';
import type { Room } from '../base/room.ts';

/** Pages kept in memory, KiB: what a scan may use of it for one such file. */
const CACHE_KIB = 32_768;
const SCRATCH_PART: StoredPart = {
  unwritable: 'SCRATCH_UNWRITABLE',
  afterwards: 'a scan begins again',
  damaged: (file, what, cause) =>
    new LifeboatError(
      'SCRATCH_UNWRITABLE',
      `The scratch file ${file} was altered while it was written: ${what}.`,
      'Make sure that nothing else writes there, then repeat the command: a scan begins again.',
      { cause },
    ),
};
/** Rows of one transaction. */
const GROUP = 50_000;

/**
 * A SQLite file that only lives as long as a scan: nothing of it is made durable, and a killed scan begins again. Its failures are `LifeboatError`s.
 * Writes are grouped.
 */
export class ScratchDatabase {
  readonly #file: string;
  readonly #room: Room | undefined;
  readonly #database: DatabaseSync;
  #pending = 0;
  #isOpen = true;

  constructor(file: string, schema: string, room?: Room) {
    this.#file = file;
    this.#room = room;
    this.#guarded(() => remove(file));
    this.#guarded(() => closeSync(createPrivateFile(file)));
    this.#database = this.#guarded(() => new DatabaseSync(file));
    this.#guarded(() =>
      this.#database.exec(
        `PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -${CACHE_KIB}; ${schema}`,
      ),
    );
  }

  prepare(sql: string): StatementSync {
    return this.#guarded(() => this.#database.prepare(sql));
  }

  /** Runs an insertion, in a group with others. */
  write(statement: StatementSync, ...values: SQLInputValue[]): void {
    this.#guarded(() => {
      if (this.#pending === 0) this.#database.exec('BEGIN');
      this.#pending += 1;
      statement.run(...values);
      if (this.#pending < GROUP) return;
      this.flush();
      this.#room?.assertReserve('The scan');
    });
  }

  first(statement: StatementSync, ...values: SQLInputValue[]): Record<string, unknown> | undefined {
    return this.#guarded(() => statement.get(...values));
  }

  /** Rows one after the other; only one such walk of a statement at a time. */
  *rows(statement: StatementSync, ...values: SQLInputValue[]): Generator<Record<string, unknown>> {
    const rows = this.#guarded(() => statement.iterate(...values));
    for (;;) {
      const next = this.#guarded(() => rows.next());
      if (next.done === true) return;
      yield next.value;
    }
  }

  flush(): void {
    if (this.#pending === 0) return;
    this.#pending = 0;
    this.#guarded(() => this.#database.exec('COMMIT'));
  }

  /** Ends it and removes the file. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#guarded(() => {
      this.#database.close();
      remove(this.#file);
    });
  }

  #guarded<T>(body: () => T): T {
    try {
      return body();
    } catch (error) {
      throw storageFailure(error, this.#file, SCRATCH_PART);
    }
  }
}

function remove(file: string): void {
  for (const suffix of ['', '-journal']) rmSync(`${file}${suffix}`, { force: true });
}
