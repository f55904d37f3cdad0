import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { storageFailure, type StoredPart } from './storage-failures.ts';

export type Row = Readonly<Record<string, unknown>>;

/** How long a statement waits for another process to release the file, ms. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * One SQLite database with its statements prepared once and its failures translated by {@link storageFailure}.
 * Durable by default: a transaction is on the disk when it returns.
 */
export class SqliteDatabase {
  /** Name in messages: the path, or a phrase for a database in memory. */
  readonly file: string;
  readonly #database: DatabaseSync;
  readonly #part: StoredPart;
  readonly #statements = new Map<string, StatementSync>();
  #open = true;
  /** A database in memory has no disk to wait for. */
  #syncs = false;

  private constructor(database: DatabaseSync, file: string, part: StoredPart) {
    this.#database = database;
    this.file = file;
    this.#part = part;
  }

  /** Opens `location` without writing to it. A URL carries SQLite's own parameters (`?immutable=1`). */
  static open(
    location: string | URL,
    {
      file,
      part,
      readOnly = false,
    }: { readonly file: string; readonly part: StoredPart; readonly readOnly?: boolean },
  ): SqliteDatabase {
    let database: DatabaseSync;
    try {
      database = new DatabaseSync(location, { readOnly });
    } catch (error) {
      throw storageFailure(error, file, part);
    }
    const opened = new SqliteDatabase(database, file, part);
    opened.execute(
      `PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON`,
    );
    return opened;
  }

  /** Makes every commit reach the disk before it returns, and readers never block a writer (WAL). Returns the mode in force. */
  makeDurable(): string {
    const mode = this.first('PRAGMA journal_mode = WAL')?.['journal_mode'];
    this.execute('PRAGMA synchronous = FULL; PRAGMA fullfsync = ON');
    this.#syncs = true;
    return String(mode);
  }

  execute(sql: string): void {
    try {
      this.#database.exec(sql);
    } catch (error) {
      throw storageFailure(error, this.file, this.#part);
    }
  }

  run(sql: string, ...values: SQLInputValue[]): { readonly changes: number; readonly rowId: number } {
    try {
      const { changes, lastInsertRowid } = this.#prepared(sql).run(...values);
      return { changes: Number(changes), rowId: Number(lastInsertRowid) };
    } catch (error) {
      throw storageFailure(error, this.file, this.#part);
    }
  }

  first(sql: string, ...values: SQLInputValue[]): Row | undefined {
    try {
      return this.#prepared(sql).get(...values);
    } catch (error) {
      throw storageFailure(error, this.file, this.#part);
    }
  }

  all(sql: string, ...values: SQLInputValue[]): readonly Row[] {
    try {
      return this.#prepared(sql).all(...values);
    } catch (error) {
      throw storageFailure(error, this.file, this.#part);
    }
  }

  /** All of `body` or nothing of it; no other process writes meanwhile. */
  transaction<T>(body: () => T): T {
    this.run('BEGIN IMMEDIATE');
    try {
      const result = body();
      this.run('COMMIT');
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  /**
   * Runs `body` without waiting for the disk: the write survives the death of this process, and the next durable transaction includes
   * it; only a power failure in between loses it.
   */
  withoutSync<T>(body: () => T): T {
    if (!this.#syncs) return body();
    this.execute('PRAGMA synchronous = NORMAL');
    try {
      return body();
    } finally {
      this.execute('PRAGMA synchronous = FULL');
    }
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#statements.clear();
    try {
      this.#database.close();
    } catch (error) {
      throw storageFailure(error, this.file, this.#part);
    }
  }

  #rollBack(): void {
    try {
      this.#database.exec('ROLLBACK');
    } catch (error) {
      // SQLite has already rolled back after a full disk or an I/O error: then there is nothing left to undo.
      if (!/no transaction is active/.test(String(error))) throw storageFailure(error, this.file, this.#part);
    }
  }

  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
