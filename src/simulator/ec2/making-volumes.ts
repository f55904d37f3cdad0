import { GP3_IOPS, GP3_THROUGHPUT_MIBPS } from '../../facts/storage-rules.ts';
import { MINUTE_MS, SECOND_MS } from '../../time.ts';
import type { Instant } from '../../time.ts';
import { VOLUME_CREATING_SECONDS, VOLUME_KEY_FAILURE_MS } from '../model/rates.ts';
import type { VolumeRecord } from '../model/records.ts';
import { ec2Failure } from '../service/ec2-rds-errors.ts';
import { storagePool } from '../state/state.ts';
import type { WorldState } from '../state/state.ts';

// What CreateVolume and CopyVolumes have in common.

/**
 * The volume that a request with this token has made before, also if it was deleted since.
 *
 * @throws EC2ServiceException IdempotentParameterMismatch
 */
export function earlierVolume(
  state: WorldState,
  token: string | undefined,
  request: string,
): VolumeRecord | undefined {
  const earlier = token === undefined ? undefined : state.volumeOfToken(token);
  if (earlier === undefined || earlier.request === request) return earlier;
  throw ec2Failure(
    'IdempotentParameterMismatch',
    `The client token '${token}' was used with other parameters.`,
  );
}

export function fingerprintOf(input: object): string {
  const parameters = { ...input, ClientToken: undefined, DryRun: undefined };
  const entries = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function newVolumeId(state: WorldState, identity: string): string {
  let id = `vol-${state.dice.hex(17, `volume/${identity}`)}`;
  for (let again = 1; state.volumes.has(id); again += 1)
    id = `vol-${state.dice.hex(17, `volume/${identity}/${again}`)}`;
  return id;
}

type Asked = Pick<VolumeRecord, 'type' | 'sizeGiB' | 'iops' | 'throughputMiBps' | 'encrypted' | 'kmsKeyId'>;

export function checkStorageQuota(state: WorldState, { type, sizeGiB }: Asked, now: Instant): void {
  const limitTiB = state.account.quotas.storageTiB?.[type];
  if (limitTiB === undefined) return;
  const pool = storagePool(type);
  if (state.ledger.used(pool, now) + sizeGiB <= limitTiB * 1024) return;
  state.ledger.noteRefusal(pool);
  throw ec2Failure(
    'VolumeLimitExceeded',
    `You have exceeded your ${limitTiB} TiB of ${type} storage in this Region.`,
  );
}

/** ? A provisioned rate fails for want of capacity, too: with which code is in no source. */
export function noCapacity(zone: string, rateMiBps?: number): Error {
  const what = rateMiBps === undefined ? 'this volume' : `VolumeInitializationRate ${rateMiBps} MiB/s`;
  return ec2Failure(
    'InsufficientVolumeCapacity',
    `There is not enough capacity for ${what} in ${zone}.`,
    503,
  );
}

/** A volume that differs from the request: with the baseline performance, or of another type where the baseline was requested. */
export function differing({ type, iops, throughputMiBps }: Asked): Partial<VolumeRecord> {
  if (type === 'gp3' && (iops !== GP3_IOPS || throughputMiBps !== GP3_THROUGHPUT_MIBPS))
    return { iops: GP3_IOPS, throughputMiBps: GP3_THROUGHPUT_MIBPS };
  return { type: type === 'gp2' ? 'gp3' : 'gp2' };
}

type Fate = Pick<VolumeRecord, 'availableAt' | 'errorAt' | 'goneAt' | 'stallsAtPercent'>;

/**
 * When it becomes available, or its fault, which counts against `source`. A volume whose key is disabled appears and then disappears, without a
 * reason.
 */
export function fateOf(
  state: WorldState,
  { encrypted, kmsKeyId }: Asked,
  source: string | undefined,
  identity: string,
  now: Instant,
): Fate {
  const key = `${identity}/${state.nth(`volume/${identity}`)}`;
  const creatingSeconds = state.dice.from(VOLUME_CREATING_SECONDS, `creating/${key}`);
  const availableAt = now + creatingSeconds * SECOND_MS;
  if (encrypted && !state.keyIsUsable(kmsKeyId)) {
    return { availableAt: null, goneAt: now + state.dice.between(VOLUME_KEY_FAILURE_MS, `key/${key}`) };
  }
  const fault = source === undefined ? undefined : state.dice.makingFault(source, `volume/${key}`);
  const later = state.dice.draw(`later/${key}`);
  switch (fault) {
    case 'stuckCreating':
      return { availableAt: null };
    case 'failing':
      return { availableAt, errorAt: availableAt };
    case 'vanishing':
      return { availableAt, goneAt: now + 15 * SECOND_MS + later * 10 * MINUTE_MS };
    case 'stalledHydration':
      return { availableAt, stallsAtPercent: Math.floor(later * 99) };
    case undefined:
      return { availableAt };
  }
}
