import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Inventory } from '../../src/inventory/schema.ts';
import { startAccount, type TestAccount } from '../endpoint/account.ts';
import { MINUTE_MS } from '../../src/time.ts';
import { BEGIN, dbSnapshot, inventory, snapshot } from '../simulator/support.ts';
import { environment, useCli, type Ended, type Started, type Words } from './cli.ts';

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

/** Waits that are there for AWS's eventual consistency, and that an account on loopback does not need for so long. */
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
export function useShop(): () => TestAccount {
  let account: TestAccount;
  beforeEach(async () => {
    account = await startAccount({ inventory: shop() });
  });
  afterEach(() => account.close());
  return () => account;
}

/** The operations that were to change something. */
export const writesOf = ({ requests }: TestAccount): readonly string[] =>
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
    ...environment(),
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: accessKey,
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_REGION: region,
    ...env,
  };
}

const ago = (minutes: number) => new Date(BEGIN - minutes * MINUTE_MS).toISOString();
const volume = (id: string, tags: object, sizeGiB = 1) => ({
  ...{ id, zone: 'us-east-1a', type: 'gp3', sizeGiB, iops: 3_000, throughputMiBps: 125, tags },
});
const taken = (id: string, volumeId: string, minutes: number) =>
  snapshot(id, { volumeId, startedAt: ago(minutes), sizeGiB: 1, fullSizeGiB: 100 / 1_024 });

/** A small shop: two volumes of events, a database, and what belongs to others. */
export function shop(changes: Record<string, unknown> = {}): Inventory {
  return inventory({
    volumes: [
      volume('vol-0a1', { app: 'events', Name: 'events-1' }),
      volume('vol-0a2', { app: 'events' }),
      volume('vol-0f1', { app: 'somebody-else' }, 4),
    ],
    snapshots: [
      taken('snap-0a1', 'vol-0a1', 30),
      taken('snap-0a2', 'vol-0a2', 30),
      taken('snap-0a0', 'vol-0a1', 300),
      taken('snap-0f1', 'vol-0f1', 30),
    ],
    dbInstances: [
      {
        ...{
          id: 'orders',
          engine: 'postgres',
          engineVersion: '16.4',
          class: 'db.t4g.medium',
          storageGiB: 20,
        },
        ...{ zone: 'us-east-1a', deletionProtection: true, backupRetentionDays: 7, tags: { app: 'orders' } },
        ...{ earliestRestorableTime: ago(10_000), latestRestorableTime: ago(5) },
      },
    ],
    dbSnapshots: [
      dbSnapshot('rds:orders-1', {
        dbInstanceId: 'orders',
        at: ago(45),
        source: 'automated',
        storageGiB: 20,
      }),
    ],
    quotas: { fsrSnapshots: 5, dbInstances: 40 },
    ...{ instances: [], kmsKeys: [] },
    ...changes,
  });
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
  { world }: TestAccount,
  run?: string,
): { volumes: string[]; dbInstances: string[]; snapshots: string[] } {
  const ours = (things: readonly Existing[]) =>
    things
      .filter(({ tags, deletedAt }) => {
        const of = tags['lifeboat:run'];
        return (run === undefined ? of !== undefined : of === run) && deletedAt === undefined;
      })
      .map(({ id }) => id);
  return {
    volumes: ours(world.volumes()),
    dbInstances: ours(world.dbInstances()),
    snapshots: [...ours(world.snapshots()), ...ours(world.dbSnapshots())],
  };
}

interface Existing {
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly deletedAt: number | undefined;
}

/** The ids of volumes and DB instances that exist. */
export function existing({ world }: TestAccount): readonly string[] {
  return [...world.volumes(), ...world.dbInstances()]
    .filter(({ deletedAt }) => deletedAt === undefined)
    .map(({ id }) => id);
}

/** Failures are told in plain words, whatever befell. */
export function expectNoStack({ stdout, stderr }: Ended): void {
  expect(stdout + stderr).not.toMatch(/bug in Lifeboat|\n {4}at |undefined|\[object/);
}
