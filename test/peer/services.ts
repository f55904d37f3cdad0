import { snapshotOperations } from './ec2-snapshots.ts';
import { otherEc2Operations } from './ec2-rest.ts';
import { volumeOperations } from './ec2-volumes.ts';
import type { Operations } from './operation.ts';
import {
  kmsOperations,
  metricOperations,
  quotaOperations,
  snsOperations,
  ssmOperations,
  stsOperations,
} from './other-services.ts';
import { dbInstanceOperations } from './rds-instances.ts';
import { dbSnapshotOperations } from './rds-snapshots.ts';
import { s3Operations } from './s3.ts';
import { sqsOperations } from './sqs.ts';

export interface Service {
  readonly protocol: 'query' | 'json' | 'rest';
  readonly operations: Operations;
  /** The service's own words for what any service may have to say. */
  readonly codes: {
    readonly throttle: readonly [string, number];
    readonly expire: string;
    readonly deny: string;
    readonly unknown: string;
  };
}

const QUERY = {
  throttle: ['Throttling', 400],
  expire: 'ExpiredToken',
  deny: 'AccessDenied',
  unknown: 'InvalidAction',
} as const;
const JSON_RPC = {
  throttle: ['ThrottlingException', 400],
  expire: 'ExpiredTokenException',
  deny: 'AccessDeniedException',
  unknown: 'UnknownOperationException',
} as const;

/** By the name that requests are signed for. */
export const SERVICES: Readonly<Record<string, Service>> = {
  ec2: {
    protocol: 'query',
    operations: { ...volumeOperations, ...snapshotOperations, ...otherEc2Operations },
    codes: { ...QUERY, throttle: ['RequestLimitExceeded', 503], deny: 'UnauthorizedOperation' },
  },
  rds: { protocol: 'query', operations: { ...dbInstanceOperations, ...dbSnapshotOperations }, codes: QUERY },
  sts: { protocol: 'query', operations: stsOperations, codes: QUERY },
  sns: { protocol: 'query', operations: snsOperations, codes: { ...QUERY, deny: 'AuthorizationError' } },
  ssm: { protocol: 'json', operations: ssmOperations, codes: JSON_RPC },
  kms: { protocol: 'json', operations: kmsOperations, codes: JSON_RPC },
  servicequotas: { protocol: 'json', operations: quotaOperations, codes: JSON_RPC },
  sqs: {
    protocol: 'json',
    operations: sqsOperations,
    codes: { ...JSON_RPC, throttle: ['RequestThrottled', 400] },
  },
  s3: { protocol: 'rest', operations: s3Operations, codes: { ...QUERY, throttle: ['SlowDown', 503] } },
  monitoring: { protocol: 'json', operations: metricOperations, codes: JSON_RPC },
};
