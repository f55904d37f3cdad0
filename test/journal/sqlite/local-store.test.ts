import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Journal } from '../../../src/journal/journal.ts';
import { LocalStore } from '../../../src/journal/sqlite/local-store.ts';
import { Heartbeat } from '../../../src/journal/heartbeat.ts';
import { describeJournalContract, draft, type Stores } from '../../contract/journal.ts';
import { describeLeaseContract } from '../../contract/lease.ts';
import { describeRunStoreContract } from '../../contract/run-store.ts';

let state = '';
const closings: (() => Promise<void>)[] = [];

beforeEach(() => {
  state = join(mkdtempSync(join(tmpdir(), 'lifeboat-store-')), '.lifeboat');
});
afterEach(async () => {
  jest.restoreAllMocks();
  for (const close of closings.splice(0)) await close();
  rmSync(join(state, '..'), { recursive: true, force: true });
});

async function stores(): Promise<Stores> {
  const store = new LocalStore(state, { everyMs: 40, patienceMs: 400 });
  const open = store.open.bind(store);
  const remember = async (...given: Parameters<typeof open>): Promise<Journal> => {
    const journal = await open(...given);
    closings.push(() => journal.close());
    return journal;
  };
  const acquire = store.acquire.bind(store);
  store.open = remember;
  store.acquire = async (...given) => {
    const held = await acquire(...given);
    if ('epoch' in held) closings.push(() => held.release());
    return held;
  };
  return { runs: store, lease: store };
}

describeRunStoreContract('local', stores);
describeJournalContract('local', stores);
describeLeaseContract('local', stores, async (acquire) => {
  const start = jest.spyOn(Heartbeat.prototype, 'start').mockReturnValue();
  const held = await acquire();
  start.mockRestore();
  return held;
});

test('a run is not listed before it is whole', async () => {
  const store = new LocalStore(state);
  const seen: string[] = [];
  await store.create(draft, async () => {
    for await (const { runId } of store.list()) seen.push(runId);
  });
  expect(seen).toEqual([]);
});
