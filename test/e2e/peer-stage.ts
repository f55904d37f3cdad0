import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPeer, type Peer } from '../peer/peer.ts';
import type { Seed } from '../peer/seed.ts';
import { useCli, type Ended, type Started, type Words } from './cli.ts';

/** Who runs a command, and against what. The access key is the identity. */
export interface Account {
  readonly url: string;
  readonly accessKey?: string;
  readonly region?: string;
  /** More of the environment, e.g. NODE_OPTIONS. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Lifeboat {
  /** What commands run in. */
  readonly folder: string;
  /** The program itself, for what must be run in some other way. */
  readonly entry: string;
  start(account: Account, line: Words): Started;
  run(account: Account, line: Words): Promise<Ended>;
  write(name: string, text: string): void;
  /** The newest run in a state directory. */
  runIn(state: string): string;
}

/** Waits that are there for AWS's eventual consistency, and that a peer on loopback does not need for so long. */
const SHORTER: readonly (readonly [string, string])[] = [
  ['var SETTLE_SECONDS = 60;', 'var SETTLE_SECONDS = 2;'],
  ['var LOOK_MIN_SECONDS = 10;', 'var LOOK_MIN_SECONDS = 1;'],
];

/**
 * The command as it is shipped, but that it waits for seconds where a real account takes a minute; for the tests of one file.
 *
 * @param files what stands in its folder, by name
 */
export function useLifeboat(files: Readonly<Record<string, string>> = {}): Lifeboat {
  const { entry, folder, start } = useCli({ name: 'hastened', apply: hasten });
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  for (const [name, text] of Object.entries(files)) write(name, text);
  return {
    folder,
    entry,
    start: (account, line) => start(line, environmentOf(account)),
    run: (account, line) => start(line, environmentOf(account)).ended,
    write,
    runIn: (state) => readdirSync(join(folder, state, 'runs')).at(-1) ?? 'none',
  };
}

/** A new account with the shop before each test. */
export function useShop(): () => Peer {
  let peer: Peer;
  beforeEach(async () => {
    peer = await startPeer({ seed: shop() });
  });
  afterEach(() => peer.close());
  return () => peer;
}

/** The operations that were to change something. */
export const writesOf = ({ requests }: Peer): readonly string[] =>
  requests.filter(({ mutating }) => mutating).map(({ operation }) => operation);

function hasten(built: string): void {
  const missing = new Set(SHORTER);
  for (const name of readdirSync(built).filter((file) => file.endsWith('.js'))) {
    const file = join(built, name);
    const before = readFileSync(file, 'utf8');
    let after = before;
    for (const change of SHORTER) {
      if (!after.includes(change[0])) continue;
      after = after.replace(change[0], change[1]);
      missing.delete(change);
    }
    if (after !== before) writeFileSync(file, after);
  }
  const [first] = missing;
  if (first !== undefined) throw new Error(`the built command has no '${first[0]}'`);
}

export function environmentOf({
  url,
  accessKey = 'AKIDALEX',
  region = 'us-east-1',
  env = {},
}: Account): Readonly<Record<string, string>> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: '/nonexistent',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: accessKey,
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_REGION: region,
    ...env,
  };
}

const MINUTE_MS = 60_000;
const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE_MS).toISOString();

/** A small shop: two volumes of events, a database, and what belongs to others. */
export function shop(): Seed {
  const snapshot = (id: string, volumeId: string, minutes: number) => ({
    id,
    volumeId,
    startedAt: ago(minutes),
    fullSizeBytes: 100 * 1_048_576,
  });
  return {
    volumes: [
      { id: 'vol-0a1', tags: { app: 'events', Name: 'events-1' } },
      { id: 'vol-0a2', tags: { app: 'events' } },
      { id: 'vol-0f1', sizeGiB: 4, tags: { app: 'somebody-else' } },
    ],
    snapshots: [
      snapshot('snap-0a1', 'vol-0a1', 30),
      snapshot('snap-0a2', 'vol-0a2', 30),
      snapshot('snap-0a0', 'vol-0a1', 300),
      snapshot('snap-0f1', 'vol-0f1', 30),
    ],
    dbInstances: [
      {
        id: 'orders',
        fields: { LatestRestorableTime: ago(5), InstanceCreateTime: ago(100_000), DeletionProtection: true },
        tags: { app: 'orders' },
      },
    ],
    dbSnapshots: [
      { id: 'rds:orders-1', fields: { DBInstanceIdentifier: 'orders', SnapshotCreateTime: ago(45) } },
    ],
    quotas: [
      { service: 'ebs', code: 'L-631ECBD3', name: 'Fast snapshot restore', value: 5 },
      { service: 'rds', code: 'L-7B6409FD', name: 'DB instances', value: 40 },
    ],
  };
}

/** Two volumes and, unless told otherwise, the database. */
export function runbook(name: string, { database = true, extra = '' } = {}): string {
  const db = `  - id: orders-db
    type: rds-instance
    source: orders
    strategies: [restore-snapshot]
    readyWhen: available
`;
  return `apiVersion: lifeboat/v1
kind: Runbook
name: ${name}
owner: orders-oncall
objectives: { rto: 6h, rpo: 24h }
region: us-east-1
resources:
${database ? db : ''}  - id: events
    type: ebs-volume
    source: { tags: { app: events } }
    strategies: [lazy]
    readyWhen: available
drill:
  isolation: { zone: us-east-1b, subnetGroup: drill, securityGroups: [sg-1] }
${extra}`;
}

/** What runs of Lifeboat made and what is still there, by its kind. */
export function made(
  { world }: Peer,
  run?: string,
): { volumes: string[]; dbInstances: string[]; snapshots: string[] } {
  const now = Date.now();
  const ours = (things: Iterable<{ id: string; tags: Readonly<Record<string, string>>; goneAt?: number }>) =>
    [...things]
      .filter(({ tags, goneAt }) => {
        const of = tags['lifeboat:run'];
        return (run === undefined ? of !== undefined : of === run) && (goneAt === undefined || goneAt > now);
      })
      .map(({ id }) => id);
  return {
    volumes: ours(world.volumes.values()),
    dbInstances: ours(world.dbInstances.values()),
    snapshots: [...ours(world.snapshots.values()), ...ours(world.dbSnapshots.values())],
  };
}

/** Failures are told in plain words, whatever befell. */
export function expectNoStack({ stdout, stderr }: Ended): void {
  expect(stdout + stderr).not.toMatch(/bug in Lifeboat|\n {4}at |undefined|\[object/);
}
