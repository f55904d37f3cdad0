import { fsrKey } from '../../facts/ebs.ts';
import type { DbInstance, Inventory, Snapshot, Volume } from '../../inventory/schema.ts';
import type { Instant } from '../../time.ts';
import type { CallAws } from '../../workflow/base/executor.ts';
import { captureEc2, type CapturedEc2 } from './ec2.ts';
import { captureKeys } from './keys.ts';
import { captureMetrics, type CapturedMetrics } from './metrics.ts';
import { captureQuotas } from './quotas.ts';
import { captureRds, type CapturedRds } from './rds.ts';
import { CaptureReads, isSilence, nothingReadable } from './reads.ts';
import { accountIdOf } from './values.ts';
import type { Sender } from '../clients.ts';
import { classify, toLifeboatError } from '../request-failures.ts';

/** What an inventory is read with. A service that is absent leaves a gap where it would have been asked. */
export interface CaptureClients {
  readonly ec2: Sender<'ec2'>;
  readonly rds: Sender<'rds'>;
  readonly ssm?: Sender<'ssm'> | undefined;
  readonly kms?: Sender<'kms'> | undefined;
  readonly quotas?: Sender<'quotas'> | undefined;
  readonly cloudwatch?: Sender<'cloudwatch'> | undefined;
}

export interface CaptureOptions {
  readonly clients: CaptureClients;
  /** Sends, paces and asks again; what it throws is final. */
  readonly call: CallAws;
  readonly region: string;
  readonly now: Instant;
  /** As STS tells it, also while it is still being asked; absent: what the resources say of their owner. */
  readonly account?: string | undefined | Promise<string | undefined>;
}

/**
 * Reads what the account holds that a runbook can recover. Reads only, page by page, with few requests under way at once. What cannot
 * be read is told in `gaps`, with what that means for a plan.
 *
 * @throws LifeboatError AWS_CREDENTIALS, AWS_UNREACHABLE, AWS_DENIED or AWS_FAILED where there are no valid credentials, or where neither
 * volumes nor DB instances can be read
 */
export async function captureInventory(options: CaptureOptions): Promise<Inventory> {
  try {
    return await capture(options);
  } catch (error) {
    throw toLifeboatError(classify(error), error);
  }
}

async function capture({ clients, call, region, now, account }: CaptureOptions): Promise<Inventory> {
  const { ec2, rds, ssm, kms, quotas, cloudwatch } = clients;
  const reads = new CaptureReads();
  const [storage, databases, limits] = await Promise.all([
    captureEc2(reads, { client: ec2, call, region }, ssm),
    captureRds(reads, { client: rds, call, region }, now),
    captureQuotas(reads, quotas, call),
  ]);
  refuseNothing(reads);
  const [metrics, kmsKeys] = await Promise.all([
    captureMetrics(reads, cloudwatch, call, { ...storage, ...databases }, now),
    captureKeys(reads, kms, call, keysIn(storage, databases)),
  ]);
  return {
    apiVersion: 'lifeboat/v1',
    kind: 'Inventory',
    capturedAt: now,
    asReported: true,
    account:
      [await account, storage.account, databases.account].map(accountIdOf).find(isTold) ?? '000000000000',
    region,
    zones: zonesOf(storage, databases),
    quotas: limits,
    volumes: consistent(storage),
    snapshots: storage.snapshots.map((snapshot) => withCredits(snapshot, metrics)),
    dbInstances: databases.dbInstances.map((instance) => withLag(instance, metrics)),
    dbSnapshots: databases.dbSnapshots,
    dbClusters: databases.dbClusters,
    dbClusterSnapshots: databases.dbClusterSnapshots,
    instances: storage.instances,
    kmsKeys,
    gaps: reads.gaps(),
  };
}

/** An inventory needs volumes or DB instances; without both the capture fails. */
function refuseNothing(reads: CaptureReads): void {
  const volumes = reads.lossOf('DescribeVolumes');
  const dbInstances = reads.lossOf('DescribeDBInstances');
  if (volumes === undefined || dbInstances === undefined) return;
  throw nothingReadable(isSilence(dbInstances.failure) ? dbInstances : volumes);
}

function isTold(id: string | undefined): id is string {
  return id !== undefined;
}

/**
 * Those that the Region offers and those in use, without those that are down: a Local Zone is listed only for accounts that opted in, and an endpoint may
 * list none.
 */
function zonesOf(
  { zones, zonesDown, volumes, snapshots, instances }: CapturedEc2,
  { dbInstances }: CapturedRds,
): string[] {
  const used = [
    ...[...volumes, ...instances].map(({ zone }) => zone),
    ...snapshots.flatMap(({ fsr }) => fsr.map(({ zone }) => zone)),
    ...dbInstances.flatMap(({ zone }) => zone ?? []),
  ];
  return [...new Set([...zones, ...used])].filter((zone) => !zonesDown.includes(zone)).sort();
}

function keysIn(storage: CapturedEc2, databases: CapturedRds): readonly string[] {
  return [
    ...storage.volumes,
    ...storage.snapshots,
    ...databases.dbInstances,
    ...databases.dbSnapshots,
    ...databases.dbClusters,
    ...databases.dbClusterSnapshots,
  ].flatMap(({ kmsKeyId }) => kmsKeyId ?? []);
}

/** Lists are read one after the other and may disagree: an attachment to an unknown instance is left out, because it would make the file invalid. */
function consistent({ volumes, instances }: CapturedEc2): Volume[] {
  const zoneOf = new Map(instances.map(({ id, zone }) => [id, zone]));
  const taken = new Set<string>();
  return volumes.map((volume) => {
    const { attachedTo, ...detached } = volume;
    if (attachedTo === undefined) return volume;
    const slot = JSON.stringify([attachedTo.instanceId, attachedTo.device]);
    const zone = zoneOf.get(attachedTo.instanceId) ?? volume.zone;
    if (taken.has(slot) || zone !== volume.zone) return detached;
    taken.add(slot);
    return volume;
  });
}

function withCredits(snapshot: Snapshot, { credits }: CapturedMetrics): Snapshot {
  const fsr = snapshot.fsr.map((entry) => {
    const known = credits.get(fsrKey({ snapshotId: snapshot.id, zone: entry.zone }));
    return known === undefined ? entry : { ...entry, credits: known };
  });
  return { ...snapshot, fsr };
}

function withLag(instance: DbInstance, { replicaLagSeconds }: CapturedMetrics): DbInstance {
  const known = replicaLagSeconds.get(instance.id);
  return known === undefined ? instance : { ...instance, replicaLagSeconds: known };
}
