import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EC2ServiceException } from '@aws-sdk/client-ec2';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { BeginPorts } from '../../../src/hosts/lambda/begin.ts';
import { virtualClock } from '../../../src/hosts/clock.ts';
import { Library } from '../../../src/hosts/lambda/library.ts';
import type { BeginRun } from '../../../src/hosts/lambda/requests.ts';
import { parseInventory } from '../../../src/inventory/parse.ts';
import { LocalStore } from '../../../src/journal/sqlite/local-store.ts';
import { patientCalls, type OpenAccount } from '../../../src/preparation/account.ts';
import { openWorld, SimulatedClock } from '../../../src/simulator/index.ts';

const INVENTORY = readFileSync('runbooks/inventories/orders.yaml', 'utf8');
export const ORDERS = readFileSync('runbooks/orders.yaml', 'utf8');
export const TOPIC = 'arn:aws:sns:us-east-1:111111111111:lifeboat';
export const FUNCTION = 'arn:aws:lambda:us-east-1:111111111111:function:lifeboat-restore:7';
export const BUCKET = 'runbooks';

/** A deployment on a simulated account: its bundled runbooks, bucket and journal, and what it tells people. */
export class Stage {
  readonly folder = mkdtempSync(join(tmpdir(), 'lifeboat-lambda-'));
  readonly deployed = join(this.folder, 'opt');
  readonly inventory = parseInventory(INVENTORY, 'orders.yaml');
  readonly store = new LocalStore(join(this.folder, 'state'));
  readonly told: { readonly subject: string; readonly text: string }[] = [];
  readonly logged: { readonly level: string; readonly fields: object; readonly message: string }[] = [];
  readonly printed: unknown[] = [];
  readonly virtual = new SimulatedClock(this.inventory.capturedAt);
  readonly clock = virtualClock(this.virtual, Infinity, () => undefined);
  readonly world = openWorld({
    ...{ path: ':memory:', inventory: this.inventory, seed: 1, faults: 'none' },
    clock: this.virtual,
  });
  /** While set, the account refuses every request with this code. */
  refusal: string | undefined;
  /** While set, the bucket of runbooks does. */
  bucketRefusal: string | undefined;

  constructor() {
    mkdirSync(join(this.deployed, 'baselines'), { recursive: true });
    copyFileSync('runbooks/orders.yaml', join(this.deployed, 'orders.yaml'));
  }

  get now(): number {
    return this.virtual.now();
  }

  async ports(): Promise<BeginPorts & { readonly env: Record<string, string> }> {
    const log = (level: string) => (fields: object, message: string) =>
      void this.logged.push({ level, fields, message });
    const reporting = { info: log('info'), warn: log('warn'), error: log('error') };
    const call = await patientCalls(this.clock);
    const library = new Library({
      s3: guarded(this.world.s3, () => this.bucketRefusal),
      ...{ call, log: reporting, bucket: BUCKET },
      folder: this.deployed,
    });
    const account = await this.#account();
    return {
      ...{ clock: this.clock, log: reporting, library, store: this.store, topic: TOPIC },
      backfillBucket: 'backfills',
      env: {},
      toldOf: new Set(),
      withAccount: (_, use) => use(account),
      print: (line) => void this.printed.push(JSON.parse(line)),
      tell: (subject, text) => Promise.resolve(void this.told.push({ subject, text })),
      commandOptions: ['--journal', 'dynamodb://lifeboat'],
    };
  }

  /** Adds a file beside the bundled runbooks. */
  bundle(file: string, text: string): void {
    writeFileSync(join(this.deployed, file), text);
  }

  /** Adds a version of an object to the bucket of runbooks. */
  async put(Key: string, Body: string): Promise<void> {
    await this.world.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
  }

  async delete(Key: string): Promise<void> {
    await this.world.s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }));
  }

  close(): void {
    this.world.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #account(): Promise<OpenAccount> {
    const { ec2, rds, ssm, sts, kms, quotas, cloudwatch } = this.world;
    const guard = <Client extends Sender>(client: Client): Client => guarded(client, () => this.refusal);
    return {
      clients: {
        ...{ ec2: guard(ec2), rds: guard(rds), ssm: guard(ssm), sts: guard(sts), kms: guard(kms) },
        ...{ quotas: guard(quotas), cloudwatch: guard(cloudwatch) },
      },
      call: await patientCalls(this.clock),
      clock: this.clock,
      region: this.inventory.region,
    };
  }
}

interface Sender {
  send(...given: never[]): Promise<unknown>;
}

/** Refuses every command while there is a code. */
function guarded<Client extends Sender>(client: Client, code: () => string | undefined): Client {
  const send = (...given: never[]): Promise<unknown> => {
    const name = code();
    return name === undefined ? client.send(...given) : Promise.reject(refused(name));
  };
  return { send } as Client;
}

function refused(name: string): Error {
  return new EC2ServiceException({
    ...{ name, message: `The security token is not valid (${name}).`, $fault: 'client' },
    $metadata: { httpStatusCode: 403 },
  });
}

export function requestOf(stage: Stage, change: Partial<BeginRun> = {}): BeginRun {
  return {
    kind: 'begin',
    runId: 'orders-20261120T0300-42',
    runbook: 'orders',
    mode: 'restore',
    at: stage.now,
    by: 'the alarm orders-down',
    asksApproval: true,
    ...change,
  };
}

let open: Stage[] = [];

/** A stage that is closed after the test. */
export async function newStage(): Promise<Stage> {
  const stage = await openStage();
  open.push(stage);
  return stage;
}

export async function openStage(): Promise<Stage> {
  const stage = new Stage();
  const { s3 } = stage.world;
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await s3.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration }));
  return stage;
}

afterEach(() => {
  for (const stage of open) stage.close();
  open = [];
});
