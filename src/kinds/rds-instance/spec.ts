import type { DbInstance, DbSnapshot } from '../../inventory/schema.ts';
import type { InventoryIndex } from '../inventory-index.ts';
import type { DbInstanceSpec, RunMode } from '../specs.ts';
import type { Isolation } from '../../runbook/schema.ts';
import type { RdsResource } from './runbook.ts';
import { wantedValues } from '../settings.ts';
import { DB_ROWS, type DbSettings } from './settings.ts';
import type { DbRecovery } from './settings/setting.ts';

export interface DatabaseTarget {
  readonly resource: RdsResource;
  readonly mode: RunMode;
  readonly isolation: Isolation | undefined;
}

/**
 * The request for a DB instance like its source, with every setting that a restore would lose; or why it cannot be written.
 * Without the source's record, only what the runbook's target gives is known.
 */
export function databaseSpec(
  target: DatabaseTarget,
  from: DbInstanceSpec['from'],
  source: DbInstance | undefined,
  snapshot: DbSnapshot | undefined,
  index: InventoryIndex,
): { readonly spec: DbInstanceSpec } | { readonly why: string } {
  const recovery = recoveryOf(target, source, snapshot);
  const settings = wantedValues(DB_ROWS, source, recovery) as Partial<DbSettings>;
  if (settings.class === undefined) {
    return {
      why: 'the inventory does not contain the source, so its class and settings are unknown: give --baseline, or target.class',
    };
  }
  const { zone } = settings;
  if (zone !== undefined && index.zones.length > 0 && !index.zones.includes(zone)) {
    return { why: `its zone ${zone} is not among the zones of the account: give another target.zone` };
  }
  return {
    spec: {
      kind: 'dbInstance',
      from,
      engine: source?.engine ?? snapshot?.engine ?? 'unknown',
      ...(settings as Omit<DbSettings, 'engine'>),
      tags: source?.tags ?? snapshot?.tags ?? {},
    },
  };
}

function recoveryOf(
  { resource, mode, isolation }: DatabaseTarget,
  source: DbInstance | undefined,
  snapshot: DbSnapshot | undefined,
): DbRecovery {
  const isDrill = mode === 'drill';
  const target = resource.target ?? {};
  const isolated = (isDrill ? isolation : undefined) ?? {};
  const subnetGroup = isolated.subnetGroup ?? target.subnetGroup ?? source?.subnetGroup;
  return {
    isDrill,
    target,
    isolation: isolated,
    keepsClass: (target.class ?? source?.class) === source?.class,
    keepsSubnetGroup: subnetGroup === source?.subnetGroup,
    engine: source?.engine ?? '',
    multiAz: source?.multiAz ?? false,
    storageType: source?.storageType ?? 'gp3',
    storageGiB: snapshot?.storageGiB ?? source?.storageGiB ?? 0,
    isEncrypted: snapshot?.encrypted ?? source?.encrypted ?? false,
    snapshot,
  };
}
