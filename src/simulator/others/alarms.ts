import { CloudWatchServiceException, InvalidNextToken, ResourceNotFound } from '@aws-sdk/client-cloudwatch';
import type {
  ComparisonOperator,
  DescribeAlarmsCommandInput,
  DescribeAlarmsCommandOutput,
  MetricAlarm,
  PutMetricAlarmCommandInput,
  SetAlarmStateCommandInput,
  StateValue,
} from '@aws-sdk/client-cloudwatch';
import type { AlarmRecord } from '../model/records.ts';
import { ALARM_PAGE } from '../model/rates.ts';
import { failureMetadata, failuresOf } from '../service/aws-errors.ts';
import type { Call } from '../service/operation.ts';
import { pageOf } from '../service/paging.ts';
import type { WorldState } from '../state/state.ts';

const invalid = (message: string): Error =>
  failuresOf(CloudWatchServiceException)('ValidationError', message);

/** A new alarm has no data; one that is there keeps its state. */
export function putMetricAlarm(state: WorldState, input: PutMetricAlarmCommandInput, call: Call): object {
  const {
    AlarmName: id = '',
    MetricName,
    Namespace,
    ComparisonOperator: comparison,
    EvaluationPeriods,
  } = input;
  if (id === '' || id.length > 255) throw invalid('The name of an alarm has 1 to 255 characters.');
  if (MetricName === undefined || Namespace === undefined)
    throw invalid('The simulated CloudWatch has alarms on one metric, which MetricName and Namespace name.');
  if (comparison === undefined || EvaluationPeriods === undefined)
    throw invalid('ComparisonOperator and EvaluationPeriods must be given.');
  const {
    state: now,
    reason,
    changedAt,
  } = state.alarms.get(id) ?? {
    ...{ state: 'INSUFFICIENT_DATA', reason: 'Unchecked: Initial alarm creation', changedAt: call.now },
  };
  state.alarms.putHidden({
    ...{ id, namespace: Namespace, metric: MetricName, comparison, threshold: input.Threshold },
    ...{ periods: EvaluationPeriods, state: now, reason, changedAt },
  });
  return {};
}

export function setAlarmState(state: WorldState, input: SetAlarmStateCommandInput, call: Call): object {
  const { AlarmName = '', StateValue: value, StateReason: reason = '' } = input;
  const alarm = state.alarms.get(AlarmName);
  if (alarm === undefined)
    throw new ResourceNotFound({
      message: `There is no alarm ${AlarmName}`,
      $metadata: failureMetadata(404),
    });
  if (value === undefined || !/^(OK|ALARM|INSUFFICIENT_DATA)$/.test(value))
    throw invalid(`The state ${value} is none of OK, ALARM, INSUFFICIENT_DATA.`);
  state.alarms.putHidden({ ...alarm, state: value, reason, changedAt: call.now });
  return {};
}

export function describeAlarms(
  state: WorldState,
  input: DescribeAlarmsCommandInput,
  { now }: Call,
): Omit<DescribeAlarmsCommandOutput, '$metadata'> {
  const { AlarmNames: names, AlarmNamePrefix: prefix = '', StateValue: value, AlarmTypes: types } = input;
  const size = input.MaxRecords ?? ALARM_PAGE.usual;
  if (size < 1 || size > ALARM_PAGE.most) throw invalid(`MaxRecords is 1 to ${ALARM_PAGE.most}.`);
  const isAsked = types === undefined || types.includes('MetricAlarm');
  const found = state.alarms
    .allSeen(now, names)
    .filter(
      ({ value: alarm }) => isAsked && alarm.id.startsWith(prefix) && (value ?? alarm.state) === alarm.state,
    );
  const page = pageOf(found, size, input.NextToken);
  if (page === undefined)
    throw new InvalidNextToken({ message: 'The token is invalid.', $metadata: failureMetadata(400) });
  return {
    MetricAlarms: page.items.map(({ value: alarm }) => alarmShape(state, alarm)),
    CompositeAlarms: [],
    NextToken: page.next,
  };
}

function alarmShape({ account }: WorldState, alarm: AlarmRecord): MetricAlarm {
  return {
    AlarmName: alarm.id,
    AlarmArn: `arn:aws:cloudwatch:${account.region}:${account.id}:alarm:${alarm.id}`,
    Namespace: alarm.namespace,
    MetricName: alarm.metric,
    ComparisonOperator: alarm.comparison as ComparisonOperator,
    Threshold: alarm.threshold,
    EvaluationPeriods: alarm.periods,
    StateValue: alarm.state as StateValue,
    StateReason: alarm.reason,
    StateUpdatedTimestamp: new Date(alarm.changedAt),
  };
}
