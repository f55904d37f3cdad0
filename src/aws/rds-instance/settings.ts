import { AddRoleToDBInstanceCommand, ModifyDBInstanceCommand } from '@aws-sdk/client-rds';
import { DB_ROWS } from '../../kinds/rds-instance/settings.ts';
import type { DbRole } from '../../kinds/rds-instance/settings/setting.ts';
import { laterChanges } from '../../kinds/settings.ts';
import type { Answer, Failure } from '../../workflow/base/effects.ts';
import { operating, targetOf, type OperateOrUndo } from '../adapter.ts';
import { answerEach, done, notOfThisRun, notSeen, refused } from '../answers.ts';
import { classify, malformedAnswer } from '../request-failures.ts';
import { isReplica, promotedBy } from './promote.ts';
import { describeDbInstance } from './reads.ts';
import { dbSpecOf, type RdsContext } from './access.ts';
import { isOfRun } from '../tags.ts';

/**
 * Sets what a restore request does not take or an endpoint ignored. Sends nothing where nothing differs. Roles come first: RDS takes them
 * only while the instance is available, and a modification ends that for minutes. A role that may not be given does not keep the other
 * settings from being given.
 */
export function applyDbSettings(
  aws: RdsContext,
  effects: readonly OperateOrUndo[],
): Promise<readonly Answer[]> {
  return answerEach(operating(effects), async (effect) => {
    const { id: identifier } = targetOf(effect);
    const instance = await describeDbInstance(aws, identifier);
    if (instance === undefined) return refused(notSeen('DBInstanceNotFound', `DB instance ${identifier}`));
    const isPromoted = promotedBy(effect) === identifier && !isReplica(instance);
    if (!isPromoted && !isOfRun(instance.TagList, aws))
      return refused(notOfThisRun(`DB instance ${identifier}`, aws));
    let denial: Failure | undefined;
    let members = {};
    for (const change of laterChanges(DB_ROWS, dbSpecOf(effect.spec), instance)) {
      if (change.call !== 'ModifyDBInstance') denial = await addRoles(aws, identifier, change.roles);
      else if (isPromoted || change.onlyPromoted !== true) members = { ...members, ...change.members };
    }
    if (Object.keys(members).length > 0) await modify(aws, identifier, members);
    return denial === undefined ? done : refused(denial);
  });
}

async function modify(aws: RdsContext, identifier: string, members: object): Promise<void> {
  const command = new ModifyDBInstanceCommand({
    ...members,
    DBInstanceIdentifier: identifier,
    ApplyImmediately: true,
  });
  const { DBInstance: changed } = await aws.call('ModifyDBInstance', () => aws.client.send(command));
  if (changed === undefined) throw malformedAnswer('ModifyDBInstance');
}

/** A role for each feature, a call for each role. */
async function addRoles(
  aws: RdsContext,
  identifier: string,
  roles: readonly DbRole[],
): Promise<Failure | undefined> {
  let denial: Failure | undefined;
  for (const { role, feature } of roles) {
    const command = new AddRoleToDBInstanceCommand({
      DBInstanceIdentifier: identifier,
      RoleArn: role,
      // The API requires it, and an empty one stands for none.
      FeatureName: feature ?? '',
    });
    try {
      await aws.call('AddRoleToDBInstance', () => aws.client.send(command));
    } catch (error) {
      const failure = classify(error);
      if (failure.code === 'DBInstanceRoleAlreadyExists') continue;
      if (failure.class !== 'denied' && failure.class !== 'unsupported') throw error;
      denial = failure;
    }
  }
  return denial;
}
