import { CreateSnapshotCommand, DeleteSnapshotCommand } from '@aws-sdk/client-ec2';
import type { Snapshot, Volume } from '@aws-sdk/client-ec2';
import type { Made } from '../../kinds/things.ts';
import type { Answer, EffectOf, EffectResults } from '../../workflow/base/effects.ts';
import { operating, targetOf, type OperateOrUndo } from '../adapter.ts';
import {
  answer,
  answerEach,
  attempt,
  done,
  goneAlready,
  mayHaveBeenSent,
  notOfThisRun,
  notSeen,
  oldestFirst,
  refused,
  type Outcome,
} from '../answers.ts';
import { describeSnapshots, describeSnapshotsWhere, describeVolumes, type Ec2Access } from './reads.ts';
import { made, type Ec2Context } from './access.ts';
import { classify, malformedAnswer } from '../request-failures.ts';
import { removeEach, surplusOf } from '../sweeping.ts';
import { IDENTITY_TAG, PURPOSE_TAG, RUN_TAG } from '../../tags.ts';
import { fittingValue, isOfRun, purposeOf, tagRecord, tagsFor, tagValue } from '../tags.ts';

type TakeSnapshot = EffectOf<'operate'>;

const WITHOUT_SOURCE: ReadonlySet<string> = new Set(['deleting', 'deleted']);

/** Takes snapshots of volumes. One read looks at all the sources: a snapshot carries its source's tags. */
export async function takeVolumeSnapshots(
  aws: Ec2Context,
  asked: readonly OperateOrUndo[],
): Promise<readonly Answer[]> {
  const effects = operating(asked);
  const ids = effects.map((effect) => targetOf(effect).id);
  const seen = await attempt(() => describeVolumes(aws, ids));
  if (!seen.ok) return effects.map((effect) => answer(effect, seen));
  const sources = new Map(seen.result.map((volume) => [volume.VolumeId, volume]));
  return answerEach(effects, async (effect) => {
    const earlier = mayHaveBeenSent(effect) ? await takenEarlier(aws, effect) : undefined;
    if (earlier !== undefined) return { ok: true, result: { id: earlier } };
    const { id } = targetOf(effect);
    const source = sources.get(id);
    if (source === undefined || WITHOUT_SOURCE.has(source.State ?? ''))
      return refused(notSeen('InvalidVolume.NotFound', `volume ${id}`));
    return { ok: true, result: { id: await take(aws, effect, source) } };
  });
}

async function take(aws: Ec2Context, effect: TakeSnapshot, source: Volume): Promise<string> {
  const { identity, resource, spec } = effect;
  const purpose = purposeOf(spec);
  const subject = { resource, name: identity, identity, purpose };
  const command = new CreateSnapshotCommand({
    VolumeId: targetOf(effect).id,
    Description: `${purpose} of ${resource} by run ${aws.runId}`,
    TagSpecifications: [
      { ResourceType: 'snapshot', Tags: tagsFor('ec2', aws, subject, tagRecord(source.Tags)) },
    ],
  });
  const { SnapshotId: snapshotId } = await aws.call('CreateSnapshot', () => aws.client.send(command));
  if (snapshotId === undefined) throw malformedAnswer('CreateSnapshot');
  return snapshotId;
}

/**
 * EC2 has no token for snapshots: what an earlier request made is found by its tags. A first read may be stale, so it
 * is looked for once more after the settle window.
 */
async function takenEarlier(aws: Ec2Context, effect: TakeSnapshot): Promise<string | undefined> {
  const first = await takenAs(aws, effect);
  if (first !== undefined) return first;
  await aws.settle();
  return takenAs(aws, effect);
}

async function takenAs(aws: Ec2Context, effect: TakeSnapshot): Promise<string | undefined> {
  const identity = fittingValue('ec2', effect.identity);
  const volumeId = targetOf(effect).id;
  const seen = await describeSnapshotsWhere(aws, {
    Filters: [
      { Name: `tag:${IDENTITY_TAG}`, Values: [identity] },
      { Name: `tag:${RUN_TAG}`, Values: [aws.runId] },
    ],
  });
  const ours = seen.filter(
    ({ State, Tags, VolumeId }) =>
      State !== 'error' &&
      isOfRun(Tags, aws) &&
      tagValue(Tags, IDENTITY_TAG) === identity &&
      (VolumeId === undefined || VolumeId === volumeId),
  );
  const [oldest] = oldestFirst(ours, ({ StartTime, SnapshotId }) => ({ at: StartTime, id: SnapshotId }));
  return oldest?.SnapshotId;
}

/** Snapshots that this run took of what it recovered. Evidence is neither found nor removed. */
export function sweepSnapshots(
  aws: Ec2Context,
  effect: EffectOf<'sweep'>,
): Promise<Outcome<EffectResults['sweep']>> {
  return attempt(async () => {
    const seen = await protectionSnapshots(aws);
    const found = seen.flatMap(({ SnapshotId: id }): Made[] =>
      id === undefined ? [] : [made(aws, 'snapshot', id)],
    );
    const removed = await removeEach(surplusOf(effect, found), ({ id }) => deleteSnapshot(aws, id));
    return { found, removed };
  });
}

async function protectionSnapshots(aws: Ec2Context): Promise<readonly Snapshot[]> {
  const seen = await describeSnapshotsWhere(aws, {
    Filters: [
      { Name: `tag:${RUN_TAG}`, Values: [aws.runId] },
      { Name: `tag:${PURPOSE_TAG}`, Values: ['protection'] },
    ],
  });
  // The tags are checked again here: an endpoint that ignores filters must not lead to a deletion.
  return seen.filter(({ Tags }) => isOfRun(Tags, aws) && tagValue(Tags, PURPOSE_TAG) === 'protection');
}

/** Reads all of them in one request, then deletes those that exist and that this run made. Evidence of damage is never deleted. */
export async function deleteSnapshots(
  aws: Ec2Context,
  effects: readonly EffectOf<'delete'>[],
): Promise<readonly Answer[]> {
  const ids = effects.map(({ thing }) => thing.id);
  const seen = await attempt(() => describeSnapshots(aws, ids));
  if (!seen.ok) return effects.map((effect) => answer(effect, seen));
  const byId = new Map(seen.result.map((snapshot) => [snapshot.SnapshotId, snapshot]));
  return answerEach(effects, async (effect) => {
    const { id } = effect.thing;
    const snapshot = byId.get(id);
    if (snapshot === undefined) return goneAlready(effect);
    if (!isOfRun(snapshot.Tags, aws) || tagValue(snapshot.Tags, PURPOSE_TAG) === 'forensics')
      return refused(notOfThisRun(`snapshot ${id}`, aws));
    await deleteSnapshot(aws, id);
    return done;
  });
}

/** A snapshot that no longer exists counts as deleted. */
async function deleteSnapshot({ call, client }: Ec2Access, id: string): Promise<void> {
  try {
    await call('DeleteSnapshot', () => client.send(new DeleteSnapshotCommand({ SnapshotId: id })));
  } catch (error) {
    if (classify(error).class !== 'gone') throw error;
  }
}
