import type { Instant } from '../../time.ts';
import type { RequestRecord } from '../base/record.ts';
import type { Room } from '../base/room.ts';
import { ScanIdentity } from './scan-identity.ts';
import { headOf } from './request-rows.ts';
import type { Statement, WorkDatabase } from './work-database.ts';
import type { ScanFacts, ScanWriter } from './work-store.ts';

/** What goes into one transaction. */
const BATCH_ROWS = 20_000;
const BATCH_BYTES = 33_554_432;

/** Fills the table of requests, in transactions of some size, and ends with one that makes all of it count. */
export class SqliteScanWriter implements ScanWriter {
  readonly #database: WorkDatabase;
  readonly #room: Room | undefined;
  readonly #insert: Statement;
  readonly #delete: Statement;
  readonly #identity = new ScanIdentity();
  #largest = 0;
  #batchRows = 0;
  #batchBytes = 0;
  #isOver = false;

  constructor(database: WorkDatabase, room: Room | undefined) {
    this.#database = database;
    this.#room = room;
    this.#insert = database.prepare(
      'INSERT INTO requests (at, source, offset, order_key, head, body) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#delete = database.prepare('DELETE FROM requests WHERE at = ? AND source = ? AND offset = ?');
  }

  add(source: number, offset: number, record: RequestRecord, orderKey: string | undefined): void {
    const head = headOf(record);
    const { at, body = null } = record;
    const bytes = head.length + (body?.byteLength ?? 0) + (orderKey?.length ?? 0);
    this.#change(bytes, () => this.#insert.run(at, source, offset, orderKey ?? null, head, body));
    this.#identity.add(at, source, offset);
    if (bytes > this.#largest) this.#largest = bytes;
  }

  remove(source: number, offset: number, at: Instant): void {
    this.#change(0, () => {
      const removed = this.#delete.run(at, source, offset);
      if (removed !== 1) throw new Error(`nothing was added at ${offset} of source ${source}`);
    });
    this.#identity.remove(at, source, offset);
  }

  complete(facts: ScanFacts): void {
    this.#refuseOver();
    this.flush();
    this.#isOver = true;
    this.#database.durably(() => {
      this.#database
        .prepare('INSERT INTO scan (one, identity, requests, largest, facts) VALUES (1, ?, ?, ?, ?)')
        .run(this.#identity.text, this.#identity.count, this.#largest, JSON.stringify(facts));
    });
  }

  /** Ends the transaction that is under way, so that others of this connection can have theirs. */
  flush(): void {
    if (this.#batchRows === 0) return;
    this.#batchRows = 0;
    this.#batchBytes = 0;
    this.#database.execute('COMMIT');
  }

  /** Nothing that comes to it counts any more. */
  abandon(): void {
    this.#isOver = true;
    this.#batchRows = 0;
    this.#database.rollBack();
  }

  #change(bytes: number, change: () => void): void {
    this.#refuseOver();
    try {
      if (this.#batchRows === 0) this.#database.execute('BEGIN IMMEDIATE');
      this.#batchRows += 1;
      this.#batchBytes += bytes;
      change();
      if (this.#batchRows < BATCH_ROWS && this.#batchBytes < BATCH_BYTES) return;
      this.flush();
      this.#room?.assertReserve('The scan');
    } catch (error) {
      // A scan without one of its requests would be wrong: it is abandoned.
      this.abandon();
      throw error;
    }
  }

  #refuseOver(): void {
    if (this.#isOver) throw new Error('this scan has ended');
  }
}
