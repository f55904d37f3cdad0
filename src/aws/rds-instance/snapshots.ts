import { CreateDBSnapshotCommand, DeleteDBSnapshotCommand } from '@aws-sdk/client-rds';
import type { DBInstance, DBSnapshot } from '@aws-sdk/client-rds';
import type { Made } from '../../kinds/things.ts';
import type { Answer, EffectOf, EffectResults, Failure } from '../../workflow/base/effects.ts';
import { operating, targetOf, type OperateOrUndo } from '../adapter.ts';
import {
  answerEach,
  attempt,
  done,
  goneAlready,
  mayHaveBeenSent,
  notOfThisRun,
  notSeen,
  refused,
  type Outcome,
} from '../answers.ts';
import { classify, malformedAnswer } from '../request-failures.ts';
import { describeDbInstance, describeDbSnapshot, describeDbSnapshotsWhere, sameDbId } from './reads.ts';
import { made, type RdsContext } from './access.ts';
import { removeEach, surplusOf } from '../sweeping.ts';
import { IDENTITY_TAG, PURPOSE_TAG } from '../../tags.ts';
import { fittingValue, isOfRun, purposeOf, tagRecord, tagsFor, tagValue } from '../tags.ts';

type TakeSnapshot = EffectOf<'operate'>;

/** Takes snapshots of DB instances. The identifier is the idempotency key: a snapshot that has it is the result of an earlier request if its tags say so. */
export function takeDbSnapshots(
  aws: RdsContext,
  effects: readonly OperateOrUndo[],
): Promise<readonly Answer[]> {
  return answerEach(operating(effects), async (effect) => {
    const taken = { ok: true, result: { id: effect.identity } } as const;
    const { id: sourceId } = targetOf(effect);
    // A source that is being backed up refuses every request; the backup may be this run's own snapshot.
    if (mayHaveBeenSent(effect) && isAsAsked(aws, effect, await describeDbSnapshot(aws, effect.identity)))
      return taken;
    const source = await describeDbInstance(aws, sourceId);
    if (source === undefined || source.DBInstanceStatus === 'deleting')
      return refused(notSeen('DBInstanceNotFound', `DB instance ${sourceId}`));
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
  const { identity, resource, spec } = effect;
  const subject = { resource, name: identity, identity, purpose: purposeOf(spec) };
  const command = new CreateDBSnapshotCommand({
    DBSnapshotIdentifier: identity,
    DBInstanceIdentifier: targetOf(effect).id,
    Tags: tagsFor('rds', aws, subject, tagRecord(source.TagList)),
  });
  const { DBSnapshot: taken } = await aws.call('CreateDBSnapshot', () => aws.client.send(command));
  if (taken === undefined) throw malformedAnswer('CreateDBSnapshot');
}

function isAsAsked(aws: RdsContext, { identity }: TakeSnapshot, snapshot: DBSnapshot | undefined): boolean {
  const tags = snapshot?.TagList;
  return isOfRun(tags, aws) && tagValue(tags, IDENTITY_TAG) === fittingValue('rds', identity);
}

async function whoseIsIt(
  aws: RdsContext,
  effect: TakeSnapshot,
  failure: Failure,
): Promise<Failure | undefined> {
  const what = `DB snapshot ${effect.identity}`;
  const snapshot = await describeDbSnapshot(aws, effect.identity);
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
    const kept = effect.keep.filter(({ type }) => type === 'dbSnapshot');
    const found = ours.flatMap(({ DBSnapshotIdentifier: id }): Made[] =>
      // Reported under the identifier that the run uses.
      id === undefined
        ? []
        : [made(aws, 'dbSnapshot', kept.find((thing) => sameDbId(id, thing.id))?.id ?? id)],
    );
    const removed = await removeEach(surplusOf(effect, found), ({ id }) => deleteDbSnapshot(aws, id));
    return { found, removed };
  });
}

/** Deletes snapshots that this run made. Evidence of damage is never deleted. */
export function deleteDbSnapshots(
  aws: RdsContext,
  effects: readonly EffectOf<'delete'>[],
): Promise<readonly Answer[]> {
  return answerEach(effects, async (effect) => {
    const { id } = effect.thing;
    const snapshot = await describeDbSnapshot(aws, id);
    if (snapshot === undefined || snapshot.Status === 'deleting') return goneAlready(effect);
    const { TagList: tags } = snapshot;
    if (!isOfRun(tags, aws) || tagValue(tags, PURPOSE_TAG) === 'forensics')
      return refused(notOfThisRun(`DB snapshot ${id}`, aws));
    await deleteDbSnapshot(aws, id);
    return done;
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
