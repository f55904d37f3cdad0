import {
  CopyVolumesCommand,
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeVolumesCommand,
  DisableFastSnapshotRestoresCommand,
  EnableFastSnapshotRestoresCommand,
} from '@aws-sdk/client-ec2';
import type { Tag, TagSpecification } from '@aws-sdk/client-ec2';
import { VOLUME_REQUEST_ROWS } from '../../kinds/ebs-volume/settings.ts';
import { requestMembers } from '../../kinds/settings.ts';
import type { Probe, WantedActions } from '../../kinds/probes.ts';
import type { Failure } from '../../workflow/base/effects.ts';
import type { Clients } from '../adapter.ts';
import type { Sender } from '../clients.ts';
import { inTime, told } from '../probing.ts';
import { classify } from '../request-failures.ts';
import { tagsFor, type RunIdentity } from '../tags.ts';
import { copyMembers } from './copy.ts';

/** No volume has this id: an endpoint that executes dry runs for real would delete nothing. */
const NO_VOLUME = 'vol-00000000000000000';
/** Failures after which the endpoint is not asked again: the next question would wait as long. */
const SILENCE: ReadonlySet<Failure['class']> = new Set([
  'unreachable',
  'transient',
  'throttled',
  'credentials',
]);

const MAKES_VOLUMES: ReadonlySet<string> = new Set(['ec2:CreateVolume', 'ec2:CopyVolumes']);

interface Question {
  readonly action: string;
  /** A denial is no proof: what the run deletes carries its tags, and the example does not. */
  readonly untagged?: true;
  ask(options: Options): Promise<unknown>;
  /** The same without the tags, of what is made with tags. */
  withoutTags?(options: Options): Promise<unknown>;
}

interface Options {
  readonly abortSignal: AbortSignal;
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
    probes.push(...(await judge(question, reply)));
  }
  return probes;
}

interface Making {
  readonly DryRun: true;
  readonly TagSpecifications?: TagSpecification[];
}

/** A request that makes something, with the tags that a restore gives: policies may ask for each of them. */
function making(
  action: string,
  ResourceType: 'volume' | 'snapshot',
  Tags: Tag[],
  send: (input: Making, options: Options) => Promise<unknown>,
): Question {
  const DryRun = true;
  return {
    action,
    ask: (options) => send({ TagSpecifications: [{ ResourceType, Tags }], DryRun }, options),
    withoutTags: (options) => send({ DryRun }, options),
  };
}

function questionsFor(ec2: Sender<'ec2'>, wanted: WantedActions): readonly Question[] {
  const questions: Question[] = [];
  const { createVolume, copyVolume, createSnapshotOf, fastSnapshotRestore, deletesVolumes } = wanted;
  if (createVolume !== undefined) {
    const members = requestMembers(VOLUME_REQUEST_ROWS, createVolume, 'CreateVolume');
    questions.push(
      making('ec2:CreateVolume', 'volume', tagsOfVolume(wanted), (input, options) =>
        ec2.send(new CreateVolumeCommand({ ...members, ...input }), options),
      ),
    );
  }
  if (copyVolume !== undefined) {
    const members = copyMembers(copyVolume);
    questions.push(
      making('ec2:CopyVolumes', 'volume', tagsOfVolume(wanted), (input, options) =>
        ec2.send(new CopyVolumesCommand({ ...members, ...input }), options),
      ),
    );
  }
  if (createSnapshotOf !== undefined)
    questions.push(
      making('ec2:CreateSnapshot', 'snapshot', tagsOfSnapshot(wanted), (input, options) =>
        ec2.send(new CreateSnapshotCommand({ VolumeId: createSnapshotOf, ...input }), options),
      ),
    );
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

async function judge(question: Question, reply: Reply): Promise<readonly Probe[]> {
  const { action, withoutTags } = question;
  const tagged = { action: 'ec2:CreateTags', why: `asked together with ${action}` };
  if (reply.kind === 'did') {
    const why = 'the endpoint executes dry runs for real';
    return [{ action, verdict: 'unverified', why, ...(reply.made !== undefined && { made: reply.made }) }];
  }
  if (reply.kind === 'would') {
    const allowed: Probe = { action, verdict: 'allowed', why: 'a dry run would have succeeded' };
    // The first thing that a recovery makes and tags tells of the tags.
    return MAKES_VOLUMES.has(action) ? [allowed, { ...tagged, verdict: 'allowed' }] : [allowed];
  }
  const why = told(reply.failure);
  if (reply.failure.class !== 'denied') return [{ action, verdict: 'unverified', why }];
  if (question.untagged === true) return [{ action, verdict: 'refused-untagged', why }];
  // Making and tagging are two permissions in one request: without the tags it shows which of them is missing.
  const untagged = withoutTags === undefined ? reply : await dryRun({ action, ask: withoutTags });
  if (untagged.kind !== 'would') return [{ action, verdict: 'denied', why }];
  return [
    { action, verdict: 'allowed', why: 'a dry run would have succeeded' },
    { ...tagged, verdict: 'denied', why },
  ];
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
  const { VolumeId, SnapshotId, Volumes } = answer as {
    readonly VolumeId?: unknown;
    readonly SnapshotId?: unknown;
    readonly Volumes?: readonly { readonly VolumeId?: unknown }[];
  };
  const ids: Readonly<Record<string, unknown>> = {
    'ec2:CreateVolume': VolumeId,
    'ec2:CopyVolumes': Volumes?.[0]?.VolumeId,
    'ec2:CreateSnapshot': SnapshotId,
  };
  const id = ids[action];
  return typeof id === 'string' ? id : undefined;
}

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
