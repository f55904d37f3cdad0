import { auroraClusterLists } from './aurora-cluster/inventory.ts';
import { auroraClusterInventory } from './aurora-cluster/inventory-rules.ts';
import { auroraClusterResource } from './aurora-cluster/runbook.ts';
import { ebsVolumeLists } from './ebs-volume/inventory.ts';
import { ebsVolumeInventory } from './ebs-volume/inventory-rules.ts';
import { ebsVolumeResource } from './ebs-volume/runbook.ts';
import { rdsInstanceLists } from './rds-instance/inventory.ts';
import { rdsInstanceInventory } from './rds-instance/inventory-rules.ts';
import { rdsInstanceResource } from './rds-instance/runbook.ts';

/** The kinds' parts of the schema of a runbook. */
export const RESOURCE_SCHEMAS = [rdsInstanceResource, auroraClusterResource, ebsVolumeResource] as const;

/** The kinds' lists in an inventory. */
export const INVENTORY_LISTS = { ...ebsVolumeLists, ...rdsInstanceLists, ...auroraClusterLists };

/** The kinds' parts of an inventory, in the order of its lists. */
export const KIND_INVENTORIES = [ebsVolumeInventory, rdsInstanceInventory, auroraClusterInventory] as const;

export type InventoryList = (typeof KIND_INVENTORIES)[number]['lists'][number];

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
