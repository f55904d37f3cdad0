import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { mockClient } from 'aws-sdk-client-mock';
import { createBalancerReader } from '../../../src/backfill/live-traffic/balancer-reader.ts';

const cloudwatch = mockClient(CloudWatchClient);
const NEVER = new AbortController().signal;
const BALANCER = 'app/orders/0123456789abcdef';
const NOW = Date.UTC(2026, 10, 20, 3, 10, 25);
const minute = (ago: number) => new Date(Date.UTC(2026, 10, 20, 3, 10 - ago));

let now = NOW;
beforeEach(() => {
  cloudwatch.reset();
  now = NOW;
});
const open = () =>
  createBalancerReader(BALANCER, {
    ...{ cloudwatch: new CloudWatchClient({ region: 'us-east-1' }), every: 1, now: () => now },
  });
const result = (Id: string, ...points: readonly (readonly [ago: number, value: number])[]) => ({
  Id,
  Timestamps: points.map(([ago]) => minute(ago)),
  Values: points.map(([, value]) => value),
});

test('tells of the newest minute that is there, once', async () => {
  const results = [
    result('p99', [2, 0.25], [3, 0.1]),
    result('requests', [3, 900], [2, 1_000]),
    result('target5xx', [3, 700], [2, 15]),
    result('balancer5xx', [2, 5]),
  ];
  cloudwatch.on(GetMetricDataCommand).resolves({ MetricDataResults: results });
  const reader = open();
  expect(await reader.read(NEVER)).toEqual({ sample: { p99Ms: 250, errorRate: 0.02, requests: 1_000 } });
  expect(await reader.read(NEVER)).toBeUndefined();
  results.push(result('requests', [1, 0]));
  expect(await reader.read(NEVER)).toEqual({ sample: { requests: 0 } });
});

test('asks for whole minutes of that balancer', async () => {
  cloudwatch.on(GetMetricDataCommand).resolves({});
  await open().read(NEVER);
  const { MetricDataQueries = [], ...rest } =
    cloudwatch.commandCalls(GetMetricDataCommand)[0]?.args[0].input ?? {};
  expect(rest).toMatchObject({ StartTime: minute(10), EndTime: minute(0), ScanBy: 'TimestampDescending' });
  expect(
    MetricDataQueries.map(({ MetricStat }) => [MetricStat?.Metric?.MetricName, MetricStat?.Stat]),
  ).toEqual([
    ['TargetResponseTime', 'p99'],
    ['RequestCount', 'Sum'],
    ['HTTPCode_Target_5XX_Count', 'Sum'],
    ['HTTPCode_ELB_5XX_Count', 'Sum'],
  ]);
  for (const { Id, MetricStat } of MetricDataQueries) {
    expect(Id).toMatch(/^[a-z][a-zA-Z0-9_]*$/);
    expect(MetricStat).toMatchObject({
      Period: 60,
      Metric: { Namespace: 'AWS/ApplicationELB', Dimensions: [{ Name: 'LoadBalancer', Value: BALANCER }] },
    });
  }
});

test('without errors there are no counts of them', async () => {
  cloudwatch.on(GetMetricDataCommand).resolves({ MetricDataResults: [result('requests', [1, 50])] });
  expect(await open().read(NEVER)).toEqual({ sample: { errorRate: 0, requests: 50 } });
});

test('is silent when there is nothing, or only what is old', async () => {
  const why = `CloudWatch has no data of ${BALANCER} for the last minutes`;
  cloudwatch.on(GetMetricDataCommand).resolves({ MetricDataResults: [] });
  expect(await open().read(NEVER)).toEqual({ sample: 'silent', why });
  cloudwatch.on(GetMetricDataCommand).resolves({ MetricDataResults: [result('requests', [6, 50])] });
  expect(await open().read(NEVER)).toEqual({ sample: 'silent', why });
});

test('is silent when it is refused, and is well again afterwards', async () => {
  const denied = Object.assign(new Error('not authorized'), {
    ...{ name: 'AccessDenied', $fault: 'client', $metadata: { httpStatusCode: 403 } },
  });
  cloudwatch.on(GetMetricDataCommand).rejectsOnce(denied);
  const reader = open();
  expect(await reader.read(NEVER)).toEqual({
    sample: 'silent',
    why: 'CloudWatch: AccessDenied: not authorized',
  });
  cloudwatch.on(GetMetricDataCommand).resolves({ MetricDataResults: [result('requests', [1, 50])] });
  expect(await reader.read(NEVER)).toMatchObject({ sample: { requests: 50 } });
});
