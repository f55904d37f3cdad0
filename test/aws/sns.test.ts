import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { mockClient } from 'aws-sdk-client-mock';
import { publishNotice, regionOfTopic } from '../../src/aws/sns.ts';

const TOPIC = 'arn:aws:sns:eu-west-1:111111111111:alerts';
const mock = mockClient(SNSClient);
beforeEach(() => {
  mock.reset();
  mock.on(PublishCommand).resolves({ MessageId: 'm' });
});
const sns = new SNSClient({ region: 'eu-west-1' });
const sent = () => mock.commandCalls(PublishCommand).map(({ args: [command] }) => command.input);

test.each([
  [TOPIC, 'eu-west-1'],
  ['arn:aws-cn:sns:cn-north-1:1:a.fifo', 'cn-north-1'],
  ['arn:aws:sqs:eu-west-1:111111111111:alerts', undefined],
  ['alerts', undefined],
])('the Region of %s is %s', (arn, region) => {
  expect(regionOfTopic(arn)).toBe(region);
});

test('one request, with a subject that SNS takes', async () => {
  await publishNotice(sns, TOPIC, `[drill] Zoë\n${'x'.repeat(200)}`, 'text\nlifeboat status');
  expect(sent()).toEqual([
    { TopicArn: TOPIC, Subject: `[drill] Zo??${'x'.repeat(87)}`, Message: 'text\nlifeboat status' },
  ]);
});

test('a FIFO topic knows a message by its content', async () => {
  for (const text of ['a', 'a', 'b']) await publishNotice(sns, `${TOPIC}.fifo`, 's', text);
  const [one, same, other] = sent();
  expect(one).toMatchObject({
    MessageGroupId: 'lifeboat',
    MessageDeduplicationId: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(same?.MessageDeduplicationId).toBe(one?.MessageDeduplicationId);
  expect(other?.MessageDeduplicationId).not.toBe(one?.MessageDeduplicationId);
});

test('a text beyond the limit is cut between characters', async () => {
  await publishNotice(sns, TOPIC, 's', `x${'é'.repeat(200_000)}`);
  const [message = ''] = sent().map(({ Message }) => Message);
  expect(Buffer.byteLength(message)).toBe(262_143);
  expect(message.endsWith('é')).toBe(true);
});

test('what SNS says is thrown on', async () => {
  mock.on(PublishCommand).rejects(new Error('no such topic'));
  await expect(publishNotice(sns, TOPIC, 's', 't')).rejects.toThrow('no such topic');
});
