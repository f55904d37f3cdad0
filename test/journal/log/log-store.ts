import { createHash, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { LifeboatError } from '../../../src/errors.ts';
import type { Journal, RunRecord } from '../../../src/journal/journal.ts';
import type { Held, Holder, Lease, ProcessInfo, Refused } from '../../../src/journal/lease.ts';
import { runbookOf } from '../../../src/journal/run-ids.ts';
import type { Baseline, CheckedWorld, RunDraft, RunHead, RunStore } from '../../../src/journal/run-store.ts';
import { append, LogJournal } from './log-journal.ts';
import { ROWS_A_WRITE, type Connection } from './table.ts';

/** Of the record's text; small, so that a short record already needs several writes. */
const CHUNK_CHARACTERS = 16;
/** Chunks without a HEAD are swept once no living process can still be writing them. */
const ORPHAN_MS = 24 * 60 * 60 * 1_000;
/** Without a heartbeat for so long a lease has expired; ms. */
const LEASE_MS = 10_000;
/** A request that the old driver sent last may still be on its way for so long; ms. */
const LONGEST_REQUEST_MS = 35_000;
const LOOK_EVERY_MS = 1_000;

interface Head {
  readonly draft: string;
  readonly chunks: number;
  readonly sha256: string;
  readonly begunAt: number;
}

interface LeaseRow extends ProcessInfo {
  readonly epoch: number;
  readonly beats: number;
  readonly isReleased: boolean;
}

/**
 * The store of tests in virtual time, a sketch of the one in DynamoDB: a run is its HEAD, which names the chunks of its record; every commit is one conditional append to
 * the log; the lease is a row with a heartbeat. One object is one process.
 */
export class LogStore implements RunStore, Lease {
  readonly #rows: Connection;
  readonly #now: () => number;
  readonly #chunkCharacters: number;

  constructor(rows: Connection, now: () => number = Date.now, chunkCharacters = CHUNK_CHARACTERS) {
    this.#rows = rows;
    this.#now = now;
    this.#chunkCharacters = chunkCharacters;
  }

  async create({ runbook, at, runId, record }: RunDraft): Promise<RunRecord> {
    await this.#sweepOrphans();
    const minute = new Date(at).toISOString().slice(0, 16).replace(/[-:]/g, '');
    for (let counter = 1; ; counter += 1) {
      const id = runId ?? `${runbook}-${minute}-${counter}`;
      const isTaken = (await this.#rows.get(`RUN#${id}/HEAD`)) !== undefined;
      if (!isTaken && (await this.#place(id, record(id)))) return record(id);
      if (runId !== undefined)
        throw new LifeboatError('JOURNAL_CONFLICT', `There is a run ${id} already.`, 'Go on with it.');
    }
  }

  /** The run appears with its HEAD: until then nothing finds the chunks. */
  async #place(id: string, record: RunRecord): Promise<boolean> {
    const text = JSON.stringify(record);
    const draft = randomUUID();
    const chunks = text.match(new RegExp(`[^]{1,${this.#chunkCharacters}}`, 'g')) ?? [];
    const rows = chunks.map(
      (chunk, index) => [chunkKey(draft, index), JSON.stringify({ at: this.#now(), chunk })] as const,
    );
    for (let from = 0; from < rows.length; from += ROWS_A_WRITE)
      await this.#rows.putAll(rows.slice(from, from + ROWS_A_WRITE));
    const head: Head = { draft, chunks: chunks.length, sha256: sha256(text), begunAt: this.#now() };
    return this.#rows.put(`RUN#${id}/HEAD`, JSON.stringify(head), { absent: true });
  }

  async #sweepOrphans(): Promise<void> {
    const heads = (await this.#heads()).map(([, { draft }]) => draft);
    for (const [key, text] of await this.#rows.query('DRAFT#')) {
      const { at } = JSON.parse(text) as { readonly at: number };
      const isOrphan = !heads.some((draft) => key.startsWith(`DRAFT#${draft}/`));
      if (isOrphan && this.#now() - at > ORPHAN_MS) await this.#rows.delete(key);
    }
  }

  async #heads(): Promise<readonly (readonly [string, Head])[]> {
    const rows = (await this.#rows.query('RUN#')).filter(([key]) => key.endsWith('/HEAD'));
    return rows.map(([key, text]) => [key.slice('RUN#'.length, -'/HEAD'.length), JSON.parse(text) as Head]);
  }

  async #recordOf({ draft, chunks, sha256: wanted }: Head): Promise<RunRecord> {
    const texts: string[] = [];
    for (let index = 0; index < chunks; index += 1) {
      const row = JSON.parse((await this.#rows.get(chunkKey(draft, index))) ?? '{}') as {
        readonly chunk?: string;
      };
      texts.push(row.chunk ?? '');
    }
    const text = texts.join('');
    if (sha256(text) !== wanted)
      throw new LifeboatError(
        'JOURNAL_DAMAGED',
        'The chunks of a run are not what its HEAD names.',
        'Adopt the run.',
      );
    return JSON.parse(text) as RunRecord;
  }

  async find(runId?: string): Promise<RunRecord> {
    for await (const { runId: id, record } of this.list()) {
      if (record !== undefined && (runId === undefined || id === runId)) return record;
    }
    throw new LifeboatError('RUN_NOT_FOUND', `There is no run ${runId ?? ''}.`, 'List the runs.');
  }

  async *list(runbook?: string): AsyncIterable<RunHead> {
    const counter = (id: string): number => Number(id.slice(id.lastIndexOf('-') + 1));
    const heads = (await this.#heads()).toSorted(
      ([one, { begunAt: first }], [other, { begunAt: second }]) =>
        second - first || counter(other) - counter(one),
    );
    for (const [runId, head] of heads)
      if (runbook === undefined || runbookOf(runId) === runbook)
        yield { runId, begunAt: head.begunAt, record: await this.#recordOf(head) };
  }

  async open(runId: string, held?: Held): Promise<Journal> {
    const head = await this.#rows.get(`RUN#${runId}/HEAD`);
    if (head === undefined)
      throw new LifeboatError('RUN_NOT_FOUND', `There is no run ${runId}.`, 'List the runs.');
    const record = await this.#recordOf(JSON.parse(head) as Head);
    const journal = new LogJournal(this.#rows, record, held, () => this.holder(runId));
    await journal.load();
    return journal;
  }

  async acquire(runId: string, takeOver = false): Promise<Held | Refused> {
    for (;;) {
      const seen = await this.#rows.get(leaseKey(runId));
      const row = seen === undefined ? undefined : (JSON.parse(seen) as LeaseRow);
      const isFree = row === undefined || row.isReleased;
      if (!isFree && (!takeOver || !(await this.#hasExpired(runId, seen)))) return { drivenBy: row };
      const epoch = (row?.epoch ?? 0) + 1;
      const own: LeaseRow = {
        epoch,
        beats: 0,
        isReleased: false,
        pid: process.pid,
        host: hostname(),
        since: this.#now(),
      };
      const condition = seen === undefined ? ({ absent: true } as const) : { was: seen };
      if (!(await this.#rows.put(leaseKey(runId), JSON.stringify(own), condition))) continue;
      // From here on no append of an older driver succeeds.
      await append(this.#rows, runId, { epoch, isTakeover: true });
      return new LogHeld(this.#rows, runId, own, isFree ? undefined : row);
    }
  }

  /** Counted on this process's clock, from when the row was last seen to change: what clocks of other machines say plays no part. */
  async #hasExpired(runId: string, seen: string | undefined): Promise<boolean> {
    const from = this.#rows.passedMs;
    while (this.#rows.passedMs - from <= LEASE_MS + LONGEST_REQUEST_MS) {
      await this.#rows.sleep(LOOK_EVERY_MS);
      if ((await this.#rows.get(leaseKey(runId))) !== seen) return false;
    }
    return true;
  }

  async holder(runId: string): Promise<Holder> {
    const text = await this.#rows.get(leaseKey(runId));
    if (text === undefined) return { isHeld: false };
    const last = JSON.parse(text) as LeaseRow;
    return { last, isHeld: !last.isReleased };
  }

  async baseline(runbook: string, world: CheckedWorld): Promise<Baseline | undefined> {
    const place = `BASELINE#${world}#${runbook}`;
    const text = await this.#rows.get(place);
    return text === undefined ? undefined : { text, place };
  }

  async keepBaseline(runbook: string, world: CheckedWorld, text: string): Promise<string> {
    const place = `BASELINE#${world}#${runbook}`;
    await this.#rows.put(place, text);
    return place;
  }
}

export class LogHeld implements Held {
  readonly runId: string;
  readonly epoch: number;
  readonly tookOver?: ProcessInfo;
  readonly #rows: Connection;
  readonly fallSilent: () => void;
  #beats = 0;

  constructor(rows: Connection, runId: string, { epoch }: LeaseRow, tookOver?: ProcessInfo) {
    this.#rows = rows;
    this.runId = runId;
    this.epoch = epoch;
    if (tookOver !== undefined) this.tookOver = tookOver;
    this.fallSilent = rows.keepAlive(() => this.renew());
  }

  renew(): Promise<boolean> {
    return this.#change({ beats: (this.#beats += 1) });
  }

  async isOurs(): Promise<boolean> {
    const row = JSON.parse((await this.#rows.get(leaseKey(this.runId))) ?? '{}') as Partial<LeaseRow>;
    return row.epoch === this.epoch && row.isReleased === false;
  }

  async release(): Promise<void> {
    this.fallSilent();
    await this.#change({ isReleased: true });
  }

  async #change(change: Partial<LeaseRow>): Promise<boolean> {
    const text = (await this.#rows.get(leaseKey(this.runId))) ?? '{}';
    const row = JSON.parse(text) as LeaseRow;
    if (row.epoch !== this.epoch || row.isReleased) return false;
    return this.#rows.put(leaseKey(this.runId), JSON.stringify({ ...row, ...change }), { was: text });
  }
}

function leaseKey(runId: string): string {
  return `RUN#${runId}/LEASE`;
}

function chunkKey(draft: string, index: number): string {
  return `DRAFT#${draft}/${String(index).padStart(6, '0')}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
