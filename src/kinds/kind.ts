import type { RunbookResource } from '../runbook/schema.ts';
import type { KindPlanning } from './planning.ts';
import type { Inventory } from '../inventory/schema.ts';
import type { Member } from '../inventory/membership.ts';
import type { InventoryIndex } from './inventory-index.ts';
import type { PointPolicy } from './recovery-points.ts';
import type { RecoveryPoint } from './recovery-points.ts';
import type { PlannedStrategy } from './strategy.ts';
import type { WantedActions } from './probes.ts';

export interface LostSetting {
  readonly name: string;
  /** Completes "a recovery does not give back ...". */
  readonly label: string;
  readonly next: string;
}

/** What `check` asks of a kind of resource. */
export interface KindReadiness {
  /** Gives the newest usable recovery point of a source, for any strategy that its resource allows. */
  readonly newestPoints: (
    inventory: Inventory,
    index: InventoryIndex,
    policy: PointPolicy,
  ) => (member: Member) => RecoveryPoint | undefined;
  /** One example of each thing that the strategies would do and that a dry run can try. */
  readonly examples: (strategies: readonly PlannedStrategy[]) => Partial<WantedActions>;
  /** The same of a snapshot of a source; absent where no dry run can try it. */
  readonly snapshotExample?: (sourceId: string) => Partial<WantedActions>;
  /** What a source has that no recovery gives back; absent where a kind has no such thing. */
  readonly lost?: (inventory: Inventory, sourceId: string) => readonly LostSetting[];
  /** Actions of a strategy that no dry run can try, as policies write them. */
  readonly unproven: (strategy: PlannedStrategy, takesSnapshots: boolean) => readonly string[];
}

/** What differs between kinds of resources; each part has a file in the folder of the kind. */
export interface ResourceKind extends KindReadiness, KindPlanning<RunbookResource> {}

export function newerOf(
  left: RecoveryPoint | undefined,
  right: RecoveryPoint | undefined,
): RecoveryPoint | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return right.at > left.at ? right : left;
}

/** Whether a resource may be recovered by a strategy. */
export function allows({ strategies }: { readonly strategies: readonly string[] }, name: string): boolean {
  return strategies.includes('auto') || strategies.includes(name);
}
