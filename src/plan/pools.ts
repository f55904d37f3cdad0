import type { QuotaState, QuotaStates } from '../kinds/planning.ts';
import { KINDS } from '../kinds/registry.ts';
import type { Inventory } from '../inventory/schema.ts';
import type { PlanMember, Pools } from './input.ts';
import type { PoolName } from './types.ts';

/** Amounts are kept to a millionth, so that a sum of fractions of a TiB prints without a tail of digits. */
const AMOUNT_PRECISION = 1_000_000;

/** The quotas that the inventory names, with existing resources counted against them. Deleted ones do not count. */
export function quotaStates(inventory: Inventory, members: readonly PlanMember[]): QuotaStates {
  const gone = new Set(members.filter((member) => member.gone).map((member) => member.sourceId));
  const states: Partial<Record<PoolName, QuotaState>> = {};
  for (const kind of Object.values(KINDS))
    Object.assign(
      states,
      kind.quotas(inventory, (id) => gone.has(id)),
    );
  return states;
}

/** What is left of each quota. */
export function poolsOf(states: QuotaStates): Pools {
  const pools: Partial<Record<PoolName, number>> = {};
  for (const [name, state] of Object.entries(states)) {
    if (state === undefined) continue;
    const left = Math.max(0, state.quota - state.used);
    pools[name as PoolName] = Math.round(left * AMOUNT_PRECISION) / AMOUNT_PRECISION;
  }
  return pools;
}
