import { statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Room } from '../../../src/backfill/base/room.ts';
import { openWorkStore } from '../../../src/backfill/work/sqlite-work.ts';
import { linesFrom } from '../scan/logs.ts';
import { BOMB, diskWith, failure, left, open, signal, sink, state, useRoom } from './room-stage.ts';

useRoom();

test('what the disk cannot hold is refused before anything is written, with figures and what to do', async () => {
  expect(BOMB.length).toBeLessThan(100_000);
  const error = await failure(await open(BOMB, () => diskWith(120)));
  expect(error).toMatchObject({
    code: 'BACKFILL_UNWRITABLE',
    message: expect.stringMatching(
      /^The backfill would need about \d+ MiB in .*, where 20 MiB may be written/,
    ),
    next: expect.stringContaining('--state DIR'),
  });
  expect(left()).toEqual([]);
});

test('little is written also where others have touched the reserve', async () => {
  const backfill = await open(linesFrom(0, 30, 502), () => diskWith(1));
  expect((await backfill.scan(signal)).counts.pending).toBe(30);
  expect(await backfill.replay(signal)).toBe('completed');
  await backfill.close();
  expect(sink.arrivals).toHaveLength(30);
});

test('what a process left that died while it scanned goes away', async () => {
  await (await open('', () => diskWith(1_000))).close();
  const store = openWorkStore(state);
  const writer = store.beginScan();
  const record = { method: 'GET', url: '/x', headers: [], payload: 'url-only' as const };
  for (let at = 0; at < 25_000; at += 1) writer.add(1, at, { at, ...record }, undefined);
  store.close();
  for (const name of ['retries.scratch', 'streaks.scratch-journal', 'spool-1'])
    writeFileSync(join(state, name), 'left');
  expect(statSync(join(state, 'work.sqlite')).size).toBeGreaterThan(500_000);
  const backfill = await open(linesFrom(0, 30, 502), () => diskWith(1_000));
  expect(left().filter((name) => !name.startsWith('work.sqlite'))).toEqual([]);
  expect(statSync(join(state, 'work.sqlite')).size).toBeLessThan(500_000);
  await backfill.scan(signal);
  await backfill.close();
});

test('a scan that is interrupted leaves nothing', async () => {
  const backfill = await open(BOMB, () => diskWith(1_000));
  const stop = new AbortController();
  stop.abort(new Error('enough'));
  await expect(backfill.scan(stop.signal)).rejects.toThrow('enough');
  await backfill.close();
  expect(left()).toEqual([]);
});

test('the reserve is 5 % of a disk, at most 1 GiB; a system that does not say is believed', () => {
  const room = (free: number, total: number) => new Room('/x', () => ({ free, total })).bytes;
  expect(room(1_000, 10_000)).toBe(500);
  expect(room(1_024 ** 4, 1_024 ** 5)).toBe(1_024 ** 4 - 1_024 ** 3);
  expect(new Room('/x', () => undefined).bytes).toBe(Infinity);
  expect(new Room('/nowhere/at/all').bytes).toBe(Infinity);
  expect(new Room(tmpdir()).bytes).toBeLessThan(Infinity);
});
