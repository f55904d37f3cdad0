import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { adviceText } from '../../../src/advice.ts';
import { reportOf, viewOf } from '../../../src/cli/stored/stored-run.ts';
import { beginRun } from '../../../src/driver/begin.ts';
import { heldOrRefused } from '../../../src/journal/lease.ts';
import { LocalStore } from '../../../src/journal/sqlite/local-store.ts';
import { buildStatus } from '../../../src/report/model/status.ts';
import { waysOn } from '../../../src/report/model/ways-on.ts';
import { makePrivateDirectory } from '../../../src/storage/private-files.ts';

/** A simulated drill that version 4 of the machines had begun and paused, in a journal of version 2. */
const FIXTURE = 'test/journal/fixtures/paused-drill-2.sqlite.gz';
const RUN = 'orders-20261120T0300-1';

let state = '';
beforeEach(() => {
  state = join(mkdtempSync(join(tmpdir(), 'lifeboat-old-run-')), '.lifeboat');
  const folder = join(state, 'runs', RUN);
  makePrivateDirectory(folder);
  writeFileSync(join(folder, 'journal.sqlite'), gunzipSync(readFileSync(FIXTURE)), { mode: 0o600 });
  writeFileSync(join(folder, 'driver.lock'), '', { mode: 0o600 });
});
afterEach(() => rmSync(join(state, '..'), { recursive: true, force: true }));

test('a run of an older version is listed, and read as it was written', async () => {
  const store = new LocalStore(state);
  expect(await store.find()).toMatchObject({ runId: RUN, machineVersion: 4, startedBy: 'alex' });
  const journal = await store.open(RUN);
  const { aggregates, lastAt, memo } = await journal.load();
  expect(aggregates.map(({ id, sequence }) => [id, sequence])).toEqual([
    ['recovery', 6],
    ['resource:orders-db', 3],
    ['resource:events/vol-0a1c3e5f70921b4d6', 1],
    ['resource:events/vol-0b2d4f6081a32c5e7', 1],
    ['resource:search-index', 1],
  ]);
  expect(lastAt).toBeGreaterThan(0);
  expect(memo).toBeUndefined();
  expect(await journal.history()).toHaveLength(12);
  expect(await journal.timeline()).toHaveLength(6);
  const view = await viewOf(journal);
  // Neither resume nor cleanup, which would refuse it.
  expect(waysOn(buildStatus(view, undefined, view.lastAt), view).map((way) => adviceText(way))).toEqual([
    `lifeboat report ${RUN}`,
    'to continue it or clean up: the version of Lifeboat that began it',
  ]);
  const report = await reportOf(journal);
  expect(report).toMatchObject({ runId: RUN, mode: 'drill', status: 'paused' });
  expect(report.timeline[0]).toMatchObject({ code: 'phase.legacy', kind: 'phase', message: 'preflight' });
  await journal.close();
});

test('it is migrated for a driver, which refuses to drive it: no data is lost', async () => {
  const store = new LocalStore(state);
  const before = await (await store.open(RUN)).load();
  const journal = await store.open(RUN, heldOrRefused(await store.acquire(RUN), RUN));
  const parts = { journal, clock: { now: () => 0 }, onTimeline: () => undefined };
  await expect(beginRun(parts as unknown as Parameters<typeof beginRun>[0])).rejects.toMatchObject({
    code: 'JOURNAL_TOO_NEW',
    message: expect.stringContaining('version 4') as string,
  });
  await journal.close();
  const again = await store.open(RUN);
  expect(await again.load()).toEqual(before);
  expect(await again.timeline()).toHaveLength(6);
  await again.close();
});
