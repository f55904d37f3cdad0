import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import { LifeboatError } from '../../errors.ts';
import { preparePrivateFile } from '../../storage/private-files.ts';
import { storageFailure, type StoredPart } from '../../storage/storage-failures.ts';
import { Numbers } from '../model/numbers.ts';

const WORLD_VERSION = 1;

const SCHEMA = `
  CREATE TABLE entity (kind TEXT NOT NULL, serial INTEGER NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, serial)) WITHOUT ROWID;
  CREATE TABLE number (name TEXT PRIMARY KEY, value REAL NOT NULL) WITHOUT ROWID;
  CREATE TABLE fact (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
  PRAGMA user_version = ${WORLD_VERSION};
`;

/**
 * The file of a simulated world: every entity a row. `synchronous=OFF`: it survives the death of the process, which is what is simulated;
 * not that of the machine.
 */
export class WorldStore {
  readonly numbers: Numbers;
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #putEntity: StatementSync;
  readonly #removeEntity: StatementSync;
  readonly #putNumber: StatementSync;
  readonly #putFact: StatementSync;
  readonly #getFact: StatementSync;

  private constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#path = path;
    this.#putEntity = database.prepare(
      'INSERT OR REPLACE INTO entity (kind, serial, id, body) VALUES (?, ?, ?, ?)',
    );
    this.#removeEntity = database.prepare('DELETE FROM entity WHERE kind = ? AND serial = ?');
    this.#putNumber = database.prepare('INSERT OR REPLACE INTO number (name, value) VALUES (?, ?)');
    this.#putFact = database.prepare('INSERT OR REPLACE INTO fact (name, body) VALUES (?, ?)');
    this.#getFact = database.prepare('SELECT body FROM fact WHERE name = ?');
    const rows = database.prepare('SELECT name, value FROM number').all();
    this.numbers = new Numbers(
      rows.map((row): [string, number] => [String(row['name']), Number(row['value'])]),
    );
  }

  /**
   * Opens the file, or makes it; `:memory:` keeps nothing. `fill` writes a new world: all of it or, if the process dies, none.
   *
   * @throws LifeboatError WORLD_DAMAGED, FORMAT_TOO_NEW, WORLD_UNWRITABLE
   */
  static open(path: string, fill: (store: WorldStore) => void): WorldStore {
    let database: DatabaseSync | undefined;
    try {
      if (path !== ':memory:') preparePrivateFile(path);
      database = new DatabaseSync(path);
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA busy_timeout = 2000');
      const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
      if (version > WORLD_VERSION) throw tooNew(path);
      if (version === WORLD_VERSION) return new WorldStore(database, path);
      database.exec(`BEGIN IMMEDIATE; ${SCHEMA}`);
      const store = new WorldStore(database, path);
      fill(store);
      store.#flush();
      database.exec('COMMIT');
      return store;
    } catch (error) {
      database?.close();
      throw error instanceof LifeboatError ? error : unreadable(path, error);
    }
  }

  /** Runs `work` and commits what it wrote, also when it throws: a refused call has been counted. */
  commit<T>(work: () => T): T {
    this.#exec('BEGIN');
    try {
      return work();
    } finally {
      this.#write(() => this.#flush());
      this.#exec('COMMIT');
    }
  }

  /** Runs `read`; a file that it cannot read is damaged, and is closed. */
  readable<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      this.close();
      throw unreadable(this.#path, error);
    }
  }

  putEntity(kind: string, serial: number, id: string, body: string): void {
    this.#write(() => this.#putEntity.run(kind, serial, id, body));
  }

  removeEntity(kind: string, serial: number): void {
    this.#write(() => this.#removeEntity.run(kind, serial));
  }

  /** Bodies of a kind in the order they were first put. */
  entities(kind: string): string[] {
    return this.#database
      .prepare('SELECT body FROM entity WHERE kind = ? ORDER BY serial')
      .all(kind)
      .map((row) => String(row['body']));
  }

  putFact(name: string, body: string): void {
    this.#putFact.run(name, body);
  }

  fact(name: string): string | undefined {
    const body = this.#getFact.get(name)?.['body'];
    return typeof body === 'string' ? body : undefined;
  }

  close(): void {
    this.#database.close();
  }

  #flush(): void {
    for (const [name, value] of this.numbers.takeChanges()) this.#putNumber.run(name, value);
  }

  #exec(sql: string): void {
    this.#write(() => this.#database.exec(sql));
  }

  #write(write: () => void): void {
    try {
      write();
    } catch (error) {
      throw storageFailure(error, this.#path, WORLD_PART);
    }
  }
}

function tooNew(path: string): LifeboatError {
  return new LifeboatError(
    'FORMAT_TOO_NEW',
    `The simulated world '${path}' was written by a newer version.`,
    'Use the version of lifeboat that wrote it, or start again with an empty --state directory.',
  );
}

/** The folder of the run is of no use without its world. */
const WORLD_PART: StoredPart = {
  unwritable: 'WORLD_UNWRITABLE',
  afterwards: 'what was written before is safe',
  damaged: (path, what, cause) =>
    new LifeboatError(
      'WORLD_DAMAGED',
      `The simulated world '${path}' cannot be used: ${what}.`,
      'Remove the folder of this run and rehearse again.',
      { cause },
    ),
};

/** While a world is opened whatever is no failure of the disk comes of what the file holds. */
function unreadable(path: string, error: unknown): unknown {
  const failure = storageFailure(error, path, WORLD_PART);
  if (failure instanceof LifeboatError) return failure;
  return WORLD_PART.damaged(path, error instanceof Error ? error.message : String(error), error);
}
