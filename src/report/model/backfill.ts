import { DRILL_RULES, happensIn } from '../../kinds/drill-rules.ts';
import { formatInstant, SECOND_MS } from '../../time.ts';
import type { BackfillResult } from '../../workflow/recovery/backfill-result.ts';
import { actualRpa } from './judgement.ts';
import type { RunView } from './run-view.ts';

/** The backfill of a run in its report. */
export type BackfillReport =
  | { readonly exercised: false; readonly reason: string }
  | ({
      readonly exercised: true;
      readonly reason: string;
      readonly endedAt: string;
      /** Data lost, in seconds before the damage: by the recovery points alone, and once the backfill had replayed what it could. */
      readonly rpo: { readonly beforeSeconds: number | null; readonly afterSeconds: number | null };
    } & BackfillNumbers);

/** Instants are ISO 8601 UTC. */
export type BackfillNumbers = Omit<BackfillResult, 'windows' | 'earliestLostAt'> & {
  readonly windows: readonly (Omit<BackfillResult['windows'][number], 'start' | 'end'> & {
    readonly start: string;
    readonly end: string;
    readonly errorRate: number;
  })[];
  readonly earliestLostAt: string | null;
};

/** What the report of a run says of its backfill. */
export function backfillReport(view: RunView): BackfillReport {
  const backfilled = view.recovery?.backfilled;
  if (backfilled === undefined) return { exercised: false, reason: whyNone(view) };
  const { at, result } = backfilled;
  return {
    exercised: true,
    reason:
      result.pending > 0
        ? 'It was aborted before everything was sent.'
        : 'Everything that was missed has a fate.',
    endedAt: formatInstant(at),
    rpo: { beforeSeconds: actualRpa(view), afterSeconds: rpoAfter(view, result) },
    ...backfillNumbers(result),
  };
}

/** The same for reading: windows with their rates, instants as text. */
export function backfillNumbers({ windows, earliestLostAt, ...rest }: BackfillResult): BackfillNumbers {
  return {
    ...rest,
    windows: windows.map(({ start, end, ...window }) => ({
      ...window,
      start: formatInstant(start),
      end: formatInstant(end),
      errorRate: window.requests === 0 ? 0 : window.errors / window.requests,
    })),
    earliestLostAt: earliestLostAt === undefined ? null : formatInstant(earliestLostAt),
  };
}

function whyNone({ record, recovery }: RunView): string {
  if (!happensIn(record.mode, 'backfill')) return `${DRILL_RULES.backfill.why}.`;
  return recovery?.backfills === true ? 'The backfill is not over.' : 'No backfill was part of this run.';
}

/** Only what the runbook calls undone by the restore is replayed from before the damage; without that the backfill changes nothing of the RPO. */
function rpoAfter(
  view: RunView,
  { earliestLostAt, pending, undoneIsCovered }: BackfillResult,
): number | null {
  const before = actualRpa(view);
  if (before === null || view.record.backfill?.windows.restored !== true) return before;
  if (pending > 0 || undoneIsCovered !== true) return before;
  const { damagedAt } = view.record.plan;
  if (earliestLostAt === undefined || earliestLostAt >= damagedAt) return 0;
  return Math.min(before, (damagedAt - earliestLostAt) / SECOND_MS);
}
