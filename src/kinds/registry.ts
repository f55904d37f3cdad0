import { auroraClusterReadiness } from './aurora-cluster/readiness.ts';
import { ebsVolumeReadiness } from './ebs-volume/readiness.ts';
import type { ResourceKind } from './kind.ts';
import { rdsInstanceReadiness } from './rds-instance/readiness.ts';
import type { ResourceType } from './schemas.ts';

/** Every kind of resource, by its name in a runbook. */
export const KINDS: Readonly<Record<ResourceType, ResourceKind>> = {
  'ebs-volume': ebsVolumeReadiness,
  'rds-instance': rdsInstanceReadiness,
  'aurora-cluster': auroraClusterReadiness,
};
