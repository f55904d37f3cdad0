import { LINE } from '../lines/line-format.ts';
import type { LineFormat, Surveyed } from '../lines/line-format.ts';
import type { LineCollector } from './line-collector.ts';
import { RepeatWatch } from './repeats.ts';
import { reasonOf, SampleShelf, sampleKind } from './samples.ts';
import { printableLine } from '../base/printable.ts';
import type { Sample } from '../base/survey.ts';
import { tallyAt } from './survey-part.ts';
import type { SurveyPart, Tally } from './survey-part.ts';
import { failedStatuses, isWithin, mergedSpans } from './survey-settings.ts';
import type { SurveySettings } from './survey-settings.ts';

/** A longer line is malformed: no more of a line is kept in memory. */
export const LONGEST_LINE_BYTES = 1_024 * 1_024;
/** Largest chunk of `feed`, so that a batch cannot grow far beyond it. */
export const LARGEST_FEED_BYTES = 256 * 1_024;

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const TOO_LONG = 'a line longer than 1 MiB';
const HEADERS = 'its header lines (#) are counted as foreign';
const CUT_SHORT = 'cut short: the source ends within this line';

/**
 * Counts the lines of one part of a source, from its bytes and without an object per line. The first byte given is the first of a line; where
 * chunks are divided does not matter.
 */
export class LineSurvey {
  readonly #source: number;
  readonly #format: LineFormat;
  readonly #collector: LineCollector;
  readonly #failed: Uint8Array;
  readonly #bucketMs: number;
  readonly #selectsFailed: boolean;
  readonly #spans: ReturnType<typeof mergedSpans>;

  readonly #line: Surveyed = { kind: LINE.request, at: 0, status: 0 };
  readonly #buckets = new Map<number, Tally>();
  #tally: Tally = { requests: 0, errors: 0 };
  #bucketStart = Infinity;
  #bucketEnd = -Infinity;

  readonly #shelf = new SampleShelf();
  readonly #remarks = new Set<string>();
  #requests = 0;
  #malformed = 0;
  #foreign = 0;
  #failures = 0;
  #clientAborts = 0;
  #assumedAnswered = 0;
  #seen = 0;
  #firstAt = Infinity;
  #lastAt = -Infinity;

  readonly #repeats: RepeatWatch | undefined;
  readonly #start: number;
  #offset: number;
  /** The beginning of a line whose end has not come yet; what is beyond the longest line is not kept. */
  #open = Buffer.alloc(0);
  #openBytes = 0;

  constructor(
    source: { readonly number: number; readonly format: LineFormat },
    settings: SurveySettings,
    collector: LineCollector,
    offset: number,
  ) {
    this.#source = source.number;
    this.#format = source.format;
    this.#collector = collector;
    this.#failed = failedStatuses(settings, source.format.name);
    this.#bucketMs = settings.bucketMs;
    this.#selectsFailed = settings.select.failed;
    this.#spans = mergedSpans(settings.select.spans);
    if (settings.beginnings !== undefined)
      this.#repeats = new RepeatWatch(source.number, settings.beginnings, offset === 0);
    this.#start = offset;
    this.#offset = offset;
  }

  /** Whether a line has begun and not ended. */
  get isOpen(): boolean {
    return this.#openBytes > 0;
  }

  /** The next bytes; at most LARGEST_FEED_BYTES. */
  feed(bytes: Buffer): void {
    let start = 0;
    if (this.#openBytes > 0) {
      const end = bytes.indexOf(NEWLINE);
      this.#keep(bytes, 0, end === -1 ? bytes.length : end);
      if (end === -1) {
        this.#offset += bytes.length;
        return;
      }
      this.#closeLine(this.#offset + end);
      start = end + 1;
    }
    for (;;) {
      const end = bytes.indexOf(NEWLINE, start);
      if (end === -1) break;
      this.#take(bytes, start, end, this.#offset + start);
      start = end + 1;
    }
    if (start < bytes.length) this.#keep(bytes, start, bytes.length);
    this.#offset += bytes.length;
  }

  /** End of the text: a last line without a newline counts if it is complete; otherwise a remark says that it is cut short. */
  finish(): void {
    if (this.#openBytes === 0) return;
    const end = this.#open.subarray(0, this.#openBytes);
    if (this.#openBytes > LONGEST_LINE_BYTES) return this.#closeLine(this.#offset);
    const parsed = this.#format.parse(withoutReturn(end));
    const isCut = parsed.kind === 'malformed' || (parsed.kind === 'request' && parsed.isCut === true);
    if (isCut) this.#remarks.add('its last line is cut short');
    // One that says that its request failed is missed, however short it is.
    if (parsed.kind !== 'malformed' || this.#hasFailed(end)) return this.#closeLine(this.#offset);
    this.#malformed += 1;
    this.#sample('malformed', end, this.#offset - this.#openBytes, CUT_SHORT);
    this.#openBytes = 0;
  }

  result(): SurveyPart {
    return {
      source: this.#source,
      bytes: this.#offset - this.#start,
      requests: this.#requests,
      malformed: this.#malformed,
      foreign: this.#foreign,
      failed: this.#failures,
      clientAborts: this.#clientAborts,
      assumedAnswered: this.#assumedAnswered,
      seen: this.#seen,
      firstAt: this.#firstAt,
      lastAt: this.#lastAt,
      buckets: this.#buckets,
      samples: this.#shelf.samples,
      remarks: [...this.#remarks, ...(this.#repeats?.remarks ?? [])],
    };
  }

  #take(bytes: Buffer, start: number, newline: number, offset: number): void {
    const end = newline > start && bytes[newline - 1] === CARRIAGE_RETURN ? newline - 1 : newline;
    const line = this.#line;
    this.#repeats?.see(bytes, start, end, offset);
    this.#format.survey(bytes, start, end, line);
    this.#seen |= line.seen ?? 0;
    if (line.kind === LINE.request || isMissed(line, this.#failed))
      this.#count(line, bytes, start, end, offset);
    else this.#setAside(bytes, start, end, offset);
  }

  #count({ at, status }: Surveyed, bytes: Buffer, start: number, end: number, offset: number): void {
    this.#requests += 1;
    if (at < this.#firstAt) this.#firstAt = at;
    if (at > this.#lastAt) this.#lastAt = at;
    if (at < this.#bucketStart || at >= this.#bucketEnd) this.#turnTo(at);
    this.#tally.requests += 1;
    const failed = this.#failed[status] === 1;
    if (failed) {
      this.#failures += 1;
      this.#tally.errors += 1;
    } else if (status === 0) this.#assumedAnswered += 1;
    else if (status === 499 || status === 460) this.#clientAborts += 1;
    if (
      failed
        ? this.#selectsFailed || isWithin(this.#spans, at)
        : this.#spans.length > 0 && isWithin(this.#spans, at)
    ) {
      this.#collector.add(bytes, start, end, offset);
    }
  }

  #turnTo(at: number): void {
    this.#bucketStart = Math.floor(at / this.#bucketMs) * this.#bucketMs;
    this.#bucketEnd = this.#bucketStart + this.#bucketMs;
    this.#tally = tallyAt(this.#buckets, this.#bucketStart);
  }

  #setAside(bytes: Buffer, start: number, end: number, offset: number): void {
    if (this.#line.kind === LINE.directive) {
      // No sample: what it says is known, and it would displace samples of unexpected lines.
      this.#foreign += 1;
      this.#remarks.add(HEADERS);
      return;
    }
    const kind = sampleKind(this.#line.kind);
    if (kind === undefined) return;
    if (kind === 'malformed') this.#malformed += 1;
    else this.#foreign += 1;
    if (!this.#shelf.hasRoomFor(kind)) return;
    const line = bytes.subarray(start, end);
    this.#sample(kind, line, offset, reasonOf(this.#format, kind, line));
  }

  #sample(kind: Sample['kind'], line: Uint8Array, offset: number, why: string): void {
    if (!this.#shelf.hasRoomFor(kind)) return;
    this.#shelf.add({ source: this.#source, offset, kind, why, text: printableLine(line) });
  }

  #hasFailed(bytes: Buffer): boolean {
    const line = this.#line;
    this.#format.survey(bytes, 0, bytes.length, line);
    return isMissed(line, this.#failed) || (line.kind === LINE.request && this.#failed[line.status] === 1);
  }

  /** Adds to the open line, as far as it is held. */
  #keep(bytes: Buffer, start: number, end: number): void {
    const held = Math.min(this.#openBytes, LONGEST_LINE_BYTES);
    const more = Math.min(end - start, LONGEST_LINE_BYTES - held);
    if (held + more > this.#open.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(LONGEST_LINE_BYTES, Math.max(8_192, 2 * (held + more))));
      this.#open.copy(larger, 0, 0, held);
      this.#open = larger;
    }
    bytes.copy(this.#open, held, start, start + more);
    this.#openBytes += end - start;
  }

  /** @param end the offset of its newline */
  #closeLine(end: number): void {
    const length = this.#openBytes;
    this.#openBytes = 0;
    const held = Math.min(length, LONGEST_LINE_BYTES);
    // Its beginning may say that its request failed: then it is missed.
    if (length === held || this.#hasFailed(this.#open.subarray(0, held)))
      return this.#take(this.#open, 0, held, end - length);
    this.#malformed += 1;
    this.#sample('malformed', this.#open.subarray(0, LONGEST_LINE_BYTES), end - length, TOO_LONG);
  }
}

/** A line whose request cannot be read, and that says when and that it failed: it is missed. Without a status there was neither a request nor an answer. */
function isMissed(line: Surveyed, failed: Uint8Array): boolean {
  return line.kind === LINE.malformed && line.at >= 0 && line.status > 0 && failed[line.status] === 1;
}

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
}
