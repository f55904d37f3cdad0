import { seconds } from '../layout/format.ts';
import { percent as share } from './render-backfill.ts';
import type { Report } from '../model/report.ts';
import { lostTotal } from '../../workflow/recovery/backfill-result.ts';

type Backfill = Extract<Report['backfill'], { readonly exercised: true }>;

/** One sentence a fact, for the page that ends a run; nothing where there was no backfill. */
export function backfillLines({ backfill }: Report): readonly string[] {
  if (!backfill.exercised) return [];
  const { replayed, failed, clientRecovered } = backfill;
  const lost = lostTotal(backfill);
  const count = (value: number): string => value.toLocaleString('en-US');
  const counts = [
    `${count(replayed.succeeded)} of ${count(failed)} missed requests replayed`,
    ...(clientRecovered > 0 ? [`${count(clientRecovered)} brought back by their clients`] : []),
    lost > 0 ? `${count(lost)} lost (${share(backfill.lossRate)})` : 'none lost',
    backfill.balanced ? 'the counts balance' : 'the counts DO NOT BALANCE',
  ];
  return [counts.join(', '), ...rpoLine(backfill), ...backfill.actions];
}

function rpoLine({ rpo: { beforeSeconds, afterSeconds } }: Backfill): readonly string[] {
  if (beforeSeconds === null) return [];
  return [`data lost: ${seconds(beforeSeconds)} before the backfill, ${seconds(afterSeconds)} after it`];
}

/** Rows of the tables of a complete report: counts, windows, classes. */
export function backfillTables(backfill: Backfill): {
  readonly counts: readonly (readonly string[])[];
  readonly windows: readonly (readonly string[])[];
  readonly classes: readonly (readonly string[])[];
} {
  const { replayed, windows, byClass } = backfill;
  return {
    counts: [
      ['scanned', String(backfill.scanned)],
      ['healthy', String(backfill.healthy)],
      ['brought back by their clients', String(backfill.clientRecovered)],
      ['unrecoverable', String(backfill.unrecoverable)],
      ['replayed: succeeded', String(replayed.succeeded)],
      ['replayed: rejected', String(replayed.rejected)],
      ['replayed: abandoned', String(replayed.abandoned)],
      ['replayed: ambiguous', String(replayed.ambiguous)],
      ['not sent', String(backfill.pending)],
      ['malformed', String(backfill.malformed)],
      ['foreign', String(backfill.foreign)],
      ['balanced', backfill.balanced ? 'yes' : 'NO'],
      ['error rate', share(backfill.errorRate)],
      ['loss rate', `${share(backfill.lossRate)}. ${backfill.lossBasis}`],
    ],
    windows: windows.map(({ kind, start, end, requests, errors, errorRate }) => [
      ...[kind, start, end],
      ...[String(requests), String(errors), share(errorRate)],
    ]),
    classes: byClass.map(({ class: name, failed, recoverable, reason }) => [
      ...[name, String(failed), String(recoverable), reason],
    ]),
  };
}
