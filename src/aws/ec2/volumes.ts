import { CreateVolumeCommand, DeleteVolumeCommand } from '@aws-sdk/client-ec2';
import type { CreateVolumeCommandInput, Volume, VolumeType } from '@aws-sdk/client-ec2';
import type { Answer, EffectOf, EffectResults, Finding, MadeThing } from '../../workflow/base/effects.ts';
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
  type Settling,
} from '../answers.ts';
import { describeVolumes, describeVolumesWhere, type Ec2Access } from './reads.ts';
import { classify, malformedAnswer } from '../request-failures.ts';
import { FILTER_VALUES_PER_CALL, readInChunks } from '../pages.ts';
import { removeEach, surplusOf } from '../sweeping.ts';
import { IDENTITY_TAG, RUN_TAG } from '../../tags.ts';
import { fittingValue, isOfRun, tagsFor, tagValue, type RunIdentity } from '../tags.ts';

export type Ec2Context = Ec2Access & RunIdentity & Settling;

/** CreateVolume refuses IOPS for the other types. */
const TYPES_WITH_IOPS: ReadonlySet<string> = new Set(['gp3', 'io1', 'io2']);
const TYPES_WITH_THROUGHPUT: ReadonlySet<string> = new Set(['gp3']);
const ON_ITS_WAY_OUT: ReadonlySet<string> = new Set(['deleting', 'deleted']);
const UNUSABLE: ReadonlySet<string> = new Set([...ON_ITS_WAY_OUT, 'error']);

export async function createVolumes(
  aws: Ec2Context,
  effects: readonly EffectOf<'createVolume'>[],
): Promise<readonly Answer[]> {
  const earlier = await attempt(() => madeEarlier(aws, effects.filter(mayHaveBeenSent)));
  return answerEach(effects, async (effect) => {
    if (mayHaveBeenSent(effect)) {
      // Never asked again without a read first: an endpoint that ignores client tokens would make a second volume.
      if (!earlier.ok) return earlier;
      const volumeId = earlier.result.get(effect.token);
      if (volumeId !== undefined) return { ok: true, result: { volumeId } };
    }
    const command = new CreateVolumeCommand(createVolumeInput(aws, effect));
    const { VolumeId: volumeId } = await aws.call('CreateVolume', () => aws.client.send(command));
    if (volumeId === undefined) throw malformedAnswer('CreateVolume');
    return { ok: true, result: { volumeId } };
  });
}

/**
 * What earlier requests made, by token. Of several (the endpoint ignores client tokens) the oldest counts; the sweep removes the rest.
 */
async function madeEarlier(
  aws: Ec2Context,
  effects: readonly EffectOf<'createVolume'>[],
): Promise<ReadonlyMap<string, string>> {
  const tokens = new Map(effects.map(({ token }) => [fittingValue('ec2', token), token]));
  const seen = await readInChunks([...tokens.keys()], FILTER_VALUES_PER_CALL, (chunk) =>
    describeVolumesWhere(aws, [
      { Name: `tag:${IDENTITY_TAG}`, Values: [...chunk] },
      { Name: `tag:${RUN_TAG}`, Values: [aws.runId] },
    ]),
  );
  const usable = seen.filter(({ State, Tags }) => !UNUSABLE.has(State ?? '') && isOfRun(Tags, aws));
  const made = new Map<string, string>();
  for (const { VolumeId: id, Tags } of oldestFirst(usable, (volume) => ({
    at: volume.CreateTime,
    id: volume.VolumeId,
  }))) {
    const token = tokens.get(tagValue(Tags, IDENTITY_TAG) ?? '');
    if (id !== undefined && token !== undefined && !made.has(token)) made.set(token, id);
  }
  return made;
}

/** The same effect gives the same request, to the letter: EC2 refuses a token that comes with other parameters. */
function createVolumeInput(run: RunIdentity, effect: EffectOf<'createVolume'>): CreateVolumeCommandInput {
  const { spec, token, name, resource, mark } = effect;
  const { iops, throughputMiBps, kmsKeyId, rateMiBps } = spec;
  return {
    ClientToken: token,
    SnapshotId: spec.snapshotId,
    AvailabilityZone: spec.zone,
    VolumeType: spec.volumeType as VolumeType,
    Size: spec.sizeGiB,
    ...(iops !== undefined && TYPES_WITH_IOPS.has(spec.volumeType) && { Iops: iops }),
    ...(throughputMiBps !== undefined &&
      TYPES_WITH_THROUGHPUT.has(spec.volumeType) && { Throughput: throughputMiBps }),
    // `false` is refused for an encrypted snapshot; absent, the volume keeps the encryption of the snapshot.
    ...(spec.encrypted && { Encrypted: true }),
    ...(spec.encrypted && kmsKeyId !== undefined && { KmsKeyId: kmsKeyId }),
    ...(rateMiBps !== undefined && { VolumeInitializationRate: rateMiBps }),
    TagSpecifications: [
      {
        ResourceType: 'volume',
        Tags: tagsFor('ec2', run, { resource, name, identity: token, mark }, spec.tags),
      },
    ],
  };
}

/** Reads all of them in one request, then deletes those that exist and carry this run's tags. */
export async function deleteVolumes(
  aws: Ec2Context,
  effects: readonly EffectOf<'deleteVolume'>[],
): Promise<readonly Answer[]> {
  const seen = await attempt(async () =>
    byId(
      await describeVolumes(
        aws,
        effects.map(({ volumeId }) => volumeId),
      ),
    ),
  );
  if (!seen.ok) return effects.map((effect) => answer(effect, seen));
  return answerEach(effects, async (effect) => {
    const { volumeId } = effect;
    const volume = seen.result.get(volumeId);
    if (volume === undefined || ON_ITS_WAY_OUT.has(volume.State ?? '')) return goneAlready(effect);
    if (!isOfRun(volume.Tags, aws)) return refused(notOfThisRun(`volume ${volumeId}`, aws));
    await deleteVolume(aws, volumeId);
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
  effects: readonly EffectOf<'verify'>[],
): Promise<readonly Answer[]> {
  const ids = effects.flatMap(({ made }) => made.map(({ id }) => id));
  const seen = await attempt(async () => byId(await describeVolumes(aws, ids)));
  return effects.map((effect) => answer(effect, seen.ok ? verified(effect, seen.result) : seen));
}

function verified(
  { made, spec }: EffectOf<'verify'>,
  seen: ReadonlyMap<string, Volume>,
): Outcome<EffectResults['verify']> {
  if (spec.kind !== 'volume') throw new Error('EC2 was asked to verify a DB instance');
  const findings: Finding[] = [];
  for (const { id } of made) {
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
    const found = volumes.flatMap(({ VolumeId: id, State, Tags }): MadeThing[] =>
      id === undefined || ON_ITS_WAY_OUT.has(State ?? '') || !isOfRun(Tags, aws)
        ? []
        : [{ kind: 'volume', id }],
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
