import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Journal } from '../../../src/journal/journal.ts';
import { createSqliteJournal, openSqliteJournal } from '../../../src/journal/sqlite/open-journal.ts';
import { killed, startDriver } from '../fixtures/processes.ts';
import type { Driver } from '../fixtures/processes.ts';
import { chainedDecision, sampleRecord } from '../fixtures/samples.ts';

let directory = '';
const children: ChildProcess[] = [];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-journal-'));
  await (await createSqliteJournal({ directory, record: sampleRecord() })).close();
});
afterEach(async () => {
  for (const child of children.splice(0)) await killed(child);
  rmSync(directory, { recursive: true, force: true });
});

function start(task: string, maxFileBlocks?: number): Driver {
  const driver = startDriver(directory, task, maxFileBlocks);
  children.push(driver.child);
  return driver;
}

/** Every decision up to the last is there as a whole: snapshot, outbox, timer, event and timeline agree. */
async function expectWholeChain(journal: Journal): Promise<number> {
  const { aggregates, outbox, timers, lastAt } = await journal.load();
  const sequence = aggregates[0]?.sequence ?? 0;
  const last = chainedDecision('recovery', sequence);
  expect(aggregates).toEqual([{ id: 'recovery', sequence, snapshot: last.snapshot }]);
  expect(outbox).toEqual(last.effects);
  expect(timers).toEqual(last.timers);
  expect(lastAt).toBe(last.at);
  expect((await journal.history()).map(({ event }) => event)).toEqual(
    Array.from({ length: sequence }, (_, index) => ({ type: `event-${index + 1}` })),
  );
  expect(await journal.timeline()).toHaveLength(sequence);
  return sequence;
}

test('another process cannot drive the same run, and the lock dies with its holder', async () => {
  const holder = start('hold');
  await holder.said(1);
  const journal = await openSqliteJournal(directory);
  await expect(journal.acquire()).rejects.toMatchObject({
    code: 'RUN_IS_DRIVEN',
    message: expect.stringContaining(`process ${holder.child.pid}`) as string,
  });
  await killed(holder.child);
  await journal.acquire();
  const second = start('hold');
  await second.ended;
  expect(JSON.parse(second.lines[0] ?? '')).toMatchObject({ code: 'RUN_IS_DRIVEN' });
  await journal.close();
});

test('two that ask at the same instant: one drives', async () => {
  const rivals = [start('hold'), start('hold')];
  await Promise.all(rivals.map((rival) => rival.said(1)));
  const answers = rivals.map(({ lines }) => (lines[0] === 'held' ? 'held' : 'refused')).sort();
  expect(answers).toEqual(['held', 'refused']);
});

test('a process killed while it decides leaves whole decisions, all that it acknowledged, and no lock', async () => {
  let acknowledged = 0;
  let kills = 0;
  for (const count of [1, 17, 60]) {
    const driver = start('commit');
    await driver.said(count);
    await killed(driver.child);
    kills += 1;
    await driver.ended;
    acknowledged += driver.lines.length;
    const journal = await openSqliteJournal(directory);
    const sequence = await expectWholeChain(journal);
    // The one it was killed over may be written and not yet said; its request counted and not yet decided.
    expect([acknowledged, acknowledged + 1]).toContain(sequence);
    const [calls] = await journal.apiCalls();
    expect(calls?.total).toBeGreaterThanOrEqual(sequence);
    expect(calls?.total).toBeLessThanOrEqual(sequence + kills);
    await journal.acquire();
    await journal.close();
    acknowledged = sequence;
  }
});

test('a reader follows a driver in another process, and a signal reaches the run', async () => {
  const driver = start('commit');
  await driver.said(5);
  const reader = await openSqliteJournal(directory, { readOnly: true });
  for (let look = 0; look < 5; look += 1) {
    const acknowledged = driver.lines.length;
    expect((await reader.load()).aggregates[0]?.sequence).toBeGreaterThanOrEqual(acknowledged);
    await driver.said(acknowledged + 1);
  }
  await reader.close();
  const operator = start('signal');
  await operator.ended;
  expect(operator.lines).toEqual(['signalled']);
  await killed(driver.child);
  const journal = await openSqliteJournal(directory);
  await journal.acquire();
  expect(await journal.pendingSignals()).toMatchObject([
    { kind: 'pause', by: 'operator', reason: 'from another process' },
  ]);
  await journal.close();
});

test('where files may not grow any more the driver is told, and nothing acknowledged is lost', async () => {
  const driver = start('commit', 400);
  await driver.ended;
  const told = JSON.parse(driver.lines.at(-1) ?? '') as { code: string; message: string };
  expect(told.code).toBe('JOURNAL_UNWRITABLE');
  expect(told.message).toContain('journal.sqlite');
  const journal = await openSqliteJournal(directory);
  expect(await expectWholeChain(journal)).toBe(driver.lines.length - 1);
  await journal.close();
});
