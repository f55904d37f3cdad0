import type { RunbookResource } from '../runbook/schema.ts';
import { auroraClusterPlanning } from './aurora-cluster/planning.ts';
import { auroraClusterReadiness } from './aurora-cluster/readiness.ts';
import { volumeMaking } from './ebs-volume/making.ts';
import { ebsVolumePlanning } from './ebs-volume/planning.ts';
import { ebsVolumeReadiness } from './ebs-volume/readiness.ts';
import type { ResourceKind } from './kind.ts';
import type { KindPlanning, MakingPlan } from './planning.ts';
import { dbInstanceMaking } from './rds-instance/making.ts';
import { rdsInstancePlanning } from './rds-instance/planning.ts';
import { rdsInstanceReadiness } from './rds-instance/readiness.ts';
import type { ResourceType } from './schemas.ts';
import type { MakeSpec } from './specs.ts';

/** Each kind is only given resources of its own type. */
function planned<Resource>(planning: KindPlanning<Resource>): KindPlanning<RunbookResource> {
  return planning as unknown as KindPlanning<RunbookResource>;
}

/** Every kind of resource, by its name in a runbook; in the order in which quotas are told. */
export const KINDS: Readonly<Record<ResourceType, ResourceKind>> = {
  'ebs-volume': { ...ebsVolumeReadiness, ...planned(ebsVolumePlanning) },
  'rds-instance': { ...rdsInstanceReadiness, ...planned(rdsInstancePlanning) },
  'aurora-cluster': { ...auroraClusterReadiness, ...planned(auroraClusterPlanning) },
};

/** What the planner asks about the results of strategies, by the kind of their spec. */
export const MAKING: Readonly<Record<MakeSpec['kind'], MakingPlan>> = {
  volume: volumeMaking,
  dbInstance: dbInstanceMaking,
};
