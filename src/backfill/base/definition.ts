import { createHash } from 'node:crypto';
import type { BackfillSpec } from '../../runbook/backfill-schema.ts';
import type { Instant } from '../../time.ts';

/** What a backfill is: kept beside its ledger, so that the same command goes on with it and another never mixes with it. */
export interface BackfillDefinition {
  /** Unique in a state directory; a folder is called so. */
  readonly name: string;
  readonly createdAt: Instant;
  readonly runbook?: string;
  /** When the outage began, where that is known: the objective counts from here. */
  readonly incidentAt?: Instant;
  /** Seconds from the incident in which the data is to be complete. */
  readonly dataCompleteSeconds?: number;
  /** Of queues and objects. */
  readonly region?: string;
  readonly spec: BackfillSpec;
  /** What a restore has undone. */
  readonly undone?: { readonly from: Instant; readonly to: Instant };
}

/** 8 hex digits by what is read, how it is judged, and where it goes: two definitions that differ in that are two backfills. */
export function fingerprintOf({
  sources,
  failed,
  missingStatus,
  identity,
  windows,
  clients,
  replay,
}: BackfillSpec): string {
  const essence = {
    sources,
    failed,
    missingStatus,
    identity,
    windows,
    clients,
    target: replay?.target,
    rewrite: replay?.rewrite,
    orderBy: replay?.orderBy,
  };
  return createHash('sha256').update(JSON.stringify(essence)).digest('hex').slice(0, 8);
}
