import type { Inventory } from '../inventory/schema.ts';
import type { Instant } from '../time.ts';
import { captureEc2, type CapturedEc2 } from './capture-ec2.ts';
import { captureRds, type CapturedRds } from './capture-rds.ts';
import type { Ec2Access } from './ec2-reads.ts';
import { classify, toLifeboatError } from './failures.ts';
import type { CallAws } from '../workflow/ports.ts';
import type { RdsAccess } from './rds-reads.ts';

/** What AWS grants an account that never asked for more. The account's own limits are not readable through EC2 or RDS. */
const DEFAULT_QUOTAS: Inventory['quotas'] = {
  fsrSnapshots: 5,
  provisionedInitMiBps: 5_000,
  snapshotCopies: 20,
  dbInstances: 40,
  dbClusters: 40,
};

export interface CaptureOptions {
  readonly ec2: Ec2Access['client'];
  readonly rds: RdsAccess['client'];
  readonly call: CallAws;
  readonly region: string;
  readonly now: Instant;
}

/**
 * Reads what the account holds that a runbook can recover. Reads only, page by page. Not captured, for they are other services': KMS keys,
 * raised quotas (the defaults are taken, so that a plan promises too little rather than too much), replica lag, Systems Manager.
 *
 * @throws LifeboatError AWS_CREDENTIALS, AWS_UNREACHABLE, AWS_DENIED or AWS_FAILED
 */
export async function captureInventory({ ec2, rds, call, region, now }: CaptureOptions): Promise<Inventory> {
  const [storage, databases] = await readAll({ client: ec2, call }, { client: rds, call }, now);
  const account = storage.account ?? databases.account ?? '000000000000';
  return {
    apiVersion: 'lifeboat/v1',
    kind: 'Inventory',
    capturedAt: now,
    account,
    region,
    zones: zonesOf(storage, databases),
    quotas: DEFAULT_QUOTAS,
    volumes: storage.volumes,
    snapshots: storage.snapshots,
    dbInstances: databases.dbInstances,
    dbSnapshots: databases.dbSnapshots,
    dbClusters: [],
    dbClusterSnapshots: [],
    instances: storage.instances,
    kmsKeys: [],
  };
}

/** Those that the Region offers and those in use: a Local Zone is offered only to who asks for it, and an endpoint may tell of none. */
function zonesOf(
  { zones, volumes, snapshots, instances }: CapturedEc2,
  { dbInstances }: CapturedRds,
): string[] {
  const used = [
    ...[...volumes, ...instances].map(({ zone }) => zone),
    ...snapshots.flatMap(({ fsr }) => fsr.map(({ zone }) => zone)),
    ...dbInstances.flatMap(({ zone }) => zone ?? []),
  ];
  return [...new Set([...zones, ...used])].sort();
}

async function readAll(
  ec2: Ec2Access,
  rds: RdsAccess,
  now: Instant,
): Promise<readonly [CapturedEc2, CapturedRds]> {
  try {
    return await Promise.all([captureEc2(ec2), captureRds(rds, now)]);
  } catch (error) {
    throw toLifeboatError(classify(error), error);
  }
}
