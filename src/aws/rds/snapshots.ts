import { CreateDBSnapshotCommand, DeleteDBSnapshotCommand } from '@aws-sdk/client-rds';
import type { DBInstance, DBSnapshot } from '@aws-sdk/client-rds';
import type { Answer, EffectOf, EffectResults, Failure, MadeThing } from '../../workflow/base/effects.ts';
import {
  answerEach,
  attempt,
  mayHaveBeenSent,
  notOfThisRun,
  notSeen,
  refused,
  type Outcome,
} from '../answers.ts';
import { classify, malformedAnswer } from '../request-failures.ts';
import { describeDbInstance, describeDbSnapshot, describeDbSnapshotsWhere, sameDbId } from './reads.ts';
import type { RdsContext } from './restore.ts';
import { removeEach, surplusOf } from '../sweeping.ts';
import { IDENTITY_TAG, PURPOSE_TAG } from '../../tags.ts';
import { fittingValue, isOfRun, tagRecord, tagsFor, tagValue } from '../tags.ts';

type TakeSnapshot = EffectOf<'takeSnapshot'>;

/** Takes snapshots of DB instances. The identifier is the idempotency key: a snapshot that has it is the result of an earlier request if its tags say so. */
export function takeDbSnapshots(
  aws: RdsContext,
  effects: readonly TakeSnapshot[],
): Promise<readonly Answer[]> {
  return answerEach(effects, async (effect) => {
    const taken = { ok: true, result: { snapshotId: effect.identifier } } as const;
    // A source that is being backed up refuses every request; the backup may be this run's own snapshot.
    if (mayHaveBeenSent(effect) && isAsAsked(aws, effect, await describeDbSnapshot(aws, effect.identifier)))
      return taken;
    const source = await describeDbInstance(aws, effect.of.id);
    if (source === undefined || source.DBInstanceStatus === 'deleting')
      return refused(notSeen('DBInstanceNotFound', `DB instance ${effect.of.id}`));
    try {
      await take(aws, effect, source);
    } catch (error) {
      const failure = classify(error);
      if (failure.code !== 'DBSnapshotAlreadyExists') throw error;
      const problem = await whoseIsIt(aws, effect, failure);
      if (problem !== undefined) return refused(problem);
    }
    return taken;
  });
}

async function take(aws: RdsContext, effect: TakeSnapshot, source: DBInstance): Promise<void> {
  const { identifier, purpose, resource, of } = effect;
  const made = { resource, name: identifier, identity: identifier, purpose };
  const command = new CreateDBSnapshotCommand({
    DBSnapshotIdentifier: identifier,
    DBInstanceIdentifier: of.id,
    Tags: tagsFor('rds', aws, made, tagRecord(source.TagList)),
  });
  const { DBSnapshot: taken } = await aws.call('CreateDBSnapshot', () => aws.client.send(command));
  if (taken === undefined) throw malformedAnswer('CreateDBSnapshot');
}

function isAsAsked(aws: RdsContext, { identifier }: TakeSnapshot, snapshot: DBSnapshot | undefined): boolean {
  const tags = snapshot?.TagList;
  return isOfRun(tags, aws) && tagValue(tags, IDENTITY_TAG) === fittingValue('rds', identifier);
}

async function whoseIsIt(
  aws: RdsContext,
  effect: TakeSnapshot,
  failure: Failure,
): Promise<Failure | undefined> {
  const what = `DB snapshot ${effect.identifier}`;
  const snapshot = await describeDbSnapshot(aws, effect.identifier);
  if (snapshot === undefined)
    return { ...failure, class: 'busy', message: `${what} exists, but is not visible yet.` };
  if (isAsAsked(aws, effect, snapshot)) return undefined;
  const { message } = notOfThisRun(what, aws);
  return { ...failure, class: 'invalid', message: `The name is taken: ${message}` };
}

/** Snapshots that this run took of what it recovered. Evidence is neither found nor removed. */
export function sweepDbSnapshots(
  aws: RdsContext,
  effect: EffectOf<'sweep'>,
): Promise<Outcome<EffectResults['sweep']>> {
  return attempt(async () => {
    const manual = await describeDbSnapshotsWhere(aws, { SnapshotType: 'manual' });
    const ours = manual.filter(
      ({ TagList, Status }) =>
        isOfRun(TagList, aws) && tagValue(TagList, PURPOSE_TAG) === 'protection' && Status !== 'deleting',
    );
    const kept = effect.keep.filter(({ kind }) => kind === 'dbSnapshot');
    const found = ours.flatMap(({ DBSnapshotIdentifier: id }): MadeThing[] =>
      // Reported under the identifier that the run uses.
      id === undefined ? [] : [kept.find((thing) => sameDbId(id, thing.id)) ?? { kind: 'dbSnapshot', id }],
    );
    const removed = await removeEach(surplusOf(effect, found), ({ id }) => deleteDbSnapshot(aws, id));
    return { found, removed };
  });
}

/** A snapshot that no longer exists counts as deleted. */
async function deleteDbSnapshot(aws: RdsContext, id: string): Promise<void> {
  const command = new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: id });
  try {
    await aws.call('DeleteDBSnapshot', () => aws.client.send(command));
  } catch (error) {
    if (classify(error).class !== 'gone') throw error;
  }
}
