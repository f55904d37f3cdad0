import type { DbSnapshot } from '../../inventory/schema.ts';
import type { Instant } from '../../time.ts';
import type { CaptureReads } from './reads.ts';
import { instantOf } from './values.ts';

/** A snapshot being taken, or about to be: it has no time yet, and cannot be restored from. */
const IN_THE_MAKING: ReadonlySet<string> = new Set(['creating', 'pending', 'copying']);

/**
 * Snapshots of every kind. Without a type RDS lists automated and manual ones; those of AWS Backup are asked for
 * as well, and merged by id.
 */
export async function readSnapshots<Item>(
  reads: CaptureReads,
  operation: 'DescribeDBSnapshots' | 'DescribeDBClusterSnapshots',
  describe: (type: string | undefined) => Promise<readonly Item[]>,
  idOf: (item: Item) => string | undefined,
): Promise<readonly Item[]> {
  const own = await reads.read('rds', operation, () => describe(undefined));
  if (own === undefined) return [];
  const backups = await reads.read('rds', `${operation} of AWS Backup`, () => describe('awsbackup'));
  const known = new Set(own.map(idOf));
  return [...own, ...(backups ?? []).filter((backup) => !known.has(idOf(backup)))];
}

/** A snapshot that is being taken counts as taken now. Any other without a time must not count as the newest. */
export function snapshotInstant(told: Date | undefined, state: string, now: Instant): Instant | undefined {
  return instantOf(told) ?? (IN_THE_MAKING.has(state) ? now : undefined);
}

export function snapshotSource(type: string | undefined): DbSnapshot['source'] {
  return type === 'automated' || type === 'awsbackup' ? type : 'manual';
}
