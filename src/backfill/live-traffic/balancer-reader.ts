import {
  GetMetricDataCommand,
  type MetricDataQuery,
  type MetricDataResult,
} from '@aws-sdk/client-cloudwatch';
import { classify } from '../../aws/request-failures.ts';
import type { Sender } from '../../aws/clients.ts';
import { MINUTE_MS, SECOND_MS, type Instant } from '../../time.ts';
import { silent, type TrafficReader } from './traffic-reader.ts';

const PERIOD_SECONDS = 60;
/** CloudWatch has the figures of a minute one or two minutes after its end. */
export const DELAY_SECONDS = 180;
const FEWEST_SECONDS_BETWEEN = 20;
const WINDOW_MS = 10 * MINUTE_MS;
/** Older figures are not used. */
const OLDEST_MS = 6 * MINUTE_MS;

const METRICS = {
  p99: ['TargetResponseTime', 'p99'],
  requests: ['RequestCount', 'Sum'],
  target5xx: ['HTTPCode_Target_5XX_Count', 'Sum'],
  balancer5xx: ['HTTPCode_ELB_5XX_Count', 'Sum'],
} as const;
type MetricId = keyof typeof METRICS;

export interface BalancerOptions {
  readonly cloudwatch: Sender<'cloudwatch'>;
  readonly every: number;
  readonly destroy?: () => void;
  readonly now?: () => Instant;
}

/**
 * Reads the metrics of an Application Load Balancer from CloudWatch: whole minutes, one or two minutes late. They include the replay itself if it goes through
 * the same load balancer.
 *
 * @param balancer `app/NAME/ID`
 */
export function createBalancerReader(balancer: string, options: BalancerOptions): TrafficReader {
  const { cloudwatch, every, destroy, now = Date.now } = options;
  let newest = Number.NEGATIVE_INFINITY;
  return {
    name: balancer,
    everySeconds: Math.max(every, FEWEST_SECONDS_BETWEEN),
    periodSeconds: PERIOD_SECONDS,
    delaySeconds: DELAY_SECONDS,
    async read(stop) {
      const at = now();
      let results: readonly MetricDataResult[] | undefined;
      try {
        const answer = await cloudwatch.send(question(balancer, at), { abortSignal: stop });
        results = answer.MetricDataResults;
      } catch (error) {
        return silent(stop.aborted ? 'it was stopped' : whyOf(error));
      }
      const minute = newestMinute(results ?? []);
      if (minute === undefined || at - minute.at > OLDEST_MS)
        return silent(`CloudWatch has no data of ${balancer} for the last minutes`);
      if (minute.at <= newest) return undefined;
      newest = minute.at;
      return { sample: sampleOf(minute.values) };
    },
    async close() {
      destroy?.();
    },
  };
}

function question(balancer: string, at: Instant): GetMetricDataCommand {
  const queries = Object.entries(METRICS).map(([id, [MetricName, Stat]]): MetricDataQuery => {
    const Dimensions = [{ Name: 'LoadBalancer', Value: balancer }];
    const Metric = { Namespace: 'AWS/ApplicationELB', MetricName, Dimensions };
    return { Id: id.toLowerCase(), MetricStat: { Metric, Period: PERIOD_SECONDS, Stat } };
  });
  // An incomplete minute would look like one with little traffic.
  const end = Math.floor(at / MINUTE_MS) * MINUTE_MS;
  return new GetMetricDataCommand({
    MetricDataQueries: queries,
    StartTime: new Date(end - WINDOW_MS),
    EndTime: new Date(end),
    ScanBy: 'TimestampDescending',
  });
}

interface Minute {
  readonly at: Instant;
  readonly values: Readonly<Partial<Record<MetricId, number>>>;
}

/** Counts of errors are missing where there were none; the number of requests tells that a minute is there. */
function newestMinute(results: readonly MetricDataResult[]): Minute | undefined {
  const at = Math.max(...pointsOf(results, 'requests').map(([instant]) => instant));
  if (!Number.isFinite(at)) return undefined;
  const ids = Object.keys(METRICS) as MetricId[];
  const values = ids.flatMap((id) =>
    pointsOf(results, id).flatMap(([instant, value]) => (instant === at ? [[id, value] as const] : [])),
  );
  return { at, values: Object.fromEntries(values) };
}

function pointsOf(
  results: readonly MetricDataResult[],
  id: MetricId,
): readonly (readonly [Instant, number])[] {
  return results
    .filter(({ Id }) => Id === id.toLowerCase())
    .flatMap(({ Timestamps = [], Values = [] }) =>
      Timestamps.map((timestamp, index) => [timestamp.getTime(), Values[index] ?? Number.NaN] as const),
    )
    .filter(([, value]) => Number.isFinite(value) && value >= 0);
}

function sampleOf({ p99, requests = 0, target5xx = 0, balancer5xx = 0 }: Minute['values']) {
  if (requests === 0) return { requests };
  const errorRate = Math.min(1, (target5xx + balancer5xx) / requests);
  return { requests, errorRate, ...(p99 !== undefined && { p99Ms: p99 * SECOND_MS }) };
}

function whyOf(error: unknown): string {
  const { code, message } = classify(error);
  return `CloudWatch: ${code}: ${message}`;
}
