import {
  CreateSnapshotCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DeleteVolumeCommand,
  DescribeAvailabilityZonesCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import {
  CreateDBInstanceCommand,
  CreateDBSnapshotCommand,
  DeleteDBInstanceCommand,
  DeleteDBSnapshotCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { DeleteParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { createExecutor } from '../../src/aws/executor.ts';
import { findMade } from '../../src/aws/made.ts';
import { tagValue, type TagOfAnswer } from '../../src/aws/tags.ts';
import type { DbInstanceSpec, VolumeSpec } from '../../src/plan/types.ts';
import { REGION } from '../aws/effects.ts';
import { RUN } from '../aws/fixtures.ts';
import { LATER, type ExecutorAccount, type Lacks } from './executor-stage.ts';

export interface EndpointClients {
  readonly ec2: EC2Client;
  readonly rds: RDSClient;
  readonly ssm: SSMClient;
}

/** How long a real clock is waited for: a change to show, and a database to be made. */
export interface Patience {
  readonly shortMs: number;
  readonly longMs: number;
}

/** What is shown on the simulator alone: it would be slow, dear or another service's word on an endpoint. */
export const NOT_ON_ENDPOINTS: Lacks = {
  'refusals of AWS': 'servers check less than AWS does',
  'lost settings': 'servers do not tell all settings',
  'point-in-time restore': 'a new instance has no earlier time',
  'gradual progress': 'servers are done at once',
  'volume types': 'large volumes cost money',
  'read replicas': 'none is made there',
  instances: 'none is started there',
  'volume copies': 'servers do not make them',
  'a large fleet': 'so many are not made there',
};

interface Sources {
  readonly zones: readonly [string, string];
  readonly volumes: readonly string[];
  readonly snapshots: readonly string[];
  readonly database: string;
  readonly dbSnapshot: string;
}

const SOURCE_TAG = { Key: 'lifeboat-contract', Value: 'source' };
const POLL_MS = 100;
const MOST_POLLS = 12_000;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Any AWS-compatible server: what the suite needs is made there through the SDK, and removed by {@link EndpointAccount.close}. */
export class EndpointAccount {
  readonly #clients: EndpointClients;
  readonly #patience: Patience;
  /** Sets this run of the suite apart from earlier ones on the same server. */
  readonly #suite = Date.now().toString(36);
  #tests = 0;
  #sources: Promise<Sources> | undefined;

  constructor(clients: EndpointClients, patience: Patience) {
    this.#clients = clients;
    this.#patience = patience;
  }

  async open(): Promise<ExecutorAccount> {
    this.#sources ??= makeSources(this.#clients, this.#suite);
    const { zones, volumes, snapshots, database, dbSnapshot } = await this.#sources;
    this.#tests += 1;
    const { ec2, rds, ssm } = this.#clients;
    const { shortMs, longMs } = this.#patience;
    const wait = (minutes: number) => pause(minutes >= LATER ? longMs : shortMs);
    return {
      executor: ({ withoutSsm, ...run }) =>
        createExecutor({ ec2, rds, region: REGION, ...(withoutSsm !== true && { ssm }), ...run }),
      made: (runbook) =>
        findMade({
          ...{ ec2, rds, ssm, region: REGION, runbook, sources: [] },
          ...{ call: (_operation, send) => send(), settle: () => wait(1) },
        }),
      retag: async (id, Key, Value) => {
        await ec2.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key, Value }] }));
      },
      wait,
      suffix: this.#suffix(this.#tests),
      ...{ zone: zones[0], otherZone: zones[1], volumeSpec: volumeSpecIn(zones[0]), dbSpec: DB_SPEC },
      ...{ snapshots, dbSnapshot, dbInstance: database, restoreTime: 0, replica: '', instance: '' },
      ...{ manyVolumes: volumes, manyDbInstances: [database] },
    };
  }

  #suffix(test: number): string {
    return `-${this.#suite}-${test}`;
  }

  /** Removes all that the tests and the suite itself made. */
  async close(): Promise<void> {
    if (this.#sources === undefined) return;
    const runbooks = Array.from(
      { length: this.#tests },
      (_, index) => `${RUN.runbook}${this.#suffix(index + 1)}`,
    );
    await removeMade(this.#clients, new Set(runbooks));
    const { volumes, snapshots, database, dbSnapshot } = await this.#sources;
    await removeThings(this.#clients, {
      volumes,
      snapshots,
      databases: [database],
      dbSnapshots: [dbSnapshot],
    });
  }
}

function volumeSpecIn(zone: string): VolumeSpec {
  return {
    ...{ kind: 'volume', snapshotId: '', zone, volumeType: 'gp3', sizeGiB: 1, fullSizeGiB: 1 },
    ...{ encrypted: false, tags: { app: 'events' } },
  };
}

const DB_SPEC: DbInstanceSpec = {
  ...{ kind: 'dbInstance', from: { snapshotId: '' }, engine: 'postgres', class: 'db.t3.micro' },
  ...{ storageGiB: 20, storageType: 'gp3', multiAz: false, securityGroups: [], deletionProtection: false },
  ...{ backupRetentionDays: 1, iamAuth: false, logExports: [], encrypted: false, tags: { app: 'orders' } },
};

async function makeSources({ ec2, rds }: EndpointClients, suite: string): Promise<Sources> {
  const { AvailabilityZones = [] } = await ec2.send(new DescribeAvailabilityZonesCommand({}));
  const [zone = 'us-east-1a', otherZone = 'us-east-1b'] = AvailabilityZones.flatMap(
    ({ ZoneName }) => ZoneName ?? [],
  );
  const volumes: string[] = [];
  for (let count = 0; count < 3; count += 1) {
    const command = new CreateVolumeCommand({
      ...{ AvailabilityZone: zone, Size: 1, VolumeType: 'gp3' },
      TagSpecifications: [{ ResourceType: 'volume', Tags: [SOURCE_TAG] }],
    });
    volumes.push((await ec2.send(command)).VolumeId ?? '');
  }
  const snapshots: string[] = [];
  for (let count = 0; count < 12; count += 1) {
    const command = new CreateSnapshotCommand({
      VolumeId: volumes[count % volumes.length],
      TagSpecifications: [{ ResourceType: 'snapshot', Tags: [SOURCE_TAG] }],
    });
    snapshots.push((await ec2.send(command)).SnapshotId ?? '');
  }
  const database = `lifeboat-contract-${suite}`;
  await rds.send(
    new CreateDBInstanceCommand({
      ...{ DBInstanceIdentifier: database, DBInstanceClass: DB_SPEC.class, Engine: DB_SPEC.engine },
      ...{
        AllocatedStorage: DB_SPEC.storageGiB,
        MasterUsername: 'lifeboat',
        MasterUserPassword: `Lb-${suite}-secret`,
      },
      ...{ BackupRetentionPeriod: 1, Tags: [SOURCE_TAG] },
    }),
  );
  await untilAvailable({ ec2, rds }, snapshots, database);
  const dbSnapshot = `${database}-snapshot`;
  const command = { DBInstanceIdentifier: database, DBSnapshotIdentifier: dbSnapshot, Tags: [SOURCE_TAG] };
  await rds.send(new CreateDBSnapshotCommand(command));
  await untilDbSnapshot(rds, dbSnapshot);
  return { zones: [zone, otherZone], volumes, snapshots, database, dbSnapshot };
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let polls = 0; polls < MOST_POLLS; polls += 1) {
    if (await isSo()) return;
    await pause(POLL_MS);
  }
  throw new Error(`${what} did not come to be in time`);
}

async function untilAvailable(
  { ec2, rds }: Pick<EndpointClients, 'ec2' | 'rds'>,
  snapshots: readonly string[],
  database: string,
): Promise<void> {
  await until('the snapshots', async () => {
    const { Snapshots = [] } = await ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: [...snapshots] }));
    return Snapshots.every(({ State }) => State === undefined || State === 'completed');
  });
  await until('the DB instance', async () => {
    const found = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: database }));
    return found.DBInstances?.[0]?.DBInstanceStatus === 'available';
  });
}

async function untilDbSnapshot(rds: RDSClient, id: string): Promise<void> {
  await until('the DB snapshot', async () => {
    const found = await rds.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: id }));
    return found.DBSnapshots?.[0]?.Status === 'available';
  });
}

interface Things {
  readonly volumes: readonly string[];
  readonly snapshots: readonly string[];
  readonly databases: readonly string[];
  readonly dbSnapshots: readonly string[];
}

async function removeMade({ ec2, rds, ssm }: EndpointClients, runbooks: ReadonlySet<string>): Promise<void> {
  const isOurs = (tags: readonly TagOfAnswer[] | undefined) =>
    runbooks.has(tagValue(tags, 'lifeboat:runbook') ?? '');
  const Filters = [{ Name: 'tag-key', Values: ['lifeboat:runbook'] }];
  const { Volumes = [] } = await ec2.send(new DescribeVolumesCommand({ Filters }));
  const { Snapshots = [] } = await ec2.send(new DescribeSnapshotsCommand({ Filters }));
  const { DBInstances = [] } = await rds.send(new DescribeDBInstancesCommand({}));
  const { DBSnapshots = [] } = await rds.send(new DescribeDBSnapshotsCommand({ SnapshotType: 'manual' }));
  await removeThings(
    { ec2, rds },
    {
      volumes: Volumes.filter(({ Tags }) => isOurs(Tags)).flatMap(({ VolumeId }) => VolumeId ?? []),
      snapshots: Snapshots.filter(({ Tags }) => isOurs(Tags)).flatMap(({ SnapshotId }) => SnapshotId ?? []),
      databases: DBInstances.filter(({ TagList }) => isOurs(TagList)).flatMap(
        (one) => one.DBInstanceIdentifier ?? [],
      ),
      dbSnapshots: DBSnapshots.filter(({ TagList }) => isOurs(TagList)).flatMap(
        (one) => one.DBSnapshotIdentifier ?? [],
      ),
    },
  );
  for (const runbook of runbooks) {
    // There is none left unless a test failed.
    await ssm.send(new DeleteParameterCommand({ Name: `/lifeboat/${runbook}/run` })).catch(() => undefined);
  }
}

/** What is gone already, or will not go, keeps nothing else from being removed; it is told. */
async function removeThings(
  { ec2, rds }: Pick<EndpointClients, 'ec2' | 'rds'>,
  { volumes, snapshots, databases, dbSnapshots }: Things,
): Promise<void> {
  const remove = async (what: string, run: () => Promise<unknown>) => {
    await run().catch((error: unknown) => process.stderr.write(`${what} is left: ${String(error)}\n`));
  };
  for (const id of volumes) await remove(id, () => ec2.send(new DeleteVolumeCommand({ VolumeId: id })));
  for (const id of snapshots) await remove(id, () => ec2.send(new DeleteSnapshotCommand({ SnapshotId: id })));
  for (const id of dbSnapshots) {
    await remove(id, () => rds.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: id })));
  }
  for (const id of databases) {
    const command = { DBInstanceIdentifier: id, SkipFinalSnapshot: true };
    await remove(id, () => rds.send(new DeleteDBInstanceCommand(command)));
  }
}
