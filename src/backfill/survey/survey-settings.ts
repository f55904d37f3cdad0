import type { FormatName } from '../../runbook/backfill-schema.ts';
import type { FirstLines } from './repeats.ts';
import type { Selection, Span } from '../base/survey.ts';

/** Settings of a survey: plain data, so that they can be sent to another thread. */
export interface SurveySettings {
  /** Answers that count as failed, as a runbook has them: `5xx`, `499`. */
  readonly failed: readonly string[];
  /** How an access log's line without a status counts; default `failed`. */
  readonly missingStatus?: 'failed' | 'answered' | undefined;
  readonly bucketMs: number;
  readonly select: Selection;
  /** How sources begin, to notice what is in two of them. */
  readonly beginnings?: readonly FirstLines[];
}

/** 1 for a status that failed; status 0 stands for none. In a capture it always means that nothing answered, whatever the runbook says of access logs. */
export function failedStatuses(
  { failed: patterns, missingStatus }: Pick<SurveySettings, 'failed' | 'missingStatus'>,
  format: FormatName,
): Uint8Array {
  const failed = new Uint8Array(1_000);
  failed[0] = missingStatus === 'answered' && format !== 'capture' ? 0 : 1;
  for (const pattern of patterns) {
    const whole = Number(pattern.replace('xx', '00'));
    failed.fill(1, whole, pattern.endsWith('xx') ? whole + 100 : whole + 1);
  }
  return failed;
}

/** The same instants, in order and without overlaps. */
export function mergedSpans(spans: readonly Span[]): readonly Span[] {
  const merged: Span[] = [];
  for (const span of [...spans].sort((left, right) => left.from - right.from)) {
    const last = merged.at(-1);
    if (last !== undefined && span.from <= last.to) {
      merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
    } else merged.push(span);
  }
  return merged;
}

/** Whether one of `spans`, as `mergedSpans` gives them, holds the instant. */
export function isWithin(spans: readonly Span[], at: number): boolean {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((spans[middle] as Span).to <= at) low = middle + 1;
    else high = middle;
  }
  const span = spans[low];
  return span !== undefined && span.from <= at;
}
