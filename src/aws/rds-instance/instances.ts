import { DeleteDBInstanceCommand, ModifyDBInstanceCommand } from '@aws-sdk/client-rds';
import type { DBInstance } from '@aws-sdk/client-rds';
import { compareDbInstance } from '../../verify/configuration.ts';
import type { Made } from '../../kinds/things.ts';
import type { Answer, EffectOf, EffectResults, Failure, Finding } from '../../workflow/base/effects.ts';
import {
  answer,
  answerEach,
  attempt,
  done,
  goneAlready,
  notOfThisRun,
  notSeen,
  refused,
  type Outcome,
} from '../answers.ts';
import { classify, malformedAnswer, RequestFailure } from '../request-failures.ts';
import { describeAllDbInstances, describeDbInstances, finderOf, sameDbId, type RdsAccess } from './reads.ts';
import { dbSpecOf, made, type RdsContext } from './access.ts';
import { isOfRun } from '../tags.ts';
import { removeEach, surplusOf } from '../sweeping.ts';

export async function deleteDbInstances(
  aws: RdsContext,
  effects: readonly EffectOf<'delete'>[],
): Promise<readonly Answer[]> {
  const identifiers = effects.map(({ thing }) => thing.id);
  const seen = await attempt(async () => finderOf(await describeDbInstances(aws, identifiers)));
  if (!seen.ok) return effects.map((effect) => answer(effect, seen));
  return answerEach(effects, async (effect) => {
    const { id: identifier } = effect.thing;
    const instance = seen.result(identifier);
    if (instance === undefined || instance.DBInstanceStatus === 'deleting') return goneAlready(effect);
    if (!isOfRun(instance.TagList, aws)) return refused(notOfThisRun(`DB instance ${identifier}`, aws));
    await deleteDbInstance(aws, identifier, instance);
    return done;
  });
}

/** No final snapshot and no automated backups are kept: what a run made is a copy. An instance that no longer exists counts as deleted. */
async function deleteDbInstance(aws: RdsContext, identifier: string, instance: DBInstance): Promise<void> {
  try {
    if (instance.DeletionProtection === true) await unprotect(aws, identifier);
    const command = new DeleteDBInstanceCommand({
      DBInstanceIdentifier: identifier,
      SkipFinalSnapshot: true,
      DeleteAutomatedBackups: true,
    });
    const { DBInstance: going } = await aws.call('DeleteDBInstance', () => aws.client.send(command));
    if (going === undefined) throw malformedAnswer('DeleteDBInstance');
  } catch (error) {
    const failure = classify(error);
    if (failure.class === 'gone') return;
    if (isStillProtected(failure)) throw new RequestFailure({ ...failure, class: 'busy' });
    throw error;
  }
}

async function unprotect(aws: RdsContext, identifier: string): Promise<void> {
  const command = new ModifyDBInstanceCommand({
    DBInstanceIdentifier: identifier,
    DeletionProtection: false,
    ApplyImmediately: true,
  });
  const { DBInstance: changed } = await aws.call('ModifyDBInstance', () => aws.client.send(command));
  if (changed === undefined) throw malformedAnswer('ModifyDBInstance');
}

/** Deletion protection may still be in force for a moment after it was disabled. */
function isStillProtected({ code, message }: Failure): boolean {
  return code === 'InvalidParameterCombination' && /protect/i.test(message);
}

/** One read for the DB instances of all the effects. */
export async function verifyDbInstances(
  aws: RdsAccess,
  effects: readonly EffectOf<'inspect'>[],
): Promise<readonly Answer[]> {
  const ids = effects.flatMap(({ things }) => things.map(({ id }) => id));
  const seen = await attempt(async () => finderOf(await describeDbInstances(aws, ids)));
  return effects.map((effect) => answer(effect, seen.ok ? verified(effect, seen.result) : seen));
}

function verified(
  effect: EffectOf<'inspect'>,
  find: (id: string) => DBInstance | undefined,
): Outcome<EffectResults['inspect']> {
  const spec = dbSpecOf(effect.spec);
  const findings: Finding[] = [];
  for (const { id } of effect.things) {
    const instance = find(id);
    if (instance === undefined) return refused(notSeen('DBInstanceNotFound', `DB instance ${id}`));
    findings.push(...compareDbInstance(spec, instance));
  }
  return { ok: true, result: { findings } };
}

/** RDS cannot filter by tag: all instances are read, and only those with this run's tag are touched. */
export function sweepDbInstances(
  aws: RdsContext,
  effect: EffectOf<'sweep'>,
): Promise<Outcome<EffectResults['sweep']>> {
  const kept = effect.keep.filter(({ type }) => type === 'dbInstance');
  return attempt(async () => {
    const ours = (await describeAllDbInstances(aws)).filter(
      ({ TagList, DBInstanceStatus }) => isOfRun(TagList, aws) && DBInstanceStatus !== 'deleting',
    );
    const instances = new Map<string, DBInstance>();
    for (const instance of ours) {
      const { DBInstanceIdentifier: id } = instance;
      // Reported under the identifier that the run uses.
      if (id !== undefined) instances.set(kept.find((thing) => sameDbId(id, thing.id))?.id ?? id, instance);
    }
    const found = [...instances.keys()].map((id): Made => made(aws, 'dbInstance', id));
    const removed = await removeEach(surplusOf(effect, found), async ({ id }) => {
      const instance = instances.get(id);
      if (instance !== undefined) await deleteDbInstance(aws, id, instance);
    });
    return { found, removed };
  });
}
