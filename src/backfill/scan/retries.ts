import type { Classified } from '../classes/classifier.ts';
import { SECOND_MS, type Instant } from '../../time.ts';
import { Bitmap } from './bitmap.ts';
import { BloomFilter } from './bloom-filter.ts';
import type { Room } from '../base/room.ts';
import { ScratchDatabase } from './scratch-database.ts';
import { Spans } from './spans.ts';
import type { Span } from '../base/survey.ts';

/** A request as the search for retries sees it. */
export interface Sighting {
  readonly source: number;
  readonly offset: number;
  readonly at: Instant;
  /** 16 bytes: see `identityBy`. */
  readonly identity: Uint8Array;
}

/** A missed request that its client may have tried again. */
export interface Candidate extends Sighting {
  /** With `horizonSeconds`: without one there is nothing to look for. */
  readonly classified: Classified;
  /** The host that it is counted under: see `HostTally`. */
  readonly host?: string | null;
}

export type Resolved = Omit<Candidate, 'identity'>;

/**
 * Finds which missed requests were retried: those with a later request of the same identity within the horizon, whatever its outcome. Of a chain of attempts only the last one remains to be judged.
 * Later means by time; at the same instant, by position in the sources. Exact; memory: one bit for each candidate.
 */
export interface RetryMatcher {
  /** Throws once `spans` or `see` was called. */
  candidate(candidate: Candidate): void;
  /** So many candidates there are. */
  readonly candidates: number;
  /** Spans that hold the answers to all possible retries, at most a few hundred: the second pass reads these for `see`. */
  spans(): readonly Span[];
  /** Any request, failed or not, candidates included, in any order; repeats do no harm. */
  see(sighting: Sighting): void;
  /** Tells of every candidate, once, in no particular order. */
  resolve(onCandidate: (candidate: Resolved, wasRetried: boolean) => void): void;
  /** Removes its file. */
  close(): void;
}

const MOST_SPANS = 256;
/** Spans are of the time when a request was answered, horizons of the time when it was made: as long as a load balancer waits at most. */
const LONGEST_ANSWER_SECONDS = 4_000;
/** Candidates are kept by the first byte of their identity: then each part is small enough to be sorted in memory. */
const PARTS = 256;

const SCHEMA = `
CREATE TABLE candidate (part INTEGER, number INTEGER, identity BLOB, at, source INTEGER, offset INTEGER, until, class INTEGER,
  PRIMARY KEY (part, number)) WITHOUT ROWID;
CREATE TABLE open (identity BLOB, at, source INTEGER, offset INTEGER, until, number INTEGER,
  PRIMARY KEY (identity, at, source, offset)) WITHOUT ROWID;`;

/**
 * @param file a scratch file, made anew
 * @throws LifeboatError when the disk refuses
 */
export function openRetryMatcher(file: string, room?: Room): RetryMatcher {
  return new SqliteRetryMatcher(file, room);
}

/** A candidate as its row has it. */
interface CandidateRow {
  readonly number: number;
  readonly identity: Uint8Array;
  readonly at: Instant;
  readonly source: number;
  readonly offset: number;
  /** The last instant at which a retry counts. */
  readonly until: Instant;
  readonly class: number;
}

class SqliteRetryMatcher implements RetryMatcher {
  readonly #database: ScratchDatabase;
  readonly #statements;
  readonly #spans = new Spans(MOST_SPANS);
  readonly #classes: Pick<Candidate, 'classified' | 'host'>[] = [];
  readonly #classNumbers = new Map<string, number>();
  readonly #retried = new Bitmap();
  #filter: BloomFilter | undefined;
  #candidates = 0;

  constructor(file: string, room: Room | undefined) {
    const database = new ScratchDatabase(file, SCHEMA, room);
    this.#database = database;
    this.#statements = {
      candidate: database.prepare('INSERT INTO candidate VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
      open: database.prepare('INSERT INTO open VALUES (?, ?, ?, ?, ?, ?)'),
      part: database.prepare('SELECT * FROM candidate WHERE part = ? ORDER BY identity, at, source, offset'),
      before: database.prepare(
        'SELECT number, until FROM open WHERE identity = ? AND (at, source, offset) < (?, ?, ?) ORDER BY at DESC, source DESC, offset DESC LIMIT 1',
      ),
      all: database.prepare('SELECT * FROM candidate'),
    };
  }

  get candidates(): number {
    return this.#candidates;
  }

  candidate({ source, offset, at, identity, classified, host = null }: Candidate): void {
    const { horizonSeconds } = classified;
    if (this.#filter !== undefined) throw new Error('a candidate came after the search had begun');
    if (horizonSeconds === undefined) throw new Error('a candidate without a horizon');
    const number = this.#candidates;
    const until = at + horizonSeconds * SECOND_MS;
    const part = (identity[0] ?? 0) % PARTS;
    this.#database.write(
      this.#statements.candidate,
      part,
      number,
      identity,
      at,
      source,
      offset,
      until,
      this.#classNumber({ classified, host }),
    );
    this.#spans.add(at, until + LONGEST_ANSWER_SECONDS * SECOND_MS + 1);
    this.#candidates += 1;
  }

  spans(): readonly Span[] {
    return this.#spans.list;
  }

  see({ source, offset, at, identity }: Sighting): void {
    this.#filter ??= this.#sort();
    if (!this.#filter.mayHave(identity)) return;
    // The time in which an open candidate waits for its retry ends before the next one of its identity begins: only the last one before this request can wait for it.
    const open = this.#database.first(this.#statements.before, identity, at, source, offset);
    if (open !== undefined && at <= Number(open['until'])) this.#retried.set(Number(open['number']));
  }

  resolve(onCandidate: (candidate: Resolved, wasRetried: boolean) => void): void {
    this.#filter ??= this.#sort();
    for (const row of this.#database.rows(this.#statements.all)) {
      const { number, at, source, offset, class: classNumber } = row as unknown as CandidateRow;
      const known = this.#classes[classNumber];
      if (known === undefined) throw new Error(`no class ${classNumber}`);
      onCandidate({ source, offset, at, ...known }, this.#retried.has(number));
    }
  }

  close(): void {
    this.#database.close();
  }

  /** Candidates that another one follows within the horizon are decided at once; the others are open. */
  #sort(): BloomFilter {
    const filter = new BloomFilter(this.#candidates);
    this.#database.flush();
    for (let part = 0; part < PARTS; part += 1) {
      let earlier: CandidateRow | undefined;
      for (const row of this.#database.rows(this.#statements.part, part)) {
        const candidate = row as unknown as CandidateRow;
        if (earlier !== undefined) this.#settle(earlier, candidate, filter);
        earlier = candidate;
      }
      if (earlier !== undefined) this.#settle(earlier, undefined, filter);
    }
    this.#database.flush();
    return filter;
  }

  #settle(candidate: CandidateRow, next: CandidateRow | undefined, filter: BloomFilter): void {
    const { identity, at, source, offset, until, number } = candidate;
    const isFollowed =
      next !== undefined && next.at <= until && Buffer.compare(next.identity, identity) === 0;
    if (isFollowed) return this.#retried.set(number);
    filter.add(identity);
    this.#database.write(this.#statements.open, identity, at, source, offset, until, number);
  }

  #classNumber(classified: Pick<Candidate, 'classified' | 'host'>): number {
    const key = JSON.stringify(classified);
    const known = this.#classNumbers.get(key);
    if (known !== undefined) return known;
    const number = this.#classes.push(classified) - 1;
    this.#classNumbers.set(key, number);
    return number;
  }
}
