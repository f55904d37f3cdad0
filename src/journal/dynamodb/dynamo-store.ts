import { randomUUID } from 'node:crypto';
import { advise, lifeboat } from '../../advice.ts';
import { LifeboatError } from '../../errors.ts';
import { pause } from '../../pause.ts';
import type { Failure } from '../../workflow/base/effects.ts';
import { refuseForeignRecord } from '../foreign-journal.ts';
import type { Journal, RunRecord } from '../journal.ts';
import type { Held, Holder, Lease, Refused } from '../lease.ts';
import { byAge, idsFor, notFound, requireRunId, runbookOf } from '../run-ids.ts';
import type { Wake, Wakes } from '../wakes.ts';
import type { Baseline, CheckedWorld, RunDraft, RunHead, RunStore } from '../run-store.ts';
import { ALL, Bodies, SIZES, type Sizes } from './bodies.ts';
import { DynamoJournal, type Memory } from './dynamo-journal.ts';
import { DynamoLease, LEASE_TIMES, type DynamoHeld, type LeaseTimes, type Self } from './dynamo-lease.ts';
import { damaged, placeIn } from './failures.ts';
import type { Key, Row } from './items.ts';
import { Rows, type Sender, type StoreClock, type Units } from './rows.ts';
import { DynamoWakes } from './dynamo-wakes.ts';

export interface DynamoStoreOptions {
  /** Makes one attempt a request, or several. */
  readonly client: Sender;
  readonly table: string;
  /** For messages. */
  readonly region?: string | undefined;
  /** What an error of the client means: `classify` of aws/request-failures.ts. */
  readonly classify: (error: unknown) => Failure;
  /** Ends the wait of a durable function by its callback: called after a signal has been written for a run whose function waits. */
  readonly ring?: ((callbackId: string) => Promise<void>) | undefined;
  readonly clock?: Partial<StoreClock>;
  readonly times?: Partial<LeaseTimes>;
  readonly sizes?: Partial<Sizes>;
  /** This process, as other ones name it; absent: its pid and the name of its machine. */
  readonly self?: Self | undefined;
}

/** Raised with every change that older versions cannot read. */
const LAYOUT_VERSION = 1;
const RUNS = 'RUNS';
const BASELINES = 'BASELINES';

const CLOCK: StoreClock = { now: Date.now, monotonic: () => performance.now(), sleep: pause };

/** A run as {@link RUNS} lists it. */
interface Head {
  readonly runId: string;
  readonly begunAt: number;
  readonly row: Row & Key;
}

/** {@link RunStore}, {@link Lease} and {@link Wakes} in one table of DynamoDB. docs/internals/dynamodb.md describes its rows. */
export class DynamoStore implements RunStore, Lease, Wakes {
  readonly #rows: Rows;
  readonly #bodies: Bodies;
  readonly #lease: DynamoLease;
  readonly #wakes: DynamoWakes;
  readonly #clock: StoreClock;
  readonly #ring: DynamoStoreOptions['ring'];
  /** Of the run that was read last, by the id of its HEAD: records never change. */
  #record: { readonly id: unknown; readonly record: RunRecord } | undefined;
  /** Of the run that was closed last: the next invocation of a warm process reads only what was appended since. */
  #warm: { readonly id: unknown; readonly memory: Memory } | undefined;

  constructor(options: DynamoStoreOptions) {
    const { client, table: name, region, classify, ring, self } = options;
    const clock = { ...CLOCK, ...options.clock };
    this.#rows = new Rows({ client, table: { name, region }, classify, clock });
    this.#bodies = new Bodies(this.#rows, clock, { ...SIZES, ...options.sizes });
    const times = { ...LEASE_TIMES, ...options.times };
    this.#lease = new DynamoLease({ rows: this.#rows, bodies: this.#bodies, clock, times, self });
    this.#wakes = new DynamoWakes(this.#rows);
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Capacity units used by this object so far, as DynamoDB reported them. */
  get units(): Units {
    return this.#rows.units;
  }

  async create(draft: RunDraft): Promise<RunRecord> {
    await this.#bodies.sweep();
    if (draft.runId !== undefined) requireRunId(draft.runId);
    for (const runId of draft.runId === undefined ? idsFor(draft) : [draft.runId]) {
      if ((await this.#rows.get(headKey(runId))) !== undefined) continue;
      const record = draft.record(runId);
      if (await this.#place(runId, record)) return record;
    }
    throw new LifeboatError(
      'JOURNAL_CONFLICT',
      `The run ${draft.runId} is in ${placeIn(this.#rows.table)} already.`,
      advise`Go on with it: ${lifeboat('resume', String(draft.runId))}.`,
    );
  }

  /** The run appears with its HEAD: before that nothing finds its record. */
  async #place(runId: string, record: RunRecord): Promise<boolean> {
    const head = { id: randomUUID(), version: LAYOUT_VERSION, begunAt: this.#clock.now() };
    const put = await this.#bodies.put(headKey(runId), head, record, 'absent', { isApart: true });
    return put.isWritten;
  }

  async find(runId?: string): Promise<RunRecord> {
    if (runId !== undefined) requireRunId(runId);
    const [head] = runId === undefined ? await this.#heads() : [await this.#head(runId)];
    if (head === undefined) throw notFound(undefined, [], this.#where);
    return this.#recordOf(head);
  }

  async *list(runbook?: string): AsyncIterable<RunHead> {
    for (const head of await this.#heads())
      if (runbook === undefined || runbookOf(head.runId) === runbook) yield await this.#listed(head);
  }

  async open(runId: string, held?: Held): Promise<Journal> {
    const head = await this.#head(runId);
    const { id } = head.row;
    const record = await this.#recordOf(head);
    const memory = this.#warm?.id === id ? this.#warm?.memory : undefined;
    // The memory of one journal is never that of two.
    this.#warm = undefined;
    return new DynamoJournal({
      rows: this.#rows,
      bodies: this.#bodies,
      record,
      held: held as DynamoHeld | undefined,
      clock: this.#clock,
      holder: () => this.holder(runId),
      memory,
      onSignal: () => this.#wake(runId),
      onClose: (kept) => {
        this.#warm = { id, memory: kept };
      },
    });
  }

  async acquire(runId: string, takeOver = false): Promise<Held | Refused> {
    // Not even a lease is written for a run whose record is another's.
    await this.#recordOf(await this.#head(runId));
    return this.#lease.acquire(runId, takeOver);
  }

  async holder(runId: string): Promise<Holder> {
    return this.#lease.holder(runId);
  }

  async baseline(runbook: string, world: CheckedWorld): Promise<Baseline | undefined> {
    const key = baselineKey(runbook, world);
    const read = await this.#bodies.get<string>(key);
    return read && { text: read.value, place: this.#placeOf(key) };
  }

  async keepBaseline(runbook: string, world: CheckedWorld, text: string): Promise<string> {
    const key = baselineKey(runbook, world);
    for (;;) {
      const replaced = await this.#rows.get(key);
      const condition = replaced === undefined ? 'absent' : { id: String(replaced['id']) };
      const row = { id: randomUUID(), keptAt: this.#clock.now() };
      const put = await this.#bodies.put(key, row, text, condition, { replaced });
      if (put.isWritten) return this.#placeOf(key);
    }
  }

  expectWake(runId: string, callbackId: string): Promise<void> {
    return this.#wakes.expectWake(runId, callbackId);
  }

  forgetWake(runId: string): Promise<void> {
    return this.#wakes.forgetWake(runId);
  }

  wakeOf(runId: string): Promise<Wake | undefined> {
    return this.#wakes.wakeOf(runId);
  }

  wakes(): Promise<readonly Wake[]> {
    return this.#wakes.wakes();
  }

  /** The signal is written: a callback that fails only makes the driver hear it later. */
  async #wake(runId: string): Promise<void> {
    if (this.#ring === undefined) return;
    try {
      const wake = await this.wakeOf(runId);
      if (wake !== undefined) await this.#ring(wake.callbackId);
    } catch {
      // The function looks for signals when its wait ends.
    }
  }

  async #heads(): Promise<readonly Head[]> {
    const heads: Head[] = [];
    for await (const row of this.#rows.query(RUNS, ALL))
      heads.push({ runId: row.sk, begunAt: Number(row['begunAt']), row });
    return heads.sort(byAge);
  }

  async #head(runId: string): Promise<Head> {
    requireRunId(runId);
    const key = headKey(runId);
    const row = await this.#rows.get(key);
    if (row !== undefined) return { runId, begunAt: Number(row['begunAt']), row: { ...row, ...key } };
    const known = (await this.#heads()).map((head) => head.runId);
    throw notFound(runId, known, this.#where);
  }

  async #recordOf({ runId, row }: Head): Promise<RunRecord> {
    if (this.#record?.id === row['id'] && this.#record?.record.runId === runId) return this.#record.record;
    const place = this.#placeOf(headKey(runId));
    const version = Number(row['version']);
    if (version > LAYOUT_VERSION)
      throw new LifeboatError(
        'JOURNAL_TOO_NEW',
        `The journal ${place} has version ${version}; this Lifeboat reads up to ${LAYOUT_VERSION}.`,
        'Use the Lifeboat that began the run, or a newer one.',
      );
    const record = await this.#bodies.read<RunRecord>(row);
    if (record?.runId === undefined || record.plan === undefined)
      throw damaged(place, 'it holds no record of a run');
    refuseForeignRecord(place, runId, record);
    this.#record = { id: row['id'], record };
    return record;
  }

  async #listed(head: Head): Promise<RunHead> {
    const { runId, begunAt } = head;
    try {
      return { runId, begunAt, record: await this.#recordOf(head) };
    } catch (problem) {
      if (!(problem instanceof LifeboatError) || problem.code === 'JOURNAL_UNREADABLE') throw problem;
      return { runId, begunAt, problem };
    }
  }

  get #where() {
    return {
      place: `in ${placeIn(this.#rows.table)}`,
      option: 'Name the table with --journal dynamodb://TABLE',
    };
  }

  #placeOf({ pk, sk }: Key): string {
    return placeIn(this.#rows.table, pk, sk);
  }
}

function headKey(runId: string): Key {
  return { pk: RUNS, sk: runId };
}

function baselineKey(runbook: string, world: CheckedWorld): Key {
  return { pk: BASELINES, sk: `${world}/${runbook}` };
}
