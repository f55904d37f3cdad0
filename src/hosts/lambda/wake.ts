import { DescribeTagsCommand } from '@aws-sdk/client-ec2';
import { SendDurableExecutionCallbackSuccessCommand } from '@aws-sdk/client-lambda';
import type { Sender } from '../../aws/clients.ts';
import { classify } from '../../aws/request-failures.ts';
import type { Wake, Wakes } from '../../journal/wakes.ts';
import { RUN_TAG } from '../../tags.ts';
import type { CloudLog } from './reporting.ts';

export interface WakePorts {
  readonly store: Pick<Wakes, 'wakes'>;
  readonly ec2: Sender<'ec2'>;
  readonly lambda: Sender<'lambda'>;
  readonly log: CloudLog;
}

/** An event of EBS or RDS as EventBridge delivers it; only what is read here. */
export interface AwsEvent {
  readonly 'detail-type'?: unknown;
  /** ARNs. */
  readonly resources?: unknown;
  readonly detail?: { readonly Tags?: unknown } | undefined;
}

/** The source of an acceleration is not the run's, and carries no tag of it. */
const OF_ANY_RUN = 'EBS Fast Snapshot Restore State-change Notification';

/**
 * Ends the wait of the runs that an event is about. Best effort: what fails is logged, and the run looks again by itself.
 *
 * @returns the runs that were woken
 */
export async function wakeRuns(event: AwsEvent, ports: WakePorts): Promise<readonly string[]> {
  const resting = await ports.store.wakes();
  if (resting.length === 0) return [];
  const runs = event['detail-type'] === OF_ANY_RUN ? undefined : await runsOf(event, ports);
  const concerned = resting.filter(({ runId }) => runs === undefined || runs.has(runId));
  const woken = await Promise.all(concerned.map((wake) => ring(wake, ports)));
  return woken.flatMap((runId) => runId ?? []);
}

/** RDS tells the tags of what an event is about; those of volumes and snapshots are read. */
async function runsOf(
  { detail, resources }: AwsEvent,
  { ec2, log }: WakePorts,
): Promise<ReadonlySet<string>> {
  const told = (detail?.Tags as Readonly<Record<string, unknown>> | undefined)?.[RUN_TAG];
  if (typeof told === 'string') return new Set([told]);
  const ids = (Array.isArray(resources) ? resources : []).map((arn) => String(arn).split('/').at(-1) ?? '');
  if (ids.length === 0) return new Set();
  try {
    const filters = [
      { Name: 'resource-id', Values: ids },
      { Name: 'key', Values: [RUN_TAG] },
    ];
    const { Tags = [] } = await ec2.send(new DescribeTagsCommand({ Filters: filters }));
    return new Set(Tags.flatMap(({ Value }) => Value ?? []));
  } catch (error) {
    const { code, message } = classify(error);
    log.warn({ ids, code }, `The tags of what an event is about cannot be read: ${message}`);
    return new Set();
  }
}

async function ring({ runId, callbackId }: Wake, { lambda, log }: WakePorts): Promise<string | undefined> {
  try {
    await lambda.send(new SendDurableExecutionCallbackSuccessCommand({ CallbackId: callbackId }));
    return runId;
  } catch (error) {
    // It has been woken meanwhile, or its execution has ended.
    const { code, message } = classify(error);
    log.info({ runId, code }, `The run was not woken: ${message}`);
    return undefined;
  }
}
