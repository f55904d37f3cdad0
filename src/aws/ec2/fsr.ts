import { DisableFastSnapshotRestoresCommand, EnableFastSnapshotRestoresCommand } from '@aws-sdk/client-ec2';
import { FSR_SNAPSHOTS_PER_CALL, fsrKey } from '../../facts/ebs.ts';
import type { Answer, EffectOf, EffectResults, Failure } from '../../workflow/base/effects.ts';
import { answer, attempt, done, mayHaveBeenSent, refused, type Outcome } from '../answers.ts';
import { describeFsr, type Ec2Access } from './reads.ts';
import { failureOf, malformedAnswer } from '../request-failures.ts';
import { chunksOf } from '../pages.ts';

type SwitchEffect = EffectOf<'enableFsr'> | EffectOf<'disableFsr'>;
type SwitchOutcome = Outcome<EffectResults['enableFsr']>;
type Outcomes = ReadonlyMap<string, SwitchOutcome>;

interface Batch {
  readonly kind: SwitchEffect['kind'];
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

const WAS_ON: SwitchOutcome = { ok: true, result: { wasOn: true } };

/** States that are what was asked for, or on the way there. */
const AS_WANTED: Readonly<Record<SwitchEffect['kind'], ReadonlySet<string>>> = {
  enableFsr: new Set(['enabling', 'optimizing', 'enabled']),
  disableFsr: new Set(['disabling', 'disabled']),
};

/** Switches fast snapshot restore on or off, ten snapshots of a zone a call; each effect has the answer for its own snapshot. */
export async function switchFsr(
  aws: Ec2Access,
  effects: readonly SwitchEffect[],
): Promise<readonly Answer[]> {
  const wereOn = await onBefore(aws, effects);
  const batches = batchesOf(effects.filter((effect) => !wereOn.has(effect.id)));
  const outcomes = await Promise.all(batches.map((batch) => switchBatch(aws, batch)));
  const byZone = new Map<string, Map<string, SwitchOutcome>>();
  batches.forEach(({ zone }, index) => {
    const ofZone = byZone.get(zone) ?? new Map<string, SwitchOutcome>();
    for (const [snapshotId, outcome] of outcomes[index] ?? []) ofZone.set(snapshotId, outcome);
    byZone.set(zone, ofZone);
  });
  return effects.map((effect) => {
    const outcome = wereOn.has(effect.id) ? WAS_ON : byZone.get(effect.zone)?.get(effect.snapshotId);
    if (outcome === undefined) throw new Error(`no outcome for ${effect.id}`);
    return effect.kind === 'enableFsr'
      ? answer<'enableFsr'>(effect, outcome)
      : answer<'disableFsr'>(effect, outcome);
  });
}

/**
 * The effects whose snapshot was already enabled when requested. EC2 does not tell which process enabled it, so an effect that may
 * have been sent before is left out: its own request may have done it. An unreadable state counts as disabled.
 */
async function onBefore(aws: Ec2Access, effects: readonly SwitchEffect[]): Promise<ReadonlySet<string>> {
  const fresh = effects.filter((effect) => effect.kind === 'enableFsr' && !mayHaveBeenSent(effect));
  const seen = await attempt(() =>
    describeFsr(
      aws,
      fresh.map(({ snapshotId }) => snapshotId),
    ),
  );
  const on = new Set(
    (seen.ok ? seen.result : [])
      .filter(({ State }) => AS_WANTED.enableFsr.has(State ?? 'disabled'))
      .map((entry) => fsrKey({ snapshotId: entry.SnapshotId, zone: entry.AvailabilityZone })),
  );
  return new Set(
    fresh.filter(({ snapshotId, zone }) => on.has(fsrKey({ snapshotId, zone }))).map(({ id }) => id),
  );
}

function batchesOf(effects: readonly SwitchEffect[]): readonly Batch[] {
  const zones = [...new Set(effects.map(({ zone }) => zone))];
  return zones.flatMap((zone) => {
    const ofZone = effects.filter((effect) => effect.zone === zone);
    const kind = ofZone[0]?.kind ?? 'enableFsr';
    const snapshotIds = ofZone.map(({ snapshotId }) => snapshotId);
    return chunksOf(snapshotIds, FSR_SNAPSHOTS_PER_CALL).map((chunk) => ({ kind, zone, snapshotIds: chunk }));
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

function send({ client, call }: Ec2Access, { kind, zone, snapshotIds }: Batch): Promise<SwitchAnswer> {
  const input = { AvailabilityZones: [zone], SourceSnapshotIds: [...snapshotIds] };
  return kind === 'enableFsr'
    ? call('EnableFastSnapshotRestores', () => client.send(new EnableFastSnapshotRestoresCommand(input)))
    : call('DisableFastSnapshotRestores', () => client.send(new DisableFastSnapshotRestoresCommand(input)));
}

/** Partial success is normal. A snapshot that the answer does not name is not known to have been switched. */
function perSnapshot(
  { kind, zone, snapshotIds }: Batch,
  { Successful, Unsuccessful }: SwitchAnswer,
): Outcomes {
  const successful = new Set((Successful ?? []).map(({ SnapshotId }) => SnapshotId));
  return new Map(
    snapshotIds.map((snapshotId): [string, SwitchOutcome] => {
      const failed = Unsuccessful?.find(({ SnapshotId }) => SnapshotId === snapshotId);
      if (failed !== undefined) return [snapshotId, refused(failureFor(failed, zone))];
      if (successful.has(snapshotId)) return [snapshotId, done];
      const operation = kind === 'enableFsr' ? 'EnableFastSnapshotRestores' : 'DisableFastSnapshotRestores';
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
async function settled(aws: Ec2Access, { kind, zone }: Batch, outcomes: Outcomes): Promise<Outcomes> {
  const doubtful = [...outcomes].flatMap(([snapshotId, outcome]) =>
    !outcome.ok && isDoubtful(kind, outcome.failure) ? [snapshotId] : [],
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
      const isSo = doubtful.includes(snapshotId) && AS_WANTED[kind].has(states.get(snapshotId) ?? 'disabled');
      return [snapshotId, isSo ? done : outcome];
    }),
  );
}

function isDoubtful(kind: SwitchEffect['kind'], failure: Failure): boolean {
  if (failure.class === 'gone') return kind === 'disableFsr';
  return failure.class === 'invalid' || failure.class === 'busy';
}
