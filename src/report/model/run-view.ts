import { advise, lifeboat } from '../../advice.ts';
import { aggregateOf, RECOVERY } from '../../workflow/base/aggregate-id.ts';
import { type ResourceState, resourceState } from '../../workflow/resource/resource-state.ts';
import { LifeboatError } from '../../errors.ts';
import type { JournalState, RunRecord, SignalKind, StoredAggregate } from '../../journal/journal.ts';
import type { Instant } from '../../time.ts';
import type { RecoveryContext } from '../../workflow/recovery/recovery-context.ts';
import { acceptedSignals, type RecoverySnapshot } from './accepted.ts';
import { isCleaningUp, isPaused, phaseOf, type Phase } from '../../workflow/recovery/phase.ts';
import { initialContext } from '../../workflow/resource/initial-context.ts';
import type { ResourceContext } from '../../workflow/resource/resource-context.ts';
import { MACHINE_VERSION, readAggregate } from '../../workflow/aggregates.ts';
import { leftByCleanup } from '../../workflow/fleet.ts';
import { presentRecovery, presentResource } from './old-contexts.ts';
import { presentPlan } from './old-parts.ts';

/** One resource of a run as the journal has it. */
export interface ResourceView {
  /** Planned id. */
  readonly id: string;
  readonly state: ResourceState;
  readonly context: ResourceContext;
}

/** A run as the journal has it: what every report, status and list is made from. */
export interface RunView {
  readonly record: RunRecord;
  readonly phase: Phase;
  readonly paused: boolean;
  /** Absent until the first decision is written. */
  readonly recovery: RecoveryContext | undefined;
  /** In plan order; one that has no row yet is shown as it will begin. */
  readonly resources: readonly ResourceView[];
  /** After its end, `lifeboat cleanup` removed all that it had made. */
  readonly cleanedUp: boolean;
  /** Such a cleanup was begun, and has not ended. */
  readonly isCleaningUp: boolean;
  /** Signals that the state accepts: no other is advised. */
  readonly accepts: ReadonlySet<SignalKind>;
  /** The latest instant the journal knows of. */
  readonly lastAt: Instant;
}

interface Row {
  readonly value: unknown;
  readonly context: unknown;
}

/**
 * Decodes a run's rows.
 * @throws LifeboatError JOURNAL_DAMAGED when a row is not what the machines write.
 */
export function viewRun(stored: RunRecord, state: JournalState): RunView {
  const record = { ...stored, plan: presentPlan(stored.plan) };
  const rows = new Map(state.aggregates.map((aggregate) => [aggregate.id, aggregate]));
  const recovery = rowOf(rows.get(RECOVERY), record);
  const context = recovery && presentRecovery(recovery.context as RecoveryContext);
  const resources = record.plan.resources.map((spec): ResourceView => {
    const row = rowOf(rows.get(aggregateOf(spec.id)), record);
    if (row !== undefined)
      return {
        id: spec.id,
        state: resourceState(row.value),
        context: presentResource(row.context as ResourceContext),
      };
    const { runId, mode, createdAt } = record;
    return {
      id: spec.id,
      state: 'queued',
      context: initialContext({ runId, mode, region: record.plan.region, spec, at: createdAt }),
    };
  });
  return {
    record,
    phase: recovery === undefined ? 'preflight' : phaseOf(recovery.value),
    paused: recovery !== undefined && isPaused(recovery.value),
    recovery: context,
    resources,
    cleanedUp:
      (context !== undefined && leftByCleanup(context, resources)?.length === 0) ||
      isDone(rows.get('cleanup')),
    isCleaningUp: recovery !== undefined && isCleaningUp(recovery.value),
    accepts: acceptedBy(rows.get(RECOVERY), record),
    lastAt: Math.max(state.lastAt, record.createdAt),
  };
}

/** None where there is no state yet, or one of machines that this version does not drive. */
function acceptedBy(recovery: StoredAggregate | undefined, record: RunRecord): ReadonlySet<SignalKind> {
  if (recovery === undefined || record.machineVersion !== MACHINE_VERSION) return new Set();
  try {
    return acceptedSignals(readAggregate(recovery).snapshot as RecoverySnapshot);
  } catch (error) {
    throw damaged(record, recovery.id, error);
  }
}

/** Until version 4 of the machines a cleanup after the end had a row of its own. */
function isDone(cleanup: StoredAggregate | undefined): boolean {
  const snapshot = cleanup?.snapshot;
  return typeof snapshot === 'object' && snapshot !== null && 'done' in snapshot && snapshot.done === true;
}

function rowOf(aggregate: StoredAggregate | undefined, record: RunRecord): Row | undefined {
  if (aggregate === undefined) return undefined;
  const { snapshot } = aggregate;
  if (typeof snapshot === 'object' && snapshot !== null && 'value' in snapshot && 'context' in snapshot) {
    const { value, context } = snapshot;
    const isValue = typeof value === 'string' || (typeof value === 'object' && value !== null);
    if (isValue && typeof context === 'object' && context !== null) return { value, context };
  }
  throw damaged(record, aggregate.id);
}

function damaged({ runId }: RunRecord, aggregateId: string, cause?: unknown): LifeboatError {
  return new LifeboatError(
    'JOURNAL_DAMAGED',
    `The journal of run '${runId}' holds no state that can be read for '${aggregateId}'.`,
    advise`Restore the journal from a copy, or remove what the run made: ${lifeboat('cleanup', runId)}.`,
    { cause },
  );
}
