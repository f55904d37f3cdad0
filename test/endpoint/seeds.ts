import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { StorageClass } from '@aws-sdk/client-s3';
import { CreateQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { World } from '../../src/simulator/index.ts';

type Account = { readonly world: World };

interface QueueSeed {
  readonly mostBytes?: number;
  /** Bodies; what is not a text becomes its JSON. */
  readonly messages?: readonly unknown[];
}

export async function makeQueue(
  account: Account,
  name: string,
  { mostBytes, messages = [] }: QueueSeed = {},
) {
  const Attributes = {
    ...(name.endsWith('.fifo') && { FifoQueue: 'true', ContentBasedDeduplication: 'true' }),
    ...(mostBytes !== undefined && { MaximumMessageSize: String(mostBytes) }),
  };
  await account.world.sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  await fillQueue(account, name, messages);
}

/** @param group of a FIFO queue */
export async function fillQueue(
  { world: { sqs } }: Account,
  name: string,
  messages: readonly unknown[],
  group?: (index: number) => string,
): Promise<void> {
  for (const [index, message] of messages.entries()) {
    const MessageBody = typeof message === 'string' ? message : JSON.stringify(message);
    const MessageGroupId = group?.(index);
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: name,
        MessageBody,
        ...(MessageGroupId !== undefined && { MessageGroupId }),
      }),
    );
  }
}

/** An object: its text or bytes. */
type ObjectSeed = string | Uint8Array | { readonly text: string; readonly storageClass: StorageClass };

/** @param region of the bucket, if that is not the account's */
export async function makeBucket(
  { world: { s3 } }: Account,
  Bucket: string,
  objects: Readonly<Record<string, ObjectSeed>>,
  region?: 'eu-west-1',
): Promise<void> {
  await s3.send(
    new CreateBucketCommand({
      Bucket,
      ...(region !== undefined && { CreateBucketConfiguration: { LocationConstraint: region } }),
    }),
  );
  for (const [Key, object] of Object.entries(objects)) {
    const isPlain = typeof object === 'string' || object instanceof Uint8Array;
    const more = isPlain ? { Body: object } : { Body: object.text, StorageClass: object.storageClass };
    await s3.send(new PutObjectCommand({ Bucket, Key, ...more }));
  }
}
