import { DisableFastSnapshotRestoresCommand, EnableFastSnapshotRestoresCommand } from '@aws-sdk/client-ec2';
import { FSR_SNAPSHOTS_PER_CALL, fsrKey, fsrTargetOf } from '../../facts/ebs.ts';
import type { Answer, EffectResults, Failure } from '../../workflow/base/effects.ts';
import { targetOf, type OperateOrUndo } from '../adapter.ts';
import { answer, attempt, done, mayHaveBeenSent, refused, type Outcome } from '../answers.ts';
import { describeFsr, type Ec2Access } from './reads.ts';
import { failureOf, malformedAnswer } from '../request-failures.ts';
import { chunksOf } from '../pages.ts';

type Switch = 'on' | 'off';
type SwitchOutcome = Outcome<EffectResults['operate']>;
type Outcomes = ReadonlyMap<string, SwitchOutcome>;

interface Target {
  readonly snapshotId: string;
  readonly zone: string;
}

interface Batch {
  readonly to: Switch;
  readonly zone: string;
  readonly snapshotIds: readonly string[];
}

/** Both answers have this shape. */
interface SwitchAnswer {
  readonly Successful?: readonly { readonly SnapshotId?: string | undefined }[] | undefined;
  readonly Unsuccessful?: readonly Unsuccessful[] | undefined;
}
interface Unsuccessful {
  readonly SnapshotId?: string | undefined;
  readonly FastSnapshotRestoreStateErrors?:
    | readonly {
        readonly AvailabilityZone?: string | undefined;
        readonly Error?:
          { readonly Code?: string | undefined; readonly Message?: string | undefined } | undefined;
      }[]
    | undefined;
}

const WAS_ON: SwitchOutcome = { ok: true, result: { data: { wasOn: true } } };

/** States that are what was asked for, or on the way there. */
const AS_WANTED: Readonly<Record<Switch, ReadonlySet<string>>> = {
  on: new Set(['enabling', 'optimizing', 'enabled']),
  off: new Set(['disabling', 'disabled']),
};

/** The id of the thing says all. */
function targetIn(effect: OperateOrUndo): Target {
  return fsrTargetOf((effect.type === 'undo' ? effect.thing : targetOf(effect)).id);
}

/** Ten snapshots of one zone share a request. */
export function zoneOf(effect: OperateOrUndo): string {
  return targetIn(effect).zone;
}

export async function enableFsr(
  aws: Ec2Access,
  effects: readonly OperateOrUndo[],
): Promise<readonly Answer[]> {
  const wereOn = await onBefore(aws, effects);
  const others = await switchFsr(
    aws,
    'on',
    effects.filter(({ id }) => !wereOn.has(id)),
  );
  return [...effects.flatMap((effect) => (wereOn.has(effect.id) ? [answer(effect, WAS_ON)] : [])), ...others];
}

export function disableFsr(aws: Ec2Access, effects: readonly OperateOrUndo[]): Promise<readonly Answer[]> {
  return switchFsr(aws, 'off', effects);
}

/** Switches fast snapshot restore on or off, ten snapshots of a zone a call; each effect has the answer for its own snapshot. */
export async function switchFsr(
  aws: Ec2Access,
  to: Switch,
  effects: readonly OperateOrUndo[],
): Promise<readonly Answer[]> {
  const batches = batchesOf(to, effects.map(targetIn));
  const outcomes = await Promise.all(batches.map((batch) => switchBatch(aws, batch)));
  const byKey = new Map(
    batches.flatMap(({ zone }, index) =>
      [...(outcomes[index] ?? [])].map(([snapshotId, outcome]) => [fsrKey({ snapshotId, zone }), outcome]),
    ),
  );
  return effects.map((effect) => {
    const outcome = byKey.get(fsrKey(targetIn(effect)));
    if (outcome === undefined) throw new Error(`no outcome for ${effect.id}`);
    return answer(effect, outcome);
  });
}

/**
 * The effects whose snapshot was already enabled when requested. EC2 does not tell which process enabled it, so an effect that may
 * have been sent before is left out: its own request may have done it. An unreadable state counts as disabled.
 */
async function onBefore(aws: Ec2Access, effects: readonly OperateOrUndo[]): Promise<ReadonlySet<string>> {
  const fresh = effects.filter((effect) => !mayHaveBeenSent(effect));
  const seen = await attempt(() =>
    describeFsr(
      aws,
      fresh.map((effect) => targetIn(effect).snapshotId),
    ),
  );
  const on = new Set(
    (seen.ok ? seen.result : [])
      .filter(({ State }) => AS_WANTED.on.has(State ?? 'disabled'))
      .map((entry) => fsrKey({ snapshotId: entry.SnapshotId, zone: entry.AvailabilityZone })),
  );
  return new Set(fresh.flatMap((effect) => (on.has(fsrKey(targetIn(effect))) ? [effect.id] : [])));
}

function batchesOf(to: Switch, targets: readonly Target[]): readonly Batch[] {
  const zones = [...new Set(targets.map(({ zone }) => zone))];
  return zones.flatMap((zone) => {
    const snapshotIds = targets.filter((one) => one.zone === zone).map(({ snapshotId }) => snapshotId);
    return chunksOf(snapshotIds, FSR_SNAPSHOTS_PER_CALL).map((chunk) => ({ to, zone, snapshotIds: chunk }));
  });
}

async function switchBatch(aws: Ec2Access, batch: Batch): Promise<Outcomes> {
  const sent = await attempt(() => send(aws, batch));
  if (sent.ok) return settled(aws, batch, perSnapshot(batch, sent.result));
  const { failure } = sent;
  // One refused snapshot may fail the whole call: the others are asked for one by one.
  if (batch.snapshotIds.length > 1 && (failure.class === 'gone' || failure.class === 'invalid')) {
    const alone = batch.snapshotIds.map((snapshotId) =>
      switchBatch(aws, { ...batch, snapshotIds: [snapshotId] }),
    );
    return new Map((await Promise.all(alone)).flatMap((outcomes) => [...outcomes]));
  }
  return settled(aws, batch, new Map(batch.snapshotIds.map((snapshotId) => [snapshotId, refused(failure)])));
}

function send({ client, call }: Ec2Access, { to, zone, snapshotIds }: Batch): Promise<SwitchAnswer> {
  const input = { AvailabilityZones: [zone], SourceSnapshotIds: [...snapshotIds] };
  return to === 'on'
    ? call('EnableFastSnapshotRestores', () => client.send(new EnableFastSnapshotRestoresCommand(input)))
    : call('DisableFastSnapshotRestores', () => client.send(new DisableFastSnapshotRestoresCommand(input)));
}

/** Partial success is normal. A snapshot that the answer does not name is not known to have been switched. */
function perSnapshot({ to, zone, snapshotIds }: Batch, { Successful, Unsuccessful }: SwitchAnswer): Outcomes {
  const successful = new Set((Successful ?? []).map(({ SnapshotId }) => SnapshotId));
  return new Map(
    snapshotIds.map((snapshotId): [string, SwitchOutcome] => {
      const failed = Unsuccessful?.find(({ SnapshotId }) => SnapshotId === snapshotId);
      if (failed !== undefined) return [snapshotId, refused(failureFor(failed, zone))];
      if (successful.has(snapshotId)) return [snapshotId, done];
      const operation = to === 'on' ? 'EnableFastSnapshotRestores' : 'DisableFastSnapshotRestores';
      return [snapshotId, refused(malformedAnswer(operation).failure)];
    }),
  );
}

function failureFor(failed: Unsuccessful, zone: string): Failure {
  const errors = failed.FastSnapshotRestoreStateErrors ?? [];
  const error = (errors.find(({ AvailabilityZone }) => AvailabilityZone === zone) ?? errors[0])?.Error;
  return failureOf(error?.Code ?? 'Unsuccessful', error?.Message ?? '');
}

/** AWS refuses to switch on what is on and off what is off or gone; that is success. The state decides, not the wording of the refusal. */
async function settled(aws: Ec2Access, { to, zone }: Batch, outcomes: Outcomes): Promise<Outcomes> {
  const doubtful = [...outcomes].flatMap(([snapshotId, outcome]) =>
    !outcome.ok && isDoubtful(to, outcome.failure) ? [snapshotId] : [],
  );
  if (doubtful.length === 0) return outcomes;
  const seen = await attempt(() => describeFsr(aws, doubtful));
  // Without a read the refusal stands, and the workflow asks again.
  if (!seen.ok) return outcomes;
  const states = new Map(
    seen.result
      .filter(({ AvailabilityZone }) => AvailabilityZone === zone)
      .map(({ SnapshotId, State }) => [SnapshotId, State]),
  );
  return new Map(
    [...outcomes].map(([snapshotId, outcome]): [string, SwitchOutcome] => {
      const isSo = doubtful.includes(snapshotId) && AS_WANTED[to].has(states.get(snapshotId) ?? 'disabled');
      return [snapshotId, isSo ? done : outcome];
    }),
  );
}

function isDoubtful(to: Switch, failure: Failure): boolean {
  if (failure.class === 'gone') return to === 'off';
  return failure.class === 'invalid' || failure.class === 'busy';
}
