import type { KindPlanning, QuotaStates, SubjectParts } from '../planning.ts';
import { auroraStrategies } from './strategies.ts';

/** Forecast only. */
export const auroraClusterPlanning: KindPlanning<unknown> = {
  subject: (member): SubjectParts => ({
    copies: 1,
    hasPoint: true,
    excluded: [],
    findings: [],
    propose: () => auroraStrategies.map((strategy) => strategy.propose(member)),
  }),
  quotas({ quotas, dbClusters }, isGone): QuotaStates {
    if (quotas.dbClusters === undefined) return {};
    return {
      dbClusters: { quota: quotas.dbClusters, used: dbClusters.filter(({ id }) => !isGone(id)).length },
    };
  },
};
