import { advise, lifeboat } from '../advice.ts';
import { aggregateOf, RECOVERY } from '../workflow/base/aggregate-id.ts';
import { LifeboatError } from '../errors.ts';
import type { JournalState, RunRecord, StoredAggregate } from '../journal/journal.ts';
import { backupOf, knownMeans } from '../kinds/sources.ts';
import { claimSourcesOf } from '../workflow/recovery/claim-sources.ts';
import type { Claim } from '../workflow/base/effects.ts';
import type { RecoveryContext, RecoveryInput } from '../workflow/recovery/recovery-context.ts';
import type { ResourceInput } from '../workflow/resource/resource-context.ts';
import { beginAggregate, MACHINE_VERSION } from '../workflow/aggregates.ts';
import { firstMemo } from './memo.ts';
import type { DriverParts } from './parts.ts';

function unique<T>(items: readonly T[]): readonly T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}

/** All backups that the plan relies on, including those of fallbacks. A resource adopted with all its copies no longer needs backups. */
function preflightOf({ plan, adopted }: RunRecord): RecoveryInput['preflight'] {
  const { region, resources } = plan;
  const unmade = resources.filter(({ id, copies }) => adopted?.[id]?.makes.length !== copies);
  const backups = unmade.map((resource) =>
    resource.strategies.map((strategy) => backupOf(resource, strategy, region)),
  );
  return {
    needs: backups.map((things) => things.map(({ id }) => id)),
    relies: unique([...backups.flat(), ...resources.flatMap((resource) => knownMeans(resource, region))]),
  };
}

function claimOf({ runId, runbook, mode, startedBy, startedOn, createdAt, plan }: RunRecord): Claim {
  const { incidentAt, damagedAt } = plan;
  return { runId, runbook, mode, by: startedBy, host: startedOn, at: createdAt, incidentAt, damagedAt };
}

/** @throws LifeboatError JOURNAL_TOO_NEW for a run begun by another version of the machines, whose states may have another meaning here */
export function refuseOtherVersion({ runId, machineVersion, function: driver }: RunRecord): void {
  if (machineVersion === MACHINE_VERSION) return;
  throw new LifeboatError(
    'JOURNAL_TOO_NEW',
    `Run '${runId}' began with version ${machineVersion} of the workflow; this is version ${MACHINE_VERSION}.`,
    driver === undefined
      ? 'Go on with the version of Lifeboat that began it.'
      : advise`Let the version of the function that began it go on: ${lifeboat('resume', runId, '--cloud')}.`,
  );
}

/**
 * Writes the first decision of the recovery; with it the run has begun. A resource without a row is in its initial state ({@link withInitial}): a
 * store cannot write 10,000 rows at once. Does nothing when the run has already begun. If a process was killed before this, the run begins on
 * `resume`.
 */
export async function beginRun({
  journal,
  clock,
  onTimeline,
}: Pick<DriverParts, 'journal' | 'clock' | 'onTimeline'>): Promise<void> {
  const { record } = journal;
  const { runId, mode, plan, gates, waivers, forensics, protects, createdAt } = record;
  refuseOtherVersion(record);
  const { aggregates } = await journal.load();
  if (aggregates.length > 0) return;
  const at = Math.max(clock.now(), createdAt);
  const recovery: RecoveryInput = {
    runId,
    mode,
    objectives: plan.objectives,
    gates,
    waivers,
    claim: claimOf(record),
    claimSources: claimSourcesOf(plan),
    forensics,
    protects,
    ...(record.backfill !== undefined && { backfills: true }),
    evidence: record.evidence ?? [],
    preflight: preflightOf(record),
    total: plan.resources.length,
    at,
    ...(record.adopted !== undefined && { isAdopted: true }),
  };
  const first = beginAggregate(RECOVERY, recovery, at).decision;
  await journal.commit({ decisions: [first], memo: firstMemo(at) });
  onTimeline(first.timeline);
}

/**
 * The state of a run that has begun, with the initial states, derived from the record, of the resources that have no decision yet. In the
 * order of the plan, whatever was decided first.
 */
export function withInitial(record: RunRecord, state: JournalState): JournalState {
  const rows = new Map(state.aggregates.map((row) => [row.id, row]));
  const recovery = rows.get(RECOVERY)?.snapshot as { readonly context: RecoveryContext } | undefined;
  if (recovery === undefined) return state;
  const at = recovery.context.enteredAt.preflight ?? record.createdAt;
  const { runId, mode, plan } = record;
  const { region } = plan;
  const resources = plan.resources.map((spec): StoredAggregate => {
    const id = aggregateOf(spec.id);
    const adopted = record.adopted?.[spec.id];
    const input: ResourceInput = { runId, mode, region, spec, at, ...(adopted !== undefined && { adopted }) };
    return rows.get(id) ?? { id, sequence: 0, snapshot: beginAggregate(id, input, at).decision.snapshot };
  });
  const planned = new Set(resources.map(({ id }) => id));
  const others = state.aggregates.filter(({ id }) => !planned.has(id));
  return { ...state, aggregates: [...others, ...resources] };
}
