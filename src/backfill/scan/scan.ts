import type { BackfillSpec } from '../../runbook/backfill-schema.ts';
import { SECOND_MS } from '../../time.ts';
import type { Counts } from '../base/counts.ts';
import { NOTHING_REPLAYED } from '../base/counts.ts';
import { findWindows } from '../outages/find-windows.ts';
import type { OutageWindow } from '../base/outage-window.ts';
import type { ScanFacts } from '../work/work-store.ts';
import { leftOut } from './doubts.ts';
import { expectedWritten, mostWritten } from './estimate.ts';
import { FEWEST_LINES, MOST_BEGINNINGS, type FirstLines } from '../survey/repeats.ts';
import { runSurvey } from '../survey/run-survey.ts';
import type { ScanParts } from './scan-parts.ts';
import { Triage } from './triage.ts';
import { mergedSpans } from '../survey/survey-settings.ts';
import type { Selection, SourceFacts, Span, Survey } from '../base/survey.ts';

/** Spans outside of which a failure is an ordinary error; `undefined`: there are none. */
async function missedWithin(parts: ScanParts): Promise<readonly Span[] | undefined> {
  const { windows } = parts.spec;
  if (windows.scope === 'all') return undefined;
  if (windows.scope === 'given') return mergedSpans(windows.given);
  const found = windowsOf(await survey(parts, NO_LINES), parts.spec);
  return mergedSpans(found.map(({ start, end }) => ({ from: start, to: end })));
}

const NO_LINES: Selection = { failed: false, spans: [] };

/**
 * Reads all sources: counts every line, finds the windows, and says of each missed request what becomes of it. A first pass counts and hands out what failed;
 * where clients try again by themselves, a second one looks for that.
 * @throws LifeboatError for a source that cannot be read
 */
export async function scan(parts: ScanParts): Promise<ScanFacts> {
  await estimate(parts);
  const triage = new Triage(parts, await missedWithin(parts));
  try {
    const surveyed = await survey(
      parts,
      { failed: true, spans: undoneSpans(parts) },
      (batch) => triage.take(batch),
      beginningsOf(parts),
    );
    const again = triage.retrySpans();
    if (again.length > 0)
      await survey(parts, { failed: false, spans: again }, (batch) => triage.lookForRetries(batch));
    triage.conclude();
    const facts = factsOf(parts, surveyed, triage);
    parts.writer?.complete(facts);
    return facts;
  } finally {
    triage.close();
  }
}

/** Where the disk might not hold all of it, what failed is counted before anything is written. */
async function estimate(parts: ScanParts): Promise<void> {
  const { room, writer, sources, spec } = parts;
  if (room === undefined || writer === undefined || mostWritten(sources) <= room.bytes) return;
  const counted = await survey(parts, NO_LINES);
  room.assertFits(expectedWritten(counted, undoneSpans(parts), spec.windows.bucket), 'The backfill');
}

function survey(
  { sources, spec, threads, signal, onProgress }: ScanParts,
  select: Selection,
  onLines: Parameters<typeof runSurvey>[2] = () => undefined,
  beginnings: readonly FirstLines[] = [],
): Promise<Survey> {
  const { failed, missingStatus } = spec;
  const settings = {
    failed,
    missingStatus,
    bucketMs: spec.windows.bucket * SECOND_MS,
    select,
    ...(beginnings.length > 0 && { beginnings }),
  };
  return runSurvey(sources, settings, onLines, {
    threads,
    ...(signal !== undefined && { signal }),
    ...(onProgress !== undefined && { onProgress }),
  });
}

/** Of the sources that were looked at, and say enough. */
function beginningsOf({ sources }: ScanParts): readonly FirstLines[] {
  const enough = sources.flatMap(({ number, name, firstLines = [] }) =>
    firstLines.length < FEWEST_LINES ? [] : [{ source: number, name, lines: firstLines }],
  );
  return enough.slice(0, MOST_BEGINNINGS);
}

function windowsOf({ buckets }: Survey, { windows }: BackfillSpec): readonly OutageWindow[] {
  return findWindows(buckets, windows);
}

/** Spans in which everything is missed. */
export function undoneSpans({ spec, undone }: Pick<ScanParts, 'spec' | 'undone'>): readonly Span[] {
  const given = spec.windows.given.filter(({ include }) => include === 'all');
  return [...given.map(({ from, to }) => ({ from, to })), ...(undone === undefined ? [] : [undone])];
}

/** An empty file, or one read in a format that is not its own, shows no failure either. */
function fewRequests({ lines, requests, format }: SourceFacts): readonly string[] {
  if (lines === 0) return ['it holds no request'];
  if (requests === 0) return [`none of its lines is a request in the format ${format}`];
  return requests * 2 < lines ? [`fewer than half of its lines are requests in the format ${format}`] : [];
}

function factsOf({ spec, sources, now }: ScanParts, surveyed: Survey, triage: Triage): ScanFacts {
  const facts = surveyed.sources.map((source, index) => ({
    ...source,
    remarks: [
      ...source.remarks,
      ...(sources[index]?.unread === undefined ? fewRequests(source) : []),
      ...triage.doubts.remarks(sources[index]?.number ?? 0),
      ...leftOut(source),
    ],
  }));
  const sum = (pick: (source: (typeof facts)[number]) => number): number =>
    facts.reduce((total, source) => total + pick(source), 0);
  const { byClass, missed } = triage;
  const counts: Counts = {
    scanned: sum(({ requests, malformed, foreign }) => requests + malformed + foreign),
    malformed: sum(({ malformed }) => malformed),
    foreign: sum(({ foreign }) => foreign),
    healthy: sum(({ requests }) => requests) - missed.total,
    clientRecovered: missed.clientRecovered,
    unrecoverable: missed.unrecoverable,
    pending: missed.pending,
    replayed: NOTHING_REPLAYED,
  };
  return {
    scannedAt: now,
    stored: sources.map(({ name, bytes }) => ({ name, bytes })),
    sources: facts,
    counts,
    windows: windowsOf(surveyed, spec),
    byClass,
    samples: surveyed.samples,
    actions: [...sources.flatMap(({ unread }) => unread ?? []), ...triage.actions()],
    hosts: triage.hosts.counts,
    ...positive('withoutStatus', triage.doubts.withoutStatus),
    ...positive(
      'clientAborts',
      sum(({ clientAborts = 0 }) => clientAborts),
    ),
    ...(triage.ordinaryErrors > 0 && { ordinaryErrors: triage.ordinaryErrors }),
    ...(triage.earliestLostAt !== undefined && { earliestLostAt: triage.earliestLostAt }),
  };
}

function positive(name: 'withoutStatus' | 'clientAborts', count: number): Partial<ScanFacts> {
  return count > 0 ? { [name]: count } : {};
}
