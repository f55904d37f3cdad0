import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import type { Sender } from '../../aws/clients.ts';
import { classify, toLifeboatError } from '../../aws/request-failures.ts';
import { LifeboatError } from '../../errors.ts';
import { formatDuration, formatInstant, HOUR_MS, SECOND_MS } from '../../time.ts';
import type { CallAws } from '../../workflow/base/executor.ts';
import type { Library } from './library.ts';
import { metricLine } from './metrics.ts';
import { askAgain, report, type Reporting } from './reporting.ts';
import type { BeginRun } from './requests.ts';
import { askedBy, type Asked } from './start-request.ts';

export interface StartPorts extends Reporting {
  readonly lambda: Sender<'lambda'>;
  readonly cloudwatch: Sender<'cloudwatch'>;
  readonly call: CallAws;
  readonly library: Pick<Library, 'runbook'>;
  /** ARNs of the durable functions, qualified by their alias. */
  readonly functions: { readonly drill: string; readonly restore: string };
}

/** What became of a request. `refused`: why no run was started, for the log of the invocation. */
export interface Started {
  readonly runId: string;
  readonly refused?: string;
}

/** A trigger that is older tells of an incident that people have met by now, or that is over. */
const STALE_MS = HOUR_MS;

/**
 * Starts the durable execution of a run. Repeated deliveries start one: it has the name of the run.
 *
 * @throws LifeboatError `USAGE` for a message that is no request, and `AWS_*`: Lambda repeats an asynchronous invocation and then moves it to the
 * dead-letter queue
 */
export async function startRun(message: unknown, requestId: string, ports: StartPorts): Promise<Started> {
  const asked = askedBy(message, requestId, ports.clock.now());
  const { runId, runbook, mode } = asked.run;
  const why = await whyNot(asked, ports);
  if (why !== undefined) {
    ports.print(metricLine(asked.run, { RunRefused: 1 }, ports.clock.now()));
    await report(
      ports,
      { runId, runbook },
      `${runId}: no restore of ${runbook} was started`,
      why,
      askAgain(asked.run),
    );
    return { runId, refused: why };
  }
  const run = {
    ...asked.run,
    asksApproval: asked.run.asksApproval || !(await needsNoApproval(asked, ports)),
  };
  try {
    await invoke(run, ports);
  } catch (error) {
    const { code, message: reason, next } = toLifeboatError(classify(error), error);
    const subject = `${runId}: the ${mode} of ${runbook} could not be started`;
    const text = `${reason} Lambda tries again; after that the request is in the dead-letter queue.`;
    await report(ports, { runId, runbook, mode, code }, subject, text, next);
    throw new LifeboatError(code, reason, next, { cause: error });
  }
  ports.log.info({ runId, runbook, mode, by: run.by, asksApproval: run.asksApproval }, 'the run was started');
  return { runId };
}

async function invoke(run: BeginRun, { lambda, call, functions }: StartPorts): Promise<void> {
  try {
    await call('Invoke', () =>
      lambda.send(
        new InvokeCommand({
          FunctionName: functions[run.mode],
          InvocationType: 'Event',
          DurableExecutionName: run.runId,
          Payload: new TextEncoder().encode(JSON.stringify(run)),
        }),
      ),
    );
  } catch (error) {
    // With another payload, e.g. because the runbook asks for an approval since: the run that exists is the one that was asked for.
    if (error instanceof Error && error.name === 'DurableExecutionAlreadyStartedException') return;
    throw error;
  }
}

/** Why a trigger starts nothing. An alarm without data is no sign that the incident is over. */
async function whyNot({ run, trigger }: Asked, ports: StartPorts): Promise<string | undefined> {
  if (trigger === undefined) return undefined;
  const { happenedAt, alarm } = trigger;
  const ageMs = ports.clock.now() - happenedAt;
  const what = `It was asked for by ${run.by}, ${formatInstant(happenedAt)}`;
  if (ageMs > STALE_MS) return `${what}: ${formatDuration(ageMs / SECOND_MS)} ago, which is too long.`;
  if (alarm === undefined) return undefined;
  const state = alarm.state === 'ALARM' ? await stateOf(alarm.name, ports) : alarm.state;
  return state === 'OK' ? `${what}. The alarm is in the state OK again.` : undefined;
}

/** @returns undefined where the state cannot be read: the event alone decides */
async function stateOf(alarm: string, { cloudwatch, call, log }: StartPorts): Promise<string | undefined> {
  const command = new DescribeAlarmsCommand({
    AlarmNames: [alarm],
    AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
  });
  try {
    const { MetricAlarms = [], CompositeAlarms = [] } = await call('DescribeAlarms', () =>
      cloudwatch.send(command),
    );
    return [...MetricAlarms, ...CompositeAlarms][0]?.StateValue;
  } catch (error) {
    const { code, message } = classify(error);
    log.warn({ alarm, code }, `The state of the alarm cannot be read: ${message}`);
    return undefined;
  }
}

/** Only where the deployed trigger and the runbook as it is now both say so: it may have been corrected in the bucket. */
async function needsNoApproval({ run, trigger }: Asked, { library, log }: StartPorts): Promise<boolean> {
  if (trigger === undefined) return true;
  try {
    const { value } = await library.runbook(run.runbook);
    const { triggers } = value.runbook;
    const declared =
      trigger.alarm === undefined
        ? triggers[trigger.index]
        : triggers.find(({ alarm }) => alarm === trigger.alarm?.name);
    return declared?.approval === 'none' && (declared.event === undefined) === (trigger.alarm !== undefined);
  } catch (error) {
    if (!(error instanceof LifeboatError)) throw error;
    log.warn({ runId: run.runId, code: error.code }, `An approval is asked for: ${error.message}`);
    return false;
  }
}
