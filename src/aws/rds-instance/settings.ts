import { ModifyDBInstanceCommand } from '@aws-sdk/client-rds';
import type { DBInstance, ModifyDBInstanceMessage } from '@aws-sdk/client-rds';
import type { DbInstanceSpec } from '../../plan/types.ts';
import { logExportDifference } from '../../verify/configuration.ts';
import type { Answer } from '../../workflow/base/effects.ts';
import { operating, targetOf, type OperateOrUndo } from '../adapter.ts';
import { answerEach, done, notOfThisRun, notSeen, refused } from '../answers.ts';
import { malformedAnswer } from '../request-failures.ts';
import { describeDbInstance } from './reads.ts';
import { dbSpecOf, type RdsContext } from './access.ts';
import { isOfRun } from '../tags.ts';

/** Sets what a restore request does not take or an endpoint ignored. Sends nothing where nothing differs. */
export function applyDbSettings(
  aws: RdsContext,
  effects: readonly OperateOrUndo[],
): Promise<readonly Answer[]> {
  return answerEach(operating(effects), async (effect) => {
    const { id: identifier } = targetOf(effect);
    const instance = await describeDbInstance(aws, identifier);
    if (instance === undefined) return refused(notSeen('DBInstanceNotFound', `DB instance ${identifier}`));
    if (!isOfRun(instance.TagList, aws)) return refused(notOfThisRun(`DB instance ${identifier}`, aws));
    const changes = changesFor(dbSpecOf(effect.spec), instance);
    if (Object.keys(changes).length === 0) return done;
    const command = new ModifyDBInstanceCommand({
      ...changes,
      DBInstanceIdentifier: identifier,
      ApplyImmediately: true,
    });
    const { DBInstance: changed } = await aws.call('ModifyDBInstance', () => aws.client.send(command));
    if (changed === undefined) throw malformedAnswer('ModifyDBInstance');
    return done;
  });
}

type Changes = Omit<ModifyDBInstanceMessage, 'DBInstanceIdentifier' | 'ApplyImmediately'>;

/** What differs between the instance (with what it is about to become) and the spec. What the endpoint does not tell is not touched. */
function changesFor(spec: DbInstanceSpec, instance: DBInstance): Changes {
  const pending = instance.PendingModifiedValues;
  const retention = pending?.BackupRetentionPeriod ?? instance.BackupRetentionPeriod;
  const iamAuth = pending?.IAMDatabaseAuthenticationEnabled ?? instance.IAMDatabaseAuthenticationEnabled;
  // A restore never enables it: absent means disabled.
  const protection = instance.DeletionProtection ?? false;
  return {
    ...monitoringChanges(spec, instance),
    ...insightsChanges(spec, instance),
    ...logExportChanges(spec, instance),
    ...(retention !== undefined &&
      retention !== spec.backupRetentionDays && { BackupRetentionPeriod: spec.backupRetentionDays }),
    ...(iamAuth !== undefined &&
      iamAuth !== spec.iamAuth && { EnableIAMDatabaseAuthentication: spec.iamAuth }),
    ...(protection !== spec.deletionProtection && { DeletionProtection: spec.deletionProtection }),
  };
}

/** A restore request does not take it: absent means disabled. */
function monitoringChanges(
  { monitoringIntervalSeconds, monitoringRole }: DbInstanceSpec,
  instance: DBInstance,
): Changes {
  if (monitoringIntervalSeconds === undefined) return {};
  const isSameInterval = (instance.MonitoringInterval ?? 0) === monitoringIntervalSeconds;
  // Without monitoring a role is neither needed nor accepted.
  if (monitoringIntervalSeconds === 0) return isSameInterval ? {} : { MonitoringInterval: 0 };
  const isSameRole = monitoringRole === undefined || instance.MonitoringRoleArn === monitoringRole;
  if (isSameInterval && isSameRole) return {};
  return {
    MonitoringInterval: monitoringIntervalSeconds,
    ...(monitoringRole !== undefined && { MonitoringRoleArn: monitoringRole }),
  };
}

function insightsChanges({ performanceInsights }: DbInstanceSpec, instance: DBInstance): Changes {
  if (performanceInsights === undefined) return {};
  const isSame = (instance.PerformanceInsightsEnabled ?? false) === performanceInsights;
  return isSame ? {} : { EnablePerformanceInsights: performanceInsights };
}

function logExportChanges(spec: DbInstanceSpec, instance: DBInstance): Changes {
  const { missing = [], surplus = [] } = logExportDifference(spec, instance) ?? {};
  if (missing.length === 0 && surplus.length === 0) return {};
  return {
    CloudwatchLogsExportConfiguration: {
      ...(missing.length > 0 && { EnableLogTypes: [...missing] }),
      ...(surplus.length > 0 && { DisableLogTypes: [...surplus] }),
    },
  };
}
