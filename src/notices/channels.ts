import { hash32 } from '../hash.ts';
import type { NoticeTarget } from '../runbook/schema.ts';
import type { Channel, Delivery, Message } from './channel.ts';
import { closedChannel } from './channel.ts';
import { webhookChannel } from './webhook.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A target that cannot be notified with the present configuration. */
export interface MissingSecret {
  /** Position in `notify` of the runbook. */
  readonly index: number;
  /** The environment variable. */
  readonly name: string;
  readonly message: string;
  readonly next: string;
}

/**
 * Targets whose environment variable holds no valid address. A run continues without them, so this is reported when it starts and by
 * `check`.
 *
 * @example missingSecrets(runbook.notify, process.env).map(({ message, next }) => `${message} ${next}`)
 */
export function missingSecrets(targets: readonly NoticeTarget[], env: Environment): readonly MissingSecret[] {
  return targets.flatMap((target, index) => {
    if (!('webhook' in target) || typeof target.webhook === 'string') return [];
    const name = target.webhook.env;
    const fault = addressFault(env[name]);
    if (fault === undefined) return [];
    const message = `The environment variable ${name} ${fault}: nothing is sent to this webhook of 'notify'.`;
    return [
      {
        index,
        name,
        message,
        next: `Set ${name} to the address of the webhook, or take it out of the runbook.`,
      },
    ];
  });
}

export interface ChannelOptions {
  readonly env: Environment;
  /** Publishes to an SNS topic; absent in a simulation, which publishes nothing. */
  readonly publish?: (topicArn: string, message: Message, stop: AbortSignal) => Promise<Delivery>;
}

/** The channel of each target, in the order of the runbook; a closed one if the target cannot be reached. */
export function channelsOf(
  targets: readonly NoticeTarget[],
  { env, publish }: ChannelOptions,
): readonly Channel[] {
  return targets.map((target) => {
    if ('sns' in target) return topicChannel(target.sns, publish);
    const { webhook } = target;
    if (typeof webhook === 'string') {
      const url = new URL(webhook);
      return webhookChannel({
        key: `webhook ${url.origin} ${hash32(webhook)}`,
        label: `webhook ${url.origin}`,
        url,
      });
    }
    const key = `webhook $${webhook.env}`;
    const address = env[webhook.env];
    const fault = addressFault(address);
    if (address === undefined || fault !== undefined)
      return closedChannel(key, key, `the environment variable ${webhook.env} ${fault}`);
    const url = new URL(address.trim());
    return webhookChannel({ key, label: `${key} (${url.origin})`, url });
  });
}

function topicChannel(topicArn: string, publish: ChannelOptions['publish']): Channel {
  const key = `sns ${topicArn}`;
  const label = `topic ${topicArn}`;
  if (publish === undefined) return closedChannel(key, label, 'a simulation publishes nothing to SNS');
  return { key, label, deliver: (message, stop) => publish(topicArn, message, stop) };
}

/** Why the address in a variable is invalid. The address is a secret and is not quoted. */
function addressFault(address: string | undefined): string | undefined {
  const text = address?.trim() ?? '';
  if (text === '') return 'is not set';
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return 'does not hold an http or https address';
  const { username, password } = new URL(text);
  return username === '' && password === ''
    ? undefined
    : 'holds an address with a user and a password, which is not supported';
}
