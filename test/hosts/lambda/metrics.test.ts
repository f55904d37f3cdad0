import { metricLine } from '../../../src/hosts/lambda/metrics.ts';

const run = { runId: 'orders-20261120T0300-1', runbook: 'orders', mode: 'drill' } as const;

test('a metric line is CloudWatch embedded metric format: namespace, dimensions, units, and each value at the top', () => {
  expect(JSON.parse(metricLine(run, { RunCompleted: 1, RtaSeconds: 3_600 }, 1_000))).toEqual({
    _aws: {
      Timestamp: 1_000,
      CloudWatchMetrics: [
        {
          Namespace: 'Lifeboat',
          Dimensions: [['Runbook', 'Mode']],
          Metrics: [
            { Name: 'RunCompleted', Unit: 'Count' },
            { Name: 'RtaSeconds', Unit: 'Seconds' },
          ],
        },
      ],
    },
    Runbook: 'orders',
    Mode: 'drill',
    runId: 'orders-20261120T0300-1',
    RunCompleted: 1,
    RtaSeconds: 3_600,
  });
});

test('the two objectives are told apart by a dimension, and without it the value is the RTO', () => {
  const dimensionsOf = (objective: 'rto' | 'rpo'): unknown => {
    const line = JSON.parse(metricLine(run, { ObjectiveSeconds: 60 }, 0, objective)) as {
      readonly Objective: string;
      readonly _aws: { readonly CloudWatchMetrics: readonly { readonly Dimensions: unknown }[] };
    };
    expect(line.Objective).toBe(objective);
    return line._aws.CloudWatchMetrics[0]?.Dimensions;
  };
  expect(dimensionsOf('rto')).toEqual([
    ['Runbook', 'Mode'],
    ['Runbook', 'Mode', 'Objective'],
  ]);
  expect(dimensionsOf('rpo')).toEqual([['Runbook', 'Mode', 'Objective']]);
});
