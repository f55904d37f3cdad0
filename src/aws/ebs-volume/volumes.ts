import { CreateVolumeCommand, DeleteVolumeCommand } from '@aws-sdk/client-ec2';
import type { TagSpecification, Volume } from '@aws-sdk/client-ec2';
import { attachmentIds } from '../../kinds/ebs-volume/attachments.ts';
import { VOLUME_REQUEST_ROWS } from '../../kinds/ebs-volume/settings.ts';
import { requestMembers } from '../../kinds/settings.ts';
import type { Made } from '../../kinds/things.ts';
import type { Answer, EffectOf, EffectResults, Finding } from '../../workflow/base/effects.ts';
import { idsOf, operating, type OperateOrUndo } from '../adapter.ts';
import { compareVolume } from '../../verify/configuration.ts';
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
import { made, volumeSpecOf, type Ec2Context } from './access.ts';
import { attachmentTo } from './attach.ts';
import { describeVolumes, describeVolumesWhere, type Ec2Access } from './reads.ts';
import { classify, malformedAnswer } from '../request-failures.ts';
import { FILTER_VALUES_PER_CALL, readInChunks } from '../pages.ts';
import { removeEach, surplusOf } from '../sweeping.ts';
import { IDENTITY_TAG, RUN_TAG } from '../../tags.ts';
import { fittingValue, isOfRun, tagsFor, tagValue, type RunIdentity } from '../tags.ts';

const ON_ITS_WAY_OUT: ReadonlySet<string> = new Set(['deleting', 'deleted']);
const UNUSABLE: ReadonlySet<string> = new Set([...ON_ITS_WAY_OUT, 'error']);

export function createVolumes(aws: Ec2Context, asked: readonly OperateOrUndo[]): Promise<readonly Answer[]> {
  return makeVolumes(aws, asked, 'CreateVolume', async (effect) => {
    const members = requestMembers(VOLUME_REQUEST_ROWS, volumeSpecOf(effect.spec), 'CreateVolume');
    const { ClientToken, TagSpecifications } = requestFor(aws, effect);
    // In the order that recorded histories know: the simulator's faults follow from the text of a request.
    const command = new CreateVolumeCommand({ ClientToken, ...members, TagSpecifications });
    return (await aws.client.send(command)).VolumeId;
  });
}

/** Makes volumes by an operation that takes a client token. `send` gives the id of what was made. */
export async function makeVolumes(
  aws: Ec2Context,
  asked: readonly OperateOrUndo[],
  operation: 'CreateVolume' | 'CopyVolumes',
  send: (effect: EffectOf<'operate'>) => Promise<string | undefined>,
): Promise<readonly Answer[]> {
  const effects = operating(asked);
  const earlier = await attempt(() => madeEarlier(aws, effects.filter(mayHaveBeenSent)));
  return answerEach(effects, async (effect) => {
    if (mayHaveBeenSent(effect)) {
      // Never asked again without a read first: an endpoint that ignores client tokens would make a second volume.
      if (!earlier.ok) return earlier;
      const id = earlier.result.get(effect.identity);
      if (id !== undefined) return { ok: true, result: { id } };
    }
    const id = await aws.call(operation, () => send(effect));
    if (id === undefined) throw malformedAnswer(operation);
    return { ok: true, result: { id } };
  });
}

/**
 * What earlier requests made, by token. Of several (the endpoint ignores client tokens) the oldest counts; the sweep removes the rest.
 */
async function madeEarlier(
  aws: Ec2Context,
  effects: readonly EffectOf<'operate'>[],
): Promise<ReadonlyMap<string, string>> {
  const tokens = new Map(effects.map(({ identity }) => [fittingValue('ec2', identity), identity]));
  const seen = await readInChunks([...tokens.keys()], FILTER_VALUES_PER_CALL, (chunk) =>
    describeVolumesWhere(aws, [
      { Name: `tag:${IDENTITY_TAG}`, Values: [...chunk] },
      { Name: `tag:${RUN_TAG}`, Values: [aws.runId] },
    ]),
  );
  const usable = seen.filter(({ State, Tags }) => !UNUSABLE.has(State ?? '') && isOfRun(Tags, aws));
  const found = new Map<string, string>();
  for (const { VolumeId: id, Tags } of oldestFirst(usable, (volume) => ({
    at: volume.CreateTime,
    id: volume.VolumeId,
  }))) {
    const token = tokens.get(tagValue(Tags, IDENTITY_TAG) ?? '');
    if (id !== undefined && token !== undefined && !found.has(token)) found.set(token, id);
  }
  return found;
}

/** The members that no setting gives. The same effect gives the same request, to the letter: EC2 refuses a token that comes with other parameters. */
export function requestFor(
  run: RunIdentity,
  effect: EffectOf<'operate'>,
): { readonly ClientToken: string; readonly TagSpecifications: TagSpecification[] } {
  const { identity, name = identity, resource, mark } = effect;
  const subject = { resource, name, identity, ...(mark !== undefined && { mark }) };
  const Tags = tagsFor('ec2', run, subject, volumeSpecOf(effect.spec).tags);
  return { ClientToken: identity, TagSpecifications: [{ ResourceType: 'volume', Tags }] };
}

/** Reads all of them in one request, then deletes those that exist and carry this run's tags. */
export async function deleteVolumes(
  aws: Ec2Context,
  effects: readonly EffectOf<'delete'>[],
): Promise<readonly Answer[]> {
  const seen = await attempt(async () =>
    byId(
      await describeVolumes(
        aws,
        effects.map(({ thing }) => thing.id),
      ),
    ),
  );
  if (!seen.ok) return effects.map((effect) => answer(effect, seen));
  return answerEach(effects, async (effect) => {
    const { id } = effect.thing;
    const volume = seen.result.get(id);
    if (volume === undefined || ON_ITS_WAY_OUT.has(volume.State ?? '')) return goneAlready(effect);
    if (!isOfRun(volume.Tags, aws)) return refused(notOfThisRun(`volume ${id}`, aws));
    await deleteVolume(aws, id);
    return done;
  });
}

/** A volume that no longer exists counts as deleted. */
async function deleteVolume(aws: Ec2Access, volumeId: string): Promise<void> {
  try {
    await aws.call('DeleteVolume', () => aws.client.send(new DeleteVolumeCommand({ VolumeId: volumeId })));
  } catch (error) {
    if (classify(error).class !== 'gone') throw error;
  }
}

/** One read for all the volumes of all the effects. A volume that no read shows is `gone`, which is not the same as wrong. */
export async function verifyVolumes(
  aws: Ec2Access,
  effects: readonly EffectOf<'inspect'>[],
): Promise<readonly Answer[]> {
  const ids = effects.flatMap(({ things }) => idsOf(things, 'volume'));
  const seen = await attempt(async () => byId(await describeVolumes(aws, ids)));
  return effects.map((effect) => answer(effect, seen.ok ? verified(effect, seen.result) : seen));
}

function verified(
  effect: EffectOf<'inspect'>,
  seen: ReadonlyMap<string, Volume>,
): Outcome<EffectResults['inspect']> {
  const spec = volumeSpecOf(effect.spec);
  const findings: Finding[] = [];
  for (const id of idsOf(effect.things, 'attachment')) {
    const { volumeId, instanceId } = attachmentIds(id);
    const volume = seen.get(volumeId);
    if (volume !== undefined && attachmentTo(volume, instanceId) === undefined)
      return refused(notSeen('InvalidAttachment.NotFound', `attachment ${id}`));
  }
  for (const id of idsOf(effect.things, 'volume')) {
    const volume = seen.get(id);
    if (volume === undefined) return refused(notSeen('InvalidVolume.NotFound', `volume ${id}`));
    findings.push(...compareVolume(spec, volume));
  }
  return { ok: true, result: { findings } };
}

/** Volumes that carry this run's tag: found, and removed unless kept. What cannot be removed now stays found. */
export async function sweepVolumes(
  aws: Ec2Context,
  effect: EffectOf<'sweep'>,
): Promise<Outcome<EffectResults['sweep']>> {
  return attempt(async () => {
    const volumes = await describeVolumesWhere(aws, [{ Name: `tag:${RUN_TAG}`, Values: [aws.runId] }]);
    // The tags are checked again here: an endpoint that ignores filters must not lead to a deletion.
    const found = volumes.flatMap(({ VolumeId: id, State, Tags }): Made[] =>
      id === undefined || ON_ITS_WAY_OUT.has(State ?? '') || !isOfRun(Tags, aws)
        ? []
        : [made(aws, 'volume', id)],
    );
    const removed = await removeEach(surplusOf(effect, found), ({ id }) => deleteVolume(aws, id));
    return { found, removed };
  });
}

function byId(volumes: readonly Volume[]): ReadonlyMap<string, Volume> {
  return new Map(
    volumes.flatMap((volume) => (volume.VolumeId === undefined ? [] : [[volume.VolumeId, volume]])),
  );
}
