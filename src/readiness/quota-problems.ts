import { advise, lifeboat, type Advice } from '../advice.ts';
import type { Inventory, Snapshot } from '../inventory/schema.ts';
import type { Member } from '../inventory/membership.ts';
import { quotaStates } from '../plan/pools.ts';
import type { Plan, PoolName } from '../plan/types.ts';
import { listed } from '../plan/findings.ts';
import { NOTHING_TO_DO } from './check-findings.ts';
import type { CheckProblem } from './check-codes.ts';

const NAMED = 3;

/**
 * The quotas that the plan uses: what is in use, by which resources, what is left and what the plan needs. Quotas that suffice are reported in
 * one line, together with those that the plan already suggests to raise.
 */
export function quotaProblems(
  plan: Plan,
  inventory: Inventory,
  members: readonly Member[],
): readonly CheckProblem[] {
  const states = quotaStates(inventory, members);
  const raised = new Set(plan.quotaIncreases.map(({ quota }) => quota));
  const enough: string[] = [];
  const problems = Object.keys(plan.pools).flatMap((name): readonly CheckProblem[] => {
    const pool = name as PoolName;
    const state = states[pool];
    if (state === undefined) return [];
    const left = plan.pools[pool] ?? 0;
    const wants = plan.schedule.reduce((sum, { uses }) => sum + (uses[pool] ?? 0), 0);
    const told =
      `${pool}: ${amount(state.used)} of ${amount(state.quota)} in use` +
      `${byOthers(pool, inventory, members)}, ${amount(left)} left`;
    if (blocks(plan, pool)) {
      return [tight('error', pool, `${told}. A part of the runbook cannot be recovered with that.`)];
    }
    if (wants > left && !plan.meets.rto && !raised.has(pool)) {
      const share = `The plan wants ${amount(wants)} in all, so a part of it waits for another`;
      return [tight('warning', pool, `${told}. ${share}, and the RTO is missed.`)];
    }
    enough.push(`${told}, ${amount(wants)} wanted`);
    return [];
  });
  if (enough.length === 0) return problems;
  const message = `Quotas: ${enough.join('; ')}.`;
  return [
    ...problems,
    {
      severity: 'info',
      code: 'QUOTA_HEADROOM',
      data: { quotas: Object.keys(plan.pools) },
      message,
      next: NOTHING_TO_DO,
    },
  ];
}

function tight(severity: CheckProblem['severity'], pool: PoolName, message: string): CheckProblem {
  return {
    severity,
    code: 'QUOTA_TIGHT',
    data: { quota: pool },
    message: `Quota ${message}`,
    next: nextFor(pool),
  };
}

function nextFor(pool: PoolName): Advice {
  return pool === 'fsrSnapshots'
    ? advise`Disable it for snapshots that do not need it, or ask AWS to raise the quota; ${lifeboat('plan')} names the amount.`
    : advise`Delete resources that are not needed, or ask AWS to raise the quota; ${lifeboat('plan')} names the amount.`;
}

/** A resource cannot be recovered because of this quota. */
function blocks({ resources }: Plan, pool: PoolName): boolean {
  return resources.some(
    ({ strategies, alternatives }) =>
      strategies.length === 0 && alternatives.some(({ shortOf }) => shortOf === pool),
  );
}

/** Slots of fast snapshot restore are shared by the whole account: who else holds them should be known. */
function byOthers(pool: PoolName, { snapshots }: Inventory, members: readonly Member[]): string {
  if (pool !== 'fsrSnapshots') return '';
  const ours = new Set(members.map(({ sourceId }) => sourceId));
  const foreign = snapshots.filter((snapshot) => isOn(snapshot) && !ours.has(snapshot.volumeId));
  if (foreign.length === 0) return '';
  const ids = foreign.map(({ id }) => id);
  return ` (${foreign.length} by snapshots that are not this runbook's: ${listed(ids, NAMED)})`;
}

function isOn({ fsr }: Snapshot): boolean {
  return fsr.some(({ state }) => state !== 'disabled');
}

function amount(value: number): string {
  return (Math.round(value * 100) / 100).toLocaleString('en-US');
}
