import { PublishCommand, SNSClient, SNSServiceException } from '@aws-sdk/client-sns';
import { mockClient } from 'aws-sdk-client-mock';
import { openNotices } from '../../src/hosts/notices.ts';
import type { RunRecord } from '../../src/journal/journal.ts';
import { createMemoryJournal } from '../../src/journal/sqlite/open-journal.ts';
import { NOTICES_KEY, recordsOf } from '../../src/notices/record.ts';
import type { CallAws } from '../../src/workflow/base/executor.ts';
import { recordingCall } from '../aws/fixtures.ts';
import { sampleDecision, sampleRecord, START } from '../journal/fixtures/samples.ts';
import { answers, closeReceivers, receiver } from '../notices/servers.ts';
import { entryAt } from '../../src/workflow/timeline/timeline.ts';

afterEach(closeReceivers);

const TOPIC = 'arn:aws:sns:eu-west-1:111111111111:alerts';
const mock = mockClient(SNSClient);
beforeEach(() => {
  mock.reset();
  mock.on(PublishCommand).resolves({ MessageId: 'm' });
});

const failure = (name: string, httpStatusCode: number) =>
  new SNSServiceException({
    name,
    message: `${name} happened`,
    $fault: httpStatusCode >= 500 ? 'server' : 'client',
    $metadata: { httpStatusCode },
  });

interface Circumstances {
  readonly record?: Partial<RunRecord>;
  readonly env?: Readonly<Record<string, string>>;
  readonly call?: CallAws;
}

async function told({ record = {}, env = {}, call }: Circumstances) {
  const warned: string[] = [];
  const journal = await createMemoryJournal({ ...sampleRecord(), notify: [{ sns: TOPIC }], ...record });
  await journal.acquire();
  const log = { warn: (_: object, message: string) => warned.push(message) };
  const notices = await openNotices({ journal, log, env, ...(call && { call }) });
  const timeline = [entryAt(START, 'run', { code: 'phase.completed', data: {} })];
  await journal.commit({ decisions: [sampleDecision('recovery', 1, { timeline })] });
  notices.onTimeline(timeline);
  const undelivered = await notices.end();
  expect(await notices.end()).toBe(undelivered);
  const records = recordsOf(await journal.value(NOTICES_KEY));
  await journal.close();
  return { undelivered, records, warned };
}

const published = () => mock.commandCalls(PublishCommand).map(({ args: [command] }) => command.input);
const SIMULATED: Partial<RunRecord> = {
  options: { yes: true, incidentDeclared: false, simulation: { seed: 1, faults: 'none', account: '1' } },
};

test('a topic is published to in its own Region, through the paced calls', async () => {
  const { call, operations } = recordingCall();
  const { undelivered, records } = await told({ call });
  expect(undelivered).toEqual([]);
  expect(operations).toEqual(['Publish']);
  expect(published()).toEqual([
    {
      TopicArn: TOPIC,
      Subject: '[drill] orders-20261120T0300-1: completed',
      Message:
        '[drill] orders-20261120T0300-1: completed (0 s after the start)\nlifeboat report orders-20261120T0300-1',
    },
  ]);
  const [{ thisValue }] = mock.commandCalls(PublishCommand) as unknown as [{ thisValue: SNSClient }];
  expect(await thisValue.config.region()).toBe('eu-west-1');
  expect(records).toMatchObject([{ delivered: 1, undelivered: 0 }]);
});

test.each([
  ['NotFoundException', 404],
  ['AuthorizationError', 403],
  ['InvalidParameter', 400],
])('a topic that says %s is not asked again', async (name, status) => {
  mock.on(PublishCommand).rejects(failure(name, status));
  const { undelivered, warned } = await told({ call: recordingCall().call });
  expect(published()).toHaveLength(1);
  expect(undelivered.map(({ label, why }) => `${label}: ${why}`)).toEqual([
    `topic ${TOPIC}: ${name}: ${name} happened`,
  ]);
  expect(warned).toEqual(['a notice was not delivered']);
});

test('a simulation sends to webhooks, marked, and publishes nothing', async () => {
  const { url, received } = await receiver(answers(200));
  const { records, warned, undelivered } = await told({
    record: { ...SIMULATED, notify: [{ sns: TOPIC }, { webhook: url.href }] },
  });
  expect(received.map(({ body }) => (JSON.parse(body) as { text: string }).text)).toEqual([
    '[drill] [simulated] orders-20261120T0300-1: completed (0 s after the start)\nlifeboat report orders-20261120T0300-1',
  ]);
  expect(published()).toEqual([]);
  expect(records).toMatchObject([
    { delivered: 0, undelivered: 1, lastUndelivered: [{ why: 'a simulation publishes nothing to SNS' }] },
    { delivered: 1, undelivered: 0 },
  ]);
  expect([warned, undelivered]).toEqual([[], []]);
});

test('a missing address is reported once, and the run continues', async () => {
  const { records, warned, undelivered } = await told({ record: { notify: [{ webhook: { env: 'HOOK' } }] } });
  expect(warned).toEqual([
    "The environment variable HOOK is not set: nothing is sent to this webhook of 'notify'.",
  ]);
  expect(undelivered).toEqual([]);
  expect(records).toMatchObject([{ label: 'webhook $HOOK', undelivered: 1 }]);
});

test('a run without notice targets stores no delivery state', async () => {
  expect(await told({ record: { notify: [] } })).toEqual({ undelivered: [], records: [], warned: [] });
});
