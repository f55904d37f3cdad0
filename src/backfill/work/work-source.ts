import type { ReplayRequest, ReplaySource, Ticket } from '../base/replay-ports.ts';
import { readRow, ROW_COLUMNS } from './request-rows.ts';
import type { Statement, Values } from './work-database.ts';
import { damagedStore } from './work-database.ts';
import type { WorkDatabase } from './work-database.ts';

/** Bytes of one page of requests, by the largest there is. */
const MAX_PAGE_BYTES = 16_777_216;

/** Reads the requests of a complete scan in the order of `turns`; the ordinal of each is its place in it. */
export class WorkSource implements ReplaySource {
  readonly name = 'the work store';
  readonly total: number;
  readonly #database: WorkDatabase;
  readonly #page: Statement;
  readonly #one: Statement;
  readonly #maxRows: number;
  /** The key of the last one that was given. */
  #cursor: readonly [at: number, source: number, offset: number];
  #ordinal: number;

  /**
   * @param from the first ordinal to give
   * @param largest bytes of the largest request
   */
  constructor(
    database: WorkDatabase,
    scan: { readonly requests: number; readonly largest: number },
    from: number,
  ) {
    this.#database = database;
    this.total = Math.max(0, scan.requests - from);
    this.#maxRows = Math.max(1, Math.floor(MAX_PAGE_BYTES / Math.max(1, scan.largest)));
    this.#ordinal = from;
    this.#cursor = this.#keyBefore(from);
    this.#page = database.prepare(
      `SELECT ${ROW_COLUMNS} FROM requests WHERE (at, source, offset) > (?, ?, ?) ORDER BY at, source, offset LIMIT ?`,
    );
    this.#one = database.prepare(
      `SELECT ${ROW_COLUMNS} FROM requests WHERE at = ? AND source = ? AND offset = ?`,
    );
  }

  async next(limit: number): Promise<readonly ReplayRequest[] | undefined> {
    const rows = this.#page.all(...this.#cursor, Math.min(limit, this.#maxRows));
    if (rows.length === 0) return limit < 1 ? [] : undefined;
    const first = this.#ordinal;
    const requests = rows.map((row, index) => this.#read(row, first + index));
    const last = requests.at(-1);
    if (last !== undefined) this.#cursor = [last.at, last.source, Number(last.position)];
    this.#ordinal += requests.length;
    return requests;
  }

  async load({ at, source, position, ordinal }: Ticket): Promise<ReplayRequest> {
    const [row] = typeof position === 'number' ? this.#one.all(at, source, position) : [];
    if (row === undefined)
      throw damagedStore(this.#database.file, `it has no request at ${position} of source ${source}`);
    return this.#read(row, ordinal);
  }

  /** Fates are in the ledger; nothing is deleted here. */
  async settle(): Promise<void> {}

  /** The store stays open: it belongs to the caller. */
  async close(): Promise<void> {}

  #read(row: Values, ordinal: number | undefined): ReplayRequest {
    const request = readRow(row, ordinal);
    if (request === undefined)
      throw damagedStore(this.#database.file, `its request at ${row[2]} of source ${row[1]} is not readable`);
    return request;
  }

  #keyBefore(ordinal: number): readonly [number, number, number] {
    const before = [Number.MIN_SAFE_INTEGER, 0, 0] as const;
    if (ordinal < 1) return before;
    // Counts through the index alone: a quarter of a second for ten million.
    const row = this.#database.first(
      'SELECT at, source, offset FROM requests ORDER BY at, source, offset LIMIT 1 OFFSET ?',
      ordinal - 1,
    );
    // Behind the last one there is nothing.
    return row === undefined
      ? [Number.MAX_SAFE_INTEGER, 0, 0]
      : [Number(row[0]), Number(row[1]), Number(row[2])];
  }
}
