import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeVolumesCommand,
  DisableFastSnapshotRestoresCommand,
  EnableFastSnapshotRestoresCommand,
} from '@aws-sdk/client-ec2';
import type { CreateVolumeCommandInput, Tag } from '@aws-sdk/client-ec2';
import { VOLUME_REQUEST_ROWS } from '../../kinds/ebs-volume/settings.ts';
import { requestMembers } from '../../kinds/settings.ts';
import type { VolumeSpec } from '../../plan/types.ts';
import type { Probe, WantedActions } from '../../kinds/probes.ts';
import type { Failure } from '../../workflow/base/effects.ts';
import type { Clients } from '../adapter.ts';
import type { Sender } from '../clients.ts';
import { inTime, told } from '../probing.ts';
import { classify } from '../request-failures.ts';
import { tagsFor, type RunIdentity } from '../tags.ts';

/** No volume has this id: an endpoint that executes dry runs for real would delete nothing. */
const NO_VOLUME = 'vol-00000000000000000';
/** Failures after which the endpoint is not asked again: the next question would wait as long. */
const SILENCE: ReadonlySet<Failure['class']> = new Set([
  'unreachable',
  'transient',
  'throttled',
  'credentials',
]);

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

/**
 * Tries what a recovery would do, without doing it: dry runs. Never throws for what AWS says. An endpoint that executes dry runs for real is
 * detected by a read first, and is sent no request that could change anything.
 */
export async function probeEc2({ ec2 }: Clients, wanted: WantedActions): Promise<readonly Probe[]> {
  if (ec2 === undefined) return [];
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
    const answer = await ask({ abortSignal: inTime() });
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
