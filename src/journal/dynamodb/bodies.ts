import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { LifeboatError } from '../../errors.ts';
import { HOUR_MS } from '../../time.ts';
import { damaged, placeIn } from './failures.ts';
import type { Condition, Key, OwnRow, Row } from './items.ts';
import type { Put, Rows, StoreClock } from './rows.ts';

const compress = promisify(gzip);
const expand = promisify(gunzip);

/** Sizes in bytes. */
export interface Sizes {
  /** A value that is longer is kept in chunks of this length. An item may have 400 KB, with its names and its key. */
  readonly item: number;
  /** No checkpoint before the log has grown by so much. */
  readonly tail: number;
}

/** ? A tail of so many bytes costs 16 read units to load. */
export const SIZES: Sizes = { item: 350 * 1_024, tail: 64 * 1_024 };

const AT_ONCE = 8;
/** Chunks that no row names are swept once no living process can still be writing them. */
const ORPHAN_MS = 24 * HOUR_MS;
/** A draft that took longer is given up: it could be swept before a row names it. */
const LONGEST_DRAFT_MS = HOUR_MS;
const DRAFTS = 'DRAFTS';

/** A value too large for an item: its chunks are rows under the id of the row that names them. */
interface Chunked {
  readonly id: string;
  readonly chunks: number;
}

/**
 * Values of any size. A small one is an attribute of its row. A large one is written first, in chunks under a draft's id; the row that names
 * them then appears with one conditional put. What a process leaves when it dies in between is registered, and swept by age.
 */
export class Bodies {
  readonly sizes: Sizes;
  readonly #rows: Rows;
  readonly #clock: StoreClock;

  constructor(rows: Rows, clock: StoreClock, sizes: Sizes) {
    this.#rows = rows;
    this.#clock = clock;
    this.sizes = sizes;
  }

  /**
   * @param replaced the row that the condition asks for: its chunks are removed
   * @param isApart the value is never an attribute: rows that are listed stay small
   */
  async put(
    key: Key,
    row: OwnRow,
    value: unknown,
    condition: Condition,
    { replaced, isApart = false }: { readonly replaced?: Row | undefined; readonly isApart?: boolean } = {},
  ): Promise<Put & { readonly row: Row | undefined; readonly bytes: number }> {
    const body = await compress(JSON.stringify(value));
    const old = replaced && chunkedOf(replaced);
    if (old !== undefined) await this.#register(key, old);
    const whole = !isApart && body.length <= this.sizes.item;
    const draft = whole ? undefined : await this.#write(key, row.id, body);
    const named = draft === undefined ? { body } : { chunks: draft.chunks, sha256: sha256(body) };
    const written = { ...row, bytes: body.length, ...named };
    const put = await this.#rows.put(key, written, condition);
    for (const [part, isNamed] of [[draft, put.isWritten] as const, [old, !put.isWritten] as const])
      if (part !== undefined) await this.#settle(part, isNamed);
    return { ...put, row: put.isWritten ? written : put.present, bytes: body.length };
  }

  /** The row and its value; `undefined` where there is no row. */
  async get<T>(key: Key): Promise<{ readonly row: Row; readonly value: T } | undefined> {
    for (let missed: unknown; ;) {
      const row = await this.#rows.get(key);
      if (row === undefined) return undefined;
      const body = await this.#body(row);
      if (body !== undefined) return { row, value: await this.#parse<T>(body, key) };
      // Another process has replaced the row meanwhile, and removed the chunks.
      if (row['id'] === missed) throw this.#incomplete(key);
      missed = row['id'];
    }
  }

  /** The value of a row that is never replaced. */
  async read<T>(row: Row & Key): Promise<T> {
    const body = await this.#body(row);
    if (body === undefined) throw this.#incomplete(row);
    return this.#parse<T>(body, row);
  }

  /** Removes what processes that died have left. */
  async sweep(): Promise<void> {
    for await (const { sk: id, at, chunks, ownerPk, ownerSk } of this.#rows.query(DRAFTS, ALL)) {
      if (this.#clock.now() - Number(at) <= ORPHAN_MS) continue;
      const owner = await this.#rows.get({ pk: String(ownerPk), sk: String(ownerSk) });
      await this.#settle({ id, chunks: Number(chunks) }, owner?.['id'] === id);
    }
  }

  async #write(owner: Key, id: string, body: Uint8Array): Promise<Chunked> {
    const begun = this.#clock.now();
    const draft = { id, chunks: Math.max(1, Math.ceil(body.length / this.sizes.item)) };
    await this.#register(owner, draft);
    await inGroups(numbers(draft.chunks), async (index) => {
      const chunk = body.subarray(index * this.sizes.item, (index + 1) * this.sizes.item);
      await this.#rows.put(chunkKey(id, index), { id, body: chunk }, 'absent');
    });
    if (this.#clock.now() - begun > LONGEST_DRAFT_MS)
      throw new LifeboatError(
        'JOURNAL_UNWRITABLE',
        `Writing ${placeIn(this.#rows.table)} took longer than an hour: this process was stopped meanwhile, or its clock was set.`,
        'Repeat the command: nothing of this write counts.',
      );
    return draft;
  }

  async #register(owner: Key, { id, chunks }: Chunked): Promise<void> {
    const row = { id, at: this.#clock.now(), chunks, ownerPk: owner.pk, ownerSk: owner.sk };
    await this.#rows.put({ pk: DRAFTS, sk: id }, row, 'absent');
  }

  /** What fails here is left for the next sweep. */
  async #settle({ id, chunks }: Chunked, isNamed: boolean): Promise<void> {
    try {
      if (!isNamed) await inGroups(numbers(chunks), (index) => this.#rows.delete(chunkKey(id, index)));
      await this.#rows.delete({ pk: DRAFTS, sk: id });
    } catch (error) {
      if (!(error instanceof LifeboatError)) throw error;
    }
  }

  async #body(row: Row): Promise<Uint8Array | undefined> {
    const { body, sha256: wanted } = row;
    if (body instanceof Uint8Array) return body;
    const chunked = chunkedOf(row);
    if (chunked === undefined) return undefined;
    const chunks = await inGroups(numbers(chunked.chunks), async (index) => {
      const chunk = (await this.#rows.get(chunkKey(chunked.id, index)))?.['body'];
      return chunk instanceof Uint8Array ? chunk : new Uint8Array();
    });
    const whole = Buffer.concat(chunks);
    return sha256(whole) === wanted ? whole : undefined;
  }

  async #parse<T>(body: Uint8Array, key: Key): Promise<T> {
    try {
      return JSON.parse((await expand(body)).toString('utf8')) as T;
    } catch (error) {
      throw damaged(this.#placeOf(key), 'a value in it cannot be read', error);
    }
  }

  #incomplete(key: Key): LifeboatError {
    return damaged(this.#placeOf(key), 'a value in it is not what its row names');
  }

  #placeOf({ pk, sk }: Key): string {
    return placeIn(this.#rows.table, pk, sk);
  }
}

/** A range of all sort keys. */
export const ALL = { from: ' ', to: '~' } as const;

function chunkedOf({ id, chunks }: Row): Chunked | undefined {
  return typeof chunks === 'number' ? { id: String(id), chunks } : undefined;
}

function chunkKey(id: string, index: number): Key {
  return { pk: `DRAFT#${id}`, sk: String(index).padStart(6, '0') };
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function inGroups<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += AT_ONCE)
    results.push(...(await Promise.all(items.slice(from, from + AT_ONCE).map(work))));
  return results;
}
