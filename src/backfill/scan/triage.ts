import { join } from 'node:path';
import type { Instant } from '../../time.ts';
import { createClassifier, OTHER_CLIENTS, type Classified, type Classifier } from '../classes/classifier.ts';
import { ClassTally } from '../classes/tally.ts';
import type { ClassCount, Verdict } from '../base/verdict.ts';
import { LINE, type Surveyed } from '../lines/line-format.ts';
import type { ParsedLine, RequestRecord } from '../base/record.ts';
import type { TextSource } from '../sources/text-source.ts';
import { Doubts } from './doubts.ts';
import { HostTally } from './hosts.ts';
import { identityBy, isIdentified, orderKeyOf } from './request-identity.ts';
import { forEachLine } from '../survey/batch-lines.ts';
import { openRetryMatcher, type RetryMatcher } from './retries.ts';
import type { ScanParts } from './scan-parts.ts';
import { openStreaks, subjectOf, switchOnActions, type Streaks } from './streaks.ts';
import { failedStatuses, isWithin, mergedSpans } from '../survey/survey-settings.ts';
import type { LineBatch, Span } from '../base/survey.ts';

/** Requests that do not change anything: what a restore undoes of them is no loss. */
const SAFE_METHOD = /^(GET|HEAD|OPTIONS|TRACE)$/i;

/** Missed requests by what becomes of them. */
export interface Missed {
  total: number;
  clientRecovered: number;
  unrecoverable: number;
  pending: number;
}

/** One selected line, read. */
interface Found {
  readonly source: number;
  readonly offset: number;
  readonly record: RequestRecord;
  /** Of its line only the time and the status could be read. */
  readonly isUnread: boolean;
}

/** Gives each missed request its verdict, and writes those that will be replayed. */
export class Triage {
  readonly missed: Missed = { total: 0, clientRecovered: 0, unrecoverable: 0, pending: 0 };
  readonly doubts = new Doubts();
  /** Failed outside the windows: left alone, and not missed. */
  ordinaryErrors = 0;
  earliestLostAt: Instant | undefined;
  readonly #parts: ScanParts;
  readonly #within: readonly Span[] | undefined;
  readonly #sources: ReadonlyMap<number, TextSource>;
  readonly #failed: ReadonlyMap<number, Uint8Array>;
  readonly #classifier: Classifier;
  readonly #tally: ClassTally;
  /** Of what is to be replayed. */
  readonly hosts = new HostTally();
  readonly #identity: (record: RequestRecord) => Buffer;
  readonly #retries: RetryMatcher;
  readonly #streaks: Streaks;
  /** To classify costs more than all else of the second pass. */
  readonly #watchesStreaks: boolean;
  readonly #surveyed: Surveyed = { kind: LINE.request, at: 0, status: 0 };

  /** @param within spans outside of which a failure is an ordinary error; `undefined`: every failure is missed */
  constructor(parts: ScanParts, within: readonly Span[] | undefined) {
    const { spec, sources, scratch, room } = parts;
    this.#parts = parts;
    this.#within = within;
    this.#sources = new Map(sources.map((source) => [source.number, source]));
    this.#failed = new Map(
      sources.map(({ number, format }) => [number, failedStatuses(spec, format.name)] as const),
    );
    this.#classifier = createClassifier(spec);
    this.#tally = new ClassTally(spec);
    this.#watchesStreaks = spec.clients.some(({ switchesOffAfter }) => switchesOffAfter !== undefined);
    this.#identity = identityBy(spec);
    this.#retries = openRetryMatcher(join(scratch, 'retries.scratch'), room);
    this.#streaks = openStreaks(join(scratch, 'streaks.scratch'), room);
  }

  /** Lines of the first pass: what failed, and what was undone. */
  take(batch: LineBatch): void {
    this.#read(batch, (found, answeredAt) => this.#sort(found, answeredAt));
  }

  /** Spans to read a second time, for retries of clients and for successes that end a streak. */
  retrySpans(): readonly Span[] {
    return mergedSpans([
      ...(this.#retries.candidates > 0 ? this.#retries.spans() : []),
      ...this.#streaks.spans(),
    ]);
  }

  /** Lines of the second pass: any requests of those spans. */
  lookForRetries(batch: LineBatch): void {
    this.#read(batch, (found) => {
      if (found.isUnread) return;
      const { source, offset, record } = found;
      if (this.#retries.candidates > 0)
        this.#retries.see({ source, offset, at: record.at, identity: this.#identity(record) });
      if (this.#watchesStreaks) this.#watchStreak(found);
    });
  }

  /** After the second pass: the verdicts that depend on it. */
  conclude(): void {
    this.#retries.resolve(({ source, offset, at, classified, host = null }, wasRetried) => {
      if (wasRetried && classified.verdict === 'replayable') this.#parts.writer?.remove(source, offset, at);
      if (wasRetried) this.#count(classified, 'retried', at, classified.retriedReason);
      else this.#settle(classified, at, host);
    });
  }

  get byClass(): readonly ClassCount[] {
    return this.#tally.byClass;
  }

  actions(): readonly string[] {
    return [...this.doubts.actions(), ...switchOnActions(this.#streaks.switchedOff())];
  }

  close(): void {
    this.#retries.close();
    this.#streaks.close();
  }

  #read(batch: LineBatch, visit: (found: Found, answeredAt: Instant) => void): void {
    const source = this.#sources.get(batch.source);
    if (source === undefined) throw new Error(`a batch of source ${batch.source}, which there is not`);
    const surveyed = this.#surveyed;
    forEachLine(batch, (line, offset) => {
      source.format.survey(line, 0, line.length, surveyed);
      const parsed = source.format.parse(line);
      const isUnread = parsed.kind !== 'request';
      const record = isUnread ? unreadRecord(surveyed, parsed) : parsed.record;
      visit({ source: batch.source, offset, record, isUnread }, surveyed.at);
    });
  }

  #sort(found: Found, answeredAt: Instant): void {
    const { record } = found;
    const hasFailed = this.#hasFailed(found);
    const classified = this.#classifier.classify(record);
    // A read that was answered is not missed, unless a rule says that such requests carry data.
    if (!hasFailed && classified.rule === OTHER_CLIENTS && SAFE_METHOD.test(record.method)) return;
    if (hasFailed && this.#within !== undefined && !isWithin(this.#within, answeredAt)) {
      this.ordinaryErrors += 1;
      return;
    }
    this.missed.total += 1;
    this.doubts.note(found.source, record, this.#formatOf(found) === 'capture');
    this.#watchStreak(found, classified);
    if (classified.verdict === 'replayable') this.#write(found);
    const host = classified.verdict === 'replayable' ? this.hosts.nameOf(record) : null;
    if (!this.#isCandidate(found, classified)) return this.#settle(classified, record.at, host);
    const { source, offset } = found;
    const identity = this.#identity(record);
    this.#retries.candidate({ source, offset, at: record.at, identity, classified, host });
  }

  #settle(classified: Classified, at: Instant, host: string | null): void {
    if (classified.verdict === 'replayable') this.hosts.add(host);
    this.#count(classified, classified.verdict, at);
  }

  /** Whether its retry is to be looked for, and would be recognized. */
  #isCandidate({ source, record, isUnread }: Found, { horizonSeconds }: Classified): boolean {
    if (horizonSeconds === undefined || isUnread) return false;
    const isKnown = isIdentified(record, this.#parts.spec);
    if (!isKnown) this.doubts.noteUnidentified(source);
    return isKnown;
  }

  #hasFailed({ source, record }: Pick<Found, 'source' | 'record'>): boolean {
    return this.#failed.get(source)?.[record.status ?? 0] === 1;
  }

  #formatOf({ source }: Found): string | undefined {
    return this.#sources.get(source)?.formatName;
  }

  #write({ source, offset, record }: Found): void {
    const { writer, spec } = this.#parts;
    this.doubts.noteHeaders(record, spec.replay?.rewrite.headers);
    writer?.add(source, offset, record, orderKeyOf(record, spec.replay?.orderBy));
  }

  #watchStreak(found: Found, classified = this.#classifier.classify(found.record)): void {
    const { source, offset, record, isUnread } = found;
    const { rule, switchesOffAfter } = classified;
    if (switchesOffAfter === undefined || isUnread) return;
    const failed = this.#hasFailed(found);
    const { at, client } = record;
    const subject = subjectOf(record);
    this.#streaks.see({
      ...{ rule, switchesOffAfter, subject, source, offset, at, failed },
      ...(client !== undefined && { client }),
    });
  }

  #count({ rule, reason }: Classified, verdict: Verdict['kind'], at: Instant, why = reason): void {
    this.#tally.add(rule, verdict, why);
    if (verdict === 'replayable') this.missed.pending += 1;
    else if (verdict === 'lost') {
      this.missed.unrecoverable += 1;
      this.earliestLostAt = Math.min(at, this.earliestLostAt ?? at);
    } else this.missed.clientRecovered += 1;
  }
}

/** A line with the time and the status of a request, but without the request itself: it counts as missed although it cannot be rebuilt. */
function unreadRecord(
  { at, status }: Surveyed,
  parsed: Exclude<ParsedLine, { kind: 'request' }>,
): RequestRecord {
  return {
    ...{ at, method: '', url: '', headers: [], payload: 'url-only' },
    ...(status > 0 && { status }),
    lacks: `its line cannot be read: ${parsed.kind === 'directive' ? 'it is a heading' : parsed.why}`,
  };
}
