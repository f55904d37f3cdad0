import type { FieldMapping, FormatName } from '../../runbook/backfill-schema.ts';
import type { Instant } from '../../time.ts';
import type { ParsedLine } from '../base/record.ts';

/** Kinds of lines as numbers: the survey counts millions of lines a second. */
export const LINE = { request: 0, malformed: 1, foreign: 2, directive: 3 } as const;
export type LineKind = (typeof LINE)[keyof typeof LINE];

/**
 * Written by `survey`, one object for all lines. `at` and `status` mean something for a request, and for a malformed line that says both although its request cannot be read; `at` is -1 for
 * a malformed line that does not.
 */
export interface Surveyed {
  kind: LineKind;
  /** When it was answered, where the format has both: what buckets go by. */
  at: Instant;
  /** 0: never answered. */
  status: number;
  /** Of a format with `watched`: a bit for each part that the line has, though it be null; the next one for a status that is none. */
  seen?: number;
}

/** What the lines of a source alone do not tell about its format. Plain data: another thread makes the same format of it. */
export interface FormatDetails {
  /** Of `json`: where the parts of a request stand. */
  readonly fields?: FieldMapping;
  /** Of `w3c` and `cloudfront`: the columns of a line, in their order. */
  readonly columns?: readonly string[];
  /** Of `haproxy`: the time zone of its times, `UTC` or an offset such as `+02:00`. */
  readonly zone?: string;
}

/** One format of access logs or captures. Stateless: lines may be read in any order and by several threads. */
export interface LineFormat {
  readonly name: FormatName;
  /** Parts of which a source must have one somewhere, because it is not said by the format alone where they stand. */
  readonly watched?: readonly (keyof FieldMapping)[];
  /**
   * Reads only what counting needs, from the bytes. `parse` may still find such a request malformed when the rest of the line is broken; a line that `parse` reads as a request is always a request here.
   * @param bytes holds the line at `start` to `end`, without its newline and without a carriage return before it
   */
  survey(bytes: Uint8Array, start: number, end: number, out: Surveyed): void;
  /** All of it. @param line without its newline and without a carriage return before it */
  parse(line: Buffer): ParsedLine;
}
