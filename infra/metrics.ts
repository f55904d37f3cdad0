import type { Duration } from 'aws-cdk-lib';
import { Metric, Stats, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { NAMESPACE, type CheckMetricName, type MetricName } from '../src/hosts/lambda/metrics.ts';
import type { RunMode } from '../src/plan/types.ts';

/** A metric of the runs of one mode. `objective`: of {@link MetricName} `ObjectiveSeconds`, which of the two. */
export function runMetric(
  metricName: MetricName,
  { runbook, mode }: { readonly runbook: string; readonly mode: RunMode },
  options: MetricOptions,
  objective?: 'rto' | 'rpo',
): Metric {
  return new Metric({
    namespace: NAMESPACE,
    metricName,
    dimensionsMap: {
      Runbook: runbook,
      Mode: mode,
      ...(objective !== undefined && { Objective: objective }),
    },
    ...options,
  });
}

/** A metric of the daily check. */
export function checkMetric(metricName: CheckMetricName, runbook: string, options: MetricOptions): Metric {
  return new Metric({ namespace: NAMESPACE, metricName, dimensionsMap: { Runbook: runbook }, ...options });
}

/** What Lambda itself says about durable executions. */
export function durableMetric(metricName: string, functionName: string, period: Duration): Metric {
  return new Metric({
    namespace: 'AWS/Lambda',
    metricName,
    dimensionsMap: { FunctionName: functionName },
    statistic: Stats.SUM,
    period,
  });
}
