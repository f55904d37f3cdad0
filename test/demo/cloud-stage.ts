import { DescribeVolumesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import {
  DEPLOYMENT_PARAMETER,
  type Deployment,
  type FunctionEnvironment,
} from '../../src/hosts/lambda/requests.ts';
import { sendEvents } from './account-events.ts';
import { RUN_TAG } from '../../src/tags.ts';
import { openTable, type OpenTable } from '../journal/dynamodb/table.ts';
import { serveFunctions, type ServedFunctions } from '../lambda/durable/server.ts';
import { DurableService } from '../lambda/durable/service.ts';
import { FunctionProcess } from './function-process.ts';
import { FastTime } from './real-time.ts';

export const ROOT = join(import.meta.dirname, '../..');
const REGION = 'us-east-1';
const ACCOUNT = '111111111111';
/** Simulated seconds in a second of the processes: a restore takes minutes instead of hours. */
const ACCOUNT_SPEED = 60;
const ALIAS = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:lifeboat-drill:live`;
const VERSION = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:lifeboat-drill:1`;

export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StageOptions {
  readonly fast: number;
  readonly folder: string;
  readonly bundle: string;
  /** Text of the one runbook of the deployment. */
  readonly runbook: string;
  readonly inventory: string;
  /** Told of each line that the function logs. */
  readonly onLog: (line: string) => void;
}

/**
 * A deployment on this machine: the bundle in a process of its own, DynamoDB in this process, a simulated account served by `lifeboat endpoint`, and the
 * service of durable executions. Time passes faster for all of them alike.
 */
export class CloudStage {
  readonly service: DurableService;
  readonly function: FunctionProcess;
  /** Ids of all copies that runs have ever made. */
  readonly copies = new Set<string>();
  readonly #table: OpenTable;
  readonly #lambda: ServedFunctions;
  readonly #account: ChildProcess;
  readonly #env: Readonly<Record<string, string>>;
  readonly #wake: FunctionProcess;
  readonly #stop = new AbortController();
  readonly #events: Promise<void>;

  private constructor(parts: {
    readonly table: OpenTable;
    readonly service: DurableService;
    readonly lambda: ServedFunctions;
    readonly account: ChildProcess;
    readonly env: Readonly<Record<string, string>>;
    readonly function: FunctionProcess;
    readonly wake: FunctionProcess;
  }) {
    this.#table = parts.table;
    this.#lambda = parts.lambda;
    this.#account = parts.account;
    this.#env = parts.env;
    this.service = parts.service;
    this.function = parts.function;
    this.#wake = parts.wake;
    this.#events = sendEvents(
      {
        ec2: clientOf(EC2Client, this.#url),
        rds: clientOf(RDSClient, this.#url),
        onCopy: (id) => this.copies.add(id),
        deliver: async (event) => void (await this.#wake.invoke(event, Date.now() + 60_000)),
      },
      this.#stop.signal,
    );
  }

  static async open(options: StageOptions): Promise<CloudStage> {
    const { fast, folder, bundle, runbook, inventory, onLog } = options;
    const time = new FastTime(fast);
    const table = await openTable();
    const service = new DurableService(time, { clientNow: () => time.now });
    const lambda = await serveFunctions(service, (arn) => (arn === ALIAS ? VERSION : arn));
    const runbooks = join(folder, 'runbooks');
    mkdirSync(runbooks);
    writeFileSync(join(runbooks, 'orders.yaml'), runbook);
    const { process: account, url } = await serveAccount(inventory, time);
    const env = {
      ...time.environment,
      PATH: process.env['PATH'] ?? '',
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: 'operator',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ENDPOINT_URL: url,
      AWS_ENDPOINT_URL_DYNAMODB: table.endpoint,
      AWS_ENDPOINT_URL_LAMBDA: lambda.url,
    };
    const names: FunctionEnvironment = {
      LIFEBOAT_TABLE: table.table,
      LIFEBOAT_EVIDENCE_BUCKET: 'evidence',
      LIFEBOAT_RUNBOOK_BUCKET: 'runbooks',
      LIFEBOAT_BACKFILL_BUCKET: 'backfills',
      LIFEBOAT_TOPIC: `arn:aws:sns:${REGION}:${ACCOUNT}:lifeboat`,
      LIFEBOAT_RUNBOOKS: runbooks,
      LIFEBOAT_DRILL_FUNCTION: ALIAS,
      LIFEBOAT_RESTORE_FUNCTION: ALIAS,
    };
    await deploy(url, names);
    const made = await FunctionProcess.open({
      ...{ bundle, handler: 'index.run', functionArn: VERSION, onLine: onLog },
      env: { ...env, ...names },
    });
    const wake = await FunctionProcess.open({
      ...{ bundle, handler: 'index.wake', functionArn: VERSION, onLine: onLog },
      env: { ...env, ...names },
    });
    service.deploy(VERSION, (sandbox) => {
      const invoke = (event: object): Promise<unknown> =>
        made.invoke(event, time.now + sandbox.remainingMs());
      return invoke as never;
    });
    return new CloudStage({ table, service, lambda, account, env, function: made, wake });
  }

  get #url(): string {
    return this.#env['AWS_ENDPOINT_URL'] ?? '';
  }

  /** Options by which a command finds the runs. */
  get journal(): readonly string[] {
    return ['--journal', `dynamodb://${this.#table.table}`];
  }

  /** Runs a command of the built `lifeboat`, as an operator would. */
  async lifeboat(...words: readonly string[]): Promise<Ended> {
    const child = command(words, this.#env);
    const [stdout, stderr, [exitCode]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ]);
    return { exitCode: Number(exitCode), stdout, stderr };
  }

  /** An object of the evidence bucket. */
  async evidence(key: string): Promise<string> {
    const s3 = clientOf(S3Client, this.#url);
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'evidence', Key: key }));
    return (await Body?.transformToString()) ?? '';
  }

  /** Puts an object into the account; its bucket is made. */
  async put(bucket: string, key: string, text: string): Promise<void> {
    const s3 = clientOf(S3Client, this.#url);
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: text }));
  }

  /** What a run made and what is there now. */
  async madeBy(runId: string): Promise<readonly string[]> {
    const tagged = [{ Name: `tag:${RUN_TAG}`, Values: [runId] }];
    const [{ Volumes = [] }, { DBInstances = [] }] = await Promise.all([
      clientOf(EC2Client, this.#url).send(new DescribeVolumesCommand({ Filters: tagged })),
      clientOf(RDSClient, this.#url).send(new DescribeDBInstancesCommand({})),
    ]);
    const databases = DBInstances.filter(({ TagList = [] }) =>
      TagList.some(({ Key, Value }) => Key === RUN_TAG && Value === runId),
    );
    return [
      ...Volumes.map(({ VolumeId = '' }) => VolumeId),
      ...databases.map(({ DBInstanceIdentifier = '' }) => DBInstanceIdentifier),
    ];
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#events;
    await this.#wake.close();
    await this.function.close();
    const ended = once(this.#account, 'exit');
    this.#account.kill('SIGINT');
    await ended;
    await this.#lambda.close();
    await this.#table.close();
  }
}

/** What `cdk deploy` would make, as far as functions see it. */
async function deploy(url: string, names: FunctionEnvironment): Promise<void> {
  const deployment: Deployment = {
    schema: 'lifeboat.deployment/v1',
    region: REGION,
    table: names.LIFEBOAT_TABLE,
    functions: { drill: names.LIFEBOAT_DRILL_FUNCTION, restore: names.LIFEBOAT_RESTORE_FUNCTION },
    runbookBucket: names.LIFEBOAT_RUNBOOK_BUCKET,
    evidenceBucket: names.LIFEBOAT_EVIDENCE_BUCKET,
    topic: names.LIFEBOAT_TOPIC,
    runbooks: ['orders'],
  };
  const s3 = clientOf(S3Client, url);
  const { LIFEBOAT_RUNBOOK_BUCKET, LIFEBOAT_EVIDENCE_BUCKET, LIFEBOAT_BACKFILL_BUCKET } = names;
  for (const Bucket of [LIFEBOAT_RUNBOOK_BUCKET, LIFEBOAT_EVIDENCE_BUCKET, LIFEBOAT_BACKFILL_BUCKET])
    await s3.send(new CreateBucketCommand({ Bucket }));
  const value = { Name: DEPLOYMENT_PARAMETER, Value: JSON.stringify(deployment), Type: 'String' } as const;
  await clientOf(SSMClient, url).send(new PutParameterCommand(value));
}

/** The simulated account, as the command serves it. */
async function serveAccount(
  inventory: string,
  time: FastTime,
): Promise<{ readonly process: ChildProcess; readonly url: string }> {
  const words = ['endpoint', '--simulate', inventory, '--speed', String(ACCOUNT_SPEED), '--json'];
  const served = command(words, { ...time.environment, PATH: process.env['PATH'] ?? '' });
  for await (const line of createInterface({ input: served.stdout }))
    return { process: served, url: (JSON.parse(line) as { readonly url: string }).url };
  throw new Error('The simulated account does not start.');
}

/** The built command in a process whose time passes as that of the stage. */
function command(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): ChildProcessByStdio<null, Readable, Readable> {
  const clock = join(import.meta.dirname, 'fast-clock.mjs');
  return spawn(process.execPath, ['--import', clock, join(ROOT, 'dist/lifeboat.js'), ...words], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function clientOf<Client>(Client: new (options: object) => Client, endpoint: string): Client {
  const credentials = { accessKeyId: 'operator', secretAccessKey: 'secret' };
  return new Client({ region: REGION, endpoint, credentials, forcePathStyle: true });
}
