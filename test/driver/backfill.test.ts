import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Backfill, BackfillState } from '../../src/driver/fleet/backfiller.ts';
import { openSimulationHost } from '../../src/hosts/simulation.ts';
import { createMemoryJournal } from '../../src/journal/sqlite/open-journal.ts';
import { buildReport } from '../../src/report/model/report.ts';
import { viewRun } from '../../src/report/model/run-view.ts';
import { SECOND_MS, type Instant } from '../../src/time.ts';
import type { BackfillResult } from '../../src/workflow/recovery/backfill-result.ts';
import { RESULT } from './backfill-result.ts';
import { fleetOf, Stage, T0 } from './stage.ts';
import { planOf, recordOf } from '../hosts/support.ts';

const SPEC = { sources: [{ path: '/nowhere' }], replay: { target: 'https://orders.example', rate: 10 } };

/** A backfill that takes a minute of the run's time, counted while it is tended. */
class MinuteBackfill implements Backfill {
  readonly said: string[] = [];
  stuck: string | undefined;
  #endsAt: Instant | undefined;

  async tend(at: Instant): Promise<BackfillState> {
    this.said.push('tended');
    if (this.stuck !== undefined) return { kind: 'stuck', message: this.stuck };
    this.#endsAt ??= at + 60 * SECOND_MS;
    return at < this.#endsAt ? { kind: 'running', wakeAt: this.#endsAt } : { kind: 'over', result: RESULT };
  }

  async stop(): Promise<void> {
    this.said.push('stopped');
  }

  async soFar(): Promise<BackfillResult | undefined> {
    return this.#endsAt === undefined
      ? undefined
      : { ...RESULT, pending: 2, replayed: { ...RESULT.replayed, succeeded: 3 } };
  }
}

async function reportOf({ journal }: Pick<Stage, 'journal'>) {
  return buildReport(
    viewRun(journal.record, await journal.load()),
    await journal.timeline(),
    await journal.apiCalls(),
  );
}

test('missed requests are replayed after the recovery, and the run ends with them; the RTO is not affected', async () => {
  const stage = await Stage.open({ backfill: SPEC });
  const backfill = new MinuteBackfill();
  expect(await stage.drive({ backfill })).toMatchObject({ phase: 'completed' });
  const report = await reportOf(stage);
  const phase = report.phases.find(({ name }) => name === 'backfill');
  expect(phase).toMatchObject({ seconds: 60, exercised: true });
  expect(report.backfill).toMatchObject({ exercised: true, failed: 6, replayed: { succeeded: 5 } });
  expect(report.objectives.rto.actualSeconds).toBe((Date.parse(phase?.startedAt ?? '') - T0) / SECOND_MS);
  const counts = { failed: 6, succeeded: 5, clientRecovered: 1, lost: 0, pending: 0, balanced: true };
  expect(stage.lines).toContainEqual(expect.objectContaining({ code: 'phase.backfilled', data: counts }));
});

test('the phase waits for its gate before anything is sent', async () => {
  const stage = await Stage.open({ backfill: SPEC, gates: [{ before: 'backfill', approvals: 1 }] });
  const backfill = new MinuteBackfill();
  expect(await stage.drive({ backfill })).toMatchObject({ phase: 'backfill' });
  expect(backfill.said).not.toContain('tended');
  await stage.say('approve');
  expect(await stage.drive({ backfill })).toMatchObject({ phase: 'completed' });
});

test('a pause stops it, and it goes on where it was', async () => {
  const stage = await Stage.open({ backfill: SPEC });
  const backfill = new MinuteBackfill();
  const pause = new AbortController();
  const watched: Backfill = {
    async tend(at) {
      pause.abort();
      return backfill.tend(at);
    },
    stop: () => backfill.stop(),
    soFar: () => backfill.soFar(),
  };
  expect(await stage.drive({ backfill: watched }, pause.signal)).toMatchObject({ paused: true });
  expect(backfill.said.at(-1)).toBe('stopped');
  expect((await reportOf(stage)).backfill).toMatchObject({ exercised: false });
  await stage.say('resume');
  expect(await stage.drive({ backfill })).toMatchObject({ phase: 'completed' });
});

test('a failure that it cannot retry pauses the run with the reason; resumed, it tries again', async () => {
  const stage = await Stage.open({ backfill: SPEC });
  const backfill = new MinuteBackfill();
  backfill.stuck = 'The disk is full.';
  expect(await stage.drive({ backfill })).toMatchObject({ paused: true, phase: 'backfill' });
  const because = { code: 'backfill-stuck', data: { message: 'The disk is full.' } };
  expect(stage.lines).toContainEqual(
    expect.objectContaining({ code: 'signal.paused', data: { by: 'lifeboat', because } }),
  );
  backfill.stuck = undefined;
  await stage.say('resume');
  expect(await stage.drive({ backfill })).toMatchObject({ phase: 'completed' });
});

test('given up half-way, the report says what was replayed and what was not sent', async () => {
  const stage = await Stage.open({ backfill: SPEC });
  const backfill = new MinuteBackfill();
  let isTold = false;
  const given: Backfill = {
    async tend(at) {
      if (!isTold) await stage.say('abort', 'ann', 'keep');
      isTold = true;
      return backfill.tend(at);
    },
    stop: () => backfill.stop(),
    soFar: () => backfill.soFar(),
  };
  await stage.drive({ backfill: given });
  const report = await reportOf(stage);
  expect(report).toMatchObject({
    status: 'aborted',
    backfill: { exercised: true, pending: 2, replayed: { succeeded: 3 } },
  });
  expect(report.objectives.dataComplete?.met ?? null).toBe(null);
});

describe('in a rehearsal', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'lifeboat-rehearsal-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function rehearsed(lines: readonly object[], windows: object) {
    const file = join(folder, 'capture.jsonl');
    writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const scenario = fleetOf({ backfill: { ...SPEC, sources: [{ path: file }], windows } });
    const record = recordOf(scenario, planOf(scenario, 'restore'), { mode: 'restore' });
    const journal = await createMemoryJournal(record);
    await journal.acquire();
    const { inventory } = scenario;
    const host = await openSimulationHost({
      ...{ journal, inventory, directory: ':memory:', speed: Infinity },
      onTimeline: () => undefined,
    });
    expect(await host.drive(new AbortController().signal)).toMatchObject({ phase: 'completed' });
    const report = await reportOf({ journal });
    await host.close();
    if (!report.backfill.exercised) throw new Error('no backfill');
    return { ...report, backfill: report.backfill };
  }

  const request = (atMs: number, status: number, headers: object = {}) => ({
    ...{ time: new Date(atMs).toISOString(), method: 'POST', url: '/orders', headers, body: '{}', status },
  });

  test('logs are really read, nothing is sent, and simulated requests take their time', async () => {
    const lines = Array.from({ length: 40 }, (_, index) =>
      request(T0 + index * 1_000, index < 20 ? 200 : 503),
    );
    const { backfill, phases } = await rehearsed(lines, {});
    expect(backfill).toMatchObject({ scanned: 40, failed: 20, sends: 0, replayed: { succeeded: 20 } });
    expect(phases.find(({ name }) => name === 'backfill')?.seconds).toBeCloseTo(2, 3);
    // What succeeded after the recovery point is gone with it, unless the runbook says that it is replayed too.
    expect(backfill.rpo.afterSeconds).toBe(backfill.rpo.beforeSeconds);
  });

  test('requests undone by the restore are replayed too, and the RPO is stated before and after', async () => {
    // The recovery points are an hour old.
    const hour = 3_600 * SECOND_MS;
    const lines = Array.from({ length: 30 }, (_, index) => request(T0 - hour + index * 100_000, 200));
    const { backfill } = await rehearsed(lines, { restored: true });
    expect(backfill.rpo).toEqual({ beforeSeconds: 3_600, afterSeconds: 0 });
    expect(backfill).toMatchObject({ failed: 30, healthy: 0, replayed: { succeeded: 30 } });
  });

  test('where the sources do not reach back to the recovery point, the RPO stays what it was', async () => {
    const lines = Array.from({ length: 30 }, (_, index) => request(T0 - 1_800_000 + index * 1_000, 200));
    const { backfill } = await rehearsed(lines, { restored: true });
    expect(backfill.rpo).toEqual({ beforeSeconds: 3_600, afterSeconds: 3_600 });
  });
});
