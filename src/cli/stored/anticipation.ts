import type { Journal, RunRecord, Signal } from '../../journal/journal.ts';
import { whyUnheard } from '../../journal/signal-proof.ts';
import { eventOf } from '../../journal/signal-events.ts';
import { RECOVERY } from '../../workflow/base/aggregate-id.ts';
import type { RecoveryInput } from '../../workflow/recovery/recovery-context.ts';
import type { RecoverySnapshot } from '../../report/model/accepted.ts';
import type { Reason } from '../../workflow/base/reasons.ts';

/** What the next driver will make of a signal that waits for it. */
export interface Anticipated {
  readonly signal: Signal;
  readonly before: RecoverySnapshot;
  readonly after: RecoverySnapshot;
  /** Why it does not count. */
  readonly unheard?: Reason;
}

/** Where a recovery stands, and where it will stand. */
export interface Anticipation {
  /** As its driver wrote it last. */
  readonly now: RecoverySnapshot;
  /** Once all signals that wait for a driver have been heard. */
  readonly next: RecoverySnapshot;
  /** Oldest first. */
  readonly pending: readonly Anticipated[];
}

/** Lets the machine itself hear the signals that wait for a driver. */
export async function anticipate(journal: Journal): Promise<Anticipation> {
  const { advance, beginAggregate, readAggregate } = await import('../../workflow/aggregates.ts');
  const stored = (await journal.load()).aggregates.find(({ id }) => id === RECOVERY);
  const { record } = journal;
  let aggregate =
    stored === undefined
      ? beginAggregate(RECOVERY, beginningOf(record), record.createdAt).aggregate
      : readAggregate(stored);
  const now = aggregate.snapshot as RecoverySnapshot;
  const pending: Anticipated[] = [];
  for (const signal of await journal.pendingSignals()) {
    const before = aggregate.snapshot as RecoverySnapshot;
    const unheard = whyUnheard(signal, record, Date.now());
    if (unheard === undefined)
      aggregate = advance(aggregate, eventOf(signal, signal.at))?.aggregate ?? aggregate;
    const after = aggregate.snapshot as RecoverySnapshot;
    pending.push({ signal, before, after, ...(unheard !== undefined && { unheard }) });
  }
  return { now, next: aggregate.snapshot as RecoverySnapshot, pending };
}

/**
 * A run that no process has driven yet, as it will begin: one that was adopted can be aborted before anything else is done. What it will ask of AWS
 * decides no signal.
 */
function beginningOf(record: RunRecord): RecoveryInput {
  const { runId, runbook, mode, plan, gates, waivers, forensics, protects, createdAt: at } = record;
  const { objectives, incidentAt, damagedAt } = plan;
  return {
    ...{ runId, mode, objectives, gates, waivers, forensics, protects, at },
    claim: { runId, runbook, mode, by: record.startedBy, host: record.startedOn, at, incidentAt, damagedAt },
    claimSources: [],
    preflight: { relies: [], needs: [] },
    total: plan.resources.length,
  };
}
