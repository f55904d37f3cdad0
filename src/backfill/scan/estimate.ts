import { SECOND_MS } from '../../time.ts';
import type { TextSource } from '../sources/text-source.ts';
import type { Survey, Span } from '../base/survey.ts';

/** A request takes twice the bytes of its line at most: its text, the index, and what is noted while retries are looked for. */
const WRITTEN_PER_BYTE = 2;
const WRITTEN_PER_REQUEST = 200;
/** Assumed compression ratio where the file does not say. */
const USUAL_RATIO = 10;

/** Approximate bytes that would be written if every line were replayed. */
export function mostWritten(sources: readonly TextSource[]): number {
  const text = sources.reduce(
    (sum, { bytes, compressed, textBytes }) => sum + (textBytes ?? bytes * (compressed ? USUAL_RATIO : 1)),
    0,
  );
  return text * (WRITTEN_PER_BYTE + 1);
}

/** Approximate bytes that will be written for failed requests, and for all requests in spans in which everything is missed. */
export function expectedWritten(
  { sources, buckets }: Survey,
  everythingIn: readonly Span[],
  bucketSeconds: number,
): number {
  const sum = (pick: (source: Survey['sources'][number]) => number): number =>
    sources.reduce((total, source) => total + pick(source), 0);
  let missed = sum(({ failed }) => failed);
  for (const [start, { requests, errors }] of buckets) {
    const end = start + bucketSeconds * SECOND_MS;
    if (everythingIn.some(({ from, to }) => from < end && to > start)) missed += requests - errors;
  }
  const perLine =
    sum(({ bytes }) => bytes) /
    Math.max(
      1,
      sum(({ lines }) => lines),
    );
  return missed * (perLine * WRITTEN_PER_BYTE + WRITTEN_PER_REQUEST);
}
