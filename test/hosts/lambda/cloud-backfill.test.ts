import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cloudBackfill, IN_A_FUNCTION } from '../../../src/hosts/lambda/cloud-backfill.ts';
import { localBackfill } from '../../../src/hosts/local-backfill.ts';
import type { WorkingTime } from '../../../src/hosts/run-backfill.ts';
import type { Backfill, BackfillState } from '../../../src/driver/fleet/backfiller.ts';
import type { Sender } from '../../../src/aws/clients.ts';
import type { RunRecord } from '../../../src/journal/journal.ts';
import { createMemoryJournal } from '../../../src/journal/sqlite/open-journal.ts';
import type { SqliteJournal } from '../../../src/journal/sqlite/sqlite-journal.ts';
import { MINUTE_MS } from '../../../src/time.ts';
import { Bucket, killedAt } from '../../backfill/kept/bucket.ts';
import { writeCapture } from '../../e2e/captures.ts';
import { openSink, type Answering, type Sink } from '../../e2e/sink.ts';
import { fleetOf } from '../../driver/stage.ts';
import { oneIn } from '../../thorough.ts';
import { planOf, recordOf } from '../support.ts';

let folder = '';
let bucket: Bucket;
let sink: Sink;
const opened: Backfill[] = [];
const told: string[] = [];
const log = {
  warn: (_detail: object, message: string) => void told.push(message),
  info: (_detail: object, message: string) => void told.push(message),
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lifeboat-cloud-'));
  bucket = new Bucket();
  told.length = 0;
});
afterEach(async () => {
  for (const backfill of opened.splice(0)) await backfill.stop();
  rmSync(folder, { recursive: true, force: true });
  await sink.close();
});

interface Wanted {
  /** In each log. */
  readonly requests: number;
  readonly logs?: number;
  readonly replay?: object;
  readonly answer?: Answering;
}

/** A run whose backfill a function carries out. The logs are a file here: what is tested is what is kept. */
async function recordWith({ requests, logs = 1, replay, answer }: Wanted): Promise<RunRecord> {
  sink = await openSink(answer);
  const sources = Array.from({ length: logs }, (_, index) => ({
    path: join(folder, `missed-${index}.jsonl`),
  }));
  for (const { path } of sources) writeCapture(path, requests);
  const scenario = fleetOf({
    backfill: { sources, replay: { target: sink.url, rate: 1_000, ...replay } },
  });
  const record = recordOf(scenario, planOf(scenario, 'restore'), { mode: 'restore' });
  return { ...record, backfillBucket: 'kept' };
}

async function journalOf(record: RunRecord): Promise<SqliteJournal> {
  const journal = await createMemoryJournal(record);
  await journal.acquire();
  return journal;
}

async function runWith(wanted: Wanted): Promise<SqliteJournal> {
  return journalOf(await recordWith(wanted));
}

function open(journal: SqliteJournal, s3: Sender<'s3'> = bucket.client(), working?: WorkingTime): Backfill {
  const now = (): number => Date.now();
  const scratch = mkdtempSync(join(folder, 'function-'));
  const backfill = cloudBackfill({
    journal,
    log,
    now,
    s3,
    scratch,
    ...(working !== undefined && { working }),
  });
  if (backfill === undefined) throw new Error('the run has one');
  opened.push(backfill);
  return backfill;
}

/** Looks until something is so, as a driver does. */
async function tend(
  backfill: Backfill,
  isEnough: (state: BackfillState) => boolean = ({ kind }) => kind !== 'running',
): Promise<BackfillState> {
  for (;;) {
    const state = await backfill.tend(Date.now(), 0);
    if (isEnough(state)) return state;
    await sleep(3);
  }
}

test('a backfill that is ended and continued again and again sends each request once', async () => {
  const run = await runWith({ requests: 120, replay: { connections: 2 } });
  let slices = 0;
  for (let end: BackfillState | undefined; end?.kind !== 'over'; slices += 1) {
    const before = sink.arrivals.length;
    const backfill = open(run);
    end = await tend(backfill, ({ kind }) => kind !== 'running' || sink.arrivals.length >= before + 25);
    await backfill.stop();
    if (end.kind !== 'over') continue;
    expect(end.result).toMatchObject({
      pending: 0,
      replayed: { succeeded: 120 },
      balanced: true,
    });
  }
  expect(slices).toBeGreaterThan(3);
  expect(sink.arrivals).toHaveLength(120);
  expect(sink.effects().size).toBe(120);
});

test.each([
  ['report', true],
  ['resend', false],
] as const)(
  'killed at any write, by the policy %s, carried out %p: nothing is lost, and nothing is sent twice without being reported',
  async (ambiguous, isCarriedOut) => {
    const record = await recordWith({ requests: 3, replay: { ambiguous, connections: 2 } });
    for (let at = isCarriedOut ? 0 : 1; ; at += oneIn(3)) {
      bucket = new Bucket();
      sink.arrivals.length = 0;
      const run = await journalOf(record);
      const dying = await tend(open(run, bucket.client(killedAt(at, { isCarriedOut, ofWrites: true }))));
      const end = await tend(open(run));
      if (end.kind !== 'over') throw new Error(`it ends as ${JSON.stringify(end)}`);
      const { replayed, pending, resentUnknown, sends } = end.result;
      const twice = [...sink.effects().values()].filter((times) => times > 1).length;
      expect({ at, pending, total: replayed.succeeded + replayed.ambiguous }).toEqual({
        at,
        pending: 0,
        total: 3,
      });
      expect(twice).toBeLessThanOrEqual(ambiguous === 'report' ? 0 : resentUnknown);
      // What never arrived was reported.
      expect(3 - sink.effects().size).toBeLessThanOrEqual(replayed.ambiguous);
      // Each request that arrived has an intent that was kept.
      expect(sink.arrivals.length).toBeLessThanOrEqual(sends);
      if (dying.kind === 'over') break;
    }
  },
);

test('an overtaken process sends nothing more, however many requests it had still to send', async () => {
  const run = await runWith({ requests: 400, replay: { rate: 200, ambiguous: 'report' } });
  const old = open(run);
  await tend(old, () => sink.arrivals.length >= 20);
  const now = open(run);
  const end = tend(now);
  const stuck = await tend(old);
  expect(stuck).toMatchObject({
    kind: 'stuck',
    message: expect.stringContaining('Another process') as string,
  });
  const last = await end;
  if (last.kind !== 'over') throw new Error(`it ends as ${JSON.stringify(last)}`);
  expect([...sink.effects().values()].every((times) => times === 1)).toBe(true);
  expect(last.result.replayed.succeeded + last.result.replayed.ambiguous).toBe(400);
});

test('no request is sent before its intent is kept: while the bucket does not answer, nothing arrives', async () => {
  const run = await runWith({ requests: 20 });
  const held = Promise.withResolvers<void>();
  let isHeld = false;
  const s3 = bucket.client(async ({ operation, key }) => {
    // The first intents are the record after the header of the ledger.
    const isLedger = [...bucket.objects.values()].some((object) => object.includes('lifeboat-ledger'));
    if (operation === 'put' && key.includes('/log/') && isLedger) {
      isHeld = true;
      await held.promise;
    }
    return 'answered' as const;
  });
  const backfill = open(run, s3);
  await tend(backfill, () => isHeld);
  await sleep(100);
  expect(sink.arrivals).toEqual([]);
  held.resolve();
  expect(await tend(backfill)).toMatchObject({ kind: 'over', result: { replayed: { succeeded: 20 } } });
});

test('a target that is down leads to rests; each begins with one request, and nothing is given up', async () => {
  let isUp = false;
  const answer: Answering = (_arrival, response) => {
    if (!isUp) response.statusCode = 503;
    response.end();
  };
  const replay = { connections: 8, attempts: 6, backoff: { first: '100ms', longest: '100ms' } };
  const run = await runWith({ requests: 60, answer, replay });
  const working = { ...IN_A_FUNCTION, rest: { afterMs: 300, lengthMs: 5 * MINUTE_MS } };
  const bad = async (): Promise<number> => {
    const before = sink.arrivals.length;
    const backfill = open(run, bucket.client(), working);
    const at = Date.now();
    const state = await tend(
      backfill,
      (looked) => looked.kind !== 'running' || looked.wakeAt - at > MINUTE_MS,
    );
    expect(state.kind).toBe('running');
    await backfill.stop();
    return sink.arrivals.length - before;
  };
  const first = await bad();
  expect(first).toBeGreaterThanOrEqual(20);
  const second = await bad();
  // Single probes, 50 to 100 ms apart, instead of all connections at once.
  expect(second).toBeLessThan(15);
  isUp = true;
  expect(await tend(open(run))).toMatchObject({ kind: 'over', result: { replayed: { succeeded: 60 } } });
});

test('what a killed process has sent is told when the run is given up', async () => {
  const run = await runWith({ requests: 30, replay: { rate: 100, ambiguous: 'report' } });
  let isDead = false;
  const dying = open(
    run,
    bucket.client(() => (isDead ? 'refused' : 'answered')),
  );
  await tend(dying, () => sink.arrivals.length >= 5);
  isDead = true;
  await tend(dying);
  const next = open(run);
  await next.stop();
  const result = await next.soFar();
  expect(result?.replayed.succeeded).toBeGreaterThan(0);
  expect((result?.replayed.succeeded ?? 0) + (result?.pending ?? 0)).toBe(30);
});

test('what was found is kept before anything is sent: the next process goes on with it, though the log is another by then', async () => {
  const run = await runWith({ requests: 200, replay: { rate: 200, ambiguous: 'report' } });
  let isDead = false;
  const dying = open(
    run,
    bucket.client(() => (isDead ? 'refused' : 'answered')),
  );
  await tend(dying, () => sink.arrivals.length >= 5);
  isDead = true;
  await tend(dying);
  writeCapture(join(folder, 'missed-0.jsonl'), 7, () => ({ url: 'http://old.example/rotated' }));
  const end = await tend(open(run));
  if (end.kind !== 'over') throw new Error(`it ends as ${JSON.stringify(end)}`);
  const { replayed } = end.result;
  expect(replayed.succeeded + replayed.ambiguous).toBe(200);
  expect([...sink.effects().keys()].some((url) => url.endsWith('rotated'))).toBe(false);
});

test('a machine of an operator goes on with what a function has left, and the function with what the machine has', async () => {
  const run = await runWith({ requests: 90, replay: { connections: 2 } });
  const here = (): Backfill => {
    const scratch = mkdtempSync(join(folder, 'machine-'));
    const backfill = localBackfill({
      journal: run,
      directory: folder,
      log,
      now: Date.now,
      s3: bucket.client(),
      scratch,
    });
    if (backfill === undefined) throw new Error('the run has one');
    return backfill;
  };
  for (const [backfill, enough] of [
    [open(run), 20],
    [here(), 40],
    [open(run), 60],
  ] as const) {
    await tend(backfill, () => sink.arrivals.length >= enough);
    await backfill.stop();
  }
  expect(await tend(here())).toMatchObject({ kind: 'over', result: { replayed: { succeeded: 90 } } });
  expect(sink.arrivals).toHaveLength(90);
});

test('a bucket that has lost what the run knows of is not begun anew', async () => {
  const run = await runWith({ requests: 4 });
  await tend(open(run), () => sink.arrivals.length > 0);
  bucket = new Bucket();
  sink.arrivals.length = 0;
  const again = await tend(open(run));
  expect(again).toMatchObject({
    kind: 'stuck',
    message: expect.stringContaining('objects were deleted') as string,
  });
  expect(bucket.keys()).toEqual([]);
});

test('a scan that would never end in a function is told, with what to do', async () => {
  const run = await runWith({ requests: 20, logs: 60 });
  const state = await tend(open(run, bucket.client(), { ...IN_A_FUNCTION, longestScanMs: 1 }));
  expect(state).toMatchObject({
    kind: 'stuck',
    message: expect.stringContaining('lifeboat resume') as string,
  });
  expect(sink.arrivals).toEqual([]);
  expect(await tend(open(run), () => sink.arrivals.length > 0)).toMatchObject({ kind: 'running' });
});
