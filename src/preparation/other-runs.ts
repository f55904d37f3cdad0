import { advise, lifeboat } from '../advice.ts';
import type { MadeRun } from '../aws/made.ts';
import { LifeboatError } from '../errors.ts';
import type { RunRecord } from '../journal/journal.ts';
import type { RunStore } from '../journal/run-store.ts';
import type { Plan, RunMode } from '../plan/types.ts';
import { DAY_MS, HOUR_MS, SECOND_MS, formatDuration, formatInstant, type Instant } from '../time.ts';
import { RECOVERY } from '../workflow/base/aggregate-id.ts';
import { isOver, phaseOf, type Phase } from '../workflow/recovery/phase.ts';
import type { RecoveryContext } from '../workflow/recovery/recovery-context.ts';
import type { Claim } from '../workflow/base/effects.ts';
import { clientsFor, tagSettling } from '../driver/executor-clients.ts';
import type { OpenAccount } from './account.ts';

/** What the account tells of the runs of a runbook: what they made, and which one marks it. */
export interface FoundRuns {
  readonly claim?: Claim;
  readonly runs: readonly MadeRun[];
}

/** @throws LifeboatError `AWS_*` */
export async function findRuns(plan: Plan, { clients, call, clock }: OpenAccount): Promise<FoundRuns> {
  const [{ findMade }, { claimSourcesOf }] = await Promise.all([
    import('../aws/made.ts'),
    import('../workflow/recovery/claim-sources.ts'),
  ]);
  const { runbook } = plan;
  const needed = { ...clientsFor(plan, clients), ...tagSettling(clock), call };
  return findMade({ ...needed, runbook, sources: claimSourcesOf(plan) });
}

/**
 * Refuses to begin while another run recovers the runbook: a restore does not give way, a drill gives way to a restore only. The run itself marks the
 * account once more and for certain; where the mark cannot be read now, that decides.
 *
 * @throws LifeboatError `RUN_NOT_POSSIBLE`, `AWS_*`
 */
export async function refuseClaimed(plan: Plan, { clients, call }: OpenAccount): Promise<void> {
  const [{ readClaim }, { claimSourcesOf }] = await Promise.all([
    import('../aws/claim/claim.ts'),
    import('../workflow/recovery/claim-sources.ts'),
  ]);
  const services = { ...clientsFor(plan, clients), call };
  const { holder } = await readClaim(services, plan.runbook, claimSourcesOf(plan));
  if (holder === undefined || (holder.mode === 'drill' && plan.mode === 'restore')) return;
  throw heldError(holder, plan.plannedAt);
}

/**
 * Refuses to begin while the store has a run of the runbook that has not ended, by the rule of {@link refuseClaimed}: the mark in the account comes some
 * time after the record. Looks at the latest run of each mode, because that one was refused unless those before it had ended.
 *
 * @throws LifeboatError `RUN_NOT_POSSIBLE`, `JOURNAL_*`
 */
export async function refuseUnfinished(
  store: RunStore,
  { runbook, mode, runId }: { readonly runbook: string; readonly mode: RunMode; readonly runId: string },
  now: Instant,
): Promise<void> {
  const inTheWay = new Set<RunMode>(mode === 'restore' ? ['restore'] : ['restore', 'drill']);
  for await (const { record, begunAt } of store.list(runbook)) {
    if (inTheWay.size === 0 || begunAt < now - UNFINISHED_WITHIN_MS) return;
    if (record === undefined || record.runId === runId || !inTheWay.delete(record.mode)) continue;
    if (!isUnfinished(await courseOf(store, record), now)) continue;
    throw new LifeboatError(
      'RUN_NOT_POSSIBLE',
      `The ${record.mode} ${record.runId} of '${runbook}' has not ended: it was started by ${record.startedBy}, ${formatInstant(record.createdAt)}.`,
      advise`See where it stands: ${lifeboat('status', record.runId)}. If nothing drives it: ${lifeboat('resume', record.runId)}, or ${lifeboat('abort', record.runId)}.`,
    );
  }
}

/** Longer than approvals and restores from the archive take. Older runs hold the claim if they still do something. */
const UNFINISHED_WITHIN_MS = 31 * DAY_MS;
/** A run without any decision after this time was never driven: it must not keep others from starting. */
const START_WITHIN_MS = HOUR_MS;

function isUnfinished({ record, phase }: Course, now: Instant): boolean {
  return phase === undefined ? now - record.createdAt < START_WITHIN_MS : !isOver(phase);
}

/** How far a run has come. */
export interface Course {
  readonly record: RunRecord;
  /** Absent until the first decision is written. */
  readonly phase?: Phase;
  readonly endedAt?: Instant;
}

/** @throws LifeboatError `JOURNAL_*` */
export async function courseOf(store: RunStore, record: RunRecord): Promise<Course> {
  const journal = await store.open(record.runId);
  try {
    const { aggregates } = await journal.load();
    const recovery = aggregates.find(({ id }) => id === RECOVERY)?.snapshot as
      { readonly value: unknown; readonly context: Pick<RecoveryContext, 'endedAt'> } | undefined;
    if (recovery === undefined) return { record };
    const { endedAt } = recovery.context;
    return { record, phase: phaseOf(recovery.value), ...(endedAt !== undefined && { endedAt }) };
  } finally {
    await journal.close();
  }
}

function heldError({ runId, mode, runbook, by, host, at }: Claim, now: number): LifeboatError {
  const ago = formatDuration(Math.max(0, now - at) / SECOND_MS);
  return new LifeboatError(
    'RUN_NOT_POSSIBLE',
    `The ${mode} ${runId} of '${runbook}' is under way: started by ${by} on ${host} ${ago} ago, ${formatInstant(at)}.`,
    advise`Go on with it on ${host}, or wherever its journal is. If that is lost: ${lifeboat('adopt', 'RUNBOOK')}.`,
  );
}
