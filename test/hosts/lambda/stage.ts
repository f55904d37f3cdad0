import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EC2ServiceException } from '@aws-sdk/client-ec2';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import type { BeginPorts } from '../../../src/hosts/lambda/begin.ts';
import { virtualClock } from '../../../src/hosts/clock.ts';
import { Library } from '../../../src/hosts/lambda/library.ts';
import type { BeginRun } from '../../../src/hosts/lambda/requests.ts';
import { parseInventory } from '../../../src/inventory/parse.ts';
import { LocalStore } from '../../../src/journal/sqlite/local-store.ts';
import { patientCalls, type OpenAccount } from '../../../src/preparation/account.ts';
import { openWorld, SimulatedClock } from '../../../src/simulator/index.ts';
import { VersionedBucket } from './bucket.ts';

const INVENTORY = readFileSync('runbooks/inventories/orders.yaml', 'utf8');
export const ORDERS = readFileSync('runbooks/orders.yaml', 'utf8');
export const TOPIC = 'arn:aws:sns:us-east-1:111111111111:lifeboat';
export const FUNCTION = 'arn:aws:lambda:us-east-1:111111111111:function:lifeboat-restore:7';
const BUCKET = 'runbooks';

/** A deployment on a simulated account: its bundled runbooks, bucket and journal, and what it tells people. */
export class Stage {
  readonly folder = mkdtempSync(join(tmpdir(), 'lifeboat-lambda-'));
  readonly inventory = parseInventory(INVENTORY, 'orders.yaml');
  readonly bucket = new VersionedBucket();
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

  constructor() {
    mkdirSync(join(this.folder, 'opt/baselines'), { recursive: true });
    copyFileSync('runbooks/orders.yaml', join(this.folder, 'opt/orders.yaml'));
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
      ...{ s3: this.bucket.s3, call, log: reporting, bucket: BUCKET },
      folder: join(this.folder, 'opt'),
    });
    const account = await this.#account();
    return {
      ...{ clock: this.clock, log: reporting, library, store: this.store, topic: TOPIC },
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
    writeFileSync(join(this.folder, 'opt', file), text);
  }

  close(): void {
    this.world.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #account(): Promise<OpenAccount> {
    const { ec2, rds, ssm, kms, quotas, cloudwatch } = this.world;
    const sts = new STSClient({ region: 'us-east-1' });
    mockClient(sts).on(GetCallerIdentityCommand).resolves({
      Account: '111111111111',
      Arn: 'arn:aws:sts::111111111111:assumed-role/lifeboat-restore/x',
    });
    const guarded = <Client extends { send: (...given: never[]) => Promise<unknown> }>(
      client: Client,
    ): Client =>
      ({
        send: (...given: never[]) =>
          this.refusal === undefined ? client.send(...given) : Promise.reject(refused(this.refusal)),
      }) as Client;
    return {
      clients: {
        ...{ ec2: guarded(ec2), rds: guarded(rds), ssm: guarded(ssm), kms: guarded(kms), sts },
        ...{ quotas: guarded(quotas), cloudwatch: guarded(cloudwatch) },
      },
      call: await patientCalls(this.clock),
      clock: this.clock,
      region: this.inventory.region,
    };
  }
}

function refused(code: string): Error {
  return new EC2ServiceException({
    ...{ name: code, message: `The security token is not valid (${code}).`, $fault: 'client' },
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
export function newStage(): Stage {
  const stage = new Stage();
  open.push(stage);
  return stage;
}

afterEach(() => {
  for (const stage of open) stage.close();
  open = [];
});
