import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Backfill, BackfillState } from '../../../src/driver/fleet/backfiller.ts';
import { localBackfill } from '../../../src/hosts/local-backfill.ts';
import { createMemoryJournal } from '../../../src/journal/sqlite/open-journal.ts';
import type { SqliteJournal } from '../../../src/journal/sqlite/sqlite-journal.ts';
import { writeCapture } from '../../e2e/captures.ts';
import { openSink, type Sink } from '../../e2e/sink.ts';
import { runHere } from '../../cli/run-here.ts';
import { fleetOf } from '../../driver/stage.ts';
import { planOf, recordOf } from '../../hosts/support.ts';

const REQUESTS = 200;

let folder: string;
let sink: Sink;
let warnings: unknown[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lifeboat-of-run-'));
  sink = await openSink();
  warnings = [];
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await sink.close();
});

async function journalOfRun(): Promise<SqliteJournal> {
  const path = join(folder, 'missed.jsonl');
  writeCapture(path, REQUESTS);
  const scenario = fleetOf({
    backfill: { sources: [{ path }], replay: { target: sink.url, rate: 200 } },
  });
  const record = recordOf(scenario, planOf(scenario, 'restore'), { mode: 'restore' });
  const journal = await createMemoryJournal(record);
  await journal.acquire();
  return journal;
}

async function backfillOf(
  now: () => number,
  { directory = folder, journal }: { readonly directory?: string; readonly journal?: SqliteJournal } = {},
): Promise<Backfill> {
  const log = { warn: (...told: unknown[]) => void warnings.push(told), info: () => undefined };
  const backfill = localBackfill({ journal: journal ?? (await journalOfRun()), directory, log, now });
  if (backfill === undefined) throw new Error('the run has none');
  return backfill;
}

test('given up after it got stuck half-way, what was replayed is told', async () => {
  let isBroken = false;
  const backfill = await backfillOf(() => {
    if (isBroken) throw new Error('nothing can be written any more');
    return Date.now();
  });
  // As a driver does from the first phase on.
  await backfill.stop();
  expect(await backfill.soFar()).toBeUndefined();
  while (sink.arrivals.length < 30) {
    await backfill.tend(0, 0);
    await sleep(10);
  }
  isBroken = true;
  let state = await backfill.tend(0, 0);
  while (state.kind === 'running') {
    await sleep(10);
    state = await backfill.tend(0, 0);
  }
  expect(state).toMatchObject({ kind: 'stuck', message: expect.stringContaining('nothing can be written') });
  isBroken = false;
  await backfill.stop();
  const result = await backfill.soFar();
  expect(result?.replayed.succeeded).toBeGreaterThan(0);
  expect((result?.pending ?? 0) + (result?.replayed.succeeded ?? 0)).toBe(REQUESTS);
});

async function stateOnceIdle(backfill: Backfill): Promise<BackfillState> {
  for (;;) {
    const state = await backfill.tend(0, 0);
    if (state.kind !== 'running') return state;
    await sleep(10);
  }
}

test('on another machine, without the ledger, nothing is sent again; with a copy of it the rest is', async () => {
  const journal = await journalOfRun();
  const here = await backfillOf(Date.now, { journal });
  while (sink.arrivals.length < 30) {
    await here.tend(0, 0);
    await sleep(10);
  }
  await here.stop();
  const sent = sink.arrivals.length;
  const directory = join(folder, 'elsewhere');
  const there = await backfillOf(Date.now, { journal, directory });
  expect(await stateOnceIdle(there)).toMatchObject({
    kind: 'stuck',
    message: expect.stringMatching(
      /its ledger is there, in .*backfill\. Without it.*copy that folder to .*elsewhere/,
    ),
  });
  expect(sink.arrivals).toHaveLength(sent);
  cpSync(join(folder, 'backfill'), join(directory, 'backfill'), { recursive: true });
  expect(await stateOnceIdle(there)).toMatchObject({
    kind: 'over',
    result: { replayed: { succeeded: REQUESTS } },
  });
  expect(sink.arrivals).toHaveLength(REQUESTS);
});

test('the backfill of a run in the cloud that this machine has driven is found by the id of the run', async () => {
  const journal = await journalOfRun();
  const { runId } = journal.record;
  const backfill = await backfillOf(Date.now, { journal, directory: join(folder, '.lifeboat/cloud', runId) });
  await stateOnceIdle(backfill);
  const status = await runHere(['backfill', 'status', runId, '--json'], { folder });
  expect(JSON.parse(status.stdout)).toMatchObject({ name: runId, replayed: { succeeded: REQUESTS } });
});

test('a folder that cannot be read does not keep a run from being aborted', async () => {
  mkdirSync(join(folder, 'backfill'));
  writeFileSync(join(folder, 'backfill', 'definition.json'), 'torn');
  const backfill = await backfillOf(() => Date.now());
  await backfill.stop();
  expect(await backfill.soFar()).toBeUndefined();
  expect(await backfill.soFar()).toBeUndefined();
  expect(warnings).toHaveLength(1);
});
