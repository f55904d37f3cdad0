import type { Instant } from '../time.ts';
import type { BackfillClass, BackfillResult } from '../workflow/recovery/backfill-result.ts';
import { lossOf } from './classes/tally.ts';
import type { ClassCount } from './base/verdict.ts';
import { failedTotal, isBalanced, replayedTotal, type Counts, type ReplayCounts } from './base/counts.ts';
import type { LedgerCounts } from './ledger/ledger.ts';
import type { Sample } from './base/survey.ts';
import type { ScanFacts } from './work/work-store.ts';

/** What a queue has given so far. */
export interface QueueFacts {
  readonly name: string;
  readonly format: string;
  readonly malformed: number;
  readonly foreign: number;
  /** Begun, without a fate so far. */
  readonly pending: number;
  readonly replayed: LedgerCounts;
  /** About how many it holds that never came: in the hands of others, or delayed. */
  readonly waiting: number;
  readonly samples: readonly Sample[];
}

export interface ResultParts {
  readonly facts: ScanFacts;
  /** Of what the scan found. */
  readonly ledger: LedgerCounts;
  readonly queues: readonly QueueFacts[];
  /** What a restore has undone. */
  readonly undone?: { readonly from: Instant } | undefined;
}

export const NOTHING_SENT: LedgerCounts = {
  succeeded: 0,
  rejected: 0,
  abandoned: 0,
  ambiguous: 0,
  sends: 0,
  resentUnknown: 0,
};

/** Everything that can be said of a backfill, from what its scan found and its ledgers hold. */
export function buildResult({ facts, ledger, queues, undone }: ResultParts): BackfillResult {
  const ledgers = [ledger, ...queues.map(({ replayed }) => replayed)];
  const total = (pick: (one: LedgerCounts) => number): number =>
    ledgers.reduce((sum, one) => sum + pick(one), 0);
  const replayed: ReplayCounts = {
    succeeded: total(({ succeeded }) => succeeded),
    rejected: total(({ rejected }) => rejected),
    abandoned: total(({ abandoned }) => abandoned),
    ambiguous: total(({ ambiguous }) => ambiguous),
  };
  const counts = countsOf(facts, ledger, queues, replayed);
  const byClass = [...classesOf(facts.byClass), ...queues.map(queueClass)];
  const waiting = queues.reduce((sum, queue) => sum + queue.waiting, 0);
  const { errorRate, lossRate, basis } = lossOf(counts, facts.byClass);
  return {
    ...counts,
    failed: failedTotal(counts),
    replayed,
    sends: total(({ sends }) => sends),
    resentUnknown: total(({ resentUnknown }) => resentUnknown),
    windows: facts.windows,
    errorRate,
    lossRate,
    lossBasis: basis,
    byClass,
    balanced: isBalanced(counts),
    sources: sourcesOf(facts, queues),
    samples: [...facts.samples, ...queues.flatMap(({ samples }) => samples)],
    actions: [...facts.actions, ...queues.flatMap(waitingAction)],
    ...(facts.hosts !== undefined && { hosts: facts.hosts }),
    ...(facts.ordinaryErrors !== undefined && { ordinaryErrors: facts.ordinaryErrors }),
    ...(facts.withoutStatus !== undefined && { withoutStatus: facts.withoutStatus }),
    ...(facts.clientAborts !== undefined && { clientAborts: facts.clientAborts }),
    ...(waiting > 0 && { waiting }),
    ...earliest([facts, ...ledgers].map(({ earliestLostAt }) => earliestLostAt)),
    ...(undone !== undefined && { undoneIsCovered: reachesBackTo(facts, undone.from) }),
  };
}

function earliest(instants: readonly (Instant | undefined)[]): { readonly earliestLostAt?: Instant } {
  const known = instants.filter((at) => at !== undefined);
  return known.length === 0 ? {} : { earliestLostAt: Math.min(...known) };
}

function reachesBackTo({ sources }: ScanFacts, from: Instant): boolean {
  return sources.some(({ firstAt }) => firstAt !== undefined && firstAt <= from);
}

/** Everything that a queue holds was missed: it is scanned when it is received. */
function countsOf(
  facts: ScanFacts,
  ledger: LedgerCounts,
  queues: readonly QueueFacts[],
  replayed: ReplayCounts,
): Counts {
  const sum = (pick: (queue: QueueFacts) => number): number =>
    queues.reduce((total, queue) => total + pick(queue), 0);
  const malformed = sum((queue) => queue.malformed);
  const foreign = sum((queue) => queue.foreign);
  const pending = sum((queue) => queue.pending);
  const received = malformed + foreign + pending + sum((queue) => replayedTotal(queue.replayed));
  return {
    scanned: facts.counts.scanned + received,
    malformed: facts.counts.malformed + malformed,
    foreign: facts.counts.foreign + foreign,
    healthy: facts.counts.healthy,
    clientRecovered: facts.counts.clientRecovered,
    unrecoverable: facts.counts.unrecoverable,
    pending: facts.counts.pending - replayedTotal(ledger) + pending,
    replayed,
  };
}

/** One entry a class, whatever became of its requests. */
function classesOf(counts: readonly ClassCount[]): readonly BackfillClass[] {
  const classes = Map.groupBy(counts, ({ class: name }) => name);
  return [...classes].map(([name, parts]) => {
    const verdicts = { returns: 0, retried: 0, replayable: 0, lost: 0 };
    for (const { verdict, failed } of parts) verdicts[verdict] += failed;
    const [only] = parts;
    return {
      class: name,
      failed: parts.reduce((sum, { failed }) => sum + failed, 0),
      recoverable: parts.reduce((sum, { recoverable }) => sum + recoverable, 0),
      reason:
        parts.length === 1 && only !== undefined
          ? only.reason
          : parts.map(({ failed, reason }) => `${failed}: ${reason}`).join(' | '),
      verdicts,
    };
  });
}

function queueClass({ name, pending, replayed }: QueueFacts): BackfillClass {
  const held = pending + replayedTotal(replayed);
  return {
    class: `queue ${name}`,
    failed: held,
    recoverable: held,
    reason: 'kept in a queue, with its payload',
    verdicts: { returns: 0, retried: 0, replayable: held, lost: 0 },
  };
}

/** A queue is not empty while other consumers hold messages of it. */
function waitingAction({ name, waiting }: QueueFacts): readonly string[] {
  if (waiting === 0) return [];
  return [
    `About ${waiting} messages of the queue ${name} were not received: other consumers hold them, or they are delayed. Run the command again when they are visible.`,
  ];
}

function sourcesOf(facts: ScanFacts, queues: readonly QueueFacts[]): BackfillResult['sources'] {
  return [
    ...facts.sources.map(({ name, format, lines, remarks }) => ({ name, format, lines, remarks })),
    ...queues.map(({ name, format, malformed, foreign, pending, replayed }) => ({
      name,
      format,
      lines: malformed + foreign + pending + replayedTotal(replayed),
      remarks: [],
    })),
  ];
}
