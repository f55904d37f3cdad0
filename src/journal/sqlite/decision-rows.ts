import type { AggregateId } from '../../workflow/base/aggregate-id.ts';
import type { Instant } from '../../time.ts';
import type { Decision, Json, Timer } from '../../workflow/base/decision.ts';
import type { Effect } from '../../workflow/base/effects.ts';
import type { SqliteDatabase, Row } from '../../storage/sqlite-database.ts';
import { checkOwnership, checkSettled } from '../conflicts.ts';
import { damaged } from './journal-failures.ts';
import type { JournalState, StoredAggregate } from '../journal.ts';
import { parseColumn, seal } from './tables.ts';

/** An entry of an aggregate with the number of the decision that added it: entries of all aggregates can be ordered by age. */
type Numbered<T> = readonly [number, T];

/** Entries of an outbox or a set of timers as stored: each is serialized once, not with every decision. */
interface Owned {
  readonly entries: readonly { readonly id: string; readonly text: string }[];
  /** The whole column, a JSON list of {@link Numbered}. */
  readonly text: string;
}

/** The stored state that the next decision of an aggregate builds on. */
interface Held {
  /** Key of its row. */
  readonly row: number;
  readonly sequence: number;
  readonly at: Instant;
  readonly outbox: Owned;
  readonly timers: Owned;
}

const NOTHING: Owned = { entries: [], text: '[]' };

const READ_HELD = 'SELECT number, sequence, at, outbox, timers FROM aggregate WHERE id = ?';
const ADD_AGGREGATE =
  "INSERT INTO aggregate (id, sequence, at, snapshot, outbox, timers, seal) VALUES (?, 0, 0, 'null', '[]', '[]', 0)";
const WRITE_AGGREGATE =
  'UPDATE aggregate SET sequence = ?, at = ?, snapshot = ?, outbox = ?, timers = ?, seal = ? WHERE number = ?';
const ADD_HISTORY = 'INSERT INTO history (at, aggregate, event, seal) VALUES (?, ?, ?, ?)';
const ADD_TIMELINE = 'INSERT INTO timeline (at, subject, code, data, seal) VALUES (?, ?, ?, ?, ?)';

/** The caller provides the message. */
export type OutOfSequence = (decision: Decision, storedSequence: number) => Error;

/**
 * Writes the decisions of one driver. It caches each aggregate's row instead of reading it again for every decision. That is
 * correct as long as no other process writes decisions: a commit first checks the epoch, and each acquisition has a new writer.
 */
export class DecisionWriter {
  readonly epoch: number;
  readonly #database: SqliteDatabase;
  readonly #outOfSequence: OutOfSequence;
  readonly #held = new Map<AggregateId, Held>();

  constructor(database: SqliteDatabase, epoch: number, outOfSequence: OutOfSequence) {
    this.#database = database;
    this.epoch = epoch;
    this.#outOfSequence = outOfSequence;
  }

  /** Writes `decisions` inside the caller's transaction, and returns what to call once that is committed. */
  write(decisions: readonly Decision[]): () => void {
    const staged = new Map<AggregateId, Held>();
    for (const decision of decisions) {
      checkOwnership(decision);
      const id = decision.aggregate;
      const held = staged.get(id) ?? this.#held.get(id) ?? this.#read(id);
      const sequence = held?.sequence ?? 0;
      if (sequence !== decision.sequence - 1) throw this.#outOfSequence(decision, sequence);
      staged.set(id, this.#writeOne(decision, held ?? this.#add(id)));
    }
    return () => staged.forEach((held, id) => this.#held.set(id, held));
  }

  #writeOne(decision: Decision, held: Held): Held {
    const { aggregate: id, sequence } = decision;
    const event = JSON.stringify(decision.event);
    const sum = seal(decision.at, held.row, event);
    const number = this.#database.run(ADD_HISTORY, decision.at, held.row, event, sum).rowId;
    const at = Math.max(held.at, decision.at);
    const outbox = nextOutbox(held.outbox, decision, number);
    const timers = nextTimers(held.timers, decision, number);
    const snapshot = JSON.stringify(decision.snapshot);
    const whole = seal(id, sequence, at, snapshot, outbox.text, timers.text);
    this.#database.run(WRITE_AGGREGATE, sequence, at, snapshot, outbox.text, timers.text, whole, held.row);
    for (const entry of decision.timeline) {
      const data = JSON.stringify(entry.data);
      const values = [entry.at, entry.subject, entry.code, data] as const;
      this.#database.run(ADD_TIMELINE, ...values, seal(...values));
    }
    return { row: held.row, sequence, at, outbox, timers };
  }

  #read(id: AggregateId): Held | undefined {
    const row = this.#database.first(READ_HELD, id);
    if (row === undefined) return undefined;
    return {
      row: Number(row['number']),
      sequence: Number(row['sequence']),
      at: Number(row['at']),
      outbox: asOwned(ownedBy<Effect>(this.#database, row, 'outbox')),
      timers: asOwned(ownedBy<Timer>(this.#database, row, 'timers')),
    };
  }

  #add(id: AggregateId): Held {
    const row = this.#database.run(ADD_AGGREGATE, id).rowId;
    return { row, sequence: 0, at: 0, outbox: NOTHING, timers: NOTHING };
  }
}

/** Everything that a driver needs, from one consistent read. */
export function readState(database: SqliteDatabase): JournalState {
  const aggregates: StoredAggregate[] = [];
  const outbox: Numbered<Effect>[] = [];
  const timers: Numbered<Timer>[] = [];
  let lastAt = 0;
  const rows = database.all(
    'SELECT id, sequence, at, snapshot, outbox, timers, seal FROM aggregate ORDER BY number',
  );
  for (const row of rows) {
    const id = String(row['id']);
    checkSeal(
      database.file,
      row,
      ['id', 'sequence', 'at', 'snapshot', 'outbox', 'timers'],
      `aggregate ${id}`,
    );
    const snapshot = parseColumn<Json>(row['snapshot'], database.file, 'aggregate');
    aggregates.push({ id, sequence: Number(row['sequence']), snapshot });
    outbox.push(...ownedBy<Effect>(database, row, 'outbox'));
    timers.push(...ownedBy<Timer>(database, row, 'timers'));
    lastAt = Math.max(lastAt, Number(row['at']));
  }
  outbox.sort(([left], [right]) => left - right);
  timers.sort(([left, first], [right, second]) => first.dueAt - second.dueAt || left - right);
  return {
    aggregates,
    outbox: outbox.map(([, effect]) => effect),
    timers: timers.map(([, timer]) => timer),
    lastAt,
  };
}

/** The row of the recovery as a whole, without the check that {@link readState} makes; none before the first decision. */
export function readRecovery(database: SqliteDatabase): readonly StoredAggregate[] {
  const rows = database.all("SELECT id, sequence, snapshot FROM aggregate WHERE id = 'recovery'");
  return rows.map((row) => ({
    id: String(row['id']),
    sequence: Number(row['sequence']),
    snapshot: parseColumn<Json>(row['snapshot'], database.file, 'aggregate'),
  }));
}

/** Throws `JOURNAL_DAMAGED` when `columns` were changed after they were written. */
export function checkSeal(file: string, row: Row, columns: readonly string[], name: string): void {
  const values = columns.map((column) => row[column] as string | number);
  if (seal(...values) !== row['seal']) throw damaged(file, `${name} has been altered`);
}

function ownedBy<T>(
  database: SqliteDatabase,
  row: Row | undefined,
  column: 'outbox' | 'timers',
): readonly Numbered<T>[] {
  return row === undefined
    ? []
    : parseColumn<readonly Numbered<T>[]>(row[column], database.file, 'aggregate');
}

function nextOutbox(stored: Owned, decision: Decision, number: number): Owned {
  checkSettled(decision, stored.entries);
  return changed(stored, decision.settled, decision.effects, number);
}

function nextTimers(stored: Owned, decision: Decision, number: number): Owned {
  return changed(stored, decision.cancelled, decision.timers, number);
}

/** `stored` without entries that are `gone` or replaced, and with the `added` ones. */
function changed(
  stored: Owned,
  gone: readonly string[],
  added: readonly (Effect | Timer)[],
  number: number,
): Owned {
  if (gone.length === 0 && added.length === 0) return stored;
  const dropped = new Set(gone);
  for (const { id } of added) dropped.add(id);
  const left = stored.entries.filter(({ id }) => !dropped.has(id));
  return collected([...left, ...added.map((each) => asEntry(number, each))]);
}

function asOwned(stored: readonly Numbered<Effect | Timer>[]): Owned {
  return collected(stored.map(([number, each]) => asEntry(number, each)));
}

function asEntry(number: number, each: Effect | Timer): Owned['entries'][number] {
  return { id: each.id, text: `[${number},${JSON.stringify(each)}]` };
}

function collected(entries: Owned['entries']): Owned {
  return { entries, text: `[${entries.map(({ text }) => text).join(',')}]` };
}
