import type { RunMode } from '../../plan/types.ts';
import type { Instant } from '../../time.ts';

/** Namespace of all metrics in CloudWatch. */
export const NAMESPACE = 'Lifeboat';

/**
 * The metrics of runs, by name, with their units. Alarms and dashboards are built on these names. Each has the dimensions `Runbook` and `Mode`;
 * {@link METRICS.ObjectiveSeconds} has `Objective` (`rto` or `rpo`) in addition, and without it is the RTO.
 */
export const METRICS = {
  /** 1 for each run that ended well. Absent for longer than the drill's schedule: a drill was missed. */
  RunCompleted: 'Count',
  /** 1 for each run that failed or was aborted. */
  RunFailed: 'Count',
  /** 1 for each trigger that started no run, e.g. a stale alarm. */
  RunRefused: 'Count',
  /** 1 each time a run needs a person: it halted, paused itself, or no execution drives it any more. */
  RunHalted: 'Count',
  /** 1 each time the forecast passes an objective. */
  ObjectiveAtRisk: 'Count',
  /** 1 for each objective that was missed. */
  ObjectiveBreached: 'Count',
  /** Resources that an ended run could not remove; 0 when none is left. */
  Leftovers: 'Count',
  /** Actual recovery time of an ended run. */
  RtaSeconds: 'Seconds',
  /** Actual age of the recovered data. */
  RpaSeconds: 'Seconds',
  /** What the runbook promises, beside each actual value. */
  ObjectiveSeconds: 'Seconds',
} as const satisfies Readonly<Record<string, 'Count' | 'Seconds'>>;

export type MetricName = keyof typeof METRICS;

/** The metrics of the daily check, by name, with their units. Each has the dimension `Runbook`. */
export const CHECK_METRICS = {
  /** 1: the runbook could be recovered now, within its objectives; 0: it could not. Absent for more than a day: the check itself does not run. */
  CheckReady: 'Count',
  /** 1: the last drill that was due has not ended well; 0: it has, or the runbook has no schedule. */
  DrillOverdue: 'Count',
  /** Since the last drill that ended well; absent when there was none. */
  DaysSinceDrill: 'Count',
  /** Of the resource whose newest usable recovery point is the oldest. */
  NewestRecoveryPointAgeSeconds: 'Seconds',
} as const satisfies Readonly<Record<string, 'Count' | 'Seconds'>>;

export type CheckMetricName = keyof typeof CHECK_METRICS;
export const CHECK_DIMENSIONS = ['Runbook'] as const;

export const DIMENSIONS = ['Runbook', 'Mode'] as const;
/** Dimensions of {@link METRICS.ObjectiveSeconds} that tell the two objectives apart. */
export const OBJECTIVE_DIMENSIONS = [...DIMENSIONS, 'Objective'] as const;

export interface MetricRun {
  readonly runId: string;
  readonly runbook: string;
  readonly mode: RunMode;
}

/**
 * One line of CloudWatch's embedded metric format: written to standard output, it is a log line and a metric. `at`: by the machine's clock, because
 * CloudWatch rejects values older than two weeks.
 *
 * @example metricLine({ runId, runbook: 'orders', mode: 'drill' }, { RunCompleted: 1 }, Date.now())
 */
export function metricLine(
  { runId, runbook, mode }: MetricRun,
  values: Partial<Readonly<Record<MetricName, number>>>,
  at: Instant,
  objective?: 'rto' | 'rpo',
): string {
  const dimensions = [
    ...(objective === 'rpo' ? [] : [DIMENSIONS]),
    ...(objective === undefined ? [] : [OBJECTIVE_DIMENSIONS]),
  ];
  const told = {
    ...{ Runbook: runbook, Mode: mode, runId },
    ...(objective !== undefined && { Objective: objective }),
  };
  return embedded(METRICS, dimensions, told, values, at);
}

/**
 * The same for the daily check of a runbook.
 *
 * @example checkMetricLine('orders', { CheckReady: 1, DrillOverdue: 0 }, Date.now())
 */
export function checkMetricLine(
  runbook: string,
  values: Partial<Readonly<Record<CheckMetricName, number>>>,
  at: Instant,
): string {
  return embedded(CHECK_METRICS, [CHECK_DIMENSIONS], { Runbook: runbook }, values, at);
}

function embedded<Name extends string>(
  units: Readonly<Record<Name, string>>,
  dimensions: readonly (readonly string[])[],
  told: Readonly<Record<string, string>>,
  values: Partial<Readonly<Record<Name, number>>>,
  at: Instant,
): string {
  const names = Object.keys(values) as Name[];
  return JSON.stringify({
    _aws: {
      Timestamp: at,
      CloudWatchMetrics: [
        {
          Namespace: NAMESPACE,
          Dimensions: dimensions,
          Metrics: names.map((metric) => ({ Name: metric, Unit: units[metric] })),
        },
      ],
    },
    ...told,
    ...values,
  });
}
