import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EC2ServiceException } from '@aws-sdk/client-ec2';
import { classify, RequestFailure } from '../../src/aws/request-failures.ts';
import { UnsupportedOperations } from '../../src/driver/requests/unsupported-operations.ts';
import { PacedCalls } from '../../src/driver/requests/calls.ts';
import {
  createMemoryJournal,
  createSqliteJournal,
  openSqliteJournal,
} from '../../src/journal/sqlite/open-journal.ts';
import type { SqliteJournal } from '../../src/journal/sqlite/sqlite-journal.ts';
import type { CallAws } from '../../src/workflow/base/executor.ts';
import { sampleRecord, START } from '../journal/fixtures/samples.ts';

const LACKS = 'DescribeVolumeStatus';
const HAS = 'DescribeVolumes';
const OTHER = 'DescribeSnapshots';

/** As the SDK throws when the answer was a page of HTML. */
const html = (status = 500): Error =>
  new EC2ServiceException({
    name: 'Unknown',
    $fault: 'server',
    message: 'UnknownError',
    $metadata: { httpStatusCode: status },
  });
const spoken = (name: string): Error =>
  new EC2ServiceException({ name, $fault: 'client', message: 'no', $metadata: { httpStatusCode: 400 } });
const broken = (): Error => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
const cutShort = (): Error => Object.assign(new SyntaxError('unexpected end'), { $metadata: {} });

interface Door {
  readonly call: CallAws;
  readonly journal: SqliteJournal;
  /** Operations that were sent. */
  readonly sent: string[];
  /** Sends an operation that is answered as given; says the class of the failure, or `ok`. */
  ask(operation: string, answer?: Error): Promise<string>;
}

async function door(given?: SqliteJournal): Promise<Door> {
  const journal = given ?? (await createMemoryJournal(sampleRecord()));
  if (given === undefined) await journal.acquire();
  let now = START;
  const sleepUntil = async (at: number): Promise<void> => void (now = at);
  const { call } = new PacedCalls(journal, { now: () => now, passed: () => now, sleepUntil });
  const sent: string[] = [];
  const ask = async (operation: string, answer?: Error): Promise<string> => {
    const send = async (): Promise<void> => {
      sent.push(operation);
      if (answer !== undefined) throw answer;
    };
    return call(operation, send).then(
      () => 'ok',
      (error: unknown) => classify(error).class,
    );
  };
  return { call, journal, sent, ask };
}

test('three answers that are none of AWS, while others are answered: the operation is not sent any more', async () => {
  const { ask, call, sent, journal } = await door();
  for (let times = 1; times <= 3; times += 1) {
    expect(await ask(LACKS, html())).toBe('transient');
    expect(await ask(HAS)).toBe('ok');
  }
  expect(sent.filter((operation) => operation === LACKS)).toHaveLength(3);
  const refusal = await call(LACKS, async () => undefined).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(RequestFailure);
  expect(refusal).toMatchObject({
    failure: { class: 'unsupported', message: expect.stringContaining(LACKS) as string },
  });
  expect(await ask(LACKS)).toBe('unsupported');
  expect(sent.filter((operation) => operation === LACKS)).toHaveLength(3);
  expect((await journal.apiCalls()).find(({ operation }) => operation === LACKS)?.total).toBe(3);
  expect(await ask(HAS)).toBe('ok');
});

type Step = readonly [operation: string, answer?: () => Error];
const bad: Step = [LACKS, html];
const good: Step = [HAS];

test.each<{ readonly name: string; readonly steps: readonly Step[]; readonly then: string }>([
  { name: 'twice is a proxy that is restarted', steps: [bad, good, bad, good], then: 'ok' },
  { name: 'nothing else is answered either: an outage', steps: [bad, bad, bad, bad, bad], then: 'ok' },
  { name: 'an outage that ends', steps: [bad, bad, bad, bad, good], then: 'ok' },
  {
    name: 'everything is answered by HTML',
    steps: [bad, [HAS, html], bad, [HAS, html], bad, [HAS, html]],
    then: 'ok',
  },
  {
    name: 'it was answered before: it exists',
    steps: [[LACKS], bad, good, bad, good, bad, good, bad, good],
    then: 'ok',
  },
  {
    name: 'it was answered with an error of AWS in between',
    steps: [bad, good, bad, good, [LACKS, () => spoken('InvalidParameterValue')], bad, good, bad, good],
    then: 'ok',
  },
  {
    name: 'a connection that breaks is no answer',
    steps: [bad, good, [LACKS, broken], good, [LACKS, broken], good, bad, good],
    then: 'ok',
  },
  {
    name: 'a broken connection of another operation says nothing',
    steps: [bad, [HAS, broken], bad, [HAS, broken], bad, [HAS, broken]],
    then: 'ok',
  },
  {
    name: 'an error of AWS to another operation is an answer',
    steps: [bad, [OTHER, () => spoken('InvalidSnapshot.NotFound')], bad, good, bad, good],
    then: 'unsupported',
  },
  {
    name: 'documents cut short count',
    steps: [[LACKS, cutShort], good, [LACKS, cutShort], good, [LACKS, cutShort], good],
    then: 'unsupported',
  },
  {
    name: 'another operation that the endpoint says it lacks is no answer of AWS',
    steps: [bad, [OTHER, () => html(501)], bad, [OTHER, () => html(501)], bad, [OTHER, () => html(501)]],
    then: 'ok',
  },
])('$name: then $then', async ({ steps, then }) => {
  const { ask } = await door();
  for (const [operation, answer] of steps) await ask(operation, answer?.());
  expect(await ask(LACKS)).toBe(then);
});

test('a bug while sending tells nothing about the endpoint', () => {
  const unsupported = new UnsupportedOperations();
  for (let times = 0; times < 5; times += 1) {
    unsupported.failed(LACKS, new TypeError('a bug'));
    unsupported.answered(HAS);
  }
  expect(() => unsupported.refuse(LACKS)).not.toThrow();
});

test('a driver whose run was taken over sends nothing', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lifeboat-calls-'));
  const overtaken = await createSqliteJournal({ directory, record: sampleRecord() });
  await overtaken.acquire();
  const { ask, sent } = await door(overtaken);
  expect(await ask(HAS)).toBe('ok');
  rmSync(join(directory, 'driver.lock'));
  const second = await openSqliteJournal(directory);
  await second.acquire();
  await expect(ask(HAS)).rejects.toMatchObject({ code: 'JOURNAL_CONFLICT' });
  expect(sent).toEqual([HAS]);
  await Promise.all([overtaken.close(), second.close()]);
  rmSync(directory, { recursive: true });
});
