import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  MathExpression,
  Stats,
  TreatMissingData,
  type IMetric,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { MetricName } from '../../src/hosts/lambda/metrics.ts';
import type { Runbook } from '../../src/runbook/schema.ts';
import { checkMetric, durableMetric, runMetric } from '../metrics.ts';
import type { Functions } from './functions.ts';

interface AlarmsProps {
  readonly runbooks: readonly Runbook[];
  readonly functions: Functions;
  readonly deadLetters: Queue;
  readonly topic: ITopic;
  /** Name of the journal's table: alarms say which command tells more. */
  readonly table: string;
}

interface Watched {
  readonly name: string;
  /** What has happened and what to do, as the notice says it. */
  readonly says: string;
  readonly metric: IMetric;
  readonly below?: boolean;
  readonly periods?: number;
  readonly missing?: TreatMissingData;
}

/** Says `1` or more of the metric is worth a notice; absent data is none. */
const SOON = Duration.minutes(5);
const DAILY = Duration.days(1);
/** A check that is late by two hours has not run. */
const STALE_HOURS = 26;

/** Tells people what needs them: of each runbook, and of the deployment itself. */
export class Alarms extends Construct {
  readonly all: readonly Alarm[];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const watched = [
      ...props.runbooks.flatMap((runbook) => ofRunbook(runbook, props)),
      ...ofDeployment(props),
    ];
    this.all = watched.map(({ name, says, metric, below = false, periods = 1, missing }) => {
      const alarm = new Alarm(this, name, {
        alarmName: `lifeboat-${name}`,
        alarmDescription: says,
        metric,
        threshold: 1,
        comparisonOperator: below
          ? ComparisonOperator.LESS_THAN_THRESHOLD
          : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        evaluationPeriods: periods,
        treatMissingData: missing ?? TreatMissingData.NOT_BREACHING,
      });
      alarm.addAlarmAction(new SnsAction(props.topic));
      return alarm;
    });
  }
}

function ofRunbook({ name: runbook, drill }: Runbook, { table }: AlarmsProps): readonly Watched[] {
  const journal = `--journal dynamodb://${table}`;
  const ofRuns = (name: string, metric: MetricName, says: string): Watched => ({
    name: `${runbook}-${name}`,
    says: `${says} See: lifeboat runs ${journal}`,
    metric: ofBothModes(metric, runbook),
  });
  const overdue: Watched = {
    name: `${runbook}-drill-missed`,
    says: `The last drill of ${runbook} that was due has not ended well. See: lifeboat runs ${journal}`,
    metric: checkMetric('DrillOverdue', runbook, { period: DAILY, statistic: Stats.MAXIMUM }),
  };
  return [
    ...(drill?.schedule === undefined ? [] : [overdue]),
    ofRuns('objective-at-risk', 'ObjectiveAtRisk', `A run of ${runbook} is likely to miss an objective.`),
    ofRuns('objective-breached', 'ObjectiveBreached', `A run of ${runbook} has missed an objective.`),
    ofRuns('run-refused', 'RunRefused', `A run of ${runbook} that was asked for has not begun.`),
    ofRuns('run-failed', 'RunFailed', `A run of ${runbook} has failed or was aborted.`),
    ofRuns('run-halted', 'RunHalted', `A run of ${runbook} waits for an operator.`),
    ofRuns('leftovers', 'Leftovers', `A run of ${runbook} left resources behind, which cost money.`),
    {
      name: `${runbook}-not-ready`,
      says: `${runbook} could not be recovered now within its objectives. The log of lifeboat-check says why; see also: lifeboat check`,
      metric: checkMetric('CheckReady', runbook, { period: DAILY, statistic: Stats.MINIMUM }),
      below: true,
    },
    {
      name: `${runbook}-check-stale`,
      says: `Readiness of ${runbook} has not been checked for ${STALE_HOURS} hours. See the log of lifeboat-check.`,
      metric: checkMetric('CheckReady', runbook, {
        period: Duration.hours(1),
        statistic: Stats.SAMPLE_COUNT,
      }),
      below: true,
      periods: STALE_HOURS,
      missing: TreatMissingData.BREACHING,
    },
  ];
}

function ofDeployment({ functions, deadLetters }: AlarmsProps): readonly Watched[] {
  return [
    {
      name: 'dead-letters',
      says: 'A schedule, an event or a request could not be delivered: nobody has started what it asked for. Look at the messages of the dead-letter queue.',
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({
        period: SOON,
        statistic: Stats.MAXIMUM,
      }),
    },
    {
      name: 'function-errors',
      says: 'A function of the deployment has failed. A run goes on by itself when it is called again; see the log of the function.',
      metric: sumOf(functions.all.map((one) => one.metricErrors({ period: SOON }))),
    },
    {
      name: 'executions-ended-badly',
      says: 'An execution has failed, timed out or was stopped: its run may be driven by nobody. See: lifeboat runs; then: lifeboat resume',
      metric: sumOf(
        functions.runs.flatMap(({ functionName }) =>
          (['Failed', 'TimedOut', 'Stopped'] as const).map((end) =>
            durableMetric(`DurableExecution${end}`, functionName, SOON),
          ),
        ),
      ),
    },
  ];
}

function ofBothModes(metric: MetricName, runbook: string): IMetric {
  const options = { period: SOON, statistic: Stats.SUM };
  return sumOf((['drill', 'restore'] as const).map((mode) => runMetric(metric, { runbook, mode }, options)));
}

/** Metrics without data count as 0: the sum of one that exists and one that does not would be no number. */
function sumOf(metrics: readonly IMetric[]): IMetric {
  const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
  return new MathExpression({
    expression: Object.keys(usingMetrics)
      .map((id) => `FILL(${id}, 0)`)
      .join(' + '),
    usingMetrics,
    period: SOON,
  });
}
