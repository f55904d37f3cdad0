import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import type { ReceiveMessageCommandInput, SendMessageCommandInput } from '@aws-sdk/client-sqs';
import { MINUTE_MS, SECOND_MS } from '../../src/time.ts';
import { refusal, stage, type Stage } from './support.ts';

let here: Stage;
let QueueUrl = '';
beforeEach(async () => {
  here = stage();
  ({ QueueUrl = '' } = await here.world.sqs.send(new CreateQueueCommand({ QueueName: 'missed' })));
});
afterEach(() => here.world.close());

async function useFifo(Attributes = {}): Promise<void> {
  const command = new CreateQueueCommand({
    QueueName: 'missed.fifo',
    Attributes: { FifoQueue: 'true', ...Attributes },
  });
  ({ QueueUrl = '' } = await here.world.sqs.send(command));
}
const send = (MessageBody: string, more: Partial<SendMessageCommandInput> = {}) =>
  here.world.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more }));
const receive = async (more: Partial<ReceiveMessageCommandInput> = {}) => {
  const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...more });
  return (await here.world.sqs.send(command)).Messages ?? [];
};
const bodies = async (more: Partial<ReceiveMessageCommandInput> = {}) =>
  (await receive(more)).map(({ Body }) => Body);
/** Visible, in flight, delayed. */
const depth = async () => {
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] });
  const { Attributes: of = {} } = await here.world.sqs.send(command);
  return [
    of.ApproximateNumberOfMessages,
    of.ApproximateNumberOfMessagesNotVisible,
    of.ApproximateNumberOfMessagesDelayed,
  ].map(Number);
};
const codeOf = async (call: Promise<unknown>) => (await refusal(call)).name;

test('a message is received, hidden for its time, and received again', async () => {
  await send('one');
  await send('two');
  expect(await bodies({ MaxNumberOfMessages: 1, VisibilityTimeout: 60 })).toEqual(['one']);
  expect(await depth()).toEqual([1, 1, 0]);
  expect(await bodies({ VisibilityTimeout: 600 })).toEqual(['two']);
  expect(await bodies()).toEqual([]);
  here.wait(60 * SECOND_MS);
  const [again] = await receive({ MessageSystemAttributeNames: ['All'] });
  expect(again).toMatchObject({ Body: 'one', Attributes: { ApproximateReceiveCount: '2' } });
});

test('a message is deleted by its last receipt alone; an older one succeeds and deletes nothing', async () => {
  await send('one');
  const [first] = await receive({ VisibilityTimeout: 0 });
  const [second] = await receive();
  const remove = (ReceiptHandle: string | undefined) =>
    here.world.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  await remove(first?.ReceiptHandle);
  expect(await depth()).toEqual([0, 1, 0]);
  await remove(second?.ReceiptHandle);
  await remove(second?.ReceiptHandle);
  expect(await depth()).toEqual([0, 0, 0]);
  expect(await codeOf(remove('none'))).toBe('ReceiptHandleIsInvalid');
});

test('a hold is extended or given up, up to twelve hours, and only of a message in flight', async () => {
  await send('one');
  const [held] = await receive({ VisibilityTimeout: 60 });
  const { ReceiptHandle } = held ?? {};
  const change = (VisibilityTimeout: number) =>
    here.world.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
  await change(600);
  here.wait(5 * MINUTE_MS);
  expect(await bodies()).toEqual([]);
  expect(await codeOf(change(43_200))).toBe('InvalidParameterValue');
  await change(0);
  expect(await codeOf(change(60))).toBe('InvalidParameterValue');
  expect(await bodies()).toEqual(['one']);
});

test('entries of a batch are answered each for itself', async () => {
  const Entries = ['a', 'b'].map((Id) => ({ Id, MessageBody: Id }));
  const sent = await here.world.sqs.send(
    new SendMessageBatchCommand({ QueueUrl, Entries: [...Entries, { Id: 'c', MessageBody: '\u0000' }] }),
  );
  expect(sent.Successful?.map(({ Id }) => Id)).toEqual(['a', 'b']);
  expect(sent.Failed).toMatchObject([{ Id: 'c', Code: 'InvalidMessageContents', SenderFault: true }]);
  const handles = (await receive()).map(({ ReceiptHandle }, index) => ({ Id: `${index}`, ReceiptHandle }));
  await here.world.sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: handles }));
  expect(await depth()).toEqual([0, 0, 0]);
  const late = handles.map((entry) => ({ ...entry, VisibilityTimeout: 1 }));
  const { Failed } = await here.world.sqs.send(
    new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries: late }),
  );
  expect(Failed).toHaveLength(2);
});

test('a group of a FIFO queue waits for its first message', async () => {
  await useFifo({ ContentBasedDeduplication: 'true' });
  for (const [body, MessageGroupId] of [
    ['a1', 'a'],
    ['a2', 'a'],
    ['b1', 'b'],
  ] as const)
    await send(body, { MessageGroupId });
  expect(await bodies({ MaxNumberOfMessages: 1 })).toEqual(['a1']);
  expect(await bodies()).toEqual(['b1']);
  here.wait(31 * SECOND_MS);
  expect(await bodies()).toEqual(['a1', 'a2', 'b1']);
});

test('a repeat to a FIFO queue is not queued for five minutes, even after the first was deleted', async () => {
  await useFifo();
  const ask = { MessageGroupId: 'g', MessageDeduplicationId: 'd' };
  const first = await send('one', ask);
  expect((await send('one', ask)).MessageId).toBe(first.MessageId);
  const [held] = await receive();
  await here.world.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: held?.ReceiptHandle }));
  await send('one', ask);
  expect(await depth()).toEqual([0, 0, 0]);
  here.wait(5 * MINUTE_MS);
  await send('one', ask);
  expect(await depth()).toEqual([1, 0, 0]);
  expect(await codeOf(send('x'))).toBe('MissingParameter');
  expect(await codeOf(send('x', { MessageGroupId: 'g' }))).toBe('InvalidParameterValue');
});

test('attributes are given out on request, and a delay is kept', async () => {
  await send('later', { DelaySeconds: 10 });
  const own = { DataType: 'Binary', BinaryValue: Buffer.from([0, 255]) };
  await send('now', { MessageAttributes: { own, other: { DataType: 'String', StringValue: 'x' } } });
  expect(await depth()).toEqual([1, 0, 1]);
  const [message, ...none] = await receive({ MessageAttributeNames: ['own'] });
  expect(none).toEqual([]);
  expect(message).not.toHaveProperty('Attributes');
  expect(message?.MessageAttributes).toEqual({ own });
  here.wait(10 * SECOND_MS);
  expect(await bodies()).toEqual(['later']);
});

test.each<[string, string, () => Promise<unknown>]>([
  [
    'an unknown queue',
    'QueueDoesNotExist',
    () => here.world.sqs.send(new GetQueueUrlCommand({ QueueName: 'none' })),
  ],
  ['a message that is too long', 'InvalidParameterValue', () => send('x'.repeat(1_048_577))],
  ['eleven messages at once', 'InvalidParameterValue', () => receive({ MaxNumberOfMessages: 11 })],
  [
    'an empty batch',
    'EmptyBatchRequest',
    () => here.world.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: [] })),
  ],
  [
    'the same id twice',
    'BatchEntryIdsNotDistinct',
    () =>
      here.world.sqs.send(
        new SendMessageBatchCommand({
          QueueUrl,
          Entries: [1, 2].map(() => ({ Id: 'a', MessageBody: 'x' })),
        }),
      ),
  ],
  [
    'a batch that is too long',
    'BatchRequestTooLong',
    () =>
      here.world.sqs.send(
        new SendMessageBatchCommand({
          QueueUrl,
          Entries: ['a', 'b'].map((Id) => ({ Id, MessageBody: 'x'.repeat(600_000) })),
        }),
      ),
  ],
  [
    'a queue of the same name with other attributes',
    'QueueNameExists',
    () =>
      here.world.sqs.send(
        new CreateQueueCommand({ QueueName: 'missed', Attributes: { VisibilityTimeout: '1' } }),
      ),
  ],
  [
    'a queue without a name',
    'InvalidParameterValue',
    () => here.world.sqs.send(new CreateQueueCommand({ QueueName: '' })),
  ],
])('%s is refused: %s', async (_, code, ask) => {
  expect(await codeOf(ask())).toBe(code);
});
