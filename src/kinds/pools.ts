/** What is scarce, by the quota's name in an inventory; `storageTiB.gp3` and the like for storage. */
export type PoolName =
  | 'fsrSnapshots'
  | 'provisionedInitMiBps'
  | 'dbInstances'
  | 'dbClusters'
  | 'snapshotCopies'
  | 'volumeCopies'
  | `storageTiB.${string}`
  /** A pool of one: fast snapshot restore of a snapshot in a zone, and the like. */
  | `only:${string}`;

/** A pool of one: something that two resources must not use at the same time. No quota of the account. */
export function isOfOne(pool: PoolName): boolean {
  return pool.startsWith('only:');
}

/** Capacity of what is scarce, after what already exists. An absent pool does not bind. */
export type Pools = Readonly<Partial<Record<PoolName, number>>>;

/** What a resource takes from a pool, and when it gives it back. */
export interface PoolUse {
  readonly pool: PoolName;
  readonly amount: number;
  /** `made`: once every copy is created; `hydrated`: once every copy is hydrated; `never`: for good. */
  readonly until: 'made' | 'hydrated' | 'never';
  /** Only after `made`: given back this much later, because AWS still counts it against the quota. */
  readonly tailSeconds?: number;
}

/** Room for the rounding of fractional amounts such as 0.1 TiB. */
const EPSILON = 1e-9;

/** The quota that is too small for these needs even without other resources, and why; undefined where none is. */
export function shortage(
  uses: readonly PoolUse[],
  pools: Pools,
): { readonly pool: PoolName; readonly why: string } | undefined {
  for (const use of uses) {
    const left = pools[use.pool];
    if (left !== undefined && use.amount > left + EPSILON) {
      const why = `needs ${round(use.amount)} of the quota ${use.pool}, of which ${round(left)} is left`;
      return { pool: use.pool, why };
    }
  }
  return undefined;
}

function round(amount: number): number {
  return Math.round(amount * 100) / 100;
}
