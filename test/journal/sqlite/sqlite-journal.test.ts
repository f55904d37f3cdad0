import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { SqliteJournal } from '../../../src/journal/sqlite/sqlite-journal.ts';
import {
  createSqliteJournal,
  openSqliteJournal,
  readHolder,
} from '../../../src/journal/sqlite/open-journal.ts';
import { chainedDecision, sampleDecision, sampleRecord } from '../fixtures/samples.ts';

let directory = '';
const open: SqliteJournal[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-journal-'));
});
afterEach(async () => {
  for (const journal of open.splice(0)) await journal.close();
  rmSync(directory, { recursive: true, force: true });
});

function remember(journal: SqliteJournal): SqliteJournal {
  open.push(journal);
  return journal;
}

test('a run is begun once', async () => {
  const first = remember(await createSqliteJournal({ directory, record: sampleRecord() }));
  await expect(createSqliteJournal({ directory, record: sampleRecord() })).rejects.toMatchObject({
    code: 'JOURNAL_CONFLICT',
  });
  await first.acquire();
  await first.commit({ decisions: [sampleDecision('recovery', 1)] });
});

test('a driver whose lock was removed is fenced off by the epoch', async () => {
  const overtaken = remember(await createSqliteJournal({ directory, record: sampleRecord() }));
  await overtaken.acquire();
  await overtaken.commit({ decisions: [chainedDecision('recovery', 1)] });
  rmSync(join(directory, 'driver.lock'));
  const second = remember(await openSqliteJournal(directory));
  await second.acquire();
  await expect(overtaken.commit({ decisions: [chainedDecision('recovery', 2)] })).rejects.toMatchObject({
    code: 'JOURNAL_CONFLICT',
  });
  const refusal = {
    code: 'JOURNAL_CONFLICT',
    message: expect.stringContaining(`Process ${process.pid} on `) as string,
  };
  await expect(overtaken.countCall('CreateVolume')).rejects.toMatchObject(refusal);
  await expect(overtaken.putValue('sent', 1)).rejects.toMatchObject(refusal);
  await expect(overtaken.commit({ decisions: [], memo: { state: 1 } })).rejects.toMatchObject(refusal);
  await expect(overtaken.commit({ decisions: [], heard: 1 })).rejects.toMatchObject(refusal);
  await expect(overtaken.assertOurs()).rejects.toMatchObject(refusal);
  expect(await overtaken.isOurs()).toBe(false);
  expect(await second.value('sent')).toBeUndefined();
  await second.commit({ decisions: [chainedDecision('recovery', 2)] });
  expect(await second.history()).toHaveLength(2);
  expect(await second.apiCalls()).toEqual([]);
});

test('the driver is known only while a process drives the run', async () => {
  const journal = remember(await createSqliteJournal({ directory, record: sampleRecord() }));
  expect(readHolder(directory).isHeld).toBe(false);
  await journal.acquire();
  expect(readHolder(directory)).toMatchObject({ isHeld: true, last: { pid: process.pid } });
  await journal.close();
  expect(readHolder(directory).isHeld).toBe(false);
});

test('a reader writes nothing', async () => {
  remember(await createSqliteJournal({ directory, record: sampleRecord() }));
  const reader = remember(await openSqliteJournal(directory, { readOnly: true }));
  await expect(reader.signal({ at: 0, kind: 'abort', by: 'ana' })).rejects.toMatchObject({
    code: 'JOURNAL_UNWRITABLE',
  });
  await expect(reader.acquire()).rejects.toMatchObject({ code: 'JOURNAL_UNWRITABLE' });
});

test('no run where there is none', async () => {
  await expect(openSqliteJournal(join(directory, 'absent'))).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
});

test('the lock outlives an unreferenced journal object: only close() or the end of the process frees it', async () => {
  const collect = setFlagsAndGetCollector();
  await (await createSqliteJournal({ directory, record: sampleRecord() })).close();
  const forget = async () => void (await (await openSqliteJournal(directory)).acquire());
  await forget();
  collect();
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  const second = remember(await openSqliteJournal(directory));
  await expect(second.acquire()).rejects.toMatchObject({ code: 'RUN_IS_DRIVEN' });
});

/** The engine's own collector, which it hides behind a flag. */
function setFlagsAndGetCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

test('signals that wait for a driver are seen by anyone, and consumed by none but the driver', async () => {
  const journal = await createSqliteJournal({ directory, record: sampleRecord() });
  await journal.signal({ at: 1, kind: 'pause', by: 'alex' });
  await journal.signal({ at: 2, kind: 'resume', by: 'kim', reason: 'lunch is over' });
  const waiting = [
    { id: 1, at: 1, kind: 'pause', by: 'alex' },
    { id: 2, at: 2, kind: 'resume', by: 'kim', reason: 'lunch is over' },
  ];
  expect(await journal.pendingSignals()).toEqual(waiting);
  await journal.acquire();
  await journal.commit({ decisions: [], heard: 2 });
  expect(await journal.pendingSignals()).toEqual([]);
  await journal.close();
});
