import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watchSignals } from '../../src/driver/signals/signal-watch.ts';
import type { SqliteJournal } from '../../src/journal/sqlite/sqlite-journal.ts';
import { createSqliteJournal, openSqliteJournal } from '../../src/journal/sqlite/open-journal.ts';
import { sampleDecision, sampleRecord, START } from '../journal/fixtures/samples.ts';

let directory = '';
let driver: SqliteJournal;
let operator: SqliteJournal;
let stop: () => void = () => undefined;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-inbox-'));
  driver = await createSqliteJournal({ directory, record: sampleRecord() });
  await driver.acquire();
  operator = await openSqliteJournal(directory);
});
afterEach(async () => {
  stop();
  await driver.close();
  await operator.close();
  rmSync(directory, { recursive: true });
});

/** Watches, and counts its looks: what has not happened after several looks does not happen. */
function watch(): { readonly woken: Promise<void>; looks(count: number): Promise<void>; wakes: number } {
  let looks = 0;
  const watched = {
    changes: () => ((looks += 1), driver.changes()),
    isOurs: () => driver.isOurs(),
    pendingSignals: () => driver.pendingSignals(),
  };
  const state = {
    wakes: 0,
    woken: Promise.resolve(),
    async looks(count: number) {
      const until = looks + count;
      while (looks < until) await new Promise((resolve) => setTimeout(resolve, 1));
    },
  };
  state.woken = new Promise<void>((resolve) => {
    const wake = (): void => {
      state.wakes += 1;
      resolve();
    };
    stop = watchSignals(watched, wake, 1);
  });
  return state;
}

test('a signal from another process wakes the driver', async () => {
  const { woken } = watch();
  await operator.signal({ at: START, kind: 'pause', by: 'ana' });
  await woken;
});

test('one that came before the watch began wakes it too', async () => {
  await operator.signal({ at: START, kind: 'pause', by: 'ana' });
  await watch().woken;
});

test('it is woken once for a signal, and not by what it writes itself', async () => {
  const watching = watch();
  await operator.signal({ at: START, kind: 'pause', by: 'ana' });
  await watching.woken;
  await driver.commit({ decisions: [sampleDecision('recovery', 1)], heard: 1 });
  await driver.putValue('x', 1);
  await watching.looks(5);
  expect(watching.wakes).toBe(1);
  await operator.signal({ at: START, kind: 'resume', by: 'ana' });
  await watching.looks(5);
  expect(watching.wakes).toBe(2);
});

test('a takeover by another process wakes the driver', async () => {
  const { woken } = watch();
  rmSync(join(directory, 'driver.lock'));
  await operator.acquire();
  await woken;
  expect(await driver.isOurs()).toBe(false);
});

test('a journal that cannot be read wakes it once, and ends the watch: the driver meets the failure itself', async () => {
  const watching = watch();
  await watching.looks(1);
  await driver.close();
  await watching.woken;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(watching.wakes).toBe(1);
});

test('after the watch is stopped the driver is not woken', async () => {
  const watching = watch();
  await watching.looks(2);
  stop();
  await operator.signal({ at: START, kind: 'pause', by: 'ana' });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(watching.wakes).toBe(0);
});
