import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { baselineFile, readBaseline, saveBaseline } from '../../src/journal/baselines.ts';
import { findRun, listRuns, newRunId, runDirectory } from '../../src/journal/runs.ts';
import { createSqliteJournal } from '../../src/journal/sqlite.ts';
import { sampleRecord, START } from './fixtures/samples.ts';

let state = '';
beforeEach(() => {
  state = join(mkdtempSync(join(tmpdir(), 'lifeboat-state-')), '.lifeboat');
});
afterEach(() => rmSync(join(state, '..'), { recursive: true, force: true }));

async function begin(runbook: string): Promise<string> {
  const runId = newRunId(state, runbook, START);
  const journal = await createSqliteJournal({
    directory: runDirectory(state, runId),
    record: { ...sampleRecord(runId), runbook },
  });
  await journal.close();
  return runId;
}

describe('run ids', () => {
  test('are readable, counted by runbook and minute, and claimed at once', () => {
    expect(newRunId(state, 'orders', START)).toBe('orders-20261120T0300-1');
    expect(newRunId(state, 'orders', START + 59_000)).toBe('orders-20261120T0300-2');
    expect(newRunId(state, 'orders', START + 60_000)).toBe('orders-20261120T0301-1');
    expect(newRunId(state, 'cold-restore', START)).toBe('cold-restore-20261120T0300-1');
    expect(readdirSync(join(state, 'runs'))).toHaveLength(4);
  });

  test('a freed one is not skipped, a taken one is', () => {
    newRunId(state, 'orders', START);
    newRunId(state, 'orders', START);
    rmSync(runDirectory(state, 'orders-20261120T0300-1'), { recursive: true });
    expect(newRunId(state, 'orders', START)).toBe('orders-20261120T0300-1');
    expect(newRunId(state, 'orders', START)).toBe('orders-20261120T0300-3');
  });

  test.each([
    '..',
    '../x',
    '/etc',
    'a/../b',
    '',
    '.',
    'orders-20261120T0300-1/..',
    'orders-20261120T0300-1\u0000',
    'Orders-20261120T0300-1',
    `${'a'.repeat(300)}-20261120T0300-1`,
  ])('%j leads nowhere', (runId) => {
    expect(() => runDirectory(state, runId)).toThrow(expect.objectContaining({ code: 'USAGE' }) as Error);
    expect(() => findRun(state, runId)).toThrow(expect.objectContaining({ code: 'USAGE' }) as Error);
  });

  test('a runbook whose name is a path claims nothing', () => {
    expect(() => newRunId(state, '../orders', START)).toThrow(
      expect.objectContaining({ code: 'USAGE' }) as Error,
    );
    expect(existsSync(state)).toBe(false);
  });

  test('a state directory that is a file is said', () => {
    writeFileSync(state, '');
    expect(() => newRunId(state, 'orders', START)).toThrow(
      expect.objectContaining({ code: 'JOURNAL_UNWRITABLE' }) as Error,
    );
    expect(() => listRuns(state)).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }) as Error);
  });
});

describe('runs', () => {
  test('none where there is no state yet', () => {
    expect(listRuns(state)).toEqual([]);
    expect(() => findRun(state)).toThrow(expect.objectContaining({ code: 'RUN_NOT_FOUND' }) as Error);
    expect(existsSync(state)).toBe(false);
  });

  test('are listed latest first, by when they were really begun', async () => {
    const first = await begin('orders');
    const second = await begin('orders');
    const third = await begin('orders');
    expect(listRuns(state).map(({ runId }) => runId)).toEqual([third, second, first]);
    expect(findRun(state)).toMatchObject({ runId: third, record: { runbook: 'orders' } });
    expect(findRun(state, first).record).toEqual(sampleRecord(first));
  });

  test('what is no run is passed over', async () => {
    const runId = await begin('orders');
    writeFileSync(join(state, 'runs', 'notes.txt'), '');
    mkdirSync(join(state, 'runs', 'lost+found'));
    expect(listRuns(state).map((run) => run.runId)).toEqual([runId]);
  });

  test('a damaged one is listed with its problem, and is still the latest', async () => {
    const sound = await begin('orders');
    await new Promise((resolve) => setTimeout(resolve, 2));
    const damaged = newRunId(state, 'orders', START);
    writeFileSync(join(runDirectory(state, damaged), 'journal.sqlite'), 'no journal '.repeat(1_000));
    expect(listRuns(state)).toMatchObject([
      { runId: damaged, problem: { code: 'JOURNAL_DAMAGED' } },
      { runId: sound, record: { runId: sound } },
    ]);
    expect(findRun(state).runId).toBe(damaged);
  });

  test.each([
    ['a slip of the hand', 'ordesr-20261120T0300-1', 'orders-20261120T0300-1'],
    ['another counter', 'orders-20261120T0300-9', 'orders-20261120T0300-1 or orders-20261120T0300-2'],
  ])('%s is told what is close', async (_, asked, close) => {
    await begin('orders');
    await begin('orders');
    await begin('cold-restore');
    expect(() => findRun(state, asked)).toThrow(
      expect.objectContaining({
        code: 'RUN_NOT_FOUND',
        next: expect.stringContaining(close) as string,
      }) as Error,
    );
  });

  test('far from everything, nothing is suggested', async () => {
    await begin('orders');
    expect(() => findRun(state, 'payroll-20200101T0000-1')).toThrow(
      expect.objectContaining({ next: expect.not.stringContaining('Did you mean') as string }) as Error,
    );
  });
});

describe('baselines', () => {
  test('the last one saved is read, and nothing else is left', () => {
    expect(readBaseline(state, 'orders')).toBeUndefined();
    saveBaseline(state, 'orders', 'volumes: []\n');
    saveBaseline(state, 'orders', 'volumes: [] # é\n');
    saveBaseline(state, 'cold-restore', '');
    expect(readBaseline(state, 'orders')).toBe('volumes: [] # é\n');
    expect(readBaseline(state, 'cold-restore')).toBe('');
    expect(readdirSync(join(state, 'baselines')).sort()).toEqual(['cold-restore.yaml', 'orders.yaml']);
  });

  test.each(['../orders', '', 'a/b', 'Orders'])('%j is no runbook', (name) => {
    expect(() => baselineFile(state, name)).toThrow(expect.objectContaining({ code: 'USAGE' }) as Error);
  });

  test('what cannot be written or read is said', () => {
    mkdirSync(baselineFile(state, 'orders'), { recursive: true });
    expect(() => saveBaseline(state, 'orders', 'x')).toThrow(
      expect.objectContaining({ code: 'JOURNAL_UNWRITABLE' }) as Error,
    );
    expect(() => readBaseline(state, 'orders')).toThrow(
      expect.objectContaining({ code: 'FILE_UNREADABLE' }) as Error,
    );
    expect(readdirSync(join(state, 'baselines'))).toEqual(['orders.yaml']);
  });
});
