import { printable } from '../../document/complaints.ts';
import { formatInstant, type Instant } from '../../time.ts';
import { valueOf } from '../classes/request-values.ts';
import type { RequestRecord } from '../base/record.ts';
import type { Room } from '../base/room.ts';
import { ScratchDatabase } from './scratch-database.ts';
import type { Span } from '../base/survey.ts';

/** The outcome of one request of a client that stops for good after too many failures. */
export interface Outcome {
  readonly rule: string;
  readonly switchesOffAfter: number;
  /** The address that it called: see `subjectOf`. */
  readonly subject: string;
  /** From where it called. */
  readonly client?: string | undefined;
  readonly source: number;
  readonly offset: number;
  readonly at: Instant;
  readonly failed: boolean;
}

/** A client that has stopped, and has not been seen to succeed since. */
export interface SwitchedOff {
  readonly rule: string;
  /** `to ADDRESS` or `from CLIENT`. */
  readonly calls: string;
  /** The failure after which it stopped. */
  readonly at: Instant;
  /** In a row. */
  readonly failures: number;
}

/**
 * Finds clients that have switched themselves off. Outcomes may come in any order; they are evaluated by time. Memory does not grow with them.
 * A webhook is one by the address that it calls, from many machines; of others each machine is one for itself. So both are looked at: failures in a row to one address count, and where a rule has none, those from one client.
 */
export interface Streaks {
  /** All failures first; a duplicate counts once. */
  see(outcome: Outcome): void;
  /** Where successes are to be looked for, which end a streak; empty: no client failed often enough. */
  spans(): readonly Span[];
  /** Those that are still off, the first to stop first; at most a thousand, and how many there are. */
  switchedOff(): { readonly named: readonly SwitchedOff[]; readonly total: number };
  /** Removes its file. */
  close(): void;
}

const MOST_NAMED = 1_000;
const MOST_ACTIONS = 20;
const MOST_SUBJECT_CHARACTERS = 200;

/** The address that is called, without its query. */
export function subjectOf(record: RequestRecord): string {
  return `${valueOf(record, 'host') ?? ''}${valueOf(record, 'path') ?? ''}`.slice(0, MOST_SUBJECT_CHARACTERS);
}

/** Actions for the operator, one sentence each. */
export function switchOnActions({ named, total }: ReturnType<Streaks['switchedOff']>): readonly string[] {
  const shown = named.slice(0, MOST_ACTIONS).map(({ rule, calls, at, failures }) => {
    const times = `${failures.toLocaleString('en-US')} failure${failures === 1 ? '' : 's'} in a row`;
    return `'${printable(rule)}' has switched itself off after ${times}, at ${formatInstant(at)}: switch it on again (its calls ${printable(calls)}).`;
  });
  const rest = total - shown.length;
  return rest === 0
    ? shown
    : [...shown, `${rest.toLocaleString('en-US')} more have switched themselves off: switch them on again.`];
}

const SCHEMA = `
CREATE TABLE outcome (rule TEXT, calls TEXT, at, source INTEGER, offset INTEGER, failed INTEGER, most INTEGER,
  PRIMARY KEY (rule, calls, at, source, offset)) WITHOUT ROWID;
CREATE TABLE suspect (rule TEXT, calls TEXT, PRIMARY KEY (rule, calls)) WITHOUT ROWID;`;

const SUSPECTS = `
INSERT INTO suspect SELECT rule, calls FROM outcome WHERE failed = 1 GROUP BY rule, calls HAVING COUNT(*) >= MIN(most)`;

/**
 * @param file a scratch file, made anew
 * @throws LifeboatError when the disk refuses
 */
export function openStreaks(file: string, room?: Room): Streaks {
  return new SqliteStreaks(file, room);
}

class SqliteStreaks implements Streaks {
  readonly #database: ScratchDatabase;
  readonly #statements;
  #areSuspectsKnown = false;

  constructor(file: string, room: Room | undefined) {
    const database = new ScratchDatabase(file, SCHEMA, room);
    this.#database = database;
    this.#statements = {
      add: database.prepare('INSERT OR IGNORE INTO outcome VALUES (?, ?, ?, ?, ?, ?, ?)'),
      findSuspects: database.prepare(SUSPECTS),
      isSuspect: database.prepare('SELECT 1 FROM suspect WHERE rule = ? AND calls = ?'),
      first: database.prepare(
        'SELECT MIN(at) AS first FROM outcome JOIN suspect USING (rule, calls) WHERE failed = 1',
      ),
      all: database.prepare(
        'SELECT outcome.* FROM outcome JOIN suspect USING (rule, calls) ORDER BY rule, calls, at, source, offset',
      ),
    };
  }

  see(outcome: Outcome): void {
    this.#note(outcome, `to ${outcome.subject}`);
    if (outcome.client !== undefined)
      this.#note(outcome, `from ${outcome.client.slice(0, MOST_SUBJECT_CHARACTERS)}`);
  }

  spans(): readonly Span[] {
    this.#findSuspects();
    const from = this.#database.first(this.#statements.first)?.['first'];
    return typeof from === 'number' ? [{ from, to: Number.MAX_SAFE_INTEGER }] : [];
  }

  switchedOff(): ReturnType<Streaks['switchedOff']> {
    this.#findSuspects();
    this.#database.flush();
    const named: SwitchedOff[] = [];
    let total = 0;
    let ofRule = new RuleStreaks('');
    const conclude = (): void => {
      const { off, count } = ofRule.conclude();
      named.push(...off.slice(0, MOST_NAMED - named.length));
      total += count;
    };
    for (const row of this.#database.rows(this.#statements.all)) {
      const outcome = row as unknown as OutcomeRow;
      if (outcome.rule !== ofRule.rule) {
        conclude();
        ofRule = new RuleStreaks(outcome.rule);
      }
      ofRule.follow(outcome);
    }
    conclude();
    return { named: named.sort((a, b) => a.at - b.at), total };
  }

  close(): void {
    this.#database.close();
  }

  #note({ rule, switchesOffAfter, source, offset, at, failed }: Outcome, calls: string): void {
    const { add, isSuspect } = this.#statements;
    if (this.#areSuspectsKnown && this.#database.first(isSuspect, rule, calls) === undefined) return;
    this.#database.write(add, rule, calls, at, source, offset, failed ? 1 : 0, switchesOffAfter);
  }

  #findSuspects(): void {
    if (this.#areSuspectsKnown) return;
    this.#areSuspectsKnown = true;
    this.#database.write(this.#statements.findSuspects);
    this.#database.flush();
  }
}

interface OutcomeRow {
  readonly rule: string;
  readonly calls: string;
  readonly at: Instant;
  readonly failed: number;
  readonly most: number;
}

interface Stopped {
  readonly off: SwitchedOff[];
  count: number;
}

/** The streaks of one rule: outcomes come by what they are calls of, and then by time. */
class RuleStreaks {
  readonly rule: string;
  readonly #to: Stopped = { off: [], count: 0 };
  readonly #from: Stopped = { off: [], count: 0 };
  #calls = '';
  #failures = 0;
  #off: SwitchedOff | undefined;

  constructor(rule: string) {
    this.rule = rule;
  }

  follow({ rule, calls, at, failed, most }: OutcomeRow): void {
    if (calls !== this.#calls) this.#next(calls);
    this.#failures = failed === 1 ? this.#failures + 1 : 0;
    // A success after the last failure: it was enabled again, or never off.
    if (this.#failures === 0) this.#off = undefined;
    else if (this.#failures === most) this.#off = { rule, calls, at, failures: most };
  }

  conclude(): Stopped {
    this.#next('');
    return this.#to.count > 0 ? this.#to : this.#from;
  }

  #next(calls: string): void {
    if (this.#off !== undefined) {
      const stopped = this.#calls.startsWith('to ') ? this.#to : this.#from;
      stopped.count += 1;
      if (stopped.off.length < MOST_NAMED) stopped.off.push(this.#off);
    }
    this.#calls = calls;
    this.#failures = 0;
    this.#off = undefined;
  }
}
