import { ListServiceQuotasCommand } from '@aws-sdk/client-service-quotas';
import type { ServiceQuota } from '@aws-sdk/client-service-quotas';
import type { Quotas } from '../../inventory/schema.ts';
import type { CallAws } from '../../workflow/base/executor.ts';
import type { CaptureReads } from './reads.ts';
import type { Sender } from '../clients.ts';
import { readPages } from '../pages.ts';

/** What AWS grants an account that never asked for more. */
const DEFAULT_QUOTAS = {
  fsrSnapshots: 5,
  provisionedInitMiBps: 5_000,
  snapshotCopies: 20,
  dbInstances: 40,
  dbClusters: 40,
} as const satisfies Quotas;

type CountedQuota = keyof typeof DEFAULT_QUOTAS;

const QUOTAS_PER_PAGE = 100;

/** Service Quotas has no codes that mean anything; its names are stable. Those of EBS and RDS, as their pages of quotas list them. */
const NAMES: Readonly<Record<'ebs' | 'rds', readonly (readonly [RegExp, CountedQuota])[]>> = {
  ebs: [
    [/^fast snapshot restore$/i, 'fsrSnapshots'],
    [/^concurrent snapshot copies per destination region$/i, 'snapshotCopies'],
    // ? No page that could be read spells it out.
    [
      /\b(rate|throughput)\b.*\binitiali[sz]ation\b|\binitiali[sz]ation\b.*\b(rate|throughput)\b/i,
      'provisionedInitMiBps',
    ],
  ],
  rds: [
    [/^db instances$/i, 'dbInstances'],
    [/^db clusters$/i, 'dbClusters'],
  ],
};

/** `Storage for General Purpose SSD (gp3) volumes, in TiB`; not `Storage modifications for ...`. */
const STORAGE = /^storage for .*\((gp2|gp3|io1|io2|st1|sc1|standard)\) volumes, in tib$/i;

/** The account's quotas; where Service Quotas says nothing AWS's defaults, so that a plan promises too little rather than too much. */
export async function captureQuotas(
  reads: CaptureReads,
  quotas: Sender<'quotas'> | undefined,
  call: CallAws,
): Promise<Quotas> {
  if (quotas === undefined) {
    reads.lacking('ListServiceQuotas');
    return DEFAULT_QUOTAS;
  }
  const told: Quotas = {};
  for (const service of ['ebs', 'rds'] as const) {
    const listed = await reads.read('quotas', 'ListServiceQuotas', () => listQuotas(quotas, call, service));
    for (const quota of listed ?? []) take(told, service, quota);
  }
  return { ...DEFAULT_QUOTAS, ...told };
}

function listQuotas(
  quotas: Sender<'quotas'>,
  call: CallAws,
  service: 'ebs' | 'rds',
): Promise<readonly ServiceQuota[]> {
  return readPages('ListServiceQuotas', async (token) => {
    const command = new ListServiceQuotasCommand({
      ServiceCode: service,
      MaxResults: QUOTAS_PER_PAGE,
      ...(token !== undefined && { NextToken: token }),
    });
    const page = await call('ListServiceQuotas', () => quotas.send(command));
    return { items: page.Quotas, next: page.NextToken };
  });
}

function take(told: Quotas, service: 'ebs' | 'rds', { QuotaName, Value, ErrorReason }: ServiceQuota): void {
  if (QuotaName === undefined || Value === undefined || !Number.isFinite(Value) || Value < 0) return;
  // The value of a quota that could not be looked up is not the account's.
  if (ErrorReason !== undefined) return;
  const name = QuotaName.trim();
  const counted = NAMES[service].find(([pattern]) => pattern.test(name))?.[1];
  if (counted !== undefined) told[counted] = Math.floor(Value);
  const type = service === 'ebs' ? STORAGE.exec(name)?.[1]?.toLowerCase() : undefined;
  if (type !== undefined) told.storageTiB = { ...told.storageTiB, [type]: Value };
}
