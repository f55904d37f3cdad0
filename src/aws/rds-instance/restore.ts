import {
  RestoreDBInstanceFromDBSnapshotCommand,
  RestoreDBInstanceToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import { DB_ROWS } from '../../kinds/rds-instance/settings.ts';
import { requestMembers } from '../../kinds/settings.ts';
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
  const Tags = tagsFor('rds', aws, subject, spec.tags);
  const { from } = spec;
  if ('replicaId' in from) throw new Error(`${from.replicaId} is promoted, not restored`);
  const operation =
    'snapshotId' in from ? 'RestoreDBInstanceFromDBSnapshot' : 'RestoreDBInstanceToPointInTime';
  const settings = { ...requestMembers(DB_ROWS, spec, operation), Tags };
  const { DBInstance: made } = await aws.call(operation, () =>
    'snapshotId' in from
      ? aws.client.send(
          new RestoreDBInstanceFromDBSnapshotCommand({
            ...settings,
            DBInstanceIdentifier: identifier,
            DBSnapshotIdentifier: from.snapshotId,
          }),
        )
      : aws.client.send(
          new RestoreDBInstanceToPointInTimeCommand({
            ...settings,
            SourceDBInstanceIdentifier: from.sourceId,
            TargetDBInstanceIdentifier: identifier,
            RestoreTime: new Date(from.restoreTime),
          }),
        ),
  );
  if (made === undefined) throw malformedAnswer(operation);
}
