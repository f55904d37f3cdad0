import type { Snapshot } from '../../inventory/schema.ts';
import type { InventoryIndex } from '../inventory-index.ts';
import { chooseCopy, whyUnusable, type PointChoice, type PointPolicy } from '../recovery-points.ts';

/** The newest usable snapshot of a volume. A snapshot holds the data of the instant it was started. */
export function chooseSnapshot(
  snapshots: readonly Snapshot[],
  policy: PointPolicy,
  index: InventoryIndex,
): PointChoice<Snapshot> {
  return chooseCopy(
    snapshots,
    policy,
    (snapshot) => snapshot.startedAt,
    (snapshot) => whyUnusable(snapshot, whyNotNow(snapshot), index),
  );
}

/** A state decides only after everything that no time would mend. */
function whyNotNow({ tier, state }: Snapshot): string | undefined {
  if (tier === 'archive') return 'archived: restoring it from the archive takes up to 72 h';
  switch (state) {
    case 'completed':
      return undefined;
    case 'pending':
      return 'pending: the copy is not complete yet';
    case 'error':
      return 'its creation failed';
    case 'recoverable':
      return 'incomplete: it is in the recycle bin';
    case 'recovering':
      return 'incomplete: it is being recovered from the recycle bin';
  }
}
