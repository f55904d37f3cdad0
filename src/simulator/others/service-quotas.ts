import {
  ListServiceQuotasCommand,
  NoSuchResourceException,
  ServiceQuotasServiceException,
} from '@aws-sdk/client-service-quotas';
import type {
  ListServiceQuotasCommandInput,
  ListServiceQuotasCommandOutput,
  ServiceQuota,
} from '@aws-sdk/client-service-quotas';
import type { Quotas } from '../../inventory/schema.ts';
import { operation } from '../service/operation.ts';
import { pageOf } from '../service/paging.ts';
import { QUOTA_PAGE } from '../model/rates.ts';
import { failureMetadata, failuresOf } from '../service/aws-errors.ts';
import type { ServiceDefinition } from '../service/service.ts';
import type { WorldState } from '../state/state.ts';

const quotaFailure = failuresOf(ServiceQuotasServiceException);

interface QuotaName {
  readonly service: 'ebs' | 'rds';
  readonly name: string;
  readonly code: string;
  readonly valueOf: (quotas: Quotas) => number | undefined;
}

const storage = (type: string, kind: string, code: string): QuotaName => ({
  service: 'ebs',
  name: `Storage for ${kind} (${type}) volumes, in TiB`,
  code,
  valueOf: ({ storageTiB }) => storageTiB?.[type],
});

/** AWS's names and codes. ? The name and code of provisioned initialisation and the code of copies are in no source. */
const QUOTA_NAMES: readonly QuotaName[] = [
  {
    service: 'ebs',
    name: 'Fast snapshot restore',
    code: 'L-631ECBD3',
    valueOf: ({ fsrSnapshots }) => fsrSnapshots,
  },
  {
    service: 'ebs',
    name: 'Cumulative volume initialization rate, in MiB/s',
    code: 'L-51110001',
    valueOf: ({ provisionedInitMiBps }) => provisionedInitMiBps,
  },
  {
    service: 'ebs',
    name: 'Concurrent snapshot copies per destination Region',
    code: 'L-51110002',
    valueOf: ({ snapshotCopies }) => snapshotCopies,
  },
  storage('gp2', 'General Purpose SSD', 'L-D18FCD1D'),
  storage('gp3', 'General Purpose SSD', 'L-7A658B76'),
  storage('io1', 'Provisioned IOPS SSD', 'L-FD252861'),
  storage('io2', 'Provisioned IOPS SSD', 'L-09BD8365'),
  storage('st1', 'Throughput Optimized HDD', 'L-82ACEF56'),
  storage('sc1', 'Cold HDD', 'L-17AF77E8'),
  storage('standard', 'Magnetic', 'L-9CF3C2EB'),
  { service: 'rds', name: 'DB instances', code: 'L-7B6409FD', valueOf: ({ dbInstances }) => dbInstances },
  { service: 'rds', name: 'DB clusters', code: 'L-952B80B8', valueOf: ({ dbClusters }) => dbClusters },
];

/** Those that the inventory has; one that it does not tell is not listed. */
function listServiceQuotas(
  state: WorldState,
  input: ListServiceQuotasCommandInput,
): Omit<ListServiceQuotasCommandOutput, '$metadata'> {
  const service = input.ServiceCode ?? '';
  if (!QUOTA_NAMES.some((quota) => quota.service === service))
    throw new NoSuchResourceException({
      message: 'The request failed because the specified service does not exist.',
      $metadata: failureMetadata(400),
    });
  const size = input.MaxResults ?? QUOTA_PAGE.most;
  if (size < QUOTA_PAGE.least || size > QUOTA_PAGE.most)
    throw quotaFailure(
      'IllegalArgumentException',
      `MaxResults must be ${QUOTA_PAGE.least} to ${QUOTA_PAGE.most}.`,
    );
  const listed = QUOTA_NAMES.flatMap((quota, serial) => {
    const value = quota.valueOf(state.account.quotas);
    return quota.service === service && value !== undefined
      ? [{ serial, value: quotaShape(state, quota, value) }]
      : [];
  });
  const page = pageOf(listed, size, input.NextToken);
  if (page === undefined)
    throw quotaFailure('InvalidPaginationTokenException', 'Invalid input was provided: NextToken.');
  return { Quotas: page.items.map(({ value }) => value), NextToken: page.next };
}

function quotaShape({ account }: WorldState, quota: QuotaName, value: number): ServiceQuota {
  return {
    ServiceCode: quota.service,
    ServiceName:
      quota.service === 'ebs'
        ? 'Amazon Elastic Block Store (Amazon EBS)'
        : 'Amazon Relational Database Service (Amazon RDS)',
    QuotaArn: `arn:aws:servicequotas:${account.region}:${account.id}:${quota.service}/${quota.code}`,
    QuotaCode: quota.code,
    QuotaName: quota.name,
    Value: value,
    Unit: 'None',
    Adjustable: true,
    GlobalQuota: false,
  };
}

export const QUOTAS_SERVICE: ServiceDefinition = {
  operations: new Map([operation(ListServiceQuotasCommand, 'ListServiceQuotas', listServiceQuotas)]),
  throttled: () => quotaFailure('TooManyRequestsException', 'Rate exceeded', 429),
  serverError: () => quotaFailure('ServiceException', 'Something went wrong.', 500),
  dryRun: () => quotaFailure('IllegalArgumentException', 'Service Quotas has no DryRun.'),
  unknownOperation: (command) =>
    quotaFailure(
      'UnknownOperationException',
      `The simulated Service Quotas have no operation for ${command}.`,
    ),
};
