import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { localBackfill } from '../../../src/hosts/local-backfill.ts';
import { writeCapture } from '../../e2e/captures.ts';
import { openSink, type Sink } from '../../e2e/sink.ts';
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

function backfillOf(now: () => number) {
  const path = join(folder, 'missed.jsonl');
  writeCapture(path, REQUESTS);
  const scenario = fleetOf({
    backfill: { sources: [{ path }], replay: { target: sink.url, rate: 200 } },
  });
  const record = recordOf(scenario, planOf(scenario, 'restore'), { mode: 'restore' });
  const log = { warn: (...told: unknown[]) => void warnings.push(told), info: () => undefined };
  const backfill = localBackfill({ record, directory: folder, log, now });
  if (backfill === undefined) throw new Error('the run has none');
  return backfill;
}

test('given up after it got stuck half-way, what was replayed is told', async () => {
  let isBroken = false;
  const backfill = backfillOf(() => {
    if (isBroken) throw new Error('nothing can be written any more');
    return Date.now();
  });
  // As a driver does from the first phase on.
  expect(await backfill.stop()).toBeUndefined();
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
  const result = await backfill.stop();
  expect(result?.replayed.succeeded).toBeGreaterThan(0);
  expect((result?.pending ?? 0) + (result?.replayed.succeeded ?? 0)).toBe(REQUESTS);
});

test('a folder that cannot be read does not keep a run from being aborted', async () => {
  mkdirSync(join(folder, 'backfill'));
  writeFileSync(join(folder, 'backfill', 'definition.json'), 'torn');
  const backfill = backfillOf(() => Date.now());
  expect(await backfill.stop()).toBeUndefined();
  expect(warnings).toHaveLength(1);
});
