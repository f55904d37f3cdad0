import type { Instant } from '../../time.ts';
import { truncation } from '../sources/file-source.ts';
import type { TextSource } from '../sources/text-source.ts';
import { refuseUnseen } from './unseen-fields.ts';
import { SampleShelf } from './samples.ts';
import type { SourceFacts, Survey } from '../base/survey.ts';
import { tallyAt } from './survey-part.ts';
import type { SurveyPart, Tally } from './survey-part.ts';

interface Sum {
  bytes: number;
  requests: number;
  malformed: number;
  foreign: number;
  failed: number;
  clientAborts: number;
  assumedAnswered: number;
  seen: number;
  firstAt: Instant;
  lastAt: Instant;
  readonly remarks: Set<string>;
}

/** Adds parts up, in whatever order they come. */
export class SurveySum {
  readonly #sums = new Map<number, Sum>();
  readonly #buckets = new Map<Instant, Tally>();
  readonly #shelf = new SampleShelf();

  add(part: SurveyPart): void {
    const sum = this.#sumOf(part.source);
    sum.bytes += part.bytes;
    sum.requests += part.requests;
    sum.malformed += part.malformed;
    sum.foreign += part.foreign;
    sum.failed += part.failed;
    sum.clientAborts += part.clientAborts;
    sum.assumedAnswered += part.assumedAnswered;
    sum.seen |= part.seen;
    sum.firstAt = Math.min(sum.firstAt, part.firstAt);
    sum.lastAt = Math.max(sum.lastAt, part.lastAt);
    for (const remark of part.remarks) sum.remarks.add(remark);
    this.#shelf.merge(part.samples);
    for (const [start, { requests, errors }] of part.buckets) {
      const tally = tallyAt(this.#buckets, start);
      tally.requests += requests;
      tally.errors += errors;
    }
  }

  /** @throws LifeboatError for a source that does not have what it must have */
  survey(sources: readonly TextSource[]): Survey {
    refuseUnseen(sources.map((source) => ({ source, ...this.#sumOf(source.number) })));
    const names = new Map(sources.map(({ number, name }) => [number, name]));
    return {
      sources: sources.map((source) => factsOf(source, this.#sumOf(source.number))),
      buckets: new Map([...this.#buckets].sort(([left], [right]) => left - right)),
      samples: this.#shelf.samples.map(({ source, offset, kind, why, text }) => ({
        source: names.get(source) ?? '',
        offset,
        kind,
        why,
        text,
      })),
    };
  }

  #sumOf(source: number): Sum {
    let sum = this.#sums.get(source);
    if (sum === undefined) {
      sum = {
        ...{ bytes: 0, requests: 0, malformed: 0, foreign: 0, failed: 0, clientAborts: 0 },
        ...{ assumedAnswered: 0, seen: 0 },
        ...{ firstAt: Infinity, lastAt: -Infinity, remarks: new Set<string>() },
      };
      this.#sums.set(source, sum);
    }
    return sum;
  }
}

function factsOf(source: TextSource, sum: Sum): SourceFacts {
  const { bytes, requests, malformed, foreign, failed, firstAt, lastAt, clientAborts, assumedAnswered } = sum;
  const isPlainFile = source.file !== undefined && !source.compressed;
  const missing = isPlainFile ? truncation(bytes, source.bytes) : undefined;
  return {
    name: source.name,
    format: source.formatName,
    bytes,
    lines: requests + malformed + foreign,
    requests,
    malformed,
    foreign,
    failed,
    ...(requests > 0 && { firstAt, lastAt }),
    ...(clientAborts > 0 && { clientAborts }),
    ...(assumedAnswered > 0 && { assumedAnswered }),
    remarks: [...source.remarks, ...(missing === undefined ? [] : [missing]), ...sum.remarks],
  };
}
