import type * as z from 'zod';
import { auroraClusterLists, auroraClusterQuotas } from './aurora-cluster/inventory.ts';
import { auroraClusterInventory } from './aurora-cluster/inventory-rules.ts';
import { auroraClusterResource } from './aurora-cluster/runbook.ts';
import { auroraClusterRunbook } from './aurora-cluster/runbook-rules.ts';
import { ebsVolumeLists, ebsVolumeQuotas } from './ebs-volume/inventory.ts';
import { ebsVolumeInventory } from './ebs-volume/inventory-rules.ts';
import { ebsVolumeResource } from './ebs-volume/runbook.ts';
import { ebsVolumeRunbook } from './ebs-volume/runbook-rules.ts';
import type { KindRunbook } from './kind-runbook.ts';
import { rdsInstanceLists, rdsInstanceQuotas } from './rds-instance/inventory.ts';
import { rdsInstanceInventory } from './rds-instance/inventory-rules.ts';
import { rdsInstanceResource } from './rds-instance/runbook.ts';
import { rdsInstanceRunbook } from './rds-instance/runbook-rules.ts';

/** The kinds' parts of the schema of a runbook. */
export const RESOURCE_SCHEMAS = [rdsInstanceResource, auroraClusterResource, ebsVolumeResource] as const;

/** The kinds' lists in an inventory. */
export const INVENTORY_LISTS = { ...ebsVolumeLists, ...rdsInstanceLists, ...auroraClusterLists };

/** The kinds' quotas in an inventory. */
export const INVENTORY_QUOTAS = { ...ebsVolumeQuotas, ...rdsInstanceQuotas, ...auroraClusterQuotas };

/** The kinds' parts of an inventory, in the order of its lists. */
export const KIND_INVENTORIES = [ebsVolumeInventory, rdsInstanceInventory, auroraClusterInventory] as const;

export type InventoryList = keyof typeof INVENTORY_LISTS;

/** What one entry of each list is called. */
export const LIST_NOUNS = Object.assign({}, ...KIND_INVENTORIES.map(({ lists }) => lists)) as Readonly<
  Record<InventoryList, string>
>;
export const LIST_NAMES = Object.keys(LIST_NOUNS) as readonly InventoryList[];

/** What a runbook calls a kind of resource. */
export type ResourceType = (typeof KIND_INVENTORIES)[number]['name'];

const BY_TYPE = new Map(KIND_INVENTORIES.map((kind) => [kind.name, kind] as const));

export function inventoryOf(type: ResourceType): (typeof KIND_INVENTORIES)[number] {
  const kind = BY_TYPE.get(type);
  if (kind === undefined) throw new Error(`no kind of resource is called '${type}'`);
  return kind;
}

/** One value for each kind of resource. */
export function forEachKind<T>(
  value: (kind: (typeof KIND_INVENTORIES)[number]) => T,
): Readonly<Record<ResourceType, T>> {
  return Object.fromEntries(KIND_INVENTORIES.map((kind) => [kind.name, value(kind)])) as Record<
    ResourceType,
    T
  >;
}

const KIND_RUNBOOKS = [rdsInstanceRunbook, auroraClusterRunbook, ebsVolumeRunbook];

type AnyKindRunbook = KindRunbook<ResourceType, z.output<(typeof RESOURCE_SCHEMAS)[number]>>;

/** The kind that a runbook calls so; it may be a value of any type. */
export function runbookOf(type: unknown): AnyKindRunbook | undefined {
  // Each is only given resources of its own type.
  return KIND_RUNBOOKS.find(({ name }) => name === type) as AnyKindRunbook | undefined;
}
