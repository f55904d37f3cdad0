import { advised } from '../../advised.ts';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SqliteJournal } from '../../../src/journal/sqlite/sqlite-journal.ts';
import {
  createSqliteJournal,
  openSqliteJournal,
  readHolder,
} from '../../../src/journal/sqlite/open-journal.ts';
import type { Pulse } from '../../../src/journal/sqlite/takeover.ts';
import { killed, startDriver } from '../fixtures/processes.ts';
import type { Driver } from '../fixtures/processes.ts';
import { chainedDecision, sampleRecord } from '../fixtures/samples.ts';
import { stopBetweenWrites } from '../fixtures/stop.ts';

/** For whoever takes over from a process that surely stands still. */
const IMPATIENT: Pulse = { everyMs: 40, patienceMs: 200 };
/** For whoever is to find out that the other one lives, however slow the machine is. */
const PATIENT: Pulse = { everyMs: 100, patienceMs: 60_000 };

let directory = '';
const children: ChildProcess[] = [];
const open: SqliteJournal[] = [];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-takeover-'));
  await (await createSqliteJournal({ directory, record: sampleRecord() })).close();
});
afterEach(async () => {
  jest.restoreAllMocks();
  for (const journal of open.splice(0)) await journal.close();
  for (const child of children.splice(0)) await killed(child);
  rmSync(directory, { recursive: true, force: true });
});

function start(task: string): Driver {
  const driver = startDriver(directory, task);
  children.push(driver.child);
  return driver;
}

async function openWith(pulse: Pulse): Promise<SqliteJournal> {
  const journal = await openSqliteJournal(directory, { pulse });
  open.push(journal);
  return journal;
}

async function stoppedDriver(task: string): Promise<Driver> {
  const driver = start(task);
  await driver.said(1);
  await stopBetweenWrites(driver.child, [join(directory, 'journal.sqlite')]);
  return driver;
}

async function complaintOf(driver: Driver): Promise<unknown> {
  await driver.ended;
  return JSON.parse(driver.lines.at(-1) ?? '');
}

test('a stopped driver is taken over; continued, it can write nothing', async () => {
  const stopped = await stoppedDriver('hold');
  expect(readHolder(directory)).toMatchObject({ isHeld: true, last: { pid: stopped.child.pid } });
  const journal = await openWith(IMPATIENT);
  expect(await journal.acquire({ takeOver: true })).toMatchObject({
    epoch: 2,
    tookOver: { pid: stopped.child.pid },
  });
  expect(readHolder(directory)).toMatchObject({ isHeld: true, last: { pid: process.pid } });
  await journal.commit({ decisions: [chainedDecision('recovery', 1)] });
  stopped.child.kill('SIGCONT');
  await journal.close();
  // Its own lock is still held; that does not count any more.
  expect(readHolder(directory).isHeld).toBe(false);
  const third = await openWith(PATIENT);
  expect((await third.acquire()).epoch).toBe(3);
});

test('one that is continued in the middle of its work ends with a clear error, after whole decisions', async () => {
  const stopped = await stoppedDriver('commit');
  const journal = await openWith(IMPATIENT);
  await journal.acquire({ takeOver: true });
  const before = await journal.load();
  const calls = await journal.apiCalls();
  stopped.child.kill('SIGCONT');
  expect(await complaintOf(stopped)).toMatchObject({
    code: 'JOURNAL_CONFLICT',
    message: expect.stringContaining(`Process ${process.pid} on `) as string,
  });
  expect(await journal.load()).toEqual(before);
  expect(await journal.apiCalls()).toEqual(calls);
});

test('no process takes over without the option', async () => {
  const stopped = await stoppedDriver('hold');
  const journal = await openWith(IMPATIENT);
  await expect(journal.acquire()).rejects.toMatchObject({
    code: 'RUN_IS_DRIVEN',
    message: expect.stringContaining(`process ${stopped.child.pid}`) as string,
    next: advised('lifeboat resume'),
  });
});

test.each(['hold', 'jump'])(
  'a driver that lives (%s) is never taken over, whatever the clocks say',
  async (task) => {
    const driver = start(task);
    await driver.said(1);
    const journal = await openWith(PATIENT);
    await expect(journal.acquire({ takeOver: true })).rejects.toMatchObject({ code: 'RUN_IS_DRIVEN' });
    expect(readHolder(directory)).toMatchObject({ isHeld: true, last: { pid: driver.child.pid } });
  },
);

test('a driver that continues during the wait keeps its run', async () => {
  const stopped = await stoppedDriver('hold');
  const journal = await openWith(PATIENT);
  const refusal = expect(journal.acquire({ takeOver: true })).rejects.toMatchObject({
    code: 'RUN_IS_DRIVEN',
  });
  stopped.child.kill('SIGCONT');
  await refusal;
});

test('a suspended machine does not make its driver silent', async () => {
  const stopped = await stoppedDriver('hold');
  const journal = await openWith(PATIENT);
  // Between two looks an hour passes, as after a lid was closed.
  let hours = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => (hours += 1) * 3_600_000);
  const refusal = expect(journal.acquire({ takeOver: true })).rejects.toMatchObject({
    code: 'RUN_IS_DRIVEN',
  });
  while (hours < 2) await sleep(10);
  stopped.child.kill('SIGCONT');
  await refusal;
});

test('a driver that dies during the wait is replaced at once', async () => {
  const stopped = await stoppedDriver('hold');
  const journal = await openWith(PATIENT);
  const acquisition = journal.acquire({ takeOver: true });
  await killed(stopped.child);
  expect(await acquisition).toEqual({ epoch: 2 });
});

test('of two that take over the same run at once, one drives', async () => {
  await stoppedDriver('hold');
  const rivals = [start('takeOver'), start('takeOver')];
  await Promise.all(rivals.map((rival) => rival.said(1)));
  expect(rivals.map(({ lines }) => (lines[0] === 'held' ? 'held' : 'refused')).sort()).toEqual([
    'held',
    'refused',
  ]);
  const journal = await openWith(PATIENT);
  await expect(journal.acquire({ takeOver: true })).rejects.toMatchObject({ code: 'RUN_IS_DRIVEN' });
});

test('a driver that hangs during a write must be ended, and the error names it', async () => {
  const hanging = start('hang');
  await hanging.said(1);
  const journal = await openWith(IMPATIENT);
  const { pid } = hanging.child;
  await expect(journal.acquire({ takeOver: true })).rejects.toMatchObject({
    code: 'JOURNAL_UNWRITABLE',
    message: expect.stringContaining(`Process ${pid} on `) as string,
    next: expect.stringContaining(`kill -9 ${pid}`) as string,
  });
  await killed(hanging.child);
  expect((await journal.acquire({ takeOver: true })).epoch).toBe(2);
});

test('a run that was taken over is taken over again, and again', async () => {
  for (const epoch of [2, 4, 6]) {
    await stoppedDriver('hold');
    const journal = await openWith(IMPATIENT);
    expect(await journal.acquire({ takeOver: true })).toMatchObject({ epoch });
    await journal.close();
  }
});
