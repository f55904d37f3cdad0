/** A token bucket of the EC2 API, per account, Region and operation. */
export interface TokenBucket {
  /** Requests that may be sent at once. */
  readonly capacity: number;
  /** Tokens that come back every second. */
  readonly refillPerSecond: number;
}

const DESCRIBE: TokenBucket = { capacity: 100, refillPerSecond: 20 };
const MUTATE: TokenBucket = { capacity: 50, refillPerSecond: 5 };
const MUTATE_STORAGE: TokenBucket = { capacity: 100, refillPerSecond: 5 };

const BY_OPERATION: Readonly<Record<string, TokenBucket>> = {
  CreateVolume: MUTATE_STORAGE,
  DeleteVolume: MUTATE_STORAGE,
  CreateSnapshot: MUTATE_STORAGE,
  DeleteSnapshot: MUTATE_STORAGE,
  CreateTags: { capacity: 100, refillPerSecond: 10 },
  RunInstances: { capacity: 5, refillPerSecond: 2 },
  StartInstances: { capacity: 5, refillPerSecond: 2 },
};

/**
 * The bucket of an operation, as EC2 documents them. ? RDS publishes none: it is given the same ones.
 *
 * @example bucketOf('DescribeVolumes').refillPerSecond // 20
 */
export function bucketOf(operation: string): TokenBucket {
  return (
    BY_OPERATION[operation] ??
    (operation.startsWith('Describe') || operation.startsWith('List') ? DESCRIBE : MUTATE)
  );
}
