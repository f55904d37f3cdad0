import { DURATIONS } from '../../facts/durations.ts';
import type { DatabaseStrategy } from '../rds-instance/runbook.ts';
import { RDS_STRATEGIES } from '../rds-instance/runbook.ts';
import type { Proposal, Strategy } from '../strategy.ts';
import { sum, type Forecast } from '../forecast.ts';
import { refuse } from '../strategy.ts';

const RESTORE = sum(DURATIONS.auroraCluster, DURATIONS.auroraInstance, DURATIONS.configurationCheck);

const FORECASTS: Readonly<Record<DatabaseStrategy, Forecast>> = {
  'promote-replica': sum(DURATIONS.replicaPromotion, DURATIONS.configurationCheck),
  'point-in-time': RESTORE,
  'restore-snapshot': RESTORE,
};

/** Forecasts of an Aurora cluster; not executed yet. Aurora storage does not load lazily. */
export const auroraStrategies: readonly Strategy<unknown>[] = RDS_STRATEGIES.map((name) => ({
  name,
  propose: (): Proposal => refuse(name, 'not supported yet', FORECASTS[name]),
}));
