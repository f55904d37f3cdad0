import { Duration, Stack } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  SingleValueWidget,
  Stats,
  TextWidget,
  type IAlarm,
  type IMetric,
  type IWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Runbook } from '../../src/runbook/schema.ts';
import { checkMetric, runMetric } from '../metrics.ts';

interface DashboardProps {
  readonly runbooks: readonly Runbook[];
  readonly alarms: readonly IAlarm[];
}

const MODES = ['drill', 'restore'] as const;
const BY_DAY = { period: Duration.days(1), statistic: Stats.MAXIMUM };

/** What was promised and what the last runs took, for each runbook, and what the next one would begin with. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, { runbooks, alarms }: DashboardProps) {
    super(scope, id);
    new CloudWatchDashboard(this, 'Dashboard', {
      // Dashboards belong to the account, not to a Region.
      dashboardName: `Lifeboat-${Stack.of(this).region}`,
      defaultInterval: Duration.days(90),
      widgets: [
        [new AlarmStatusWidget({ title: 'Needs attention', width: 24, alarms: [...alarms] })],
        ...runbooks.flatMap((runbook) => [
          [new TextWidget({ markdown: `## ${runbook.name}`, width: 24, height: 1 })],
          widgetsOf(runbook.name),
        ]),
      ],
    });
  }
}

function widgetsOf(runbook: string): IWidget[] {
  return [
    actualWidget('Recovery time', 'RtaSeconds', 'rto', runbook),
    actualWidget('Age of the recovered data', 'RpaSeconds', 'rpo', runbook),
    new SingleValueWidget({
      title: 'Now',
      width: 6,
      metrics: [
        checkMetric('DaysSinceDrill', runbook, { ...BY_DAY, label: 'days since the last drill' }),
        checkMetric('NewestRecoveryPointAgeSeconds', runbook, {
          ...BY_DAY,
          label: 'seconds since the newest recovery point',
        }),
        checkMetric('CheckReady', runbook, {
          ...BY_DAY,
          statistic: Stats.MINIMUM,
          label: 'ready (1) or not (0)',
        }),
      ],
    }),
  ];
}

function actualWidget(
  title: string,
  actual: 'RtaSeconds' | 'RpaSeconds',
  objective: 'rto' | 'rpo',
  runbook: string,
): IWidget {
  const actuals: IMetric[] = MODES.map((mode) =>
    runMetric(actual, { runbook, mode }, { ...BY_DAY, label: mode }),
  );
  const promised = MODES.map((mode) =>
    runMetric(
      'ObjectiveSeconds',
      { runbook, mode },
      { ...BY_DAY, label: `${objective} (${mode})`, color: '#d62728' },
      objective,
    ),
  );
  return new GraphWidget({
    title,
    width: 9,
    left: [...actuals, ...promised],
    leftYAxis: { min: 0, label: 'seconds', showUnits: false },
  });
}
