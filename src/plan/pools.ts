import type { Inventory } from '../inventory/schema.ts';
import type { PlanMember, Pools } from './input.ts';
import type { PoolName } from './types.ts';

/** A quota of the account, and how much of it is taken already. */
export interface QuotaState {
  readonly quota: number;
  readonly used: number;
}

export type QuotaStates = Readonly<Partial<Record<PoolName, QuotaState>>>;

/** Amounts are kept to a millionth, so that a sum of fractions of a TiB prints without a tail of digits. */
const AMOUNT_PRECISION = 1_000_000;

/** The quotas that the inventory names, with existing resources counted against them. Deleted ones do not count. */
export function quotaStates(inventory: Inventory, members: readonly PlanMember[]): QuotaStates {
  const gone = new Set(members.filter((member) => member.gone).map((member) => member.sourceId));
  const { quotas } = inventory;
  const states: Partial<Record<PoolName, QuotaState>> = {};
  const add = (pool: PoolName, quota: number | undefined, used: number): void => {
    if (quota !== undefined) states[pool] = { quota, used };
  };
  add(
    'fsrSnapshots',
    quotas.fsrSnapshots,
    inventory.snapshots.filter((snapshot) => snapshot.fsr.some((entry) => entry.state !== 'disabled')).length,
  );
  add('provisionedInitMiBps', quotas.provisionedInitMiBps, 0);
  add('snapshotCopies', quotas.snapshotCopies, 0);
  add(
    'dbInstances',
    quotas.dbInstances,
    inventory.dbInstances.filter((instance) => !gone.has(instance.id)).length,
  );
  add(
    'dbClusters',
    quotas.dbClusters,
    inventory.dbClusters.filter((cluster) => !gone.has(cluster.id)).length,
  );
  for (const [type, quota] of Object.entries(quotas.storageTiB ?? {})) {
    let usedGiB = 0;
    for (const volume of inventory.volumes) {
      if (volume.type === type && !gone.has(volume.id)) usedGiB += volume.sizeGiB;
    }
    add(`storageTiB.${type}`, quota, usedGiB / 1_024);
  }
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
