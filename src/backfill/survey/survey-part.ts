import { LifeboatError } from '../../errors.ts';
import type { Instant } from '../../time.ts';
import type { NumberedSample } from './samples.ts';

/** Buckets are kept in memory: more than a year of minutes. */
const MOST_BUCKETS = 1_000_000;

export interface Tally {
  requests: number;
  errors: number;
}

/** What the survey of one part of a source came to: plain data, to be added up. */
export interface SurveyPart {
  readonly source: number;
  /** Of decompressed text. */
  readonly bytes: number;
  readonly requests: number;
  readonly malformed: number;
  readonly foreign: number;
  readonly failed: number;
  /** Answers 460 and 499 that do not count as failed: clients that left. */
  readonly clientAborts: number;
  /** Without a status, and by the runbook answered. */
  readonly assumedAnswered: number;
  /** Of a format with `watched`: a bit for each part that one of its lines has. */
  readonly seen: number;
  /** Infinity and -Infinity where there was no request. */
  readonly firstAt: Instant;
  readonly lastAt: Instant;
  readonly buckets: ReadonlyMap<Instant, Tally>;
  readonly samples: readonly NumberedSample[];
  readonly remarks: readonly string[];
}

/** The bucket that begins at `start`, made when it is not there. */
export function tallyAt(buckets: Map<Instant, Tally>, start: Instant): Tally {
  let tally = buckets.get(start);
  if (tally === undefined) {
    if (buckets.size >= MOST_BUCKETS) {
      throw new LifeboatError(
        'FILE_TOO_LARGE',
        `The sources hold requests of more than ${MOST_BUCKETS} different buckets of time.`,
        "Make 'windows.bucket' longer, or give fewer logs at a time.",
      );
    }
    tally = { requests: 0, errors: 0 };
    buckets.set(start, tally);
  }
  return tally;
}
