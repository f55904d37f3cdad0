import { refused, withoutStatus } from '../sources/file-failures.ts';
import type { TextSource } from '../sources/text-source.ts';

/** A source and what the survey of it came to. */
export interface SeenSource {
  readonly source: TextSource;
  readonly requests: number;
  readonly malformed: number;
  /** A bit for each part that its format watches. */
  readonly seen: number;
}

/**
 * Refuses sources without a field that must be there: a log without any status would count as never answered, and a field that the runbook names must exist. The status must be in each source, other fields in
 * any source with the same mapping: a log of an hour may have no body.
 * @throws LifeboatError `FILE_UNREADABLE` that says what to write in the runbook
 */
export function refuseUnseen(sources: readonly SeenSource[]): void {
  for (const { source, requests, seen } of sources) {
    const watched = source.format.watched ?? [];
    const bit = watched.indexOf('status');
    const isAsked = requests > 0 || (seen & (1 << watched.length)) !== 0;
    if (bit >= 0 && isAsked && (seen & (1 << bit)) === 0)
      throw withoutStatus(source.name, source.details?.fields?.status);
  }
  for (const [, read] of Map.groupBy(sources, ({ source }) => source.details?.fields)) {
    const [first] = read;
    const { details: { fields } = {}, format } = first?.source ?? {};
    if (first === undefined || fields === undefined || !read.some(hasLines)) continue;
    const seen = read.reduce((bits, one) => bits | one.seen, 0);
    const missing = (format?.watched ?? []).find(
      (part, bit) => fields[part] !== undefined && (seen & (1 << bit)) === 0,
    );
    if (missing !== undefined)
      throw refused(
        first.source.name,
        `none of its lines has '${fields[missing] ?? ''}', which the runbook gives as fields.${missing}`,
        `Correct fields.${missing} beside the path of this source in the runbook, or leave it out.`,
      );
  }
}

function hasLines({ requests, malformed }: SeenSource): boolean {
  return requests + malformed > 0;
}
