import { advise, lifeboat } from '../../advice.ts';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { LifeboatError } from '../../errors.ts';
import { storageFailure, type StoredPart } from '../../storage/storage-failures.ts';
import { BACKFILL_PART } from '../base/backfill-files.ts';
import { makePrivateDirectory, preparePrivateFile } from '../../storage/private-files.ts';

/** How long a statement waits for another process, ms. */
const BUSY_TIMEOUT_MS = 5_000;
/** Pages kept in memory. */
const CACHE_KIB = 8_192;
/** Pages of the write-ahead log before they go to the file: 32 MiB. */
const CHECKPOINT_PAGES = 8_192;
const VERSION = 1;

const TABLES = `
CREATE TABLE requests (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  source INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  order_key TEXT,
  head TEXT NOT NULL,
  body BLOB
);
CREATE UNIQUE INDEX turns ON requests (at, source, offset);
`;

/** A row as an array, in the order of its columns. */
export type Values = readonly unknown[];

/** One SQL statement, prepared once. */
export interface Statement {
  /** Returns how many rows it has changed. */
  run(...values: SQLInputValue[]): number;
  all(...values: SQLInputValue[]): readonly Values[];
}

/**
 * `work.sqlite`: `requests` in the order in which they were found, `turns` their order in time; `scan` holds one row once a scan is complete.
 * A transaction survives the death of the process; `durably` makes all that was written survive that of the machine.
 */
export class WorkDatabase {
  readonly file: string;
  readonly #database: DatabaseSync;
  #isOpen = true;

  /** @throws LifeboatError `RUN_NOT_FOUND` when it is only read and does not exist, `BACKFILL_DAMAGED`, `FORMAT_TOO_NEW`, `BACKFILL_UNWRITABLE` */
  constructor(file: string, readOnly: boolean) {
    this.file = file;
    if (readOnly && !existsSync(file)) throw notScanned(file);
    try {
      if (!readOnly) {
        makePrivateDirectory(dirname(file));
        preparePrivateFile(file);
      }
      this.#database = new DatabaseSync(file, { readOnly });
    } catch (error) {
      throw this.#failure(error);
    }
    try {
      this.#prepareFile(readOnly);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  execute(sql: string): void {
    try {
      this.#database.exec(sql);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  prepare(sql: string): Statement {
    const statement = this.#prepared(sql);
    return {
      run: (...values) => {
        try {
          return Number(statement.run(...values).changes);
        } catch (error) {
          throw this.#failure(error);
        }
      },
      all: (...values) => {
        try {
          return statement.all(...values).map(valuesOf);
        } catch (error) {
          throw this.#failure(error);
        }
      },
    };
  }

  first(sql: string, ...values: SQLInputValue[]): Values | undefined {
    return this.prepare(sql).all(...values)[0];
  }

  /** All of `body` or nothing of it, on the disk when it returns, with all that was written before. */
  durably(body: () => void): void {
    this.execute('PRAGMA synchronous = FULL');
    try {
      this.execute('BEGIN IMMEDIATE');
      try {
        body();
        this.execute('COMMIT');
      } catch (error) {
        this.rollBack();
        throw error;
      }
    } finally {
      this.execute('PRAGMA synchronous = NORMAL');
    }
  }

  rollBack(): void {
    try {
      this.#database.exec('ROLLBACK');
    } catch (error) {
      // There was nothing to undo; after some failures, such as a full disk, SQLite has done so itself.
      if (!/no transaction is active/.test(String(error))) throw this.#failure(error);
    }
  }

  /** Empties the table of requests. */
  resetRequests(): void {
    this.execute(`DROP TABLE IF EXISTS requests; ${TABLES}`);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    try {
      this.#database.close();
    } catch (error) {
      throw this.#failure(error);
    }
  }

  #prepareFile(readOnly: boolean): void {
    this.execute(
      `PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA cache_size = -${CACHE_KIB}`,
    );
    if (!readOnly) {
      this.execute(
        `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA fullfsync = ON; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}; PRAGMA journal_size_limit = 0`,
      );
      if (this.first('PRAGMA user_version')?.[0] === 0) this.#createTables();
    }
    const version = this.first('PRAGMA user_version')?.[0];
    if (version === 0) throw notScanned(this.file);
    if (version !== VERSION) throw newerStore(this.file, version);
  }

  #createTables(): void {
    if (this.first('SELECT name FROM sqlite_schema') !== undefined)
      throw damagedStore(this.file, 'it contains tables that Lifeboat did not create');
    this.durably(() => {
      this.execute(`
        CREATE TABLE scan (one INTEGER PRIMARY KEY CHECK (one = 1), identity TEXT NOT NULL, requests INTEGER NOT NULL, largest INTEGER NOT NULL, facts TEXT NOT NULL);
        ${TABLES}
        PRAGMA user_version = ${VERSION}`);
    });
  }

  #prepared(sql: string): StatementSync {
    try {
      const statement = this.#database.prepare(sql);
      // Rows as arrays take half the time of objects. Early versions of Node 22 lack this call and return objects.
      if ('setReturnArrays' in statement) statement.setReturnArrays(true);
      return statement;
    } catch (error) {
      throw this.#failure(error);
    }
  }

  #failure(error: unknown): unknown {
    return storageFailure(error, this.file, WORK_PART);
  }
}

const WORK_PART: StoredPart = { ...BACKFILL_PART, damaged: damagedStore };

/** `what` is a whole clause. */
export function damagedStore(file: string, what: string, cause?: unknown): LifeboatError {
  return new LifeboatError(
    'BACKFILL_DAMAGED',
    `The work store ${file} is damaged: ${what}.`,
    `Restore ${file} from a copy, or remove it and scan the same sources again: what was sent stands in the ledger beside it.`,
    { cause },
  );
}

function notScanned(file: string): LifeboatError {
  return new LifeboatError(
    'RUN_NOT_FOUND',
    `There is no backfill in ${dirname(file)}.`,
    advise`Begin one: ${lifeboat('backfill scan')}.`,
  );
}

function newerStore(file: string, version: unknown): LifeboatError {
  return new LifeboatError(
    'FORMAT_TOO_NEW',
    `Another version of Lifeboat wrote the work store ${file} (its format is ${version}).`,
    'Go on with that version.',
  );
}

function valuesOf(row: unknown): Values {
  return Array.isArray(row) ? row : Object.values(row ?? {});
}
