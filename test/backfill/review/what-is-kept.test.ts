import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Backfill } from '../../../src/backfill/backfill.ts';
import { readDefinition, type begunAs } from '../../../src/backfill/folders.ts';
import { Progress, Quiet, type ProgressRow } from '../../../src/backfill/progress.ts';
import { createFixedRate } from '../../../src/backfill/replay/fixed-rate.ts';
import { backfillSchema } from '../../../src/runbook/backfill-schema.ts';
import { writeCapture } from '../../e2e/captures.ts';
import { openSink, type Sink } from '../../e2e/sink.ts';

type Definition = Parameters<typeof begunAs>[1];

const REQUESTS = 30;

let folder: string;
let sink: Sink;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lifeboat-kept-'));
  sink = await openSink();
  writeCapture(join(folder, 'missed.jsonl'), REQUESTS);
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await sink.close();
});

const silent = { warn: () => undefined, info: () => undefined };

function definitionOf(path: string): Definition {
  const spec = backfillSchema.parse({ sources: [{ path }], replay: { target: sink.url, rate: 1_000 } });
  return { name: 'kept', createdAt: Date.now(), spec };
}

async function open(file = 'missed.jsonl'): Promise<Backfill> {
  const tools = { env: {}, log: silent, now: () => Date.now(), threads: 1 };
  return Backfill.open(join(folder, 'state'), definitionOf(join(folder, file)), tools);
}

/** To its end. */
async function run(file?: string) {
  const backfill = await open(file);
  try {
    const { signal } = new AbortController();
    await backfill.scan(signal);
    const end = await backfill.replay(signal);
    return { end, result: backfill.result() };
  } finally {
    await backfill.close();
  }
}

test('a ledger that was emptied is not taken for one in which nothing was sent', async () => {
  expect((await run()).result.replayed.succeeded).toBe(REQUESTS);
  truncateSync(join(folder, 'state', 'ledger.log'), 0);
  await expect(open()).rejects.toMatchObject({
    code: 'LEDGER_DAMAGED',
    message: expect.stringContaining(`says nothing of the ${REQUESTS} sends`),
  });
  // It stays so, and the way out that is told is one.
  await expect(open()).rejects.toMatchObject({ code: 'LEDGER_DAMAGED' });
  expect(sink.arrivals).toHaveLength(REQUESTS);
  rmSync(join(folder, 'state', 'work.sqlite'));
  expect((await run()).result).toMatchObject({ pending: 0, replayed: { succeeded: REQUESTS } });
  expect(sink.keys().size).toBe(REQUESTS);
});

test('a path that was wrong is put right under the same name, but nothing that was found is mixed with anything else', async () => {
  await expect(run('mised.jsonl')).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  expect((await run()).result.replayed.succeeded).toBe(REQUESTS);
  await expect(run('mised.jsonl')).rejects.toMatchObject({ code: 'USAGE' });
  // Without what was found, the ledger still tells of what was sent.
  rmSync(join(folder, 'state', 'work.sqlite'));
  await expect(run('mised.jsonl')).rejects.toMatchObject({ code: 'USAGE' });
});

test.each(['', '{}', 'null', '[]', '"x"', '{"name":"kept","createdAt":1,"spec":{}}', '{"spec":null}'])(
  'a definition of %j is damaged, and says so',
  (text) => {
    mkdirSync(join(folder, 'bad'));
    writeFileSync(join(folder, 'bad', 'definition.json'), text);
    expect(() => readDefinition(join(folder, 'bad'))).toThrow(
      expect.objectContaining({ code: 'BACKFILL_DAMAGED' }),
    );
  },
);

test('what is kept is read back', async () => {
  await (await open()).close();
  const known = readDefinition(join(folder, 'state'));
  expect(known).toEqual(JSON.parse(readFileSync(join(folder, 'state', 'definition.json'), 'utf8')));
});

test('since when it is quiet is known over several processes, and begins anew with each fate', async () => {
  const { result } = await run();
  const row = { result, quietSince: 5 } as ProgressRow;
  const quiet = new Quiet(row, 1_000);
  quiet.note(REQUESTS, 1_010);
  expect(quiet.since).toBe(5);
  quiet.note(REQUESTS + 1, 1_020);
  quiet.note(REQUESTS + 1, 1_030);
  expect(quiet.since).toBe(1_020);
  expect(new Quiet(undefined, 1_000).since).toBe(1_000);
});

test('progress that cannot be kept any more is told, and does not end the process', async () => {
  const result = (await run()).result;
  const told: unknown[] = [];
  const progress = new Progress({
    directory: join(folder, 'state', 'definition.json'),
    governor: createFixedRate(1),
    quiet: new Quiet(undefined, 0),
    now: () => 0,
    result: () => result,
    assertRoom: () => undefined,
    fail: (error) => told.push(error),
  });
  expect(told).toHaveLength(1);
  await expect(progress.close(false)).rejects.toMatchObject({ code: 'BACKFILL_UNWRITABLE' });
});
