import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attendanceOf } from '../../../src/cli/stored/read-attendance.ts';
import type { Journal } from '../../../src/journal/journal.ts';
import {
  createSqliteJournal,
  openSqliteJournal,
  readHolder,
} from '../../../src/journal/sqlite/open-journal.ts';
import { killed, startDriver } from '../../journal/fixtures/processes.ts';
import { stopBetweenWrites } from '../../journal/fixtures/stop.ts';
import { MINUTE_MS } from '../../../src/time.ts';
import { planOf, recordOf, resource, RUN } from '../../report/fixtures.ts';

let directory = '';
let reader: Journal;
const children: ChildProcess[] = [];

beforeEach(async () => {
  directory = join(mkdtempSync(join(tmpdir(), 'lifeboat-attendance-')), RUN);
  const record = recordOf(planOf([resource('data')], { mode: 'restore' }));
  await (await createSqliteJournal({ directory, record })).close();
  reader = await openSqliteJournal(directory, { readOnly: true });
});
afterEach(async () => {
  await reader.close();
  for (const child of children.splice(0)) await killed(child);
  rmSync(join(directory, '..'), { recursive: true, force: true });
});

/** Listens to every driver, as if its last beat were long ago. */
const attend = (): ReturnType<typeof attendanceOf> =>
  attendanceOf(reader, { holder: async () => readHolder(directory) }, { suspicious: 0, listen: 2.5 });

test('a driver that beats responds; stopped by SIGSTOP it does not; killed, no process drives the run and the last beat is known', async () => {
  expect(await attend()).toEqual({ driven: null, lastBeatAt: null, pendingSignals: [] });
  const driver = startDriver(directory, 'hold');
  children.push(driver.child);
  await driver.said(1);
  const { pid } = driver.child;
  expect((await attend()).driven).toMatchObject({ pid, responding: true });
  await stopBetweenWrites(driver.child, [join(directory, 'journal.sqlite')]);
  const stopped = await attend();
  expect(stopped.driven).toMatchObject({ pid, responding: false, lastBeatAt: stopped.lastBeatAt });
  await killed(driver.child);
  expect(await attend()).toEqual({ driven: null, lastBeatAt: stopped.lastBeatAt, pendingSignals: [] });
});

test('a function that has released the run rests: for a few minutes, and as long as its wake is registered', async () => {
  const resting = async (agoMs: number, isRegistered: boolean): Promise<unknown> => {
    const last = {
      pid: 8,
      host: '169.254.1.1',
      since: 0,
      beatAt: Date.now() - agoMs,
      function: 'lifeboat-drill',
    };
    const wake = { runId: RUN, callbackId: 'callback-1' };
    const { driven } = await attendanceOf(reader, {
      holder: async () => ({ last, isHeld: false }),
      wakeOf: async (runId) => (isRegistered && runId === RUN ? wake : undefined),
    });
    return driven;
  };
  const rests = { function: 'lifeboat-drill', responding: true, resting: true };
  expect(await resting(5 * MINUTE_MS, false)).toMatchObject(rests);
  expect(await resting(7 * MINUTE_MS, false)).toBeNull();
  expect(await resting(7 * MINUTE_MS, true)).toMatchObject(rests);
});

test('pending signals are told with what the next driver does: in their order, and not before it has heard them', async () => {
  const operator = await openSqliteJournal(directory);
  const at = Date.UTC(2026, 10, 20, 3, 5);
  await operator.signal({ at, kind: 'pause', by: 'ann' });
  await operator.signal({ at, kind: 'resume', by: 'bob' });
  await operator.signal({ at, kind: 'approve', by: 'bob' });
  await operator.signal({ at, kind: 'abort', by: 'kim', made: 'remove' });
  await operator.signal({ at, kind: 'abort', by: 'lee', made: 'keep' });
  const { pendingSignals } = await attend();
  expect(pendingSignals.map(({ kind, by, effect, endsRun }) => [kind, by, effect, endsRun])).toEqual([
    ['pause', 'ann', 'holds the run: nothing new is started', false],
    ['resume', 'bob', 'lets the run continue', false],
    ['approve', 'bob', 'changes nothing: what it approves is not asked any more', false],
    ['abort', 'kim', 'ends the run; nothing was made so far', true],
    ['abort', 'lee', 'ends the run; nothing was made so far', true],
  ]);
  expect(pendingSignals[0]?.at).toBe('2026-11-20T03:05:00Z');
  await operator.acquire();
  const heard = (await operator.pendingSignals()).at(-1)?.id ?? 0;
  await operator.commit({ decisions: [], heard });
  await operator.close();
  expect((await attend()).pendingSignals).toEqual([]);
});
