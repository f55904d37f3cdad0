import { EC2ServiceException } from '@aws-sdk/client-ec2';
import { RDSServiceException } from '@aws-sdk/client-rds';
import { SSMServiceException } from '@aws-sdk/client-ssm';
import type { DbInstanceSpec, VolumeSpec } from '../../src/plan/types.ts';
import type {
  Answer,
  Effect,
  EffectOf,
  EffectResults,
  EffectType,
  Failure,
  MakeMark,
} from '../../src/workflow/base/effects.ts';
import type { CallAws } from '../../src/workflow/base/executor.ts';

export const RUN = { runId: 'orders-20261120T0300-1', runbook: 'orders', mode: 'restore' } as const;
export const MARK: MakeMark = { mode: 'restore', strategy: 'fsr', round: 0, copy: 0, generation: 1 };
export const MARK_TAG = 'restore/fsr/0.0.1';

export const OURS = [
  { Key: 'lifeboat:run', Value: RUN.runId },
  { Key: 'lifeboat:runbook', Value: RUN.runbook },
];
export const FOREIGN = [
  { Key: 'lifeboat:run', Value: 'another-run' },
  { Key: 'lifeboat:runbook', Value: RUN.runbook },
];

/** Passes every request on, and keeps the names of the operations. */
export function recordingCall(): { readonly call: CallAws; readonly operations: string[] } {
  const operations: string[] = [];
  return {
    operations,
    call: (operation, send) => {
      operations.push(operation);
      return send();
    },
  };
}

/** Counts how often it was waited for reads to settle, and does not wait. */
export function countedSettle(): { readonly settle: () => Promise<void>; readonly settled: () => number } {
  let count = 0;
  return {
    settle: async () => {
      count += 1;
    },
    settled: () => count,
  };
}

/** For tests of what never waits. */
export const NEVER_SETTLES = {
  settle: async (): Promise<void> => {
    throw new Error('nothing was to be waited for');
  },
};

/** As a service's client throws: a fault of the server from HTTP 500 on. */
const errorOf =
  <E extends Error>(
    Service: new (options: {
      name: string;
      message: string;
      $fault: 'client' | 'server';
      $metadata: { httpStatusCode: number };
    }) => E,
  ) =>
  (name: string, httpStatusCode = 400, message = `${name} happened`): E =>
    new Service({
      ...{ name, message, $fault: httpStatusCode >= 500 ? 'server' : 'client' },
      $metadata: { httpStatusCode },
    });

export const ssmError = errorOf(SSMServiceException);
export const ec2Error = errorOf(EC2ServiceException);
export const rdsError = errorOf(RDSServiceException);

export const VOLUME_SPEC: VolumeSpec = {
  kind: 'volume',
  snapshotId: 'snap-1',
  zone: 'us-east-1a',
  volumeType: 'gp3',
  sizeGiB: 500,
  fullSizeGiB: 320,
  iops: 6_000,
  throughputMiBps: 500,
  encrypted: true,
  kmsKeyId: 'key-1',
  rateMiBps: 300,
  tags: { app: 'events' },
};

export const DB_SPEC: DbInstanceSpec = {
  kind: 'dbInstance',
  from: { snapshotId: 'rds:orders-prod-2026-11-20' },
  engine: 'postgres',
  class: 'db.r6g.xlarge',
  storageGiB: 800,
  storageType: 'gp3',
  iops: 12_000,
  throughputMiBps: 500,
  zone: 'us-east-1a',
  multiAz: true,
  subnetGroup: 'prod',
  publiclyAccessible: false,
  securityGroups: ['sg-1', 'sg-2'],
  parameterGroup: 'orders-pg16',
  optionGroup: 'orders-options',
  deletionProtection: true,
  backupRetentionDays: 7,
  iamAuth: true,
  logExports: ['postgresql', 'upgrade'],
  monitoringIntervalSeconds: 60,
  monitoringRole: 'arn:aws:iam::111111111111:role/monitoring',
  performanceInsights: true,
  port: 6432,
  encrypted: true,
  kmsKeyId: 'key-1',
  tags: { app: 'orders' },
};

/** The result of an answer that must be a success. */
export function resultOf<K extends EffectType>(
  of: EffectOf<K>,
  answers: readonly Answer[],
): EffectResults[K] {
  const given = only(of, answers);
  if (!given.ok) throw new Error(`expected a success, not ${given.failure.code}: ${given.failure.message}`);
  return given.result as EffectResults[K];
}

/** The failure of an answer that must be one. */
export function failureOf(of: Effect, answers: readonly Answer[]): Failure {
  const given = only(of, answers);
  if (given.ok) throw new Error(`expected a failure, not ${JSON.stringify(given.result)}`);
  return given.failure;
}

function only(of: Effect, answers: readonly Answer[]): Answer {
  const given = answers.filter(({ effectId }) => effectId === of.id);
  const [first] = given;
  if (first === undefined || given.length > 1) throw new Error(`${given.length} answers to ${of.id}`);
  return first;
}

/** A copy without some of its optional fields. */
export function without<T extends object, K extends keyof T>(whole: T, ...keys: readonly K[]): Omit<T, K> {
  const rest = { ...whole };
  for (const key of keys) delete rest[key];
  return rest;
}
