import { formatDuration } from '../time.ts';
import type { Outcome } from './outcome.ts';
import type { PlanProblem, QuotaIncrease } from './types.ts';

/** Whether the recovery meets the RTO; if not, what delays it, what would help, and the cold restore for comparison. */
export function timeProblems(outcome: Outcome): readonly PlanProblem[] {
  const late = lateness(outcome);
  return [...late, ...quotaProblems(outcome), ...(late.length === 0 ? [] : coldRestoreProblems(outcome))];
}

function lateness(outcome: Outcome): readonly PlanProblem[] {
  const { p50Seconds, p90Seconds, quotaIncreases, criticalPath } = outcome;
  const rtoSeconds = outcome.input.runbook.objectives.rto;
  if (Math.max(p50Seconds, p90Seconds) <= rtoSeconds) return [];
  const last = criticalPath.at(-1);
  const about = {
    ...(last !== undefined && { resource: last }),
    data: { rtoSeconds, p50Seconds, p90Seconds, criticalPath },
  };
  const ready = last === undefined ? '' : ` The last to be ready is ${last}.`;
  const objective = `the objective is ${formatDuration(rtoSeconds)}.${ready}`;
  const next =
    quotaIncreases.length > 0
      ? 'Raise the quotas that bind, or shorten the critical path: another strategy, a replica, an earlier start.'
      : 'Shorten the critical path: another strategy, a replica, or fewer dependencies.';
  const takes = formatDuration(p50Seconds);
  if (p50Seconds > rtoSeconds) {
    const message = `The recovery would take ${takes}; ${objective}`;
    return [{ severity: 'warning', code: 'RTO_MISSED', ...about, message, next }];
  }
  const message = `The recovery would take ${takes} (p50), ${formatDuration(p90Seconds)} (p90); ${objective}`;
  return [{ severity: 'warning', code: 'RTO_AT_RISK', ...about, message, next }];
}

function quotaProblems({ input, evaluation, p50Seconds, quotaIncreases }: Outcome): readonly PlanProblem[] {
  const rto = formatDuration(input.runbook.objectives.rto);
  const { unscheduled, slots } = evaluation;
  // The forecast leaves out resources that cannot be recovered: compared with it, a larger quota would look slower.
  const now =
    unscheduled === 0
      ? ` the recovery takes ${formatDuration(p50Seconds)}`
      : `, ${unscheduled} of ${slots.length} resources cannot be recovered`;
  return quotaIncreases.map((increase) => {
    const [from, to] = [amount(increase.from), amount(increase.to)];
    const { p50, p90 } = increase.rtaSeconds;
    const times = `${formatDuration(p50)} (p90 ${formatDuration(p90)})`;
    const withOthers = increase.together ? ', with the other increases,' : '';
    const outlook = increase.meetsRto
      ? `${to}${withOthers} would take ${times} and meet the objective of ${rto}`
      : `${to} would take ${times}; a larger quota does not help, and the objective of ${rto} is still missed`;
    return {
      severity: 'warning',
      code: 'QUOTA_BINDS',
      data: {
        ...{ quota: increase.quota, from: increase.from, to: increase.to },
        ...{ p50Seconds: p50, p90Seconds: p90, meetsRto: increase.meetsRto, together: increase.together },
      },
      message: `The quota ${increase.quota} binds: with ${from}${now}; ${outlook}.`,
      next: requestOf(increase, to),
    };
  });
}

function requestOf({ quota }: QuotaIncrease, to: string): string {
  return `Request ${to} for ${quota} through Service Quotas now: increases take days, not hours.`;
}

/** For comparison: the restore that needs no quota and no preparation. */
function coldRestoreProblems({ coldRestore: cold, input }: Outcome): readonly PlanProblem[] {
  if (cold === undefined) return [];
  const { oneStream, deepQueue } = cold;
  const volumes = cold.volumes === 1 ? 'one volume' : `${amount(cold.volumes)} volumes`;
  const range = (forecast: typeof oneStream): string =>
    `${formatDuration(forecast.p50Seconds)} (p90 ${formatDuration(forecast.p90Seconds)})`;
  return [
    {
      severity: 'info',
      code: 'COLD_RESTORE',
      data: {
        ...{ volumes: cold.volumes, dataGiB: cold.dataGiB, deepQueueMiBps: cold.deepQueueMiBps },
        ...{ oneStreamSeconds: oneStream.p50Seconds, deepQueueSeconds: deepQueue.p50Seconds },
      },
      message:
        `A cold restore, without any acceleration, would read ${amount(cold.dataGiB)} GiB of ${volumes} from the ` +
        `snapshots: with one stream per volume it would take ${range(oneStream)}; with deep queues ${range(deepQueue)}, ` +
        `which needs instances that read ${amount(cold.deepQueueMiBps)} MiB/s together. A volume that no instance reads never becomes hydrated.`,
      next: `Do not rely on it for ${formatDuration(input.runbook.objectives.rto)} unless a drill has shown it.`,
    },
  ];
}

function amount(value: number): string {
  return (Math.round(value * 100) / 100).toLocaleString('en-US');
}
