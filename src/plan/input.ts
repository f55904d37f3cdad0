import type { Inventory } from '../inventory/schema.ts';
import type { PlanMember } from '../kinds/planning.ts';
import type { Runbook } from '../runbook/schema.ts';
import type { Instant } from '../time.ts';
import type { RunMode } from './types.ts';

export type { PlanMember } from '../kinds/planning.ts';
export type { Pools } from '../kinds/pools.ts';

/** A source that the runbook names and no inventory contains. */
export interface MissingSource {
  /** Id of the runbook's resource. */
  readonly resource: string;
  readonly source: string;
  readonly message: string;
}

/** All that a plan depends on. The same input gives the same plan. */
export interface PlanInput {
  readonly runbook: Runbook;
  /** The account's inventory, united with the baseline. */
  readonly inventory: Inventory;
  readonly members: readonly PlanMember[];
  readonly missing: readonly MissingSource[];
  /** Ids that only the baseline contains. */
  readonly gone?: ReadonlySet<string>;
  readonly mode: RunMode;
  readonly incidentAt: Instant;
  /** When the data went bad. */
  readonly damagedAt: Instant;
  /** The schedule starts here; at the earliest the incident. */
  readonly now: Instant;
  /** Overrides the runbook's policy: the newest point at or before this instant. */
  readonly recoverTo?: Instant;
  /** Parts of the runbook that this mode passes over. */
  readonly notExercised: readonly string[];
}
