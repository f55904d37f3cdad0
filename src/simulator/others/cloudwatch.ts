import {
  CloudWatchServiceException,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import type {
  Dimension,
  GetMetricDataCommandInput,
  GetMetricDataCommandOutput,
  MetricDataQuery,
  MetricDataResult,
  MetricStat,
} from '@aws-sdk/client-cloudwatch';
import { SECOND_MS } from '../../time.ts';
import type { Instant } from '../../time.ts';
import { dbStatusAt } from '../model/db-instance-timeline.ts';
import { replicaLagAt } from '../model/replication.ts';
import { fsrId, fsrCreditsAt, fsrStateAt } from '../model/fsr-timeline.ts';
import { operation } from '../service/operation.ts';
import type { Call } from '../service/operation.ts';
import { METRIC_PERIOD_SECONDS, METRIC_POINTS, METRIC_QUERIES } from '../model/rates.ts';
import { failuresOf } from '../service/aws-errors.ts';
import { describeAlarms, putMetricAlarm, setAlarmState } from './alarms.ts';
import type { ServiceDefinition } from '../service/service.ts';
import type { WorldState } from '../state/state.ts';

const cloudWatchFailure = failuresOf(CloudWatchServiceException);
const invalid = (message: string): Error => cloudWatchFailure('ValidationError', message);

/** The value of a metric at an instant; `undefined` when nothing was reported then. */
type Series = (at: Instant) => number | undefined;

/** One page has it all: the limits keep it small. */
function getMetricData(
  state: WorldState,
  input: GetMetricDataCommandInput,
  call: Call,
): Omit<GetMetricDataCommandOutput, '$metadata'> {
  const queries = input.MetricDataQueries ?? [];
  const [from, to] = [input.StartTime?.getTime() ?? NaN, input.EndTime?.getTime() ?? NaN];
  if (queries.length === 0 || queries.length > METRIC_QUERIES)
    throw invalid(`A request has 1 to ${METRIC_QUERIES} queries, not ${queries.length}.`);
  if (!(from < to)) throw invalid('The parameter StartTime must be less than the parameter EndTime.');
  const isAscending = input.ScanBy === 'TimestampAscending';
  return {
    MetricDataResults: queries
      .filter(({ ReturnData }) => ReturnData !== false)
      .map((query) => resultOf(state, query, { from, to: Math.min(to, call.now + 1) }, isAscending)),
    Messages: [],
  };
}

interface Span {
  readonly from: Instant;
  readonly to: Instant;
}

function resultOf(
  state: WorldState,
  query: MetricDataQuery,
  span: Span,
  isAscending: boolean,
): MetricDataResult {
  const stat = query.MetricStat;
  if (stat === undefined) throw invalid('The simulated CloudWatch has no expressions.');
  const points = pointsOf(seriesOf(state, stat), stat.Period ?? METRIC_PERIOD_SECONDS, span);
  if (!isAscending) points.reverse();
  return {
    Id: query.Id,
    Label: query.Label ?? stat.Metric?.MetricName,
    Timestamps: points.map(({ at }) => new Date(at)),
    Values: points.map(({ value }) => value),
    StatusCode: 'Complete',
  };
}

/** Time stamps are whole periods, and name the beginning of theirs. */
function pointsOf(
  series: Series,
  periodSeconds: number,
  { from, to }: Span,
): { at: Instant; value: number }[] {
  if (periodSeconds % METRIC_PERIOD_SECONDS !== 0 || periodSeconds <= 0)
    throw invalid(`The period ${periodSeconds} is not a multiple of ${METRIC_PERIOD_SECONDS}.`);
  const periodMs = periodSeconds * SECOND_MS;
  if ((to - from) / periodMs > METRIC_POINTS) throw invalid('The request asks for too many data points.');
  const points: { at: Instant; value: number }[] = [];
  for (let at = Math.floor(from / periodMs) * periodMs; at < to; at += periodMs) {
    const value = series(at);
    if (value !== undefined) points.push({ at, value });
  }
  return points;
}

function seriesOf(state: WorldState, { Metric: metric }: MetricStat): Series {
  const dimensions = metric?.Dimensions ?? [];
  switch (`${metric?.Namespace}/${metric?.MetricName}`) {
    case 'AWS/EBS/FastSnapshotRestoreCreditsBalance':
      return creditsOf(state, valueOf(dimensions, 'SnapshotId'), valueOf(dimensions, 'AvailabilityZone'));
    case 'AWS/RDS/ReplicaLag':
      return lagOf(state, valueOf(dimensions, 'DBInstanceIdentifier'));
    default:
      return () => undefined;
  }
}

const valueOf = (dimensions: readonly Dimension[], name: string): string =>
  dimensions.find(({ Name }) => Name === name)?.Value ?? '';

/** Before the world began the value is that of its beginning, where the inventory holds one. */
function creditsOf(state: WorldState, snapshotId: string, zone: string): Series {
  const fsr = state.fsr.get(fsrId(snapshotId, zone));
  return (at) => {
    if (fsr === undefined || (fsr.creditsUntold === true && at <= fsr.enablingAt)) return undefined;
    const then = fsr.fromInventory ? Math.max(at, fsr.enablingAt) : at;
    return fsrStateAt(fsr, then) === 'enabled' ? fsrCreditsAt(fsr, then) : undefined;
  };
}

function lagOf(state: WorldState, id: string): Series {
  const instance = state.dbInstances.get(id.toLowerCase());
  const source = state.dbInstances.get(instance?.replicaOf ?? '');
  return (at) =>
    instance === undefined || dbStatusAt(instance, at) === undefined
      ? undefined
      : replicaLagAt(instance, source, at);
}

export const CLOUDWATCH_SERVICE: ServiceDefinition = {
  operations: new Map([
    operation(GetMetricDataCommand, 'GetMetricData', getMetricData),
    operation(PutMetricAlarmCommand, 'PutMetricAlarm', putMetricAlarm),
    operation(SetAlarmStateCommand, 'SetAlarmState', setAlarmState),
    operation(DescribeAlarmsCommand, 'DescribeAlarms', describeAlarms),
  ]),
  throttled: () => cloudWatchFailure('Throttling', 'Rate exceeded'),
  serverError: () => cloudWatchFailure('InternalServiceFault', 'An internal error has occurred', 500),
  dryRun: () => invalid('CloudWatch has no DryRun.'),
  unknownOperation: (command) =>
    cloudWatchFailure(
      'UnknownOperationException',
      `The simulated CloudWatch has no operation for ${command}.`,
    ),
};
