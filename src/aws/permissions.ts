import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeVolumesCommand,
  DisableFastSnapshotRestoresCommand,
  EnableFastSnapshotRestoresCommand,
} from '@aws-sdk/client-ec2';
import type { CreateVolumeCommandInput, Tag } from '@aws-sdk/client-ec2';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { VOLUME_REQUEST_ROWS } from '../kinds/ebs-volume/settings.ts';
import { requestMembers } from '../kinds/settings.ts';
import type { VolumeSpec } from '../plan/types.ts';
import type { Probe, WantedActions } from '../kinds/probes.ts';
import type { Failure } from '../workflow/base/effects.ts';
import { parameterName } from './claim/parameter.ts';
import type { Sender } from './clients.ts';
import { classify } from './request-failures.ts';
import { tagsFor, type RunIdentity } from './tags.ts';

export interface ProbeClients {
  readonly ec2?: Sender<'ec2'>;
  readonly ssm?: Sender<'ssm'>;
}

/** A probe is optional: it waits a shorter time for an answer than a recovery does. */
const ANSWER_WITHIN_MS = 10_000;
/** No volume has this id: an endpoint that executes dry runs for real would delete nothing. */
const NO_VOLUME = 'vol-00000000000000000';
/** Failures after which the endpoint is not asked again: the next question would wait as long. */
const SILENCE: ReadonlySet<Failure['class']> = new Set([
  'unreachable',
  'transient',
  'throttled',
  'credentials',
]);

/**
 * Tries what a recovery would do, without doing it: dry runs of EC2, a read of SSM. Never throws for what AWS says.
 * An endpoint that executes dry runs for real is detected by a read first, and is sent no request that could change anything.
 */
export async function probePermissions(
  { ec2, ssm }: ProbeClients,
  wanted: WantedActions,
): Promise<readonly Probe[]> {
  const probes = await Promise.all([
    ec2 === undefined ? [] : probeEc2(ec2, wanted),
    ssm === undefined ? [] : probeMark(ssm, wanted.runbook),
  ]);
  return probes.flat();
}

interface Question {
  readonly action: string;
  /** A denial is no proof: what the run deletes carries its tags, and the example does not. */
  readonly untagged?: true;
  ask(options: { readonly abortSignal: AbortSignal }): Promise<unknown>;
}

type Reply =
  | { readonly kind: 'would' }
  | { readonly kind: 'did'; readonly made?: string }
  | { readonly kind: 'failed'; readonly failure: Failure };

async function probeEc2(ec2: Sender<'ec2'>, wanted: WantedActions): Promise<readonly Probe[]> {
  const questions = questionsFor(ec2, wanted);
  if (questions.length === 0) return [];
  const why = await whyNoDryRuns(ec2);
  const probes: Probe[] = [];
  let given = why;
  for (const question of questions) {
    if (given !== undefined) {
      probes.push({ action: question.action, verdict: 'unverified', why: given });
      continue;
    }
    const reply = await dryRun(question);
    if (reply.kind === 'did') given = 'the endpoint executes dry runs for real, and was sent no more';
    if (reply.kind === 'failed' && SILENCE.has(reply.failure.class)) given = told(reply.failure);
    probes.push(...(await judge(question, reply, ec2, wanted)));
  }
  return probes;
}

function questionsFor(ec2: Sender<'ec2'>, wanted: WantedActions): readonly Question[] {
  const questions: Question[] = [];
  const { createVolume, createSnapshotOf, fastSnapshotRestore, deletesVolumes } = wanted;
  if (createVolume !== undefined) {
    const input = volumeInput(createVolume, tagsOfVolume(wanted));
    questions.push({
      action: 'ec2:CreateVolume',
      ask: (options) => ec2.send(new CreateVolumeCommand(input), options),
    });
  }
  if (createSnapshotOf !== undefined) {
    const tags = [{ ResourceType: 'snapshot' as const, Tags: tagsOfSnapshot(wanted) }];
    const input = { VolumeId: createSnapshotOf, TagSpecifications: tags, DryRun: true };
    questions.push({
      action: 'ec2:CreateSnapshot',
      ask: (options) => ec2.send(new CreateSnapshotCommand(input), options),
    });
  }
  if (fastSnapshotRestore !== undefined) {
    const { snapshotId, zone } = fastSnapshotRestore;
    const input = { SourceSnapshotIds: [snapshotId], AvailabilityZones: [zone], DryRun: true };
    questions.push(
      {
        action: 'ec2:EnableFastSnapshotRestores',
        ask: (options) => ec2.send(new EnableFastSnapshotRestoresCommand(input), options),
      },
      {
        action: 'ec2:DisableFastSnapshotRestores',
        ask: (options) => ec2.send(new DisableFastSnapshotRestoresCommand(input), options),
      },
    );
  }
  if (deletesVolumes === true) {
    questions.push({
      action: 'ec2:DeleteVolume',
      untagged: true,
      ask: (options) => ec2.send(new DeleteVolumeCommand({ VolumeId: NO_VOLUME, DryRun: true }), options),
    });
  }
  return questions;
}

async function judge(
  question: Question,
  reply: Reply,
  ec2: Sender<'ec2'>,
  wanted: WantedActions,
): Promise<readonly Probe[]> {
  const { action } = question;
  const tagged = { action: 'ec2:CreateTags', why: `asked together with ${action}` };
  const makes = action === 'ec2:CreateVolume' || action === 'ec2:CreateSnapshot';
  if (reply.kind === 'did') {
    const why = 'the endpoint executes dry runs for real';
    return [{ action, verdict: 'unverified', why, ...(reply.made !== undefined && { made: reply.made }) }];
  }
  if (reply.kind === 'would') {
    const allowed: Probe = { action, verdict: 'allowed', why: 'a dry run would have succeeded' };
    return action === 'ec2:CreateVolume' ? [allowed, { ...tagged, verdict: 'allowed' }] : [allowed];
  }
  const why = told(reply.failure);
  if (reply.failure.class !== 'denied') return [{ action, verdict: 'unverified', why }];
  if (question.untagged === true) return [{ action, verdict: 'refused-untagged', why }];
  // Making and tagging are two permissions in one request: without the tags it shows which of them is missing.
  const untagged = makes ? await dryRun(withoutTags(action, ec2, wanted)) : reply;
  if (untagged.kind !== 'would') return [{ action, verdict: 'denied', why }];
  return [
    { action, verdict: 'allowed', why: 'a dry run would have succeeded' },
    { ...tagged, verdict: 'denied', why },
  ];
}

function withoutTags(action: string, ec2: Sender<'ec2'>, wanted: WantedActions): Question {
  const { createVolume, createSnapshotOf } = wanted;
  return {
    action,
    ask: async (options) => {
      if (action === 'ec2:CreateVolume' && createVolume !== undefined) {
        return ec2.send(new CreateVolumeCommand(volumeInput(createVolume, [])), options);
      }
      return ec2.send(new CreateSnapshotCommand({ VolumeId: createSnapshotOf, DryRun: true }), options);
    },
  };
}

/** Reads change nothing: the answer to one with `DryRun` tells whether the endpoint honors it. */
async function whyNoDryRuns(ec2: Sender<'ec2'>): Promise<string | undefined> {
  const reply = await dryRun({
    action: 'ec2:DescribeVolumes',
    ask: (options) => ec2.send(new DescribeVolumesCommand({ MaxResults: 5, DryRun: true }), options),
  });
  if (reply.kind === 'would') return undefined;
  return reply.kind === 'did' ? 'the endpoint executes dry runs for real' : told(reply.failure);
}

async function dryRun({ action, ask }: Question): Promise<Reply> {
  try {
    const answer = await ask({ abortSignal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    const made = madeBy(action, answer);
    return { kind: 'did', ...(made !== undefined && { made }) };
  } catch (error) {
    if (error instanceof Error && error.name === 'DryRunOperation') return { kind: 'would' };
    return { kind: 'failed', failure: classify(error) };
  }
}

/** An answer names its source too. */
function madeBy(action: string, answer: unknown): string | undefined {
  const { VolumeId, SnapshotId } = answer as { readonly VolumeId?: unknown; readonly SnapshotId?: unknown };
  const id =
    action === 'ec2:CreateVolume' ? VolumeId : action === 'ec2:CreateSnapshot' ? SnapshotId : undefined;
  return typeof id === 'string' ? id : undefined;
}

async function probeMark(ssm: Sender<'ssm'>, runbook: string): Promise<readonly Probe[]> {
  const action = 'ssm:GetParameter';
  const allowed: Probe = { action, verdict: 'allowed', why: 'it was read' };
  try {
    const command = new GetParameterCommand({ Name: parameterName(runbook) });
    await ssm.send(command, { abortSignal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    return [allowed];
  } catch (error) {
    if (error instanceof Error && error.name === 'ParameterNotFound') return [allowed];
    const failure = classify(error);
    return [{ action, verdict: failure.class === 'denied' ? 'denied' : 'unverified', why: told(failure) }];
  }
}

function volumeInput(spec: VolumeSpec, tags: Tag[]): CreateVolumeCommandInput {
  return {
    ...requestMembers(VOLUME_REQUEST_ROWS, spec, 'CreateVolume'),
    ...(tags.length > 0 && { TagSpecifications: [{ ResourceType: 'volume', Tags: tags }] }),
    DryRun: true,
  };
}

/** The tags that a restore gives: policies may ask for each of them. */
function tagsOfVolume(wanted: WantedActions): Tag[] {
  return tagsFor('ec2', runOf(wanted), { ...SUBJECT, mark: MARK }, {});
}

function tagsOfSnapshot(wanted: WantedActions): Tag[] {
  return tagsFor('ec2', runOf(wanted), { ...SUBJECT, purpose: 'protection' }, {});
}

const SUBJECT = { resource: 'check', name: 'check', identity: 'check' } as const;
const MARK = { mode: 'restore', strategy: 'check', round: 0, copy: 0, generation: 1 } as const;

function runOf({ runbook }: WantedActions): RunIdentity {
  return { runId: `${runbook}-check`, runbook, mode: 'restore' };
}

function told({ code, message }: Failure): string {
  if (code === 'AbortError') return `no answer within ${ANSWER_WITHIN_MS / 1_000} s`;
  return `${code}: ${message}`;
}
