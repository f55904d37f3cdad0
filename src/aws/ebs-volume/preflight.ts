import { fsrKey, fsrTargetOf } from '../../facts/ebs.ts';
import type { Snapshot, Volume } from '@aws-sdk/client-ec2';
import type { Thing } from '../../kinds/things.ts';
import type { EffectResults, Finding } from '../../workflow/base/effects.ts';
import { idsOf } from '../adapter.ts';
import { attempt } from '../answers.ts';
import { describeFsr, describeSnapshots, describeVolumes, type Ec2Access } from './reads.ts';
import { RequestFailure } from '../request-failures.ts';

/** Whether the snapshots and the volumes to copy are still usable, and the fast snapshot restore that is on. What is missing is a finding, not a failure. */
export async function preflightEbs(
  aws: Ec2Access,
  relies: readonly Thing<'existing'>[],
): Promise<EffectResults['preflight']> {
  const snapshots = idsOf(relies, 'snapshot');
  const seen = new Map(
    (await describeSnapshots(aws, snapshots)).map((snapshot) => [snapshot.SnapshotId, snapshot]),
  );
  const volumes = idsOf(relies, 'volume');
  const sources = new Map((await describeVolumes(aws, volumes)).map((volume) => [volume.VolumeId, volume]));
  const fsr = relies.filter(({ type }) => type === 'fsr');
  const states = await statesOf(aws, idsOf(fsr, 'fsr'));
  return {
    findings: [
      ...snapshots.flatMap((id) => snapshotFindings(id, seen.get(id))),
      ...volumes.flatMap((id) => sourceFindings(id, sources.get(id))),
    ],
    // AWS lists only what was enabled at some time.
    on: fsr.flatMap((thing) => {
      const status = states.get(thing.id) ?? 'disabled';
      return status === 'disabled' ? [] : [{ ...thing, status }];
    }),
  };
}

/** An unreadable state counts as disabled: the strategy meets the same refusal when it enables it. */
async function statesOf(
  aws: Ec2Access,
  keys: readonly string[],
): Promise<ReadonlyMap<string, string | undefined>> {
  const read = await attempt(() =>
    describeFsr(
      aws,
      keys.map((key) => fsrTargetOf(key).snapshotId),
    ),
  );
  if (!read.ok) {
    const { failure } = read;
    if (failure.class === 'unsupported' || failure.class === 'denied') return new Map();
    throw new RequestFailure(failure);
  }
  return new Map(
    read.result.map((entry) => [
      fsrKey({ snapshotId: entry.SnapshotId, zone: entry.AvailabilityZone }),
      entry.State,
    ]),
  );
}

function unusable(noun: string, id: string, message: string): Finding {
  return { subject: `${noun} ${id}`, message, code: 'backup-unusable', data: { thing: id } };
}

const READABLE: ReadonlySet<string> = new Set(['available', 'in-use']);

/** Of a volume that is to be copied. */
function sourceFindings(id: string, volume: Volume | undefined): Finding[] {
  if (volume === undefined) return [unusable('volume', id, 'no longer exists')];
  const { State: state } = volume;
  if (state === undefined || READABLE.has(state)) return [];
  return [unusable('volume', id, `is ${state}: EC2 copies volumes that are available or in use`)];
}

function snapshotFindings(id: string, snapshot: Snapshot | undefined): Finding[] {
  const finding = (message: string): Finding[] => [unusable('snapshot', id, message)];
  if (snapshot === undefined) return finding('no longer exists, or is not shared with this account');
  if (snapshot.State !== undefined && snapshot.State !== 'completed') {
    const why = snapshot.StateMessage === undefined ? '' : ` (${snapshot.StateMessage})`;
    return finding(`is ${snapshot.State}, not completed${why}`);
  }
  // A snapshot restored for a while from the archive stays in that tier, with the end of that while.
  if (snapshot.StorageTier === 'archive' && snapshot.RestoreExpiryTime === undefined) {
    return finding('is archived: bringing it back to the standard tier takes up to 72 h');
  }
  return [];
}
