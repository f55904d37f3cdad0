import { join } from 'node:path';
import type { Room } from '../base/room.ts';
import { SqliteScanWriter } from './scan-writer.ts';
import type { ScanFacts, ScanWriter, WorkStore } from './work-store.ts';
import { damagedStore, WorkDatabase } from './work-database.ts';
import { WorkSource } from './work-source.ts';

/**
 * Opens `<directory>/work.sqlite`; it is made where it is missing, unless it is only read. One process writes (take `lockBackfill` first), others may read meanwhile.
 * @throws LifeboatError `RUN_NOT_FOUND` when it is only read and there is none, `BACKFILL_DAMAGED`, `FORMAT_TOO_NEW`, `BACKFILL_UNWRITABLE`
 * @example
 * const store = openWorkStore(directory);
 * const writer = store.beginScan();
 */
export function openWorkStore(directory: string, options: { readonly readOnly?: boolean } = {}): WorkStore {
  return new SqliteWorkStore(new WorkDatabase(join(directory, 'work.sqlite'), options.readOnly ?? false));
}

interface Scan {
  readonly identity: string;
  readonly requests: number;
  readonly largest: number;
}

class SqliteWorkStore implements WorkStore {
  readonly #database: WorkDatabase;
  #writer: SqliteScanWriter | undefined;

  constructor(database: WorkDatabase) {
    this.#database = database;
  }

  get facts(): ScanFacts | undefined {
    const row = this.#database.first('SELECT facts FROM scan');
    if (row === undefined) return undefined;
    return this.#parsed(row[0]) as ScanFacts;
  }

  get identity(): string | undefined {
    return this.#scan()?.identity;
  }

  beginScan(room?: Room): ScanWriter {
    this.#writer?.abandon();
    this.#database.durably(() => {
      this.#database.execute('DELETE FROM scan');
      this.#database.resetRequests();
    });
    this.#writer = new SqliteScanWriter(this.#database, room);
    return this.#writer;
  }

  openSource(from = 0): WorkSource {
    const scan = this.#scan();
    if (scan === undefined) throw new Error('no scan is complete');
    return new WorkSource(this.#database, scan, from);
  }

  get file(): string {
    return this.#database.file;
  }

  gather(): void {
    // The first column: whether another connection kept it from being complete.
    const row = this.#database.first('PRAGMA wal_checkpoint(TRUNCATE)');
    if (row?.[0] !== 0) throw new Error(`${this.file} is in use`);
  }

  close(): void {
    this.#writer?.abandon();
    this.#writer = undefined;
    this.#database.close();
  }

  #scan(): Scan | undefined {
    const row = this.#database.first('SELECT identity, requests, largest FROM scan');
    if (row === undefined) return undefined;
    return { identity: String(row[0]), requests: Number(row[1]), largest: Number(row[2]) };
  }

  #parsed(text: unknown): unknown {
    try {
      return JSON.parse(String(text));
    } catch (error) {
      throw damagedStore(this.#database.file, 'its scan is no JSON', error);
    }
  }
}
