import {
  RestoreDBInstanceFromDBSnapshotCommand,
  RestoreDBInstanceToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import type { RestoreDBInstanceFromDBSnapshotMessage } from '@aws-sdk/client-rds';
import { ownGroup } from '../../facts/default-groups.ts';
import type { DbInstanceSpec } from '../../plan/types.ts';
import type { Answer, EffectOf, Failure } from '../../workflow/base/effects.ts';
import { operating, type OperateOrUndo } from '../adapter.ts';
import { answerEach, notOfThisRun, refused } from '../answers.ts';
import { classify, malformedAnswer } from '../request-failures.ts';
import { dbSpecOf, type RdsContext } from './access.ts';
import { describeDbInstance } from './reads.ts';
import { RESOURCE_TAG } from '../../tags.ts';
import { fittingValue, isOfRun, tagsFor, tagValue } from '../tags.ts';

export function restoreDbInstances(
  aws: RdsContext,
  effects: readonly OperateOrUndo[],
): Promise<readonly Answer[]> {
  return answerEach(operating(effects), async (effect) => {
    const restored = { ok: true, result: { id: effect.identity } } as const;
    try {
      await restore(aws, effect);
      return restored;
    } catch (error) {
      const failure = classify(error);
      if (failure.code !== 'DBInstanceAlreadyExists') throw error;
      const problem = await whoseIsIt(aws, effect, failure);
      return problem === undefined ? restored : refused(problem);
    }
  });
}

/** A restore has no client token: an instance that already has the name is the result of an earlier request only if its tags say so. */
async function whoseIsIt(
  aws: RdsContext,
  { identity: identifier, resource }: EffectOf<'operate'>,
  failure: Failure,
): Promise<Failure | undefined> {
  const instance = await describeDbInstance(aws, identifier);
  if (instance === undefined || instance.DBInstanceStatus === 'deleting') {
    return {
      ...failure,
      class: 'busy',
      message: `${identifier} exists but is being deleted, or is not visible yet.`,
    };
  }
  const isSameResource = tagValue(instance.TagList, RESOURCE_TAG) === fittingValue('rds', resource);
  if (isOfRun(instance.TagList, aws) && isSameResource) return undefined;
  const { message } = notOfThisRun(`DB instance ${identifier}`, aws);
  return { ...failure, class: 'invalid', message: `The name is taken: ${message}` };
}

async function restore(
  aws: RdsContext,
  { identity: identifier, resource, mark, spec: asked }: EffectOf<'operate'>,
): Promise<void> {
  const spec = dbSpecOf(asked);
  const subject = { resource, name: identifier, identity: identifier, ...(mark !== undefined && { mark }) };
  const settings = {
    ...restoreSettings(spec),
    Tags: tagsFor('rds', aws, subject, spec.tags),
  };
  const { from } = spec;
  if ('snapshotId' in from) {
    const command = new RestoreDBInstanceFromDBSnapshotCommand({
      ...settings,
      DBInstanceIdentifier: identifier,
      DBSnapshotIdentifier: from.snapshotId,
    });
    const { DBInstance: made } = await aws.call('RestoreDBInstanceFromDBSnapshot', () =>
      aws.client.send(command),
    );
    if (made === undefined) throw malformedAnswer('RestoreDBInstanceFromDBSnapshot');
    return;
  }
  if ('replicaId' in from) throw new Error(`${from.replicaId} is promoted, not restored`);
  const command = new RestoreDBInstanceToPointInTimeCommand({
    ...settings,
    SourceDBInstanceIdentifier: from.sourceId,
    TargetDBInstanceIdentifier: identifier,
    RestoreTime: new Date(from.restoreTime),
  });
  const { DBInstance: made } = await aws.call('RestoreDBInstanceToPointInTime', () =>
    aws.client.send(command),
  );
  if (made === undefined) throw malformedAnswer('RestoreDBInstanceToPointInTime');
}

type RestoreSettings = Omit<
  RestoreDBInstanceFromDBSnapshotMessage,
  'DBInstanceIdentifier' | 'DBSnapshotIdentifier'
>;

/** Settings that RDS resets to its defaults unless the request carries them. Both restore operations take the same ones. */
function restoreSettings(spec: DbInstanceSpec): RestoreSettings {
  const { zone, subnetGroup, port, iops, throughputMiBps } = spec;
  // A run that an older version planned may name a default group.
  const [parameterGroup, optionGroup] = [ownGroup(spec.parameterGroup), ownGroup(spec.optionGroup)];
  return {
    DBInstanceClass: spec.class,
    MultiAZ: spec.multiAz,
    // Multi-AZ chooses its zones itself; a request that names one is refused.
    ...(zone !== undefined && !spec.multiAz && { AvailabilityZone: zone }),
    ...(spec.publiclyAccessible !== undefined && { PubliclyAccessible: spec.publiclyAccessible }),
    ...(subnetGroup !== undefined && { DBSubnetGroupName: subnetGroup }),
    ...(spec.securityGroups.length > 0 && { VpcSecurityGroupIds: [...spec.securityGroups] }),
    ...(parameterGroup !== undefined && { DBParameterGroupName: parameterGroup }),
    ...(optionGroup !== undefined && { OptionGroupName: optionGroup }),
    ...(port !== undefined && { Port: port }),
    StorageType: spec.storageType,
    ...(iops !== undefined && { Iops: iops }),
    ...(throughputMiBps !== undefined && { StorageThroughput: throughputMiBps }),
    // Protected only once it is available (configureDbInstance): a protected instance that is stuck in 'creating' could never be removed.
    DeletionProtection: false,
    BackupRetentionPeriod: spec.backupRetentionDays,
    // Disabled is the default; engines without the setting refuse the parameter.
    ...(spec.iamAuth && { EnableIAMDatabaseAuthentication: true }),
    ...(spec.logExports.length > 0 && { EnableCloudwatchLogsExports: [...spec.logExports] }),
  };
}
