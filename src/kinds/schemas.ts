import { auroraClusterLists } from './aurora-cluster/inventory.ts';
import { auroraClusterResource } from './aurora-cluster/runbook.ts';
import { ebsVolumeLists } from './ebs-volume/inventory.ts';
import { ebsVolumeResource } from './ebs-volume/runbook.ts';
import { rdsInstanceLists } from './rds-instance/inventory.ts';
import { rdsInstanceResource } from './rds-instance/runbook.ts';

/** The kinds' parts of the schema of a runbook. */
export const RESOURCE_SCHEMAS = [rdsInstanceResource, auroraClusterResource, ebsVolumeResource] as const;

/** The kinds' lists in an inventory. */
export const INVENTORY_LISTS = { ...ebsVolumeLists, ...rdsInstanceLists, ...auroraClusterLists };
