import { classify } from '../aws/request-failures.ts';
import { createClient, type AwsClients } from '../aws/clients.ts';
import { publishNotice, regionOfTopic } from '../aws/sns.ts';
import type { Journal, RunRecord } from '../journal/journal.ts';
import { closedChannel, type Channel, type Delivery, type Message } from '../notices/channel.ts';
import { channelsOf, missingSecrets, type ChannelOptions, type Environment } from '../notices/channels.ts';
import { isLiteral, type LiteralWebhook } from '../journal/kept-target.ts';
import type { NoticeRun } from '../notices/notice.ts';
import { createNotifier, type NoticeLog, type Undelivered } from '../notices/notifier.ts';
import type { NoticeTarget } from '../runbook/schema.ts';
import { SECOND_MS } from '../time.ts';
import type { CallAws } from '../workflow/base/executor.ts';
import { retryPolicy } from '../facts/retries.ts';
import { beforeEachRequest } from './ownership-check.ts';
import type { TimelineListener } from '../driver/base/ports.ts';

/** How long a process waits at its end for undelivered notices. */
const LAST_WAIT_MS = 10 * SECOND_MS;

export interface NoticesOptions {
  /** The caller holds its lease. */
  readonly journal: Journal;
  readonly log: NoticeLog;
  readonly env: Environment;
  /** Options that a command needs to find the run, e.g. `--state /srv/dr`. */
  readonly commandOptions?: readonly string[];
  /** Targets in addition to those of the runbook; one that the runbook names too is notified once. */
  readonly alsoNotify?: readonly NoticeTarget[];
  /** Through which the run calls AWS; absent in a simulation, which publishes nothing to SNS. */
  readonly call?: CallAws;
}

export interface Notices {
  readonly onTimeline: TimelineListener;
  /** Waits some seconds for pending notices, and returns the undelivered ones. To be called once, before the journal is closed. */
  end(): Promise<readonly Undelivered[]>;
}

/** The notices of a run: sends the timeline of its journal to the targets of its runbook. */
export async function openNotices({
  journal,
  log,
  env,
  commandOptions = [],
  alsoNotify = [],
  call,
}: NoticesOptions): Promise<Notices> {
  const { record } = journal;
  const { runId, notify } = record;
  const declared = notify.filter((target): target is NoticeTarget => !isLiteral(target));
  for (const { message, next } of missingSecrets(declared, env)) log.warn({ runId, next }, message);
  const topics = call === undefined ? undefined : new Topics(call, () => journal.assertOurs());
  const ways: ChannelOptions = {
    env,
    ...(topics && { publish: (topicArn, message, stop) => topics.publish(topicArn, message, stop) }),
  };
  const channels = await Promise.all(
    [...notify, ...alsoNotify].map((target) =>
      isLiteral(target) ? literalChannels(target, ways) : channelsOf([target], ways),
    ),
  );
  const notifier = createNotifier({
    journal,
    channels: distinct(channels.flat()),
    run: noticeRunOf(record, commandOptions),
    log,
  });
  let ending: Promise<readonly Undelivered[]> | undefined;
  return {
    onTimeline: (entries) => notifier.onTimeline(entries),
    end: () => (ending ??= notifier.flush(LAST_WAIT_MS).finally(() => topics?.destroy())),
  };
}

function distinct(channels: readonly Channel[]): readonly Channel[] {
  return [...new Map(channels.map((channel) => [channel.key, channel])).values()];
}

/** Reads the runbook again, because the address is a secret and not in the journal. */
async function literalChannels(target: LiteralWebhook, ways: ChannelOptions): Promise<readonly Channel[]> {
  const { runbook, origin, hash } = target.webhook;
  const { literalAddress } = await import('./literal-address.ts');
  const address = literalAddress(target);
  if (address !== undefined) return channelsOf([{ webhook: address }], ways);
  const why = `its address stood in ${runbook}, and is not there any more; take it from the environment`;
  return [closedChannel(`webhook ${origin} ${hash}`, `webhook ${origin}`, why)];
}

function noticeRunOf(
  { runId, mode, plan, options }: RunRecord,
  commandOptions: readonly string[],
): NoticeRun {
  const isSimulated = options.simulation !== undefined;
  const { rtoSeconds } = plan.objectives;
  return { runId, mode, isSimulated, incidentAt: plan.incidentAt, rtoSeconds, commandOptions };
}

/** Topics of SNS in any Region. */
class Topics {
  readonly #call: CallAws;
  readonly #assertOurs: () => Promise<void>;
  readonly #clients = new Map<string, Promise<AwsClients['sns']>>();

  constructor(call: CallAws, assertOurs: () => Promise<void>) {
    this.#call = call;
    this.#assertOurs = assertOurs;
  }

  async publish(topicArn: string, { subject, text }: Message, stop: AbortSignal): Promise<Delivery> {
    try {
      const sns = await this.#clientFor(topicArn);
      await this.#call('Publish', () => publishNotice(sns, topicArn, subject, text, stop));
      return { ok: true };
    } catch (error) {
      const { class: kind, code, message } = classify(error);
      return { ok: false, why: `${code}: ${message}`, isFinal: retryPolicy(kind) === undefined };
    }
  }

  #clientFor(topicArn: string): Promise<AwsClients['sns']> {
    const region = regionOfTopic(topicArn) ?? '';
    const known = this.#clients.get(region) ?? this.#open(region);
    this.#clients.set(region, known);
    return known;
  }

  async #open(region: string): Promise<AwsClients['sns']> {
    const sns = await createClient('sns', region === '' ? {} : { region });
    beforeEachRequest(sns, this.#assertOurs);
    return sns;
  }

  destroy(): void {
    for (const client of this.#clients.values()) {
      // A client that could not be created was reported on first use; there is nothing to close.
      client.then(
        (sns) => sns.destroy(),
        () => undefined,
      );
    }
  }
}
