import { fsrKey } from '../../facts/ebs.ts';
import { GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import type { MetricDataQuery, MetricDataResult } from '@aws-sdk/client-cloudwatch';
import type { DbInstance, Snapshot } from '../../inventory/schema.ts';
import { MINUTE_MS, type Instant } from '../../time.ts';
import type { CallAws } from '../../workflow/base/executor.ts';
import type { CaptureReads } from './reads.ts';
import type { Sender } from '../clients.ts';
import { readPages } from '../pages.ts';

/** CloudWatch's most for one request. */
const QUERIES_PER_CALL = 500;
/** Metrics of a minute arrive within a few; what is older says nothing about now. */
const WINDOW_MS = 15 * MINUTE_MS;
const PERIOD_SECONDS = 60;

export interface CapturedMetrics {
  /** Credits of fast snapshot restore by `fsrKey`. */
  readonly credits: ReadonlyMap<string, number>;
  /** Seconds by DB instance. */
  readonly replicaLagSeconds: ReadonlyMap<string, number>;
}

interface Question {
  readonly key: string;
  readonly query: Omit<MetricDataQuery, 'Id'>;
}

/** What only metrics tell: credits of what is on, and how far replicas lag behind. Not asked where there is nothing of either. */
export async function captureMetrics(
  reads: CaptureReads,
  cloudwatch: Sender<'cloudwatch'> | undefined,
  call: CallAws,
  held: { readonly snapshots: readonly Snapshot[]; readonly dbInstances: readonly DbInstance[] },
  now: Instant,
): Promise<CapturedMetrics> {
  const credits = held.snapshots.flatMap(creditQuestions);
  const lags = held.dbInstances.flatMap(lagQuestions);
  const questions = [...credits, ...lags];
  const none = { credits: new Map(), replicaLagSeconds: new Map() };
  if (questions.length === 0) return none;
  if (cloudwatch === undefined) {
    reads.lacking('GetMetricData');
    return none;
  }
  const values = await reads.read('cloudwatch', 'GetMetricData', () =>
    readNewest(cloudwatch, call, questions, now),
  );
  const newest = (group: readonly Question[]): ReadonlyMap<string, number> =>
    new Map(
      group.flatMap(({ key }) => {
        const value = values?.get(key);
        // A replica whose replication has stopped reports -1.
        return value === undefined || value < 0 ? [] : [[key.slice(key.indexOf('/') + 1), value]];
      }),
    );
  return { credits: newest(credits), replicaLagSeconds: newest(lags) };
}

function creditQuestions({ id, fsr }: Snapshot): readonly Question[] {
  return fsr
    .filter(({ state }) => state === 'enabled')
    .map(({ zone }) => ({
      key: `credits/${fsrKey({ snapshotId: id, zone })}`,
      // The minimum of the period: assuming more credits than there are would make slow volumes without an error.
      query: metric('AWS/EBS', 'FastSnapshotRestoreCreditsBalance', 'Minimum', {
        SnapshotId: id,
        AvailabilityZone: zone,
      }),
    }));
}

function lagQuestions({ id, replicaOf }: DbInstance): readonly Question[] {
  if (replicaOf === undefined) return [];
  const query = metric('AWS/RDS', 'ReplicaLag', 'Average', { DBInstanceIdentifier: id });
  return [{ key: `lag/${id}`, query }];
}

function metric(
  Namespace: string,
  MetricName: string,
  Stat: string,
  dimensions: Readonly<Record<string, string>>,
): Question['query'] {
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
  return { MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Period: PERIOD_SECONDS, Stat } };
}

/** The newest value of each question that has one. */
async function readNewest(
  cloudwatch: Sender<'cloudwatch'>,
  call: CallAws,
  questions: readonly Question[],
  now: Instant,
): Promise<ReadonlyMap<string, number>> {
  const newest = new Map<string, { readonly at: number; readonly value: number }>();
  for (let from = 0; from < questions.length; from += QUERIES_PER_CALL) {
    const asked = questions.slice(from, from + QUERIES_PER_CALL);
    for (const result of await readResults(cloudwatch, call, asked, now)) {
      const key = asked[Number(result.Id?.slice(1))]?.key;
      if (key === undefined) continue;
      (result.Values ?? []).forEach((value, index) => {
        const at = result.Timestamps?.[index]?.getTime() ?? Number.NEGATIVE_INFINITY;
        const known = newest.get(key);
        if (Number.isFinite(value) && (known === undefined || at > known.at)) newest.set(key, { at, value });
      });
    }
  }
  return new Map([...newest].map(([key, { value }]) => [key, value]));
}

function readResults(
  cloudwatch: Sender<'cloudwatch'>,
  call: CallAws,
  asked: readonly Question[],
  now: Instant,
): Promise<readonly MetricDataResult[]> {
  const queries = asked.map(({ query }, index) => ({ ...query, Id: `q${index}` }));
  return readPages('GetMetricData', async (token) => {
    const command = new GetMetricDataCommand({
      MetricDataQueries: queries,
      StartTime: new Date(now - WINDOW_MS),
      EndTime: new Date(now),
      ScanBy: 'TimestampDescending',
      ...(token !== undefined && { NextToken: token }),
    });
    const page = await call('GetMetricData', () => cloudwatch.send(command));
    return { items: page.MetricDataResults, next: page.NextToken };
  });
}
