import { createHash } from 'node:crypto';
import type { Sender } from './clients.ts';

/** SNS refuses longer texts; what Lifeboat sends is far below it. */
const MOST_BYTES = 262_144;
/** SNS wants one line without control characters, shorter than this. */
const MOST_SUBJECT = 100;

/** The Region in which a topic lives; `undefined` when it is no ARN of a topic. */
export function regionOfTopic(topicArn: string): string | undefined {
  return /^arn:[a-z-]+:sns:([a-z0-9-]+):\d+:.+$/.exec(topicArn)?.[1];
}

/**
 * Publishes one message. SNS has no idempotency key: a repeated request publishes again, except on a FIFO topic, which deduplicates by content for
 * five minutes.
 *
 * @param sns a client of the topic's own Region: {@link regionOfTopic}
 * @throws what the SDK throws
 */
export async function publishNotice(
  sns: Sender<'sns'>,
  topicArn: string,
  subject: string,
  text: string,
  stop?: AbortSignal,
): Promise<void> {
  const { PublishCommand } = await import('./sdk/sns.ts');
  const isFifo = topicArn.endsWith('.fifo');
  const command = new PublishCommand({
    TopicArn: topicArn,
    Subject: subject.replace(/[^\u0020-\u007e]/g, '?').slice(0, MOST_SUBJECT - 1),
    Message: cutBytes(text, MOST_BYTES),
    ...(isFifo && {
      MessageGroupId: 'lifeboat',
      MessageDeduplicationId: createHash('sha256').update(text).digest('hex'),
    }),
  });
  await sns.send(command, stop === undefined ? {} : { abortSignal: stop });
}

/** The longest beginning of a text that takes no more bytes as UTF-8; no character is cut in two. */
function cutBytes(text: string, most: number): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= most) return text;
  return new TextDecoder().decode(bytes.subarray(0, most)).replace(/\ufffd+$/, '');
}
