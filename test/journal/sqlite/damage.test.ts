import {
  chmodSync,
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LifeboatError } from '../../../src/errors.ts';
import { JOURNAL_PART } from '../../../src/journal/sqlite/journal-failures.ts';
import { SqliteDatabase } from '../../../src/storage/sqlite-database.ts';
import { unsharedLock } from '../../../src/storage/file-lock.ts';
import { SqliteJournal } from '../../../src/journal/sqlite/sqlite-journal.ts';
import { createSqliteJournal, openSqliteJournal } from '../../../src/journal/sqlite/open-journal.ts';
import { JOURNAL_VERSION } from '../../../src/journal/sqlite/tables.ts';
import { chainedDecision, sampleDecision, sampleRecord } from '../fixtures/samples.ts';

let directory = '';
let file = '';

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'lifeboat-journal-')), 'orders-20261120T0300-1');
  file = join(directory, 'journal.sqlite');
});
afterEach(() => rmSync(join(directory, '..'), { recursive: true, force: true }));

/** A journal of a hundred decisions in one file, closed. */
async function finishedRun(): Promise<void> {
  const journal = await createSqliteJournal({ directory, record: sampleRecord() });
  await journal.acquire();
  const sequences = Array.from({ length: 100 }, (_, index) => index + 1);
  await journal.commit({
    decisions: sequences.flatMap((each) => [
      chainedDecision('recovery', each),
      chainedDecision('allocator', each),
    ]),
  });
  await journal.putValue('sent', 'forty-two');
  await journal.close();
}

function edit(sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

function overwrite(offset: number, bytes: Buffer): void {
  const handle = openSync(file, 'r+');
  writeSync(handle, bytes, 0, bytes.length, offset);
  closeSync(handle);
}

/** Changes one letter of the text that the file holds. */
function flip(text: string): void {
  const offset = readFileSync(file).lastIndexOf(text);
  expect(offset).toBeGreaterThan(0);
  overwrite(offset + text.length - 1, Buffer.from([text.charCodeAt(text.length - 1) ^ 1]));
}

/** Reads all there is; the failure that this met, as what a command would print. */
async function failureOfReading(readOnly: boolean): Promise<LifeboatError | undefined> {
  try {
    const journal = await openSqliteJournal(directory, { readOnly });
    try {
      await journal.load();
      await journal.history();
      await journal.timeline();
      await journal.value('sent');
      await journal.pendingSignals();
    } finally {
      await journal.close();
    }
  } catch (error) {
    if (error instanceof LifeboatError) return error;
    throw error;
  }
  return undefined;
}

const damages: readonly (readonly [string, () => void])[] = [
  ['cut in half', () => truncateSync(file, statSync(file).size / 2)],
  ['cut after a hundred bytes', () => truncateSync(file, 100)],
  ['empty', () => truncateSync(file, 0)],
  ['not a database', () => writeFileSync(file, 'kept in a text file\n'.repeat(500))],
  ['binary noise', () => writeFileSync(file, Buffer.alloc(9_000, 0xa5))],
  ['a page of zeros', () => overwrite(4_096, Buffer.alloc(4_096))],
  ['a flipped letter in the run', () => flip('"runbook":"orders')],
  ['a flipped letter in a snapshot', () => flip('"value":"restoring')],
  ['a flipped letter in an event', () => flip('"type":"event-42')],
  ['a flipped letter in the timeline', () => flip('step 7')],
  ['a flipped letter in a fact', () => flip('"forty-two')],
  [
    'a detail that is not JSON',
    () => edit(`INSERT INTO signal (at, kind, by, detail) VALUES (1, 'pause', 'x', '{')`),
  ],
  ['signals without details', () => edit('ALTER TABLE signal DROP COLUMN detail')],
  ['no facts', () => edit('DROP TABLE fact')],
  ['a snapshot that is not JSON', () => edit('UPDATE aggregate SET snapshot = \'{"value":\'')],
  ['a missing table', () => edit('DROP TABLE signal')],
  ['a missing column', () => edit('ALTER TABLE timeline DROP COLUMN code')],
  ['no run', () => edit('DELETE FROM run')],
  [
    'history of nothing',
    () => edit("PRAGMA foreign_keys = OFF; DELETE FROM aggregate WHERE id = 'allocator'"),
  ],
  [
    'a database of something else',
    () => {
      rmSync(file);
      edit('CREATE TABLE stamps (country TEXT)');
    },
  ],
  ['gone', () => rmSync(file)],
];

describe.each([{ readOnly: false }, { readOnly: true }])('opened with %j', ({ readOnly }) => {
  test('a sound journal is read without complaint', async () => {
    await finishedRun();
    expect(await failureOfReading(readOnly)).toBeUndefined();
  });

  test.each(damages)('%s: said with the file and the next step', async (_, damage) => {
    await finishedRun();
    damage();
    const failure = await failureOfReading(readOnly);
    expect(failure).toMatchObject({ code: 'JOURNAL_DAMAGED' });
    expect(failure?.message).toContain(file);
    expect(failure?.next).toMatch(
      /^(Restore .* from a copy; .* lifeboat:run=orders-20261120T0300-1|Start the run again)/,
    );
  });

  test('a journal of a newer version is left alone', async () => {
    await finishedRun();
    edit(`PRAGMA user_version = ${JOURNAL_VERSION + 1}`);
    const before = readFileSync(file);
    expect(await failureOfReading(readOnly)).toMatchObject({ code: 'JOURNAL_TOO_NEW' });
    expect(readFileSync(file).equals(before)).toBe(true);
  });
});

test('every page is checked before a process drives the run', async () => {
  await finishedRun();
  const database = new DatabaseSync(file);
  const row = database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'api_call'").get();
  database.close();
  overwrite((Number(row?.['rootpage']) - 1) * 4_096, Buffer.alloc(4_096));
  expect(await failureOfReading(false)).toMatchObject({ code: 'JOURNAL_DAMAGED' });
});

test('a lock file that holds something is not overrun', async () => {
  await finishedRun();
  writeFileSync(join(directory, 'driver.lock'), 'pid 123\n'.repeat(200));
  const journal = await openSqliteJournal(directory);
  await expect(journal.acquire()).rejects.toMatchObject({
    code: 'JOURNAL_DAMAGED',
    message: expect.stringContaining('driver.lock') as string,
  });
  await journal.close();
});

describe('a directory that refuses writes', () => {
  /** Root writes everywhere: it steps down to nobody while `body` runs. */
  async function unprivileged(body: () => Promise<void>): Promise<void> {
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      await body();
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  }

  beforeEach(() => chmodSync(join(directory, '..'), 0o755));
  afterEach(() => chmodSync(join(directory, '..'), 0o755));

  test('no run is begun there', async () => {
    chmodSync(join(directory, '..'), 0o555);
    await unprivileged(async () => {
      await expect(createSqliteJournal({ directory, record: sampleRecord() })).rejects.toMatchObject({
        code: 'JOURNAL_UNWRITABLE',
      });
    });
  });

  test('no run is driven there, but a finished one is read', async () => {
    await finishedRun();
    chmodSync(file, 0o444);
    chmodSync(directory, 0o555);
    await unprivileged(async () => {
      expect(await failureOfReading(true)).toBeUndefined();
      const outcome = await openSqliteJournal(directory)
        .then(
          async (journal) => journal.acquire().finally(() => journal.close()),
          (error: unknown) => Promise.reject(error),
        )
        .catch((error: unknown) => error);
      expect(outcome).toMatchObject({ code: 'JOURNAL_UNWRITABLE' });
    });
    chmodSync(directory, 0o755);
  });
});

test('on a full disk nothing is half-written, and with room again it goes on', async () => {
  await (await createSqliteJournal({ directory, record: sampleRecord() })).close();
  const database = SqliteDatabase.open(file, { file, part: JOURNAL_PART });
  database.makeDurable();
  database.execute('PRAGMA max_page_count = 20');
  const journal = new SqliteJournal({ database, lock: unsharedLock });
  await journal.acquire();
  const bulky = (sequence: number) => ({
    ...chainedDecision('recovery', sequence),
    event: { type: 'x'.repeat(3_000) },
  });
  let written = 0;
  let failure: unknown;
  while (failure === undefined && written < 100) {
    await journal.signal({ at: 0, kind: 'pause', by: 'ana' }).catch(() => undefined);
    failure = await journal.commit({ decisions: [bulky(written + 1)] }).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (failure === undefined) written += 1;
  }
  expect(failure).toMatchObject({
    code: 'JOURNAL_UNWRITABLE',
    message: expect.stringContaining('full') as string,
  });
  expect((await journal.load()).aggregates).toMatchObject([{ id: 'recovery', sequence: written }]);
  expect(await journal.history()).toHaveLength(written);
  expect(await journal.timeline()).toHaveLength(written);
  database.execute('PRAGMA max_page_count = 1000');
  await journal.commit({ decisions: [bulky(written + 1), sampleDecision('allocator', 1)] });
  expect((await journal.load()).outbox).toEqual(bulky(written + 1).effects);
  await journal.close();
});
