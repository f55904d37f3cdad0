import * as z from 'zod';
import { count } from '../../../inventory/parts.ts';
import { isSameKey, keyId, textOf, wholeOf } from '../../values.ts';
import { modify, setting, type ModifyMembers, type SpecFacts } from './setting.ts';

const isOn = ({ performanceInsights }: SpecFacts): boolean => performanceInsights !== false;

/** What an instance measures of itself. No restore takes any of it. */
export const INSIGHTS = {
  monitoringIntervalSeconds: setting({
    label: 'monitoring interval in seconds',
    schema: count.optional(),
    reads: ['MonitoringInterval'],
    read: ({ MonitoringInterval: seconds }) => wholeOf(seconds),
    assumed: 0,
    later: modify((seconds: number, { monitoringRole }) => ({
      MonitoringInterval: seconds,
      // Without monitoring a role is neither needed nor accepted.
      ...(seconds > 0 && monitoringRole !== undefined && { MonitoringRoleArn: monitoringRole }),
    })),
  }),
  monitoringRole: setting({
    label: 'monitoring role',
    schema: z.string().optional(),
    reads: ['MonitoringRoleArn'],
    read: ({ MonitoringRoleArn: role }) => role,
    assumed: '',
    counts: ({ monitoringIntervalSeconds }) => monitoringIntervalSeconds !== 0,
    later: modify((role: string, { monitoringIntervalSeconds: seconds }) =>
      // Refused without an interval.
      seconds === undefined ? {} : { MonitoringInterval: seconds, MonitoringRoleArn: role },
    ),
  }),
  performanceInsights: setting({
    label: 'performance insights',
    schema: z.boolean().optional(),
    reads: ['PerformanceInsightsEnabled'],
    read: ({ PerformanceInsightsEnabled: isEnabled }) => isEnabled,
    assumed: false,
    later: modify((isWanted: boolean, spec) =>
      isWanted ? insights(spec) : { EnablePerformanceInsights: false },
    ),
  }),
  performanceInsightsKeyId: setting({
    label: 'performance insights key',
    counts: isOn,
    schema: z.string().optional(),
    reads: ['PerformanceInsightsKMSKeyId'],
    read: ({ PerformanceInsightsKMSKeyId: key }) => textOf(key),
    same: isSameKey,
    written: keyId,
    note: 'Chosen when performance insights is switched on, and not changed after that.',
  }),
  performanceInsightsRetentionDays: setting({
    label: 'performance insights retention in days',
    counts: isOn,
    schema: count.optional(),
    reads: ['PerformanceInsightsRetentionPeriod'],
    read: ({ PerformanceInsightsRetentionPeriod: days }) => wholeOf(days),
    later: modify((_days: number, spec) => insights(spec)),
  }),
  databaseInsights: setting({
    label: 'database insights',
    schema: z.string().optional(),
    reads: ['DatabaseInsightsMode'],
    read: ({ DatabaseInsightsMode: mode }) => textOf(mode),
    // `advanced` is refused in a request that does not switch performance insights on with a retention of 465 days.
    later: modify((mode: string, spec) => ({
      ...(mode === 'advanced' && insights(spec)),
      DatabaseInsightsMode: mode as NonNullable<ModifyMembers['DatabaseInsightsMode']>,
    })),
  }),
};

/** The key and the retention count only in a request that switches them on. */
function insights({
  performanceInsightsKeyId: key,
  performanceInsightsRetentionDays: days,
}: SpecFacts): ModifyMembers {
  return {
    EnablePerformanceInsights: true,
    ...(key !== undefined && { PerformanceInsightsKMSKeyId: key }),
    ...(days !== undefined && { PerformanceInsightsRetentionPeriod: days }),
  };
}
