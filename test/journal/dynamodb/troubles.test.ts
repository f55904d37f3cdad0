import {
  DeleteTableCommand,
  GetItemCommand,
  PutItemCommand,
  type AttributeValue,
} from '@aws-sdk/client-dynamodb';
import { adviceText } from '../../../src/advice.ts';
import { LifeboatError } from '../../../src/errors.ts';
import type { Journal } from '../../../src/journal/journal.ts';
import { draft, driven } from '../../contract/journal.ts';
import { chainedDecision, sampleDecision, sampleRecord, START } from '../fixtures/samples.ts';
import { brokenConnection, serviceError } from './failures.ts';
import { Machines, processOn, type Process, type ProcessOptions } from './process.ts';
import { keysIn, openTable, type OpenTable } from './table.ts';

const { runId } = sampleRecord();
const OTHER = 'orders-20261120T0300-2';
let table: OpenTable;

beforeEach(async () => {
  table = await openTable();
});
afterEach(() => table.close());

function anotherProcess(options?: ProcessOptions): Process {
  return processOn(table, new Machines(), { region: 'us-west-2', ...options });
}

async function failureOf(work: Promise<unknown>): Promise<LifeboatError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LifeboatError);
  return error as LifeboatError;
}

async function itemOf(pk: string, sk: string): Promise<Record<string, AttributeValue>> {
  const Key = { pk: { S: pk }, sk: { S: sk } };
  const { Item } = await table.client.send(new GetItemCommand({ TableName: table.table, Key }));
  if (Item === undefined) throw new Error(`no ${pk}/${sk}`);
  return Item;
}

const put = (Item: Record<string, AttributeValue>): Promise<unknown> =>
  table.client.send(new PutItemCommand({ TableName: table.table, Item }));

async function begunAndDriven(process: Process): Promise<Journal> {
  await process.runs.create(draft);
  return driven(process);
}

describe('a table that cannot be used', () => {
  test('a table that was deleted by mistake is named, with its Region and the way back', async () => {
    const own = anotherProcess();
    const journal = await begunAndDriven(own);
    await table.client.send(new DeleteTableCommand({ TableName: table.table }));
    const failed = await failureOf(journal.commit({ decisions: [chainedDecision('recovery', 1)] }));
    expect(failed).toMatchObject({ code: 'JOURNAL_UNREADABLE' });
    expect(failed.message).toBe(
      "Cannot read the journal in dynamodb://lifeboat-journal: there is no table 'lifeboat-journal' in us-west-2 in this account.",
    );
    expect(adviceText(failed.next)).toMatch(
      /^Check the table's name, the Region and the account\..*restored/,
    );
    expect(await failureOf(own.runs.find())).toMatchObject({ code: 'JOURNAL_UNREADABLE' });
    expect(await failureOf(own.runs.create(draft))).toMatchObject({ code: 'JOURNAL_UNREADABLE' });
    expect(own.passedMs).toBe(0);
  });

  test.each([
    ['AccessDeniedException', 0, /^Give the role dynamodb:GetItem/],
    ['ExpiredTokenException', 0, /^Sign in, set AWS_PROFILE or renew the role/],
    ['UnrecognizedClientException', 0, /^Sign in/],
    ['ValidationException', 0, /^Check that 'lifeboat-journal' is the table of a Lifeboat journal/],
    ['ThrottlingException', 15, /^Wait a minute/],
    ['ProvisionedThroughputExceededException', 15, /^Wait a minute/],
    ['RequestLimitExceeded', 15, /^Wait a minute/],
    ['InternalServerError', 11, /^Wait a minute/],
  ])(
    '%s is said after %i retries, with the next step; nothing is half written',
    async (name, retries, next) => {
      let isBroken = false;
      let attempts = 0;
      const own = anotherProcess({
        before: ({ key }) => {
          if (!isBroken) return;
          if (key.includes('/LOG#')) attempts += 1;
          throw serviceError(name, name === 'InternalServerError' ? 500 : 400);
        },
      });
      const journal = await begunAndDriven(own);
      await journal.load();
      const beforehand = await keysIn(table);
      isBroken = true;
      const failed = await failureOf(journal.commit({ decisions: [chainedDecision('recovery', 1)] }));
      expect(failed).toMatchObject({ code: 'JOURNAL_UNWRITABLE' });
      expect(failed.message).toContain(`${name}: ${name} of a test`);
      expect(adviceText(failed.next)).toMatch(next);
      expect(attempts).toBe(retries + 1);
      expect(await failureOf(journal.load())).toMatchObject({ code: 'JOURNAL_UNREADABLE' });
      expect(await keysIn(table)).toEqual(beforehand);
      isBroken = false;
      await journal.commit({ decisions: [chainedDecision('recovery', 1)] });
    },
  );

  test('a bug is no failure of the table', async () => {
    const own = anotherProcess({
      before: () => {
        throw new TypeError('a bug');
      },
    });
    await expect(own.runs.find()).rejects.toThrow(TypeError);
  });

  test('a heartbeat that fails does not end the lease', async () => {
    let isBroken = false;
    const own = anotherProcess({
      before: ({ operation }) => {
        if (isBroken && operation === 'UpdateItem') throw brokenConnection();
      },
    });
    const journal = await begunAndDriven(own);
    isBroken = true;
    await journal.commit({ decisions: [chainedDecision('recovery', 1)] });
    expect(await journal.isOurs()).toBe(true);
  });
});

describe('contents that this code did not write', () => {
  test('a run whose record is that of another run is listed with the reason, and never driven', async () => {
    const own = anotherProcess();
    await own.runs.create(draft);
    await put({ ...(await itemOf('RUNS', runId)), sk: { S: OTHER } });
    const heads: unknown[] = [];
    for await (const head of own.runs.list()) heads.push(head);
    expect(heads).toMatchObject([
      { runId: OTHER, problem: { code: 'JOURNAL_DAMAGED' } },
      { runId, record: { runId } },
    ]);
    const beforehand = await keysIn(table);
    for (const work of [() => own.runs.open(OTHER), () => own.runs.find(), () => own.lease.acquire(OTHER)]) {
      const failed = await failureOf(work());
      expect(failed).toMatchObject({ code: 'JOURNAL_DAMAGED' });
      expect(failed.message).toContain(`its record is that of the run "${runId}"`);
    }
    expect(await keysIn(table)).toEqual(beforehand);
  });

  test('decisions of another run are refused before anything is written', async () => {
    const own = anotherProcess();
    await own.runs.create(draft);
    await own.runs.create(draft);
    const { runs, lease } = own;
    const held = await lease.acquire(OTHER);
    const journal = await runs.open(OTHER, 'epoch' in held ? held : undefined);
    const snapshot = { value: 'restoring', context: { runId: OTHER, mode: 'drill' } };
    await journal.commit({ decisions: [sampleDecision('recovery', 1, { snapshot })] });
    await put({ ...(await itemOf(`RUN#${OTHER}`, 'LOG#000000001')), pk: { S: `RUN#${runId}` } });
    const wrong = await driven(anotherProcess());
    const beforehand = await keysIn(table);
    for (const work of [
      () => wrong.load(),
      () => wrong.commit({ decisions: [sampleDecision('recovery', 2)] }),
    ]) {
      const failed = await failureOf(work());
      expect(failed).toMatchObject({ code: 'JOURNAL_DAMAGED' });
      expect(failed.message).toContain(`belongs to the "drill" "${OTHER}"`);
    }
    expect(await keysIn(table)).toEqual(beforehand);
  });

  test('a signal that was altered, or copied from another run, is marked', async () => {
    const own = anotherProcess();
    await own.runs.create(draft);
    const journal = await own.runs.open(runId);
    await journal.signal({ at: START, kind: 'approve', by: 'ana' });
    const row = await itemOf(`RUN#${runId}`, 'SIGNAL#000000001');
    await put({ ...row, sk: { S: 'SIGNAL#000000002' } });
    await put({
      ...row,
      sk: { S: 'SIGNAL#000000003' },
      signal: { S: (row['signal']?.S ?? '').replace('ana', 'ben') },
    });
    expect(await journal.pendingSignals()).toMatchObject([
      { id: 1, by: 'ana' },
      { id: 2, by: 'ana', isAltered: true },
      { id: 3, by: 'ben', isAltered: true },
    ]);
    expect((await journal.pendingSignals())[0]).not.toHaveProperty('isAltered');
  });

  test('a run of a newer layout is left alone', async () => {
    const own = anotherProcess();
    await own.runs.create(draft);
    await put({ ...(await itemOf('RUNS', runId)), version: { N: '2' } });
    expect(await failureOf(own.runs.open(runId))).toMatchObject({ code: 'JOURNAL_TOO_NEW' });
  });

  test.each([
    ['is missing', undefined],
    ['is another', { B: new Uint8Array([1, 2, 3]) }],
  ])('a chunk that %s is damage, with the way to find what the run made', async (_, body) => {
    const own = anotherProcess();
    await own.runs.create(draft);
    const [pk = '', sk = ''] = ((await keysIn(table)).find((key) => key.startsWith('DRAFT#')) ?? '').split(
      '/',
    );
    const { body: ignored, ...rest } = await itemOf(pk, sk);
    expect(ignored).toBeDefined();
    await put({ ...rest, ...(body && { body }) });
    const failed = await failureOf(anotherProcess().runs.open(runId));
    expect(failed).toMatchObject({ code: 'JOURNAL_DAMAGED' });
    expect(adviceText(failed.next)).toContain('its tag lifeboat:run');
  });
});

describe('waking a function that waits', () => {
  test('a signal rings the callback that is registered, once it is written', async () => {
    const rung: unknown[] = [];
    const own = anotherProcess({
      ring: async (callbackId) => {
        rung.push([callbackId, await (await anotherProcess().runs.open(runId)).pendingSignals()]);
      },
    });
    await own.runs.create(draft);
    const journal = await own.runs.open(runId);
    const signal = { at: START, kind: 'approve', by: 'ana' } as const;
    await journal.signal(signal);
    expect([rung, await own.store.wakeOf(runId)]).toEqual([[], undefined]);
    await own.store.expectWake(runId, 'callback-1');
    await own.store.expectWake(runId, 'callback-2');
    await journal.signal(signal);
    expect(rung).toMatchObject([['callback-2', [{ id: 1 }, { id: 2 }]]]);
    await own.store.forgetWake(runId);
    await journal.signal(signal);
    expect(rung).toHaveLength(1);
  });

  test('a callback that fails does not fail the signal', async () => {
    const own = anotherProcess({ ring: () => Promise.reject(new Error('no such callback')) });
    await own.runs.create(draft);
    await own.store.expectWake(runId, 'gone');
    const journal = await own.runs.open(runId);
    await journal.signal({ at: START, kind: 'pause', by: 'ana' });
    expect(await journal.pendingSignals()).toHaveLength(1);
  });
});
