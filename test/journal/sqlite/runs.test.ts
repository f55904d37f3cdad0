import { advised } from '../../advised.ts';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { baselineFile, readBaseline, saveBaseline } from '../../../src/journal/sqlite/baselines.ts';
import { newRun } from '../../../src/journal/sqlite/new-run.ts';
import { runDirectory } from '../../../src/journal/sqlite/run-folders.ts';
import { findRun, listRuns } from '../../../src/journal/sqlite/runs.ts';
import { createSqliteJournal } from '../../../src/journal/sqlite/open-journal.ts';
import { sampleRecord, START } from '../fixtures/samples.ts';

let state = '';
beforeEach(() => {
  state = join(mkdtempSync(join(tmpdir(), 'lifeboat-state-')), '.lifeboat');
});
afterEach(() => rmSync(join(state, '..'), { recursive: true, force: true }));

async function begin(runbook: string): Promise<string> {
  const { runId } = await newRun(state, runbook, START, async (directory, id) => {
    const journal = await createSqliteJournal({ directory, record: { ...sampleRecord(id), runbook } });
    await journal.close();
  });
  return runId;
}

/** A run of which there is nothing but a file. */
async function newRunId(runbook: string, at: number): Promise<string> {
  const { runId } = await newRun(state, runbook, at, async (draft) => writeFileSync(join(draft, 'x'), ''));
  return runId;
}

describe('run ids', () => {
  test('are readable, and counted by runbook and minute', async () => {
    expect(await newRunId('orders', START)).toBe('orders-20261120T0300-1');
    expect(await newRunId('orders', START + 59_000)).toBe('orders-20261120T0300-2');
    expect(await newRunId('orders', START + 60_000)).toBe('orders-20261120T0301-1');
    expect(await newRunId('cold-restore', START)).toBe('cold-restore-20261120T0300-1');
    expect(readdirSync(join(state, 'runs'))).toHaveLength(4);
  });

  test('a freed one is not skipped, a taken one is', async () => {
    await newRunId('orders', START);
    await newRunId('orders', START);
    rmSync(runDirectory(state, 'orders-20261120T0300-1'), { recursive: true });
    expect(await newRunId('orders', START)).toBe('orders-20261120T0300-1');
    expect(await newRunId('orders', START)).toBe('orders-20261120T0300-3');
  });

  test('are taken by one only, also at the same instant', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, () => begin('orders')));
    expect(ids.toSorted()).toEqual([1, 2, 3, 4, 5].map((count) => `orders-20261120T0300-${count}`));
    for (const id of ids) expect(findRun(state, id).record).toMatchObject({ runId: id });
  });

  test('a run that cannot be started leaves nothing, and is not seen before it is whole', async () => {
    const fill = async (): Promise<void> => {
      expect(listRuns(state)).toEqual([]);
      throw new Error('no world');
    };
    await expect(newRun(state, 'orders', START, fill)).rejects.toThrow('no world');
    expect(readdirSync(join(state, 'runs'))).toEqual([]);
  });

  test('the directory of a process that died while starting a run is removed after a day', async () => {
    const dead = ['fresh', 'stale'].map((name) => join(state, 'runs', `.starting-${name}`));
    for (const draft of dead) mkdirSync(draft, { recursive: true });
    utimesSync(dead[1] ?? '', 0, Date.now() / 1_000 - 90_000);
    await newRunId('orders', START);
    expect(readdirSync(join(state, 'runs')).toSorted()).toEqual([
      '.starting-fresh',
      'orders-20261120T0300-1',
    ]);
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

  test('a runbook whose name is a path is refused', async () => {
    await expect(newRunId('../orders', START)).rejects.toMatchObject({ code: 'USAGE' });
    expect(existsSync(state)).toBe(false);
  });

  test('a state directory that is a file is said', async () => {
    writeFileSync(state, '');
    await expect(newRunId('orders', START)).rejects.toMatchObject({ code: 'JOURNAL_UNWRITABLE' });
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

  test('entries that are not runs are ignored', async () => {
    const runId = await begin('orders');
    writeFileSync(join(state, 'runs', 'notes.txt'), '');
    mkdirSync(join(state, 'runs', 'lost+found'));
    expect(listRuns(state).map((run) => run.runId)).toEqual([runId]);
  });

  test('one that was stopped while it started is told from one whose journal is gone', async () => {
    const never = await newRunId('orders', START);
    expect(findRun(state, never).problem).toMatchObject({
      code: 'JOURNAL_DAMAGED',
      message: expect.stringMatching(/never had a driver.*made nothing/) as string,
    });
    writeFileSync(join(runDirectory(state, never), 'driver.lock'), '');
    expect(findRun(state, never).problem?.message).toMatch(/damaged: it is missing/);
  });

  test('a journal that may not be read is not called damaged or missing', async () => {
    const runId = await begin('orders');
    const file = join(runDirectory(state, runId), 'journal.sqlite');
    rmSync(file);
    symlinkSync('journal.sqlite', file);
    expect(findRun(state, runId).problem?.code).toBe('FILE_UNREADABLE');
    rmSync(file);
    mkdirSync(file);
    expect(findRun(state, runId).problem?.message).toMatch(/it is no file/);
  });

  test('a damaged one is listed with its problem, and is still the latest', async () => {
    const sound = await begin('orders');
    await new Promise((resolve) => setTimeout(resolve, 2));
    const damaged = await newRunId('orders', START);
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
        next: advised(`Did you mean ${close}`),
      }) as Error,
    );
  });

  test('without a similar id nothing is suggested', async () => {
    await begin('orders');
    expect(() => findRun(state, 'payroll-20200101T0000-1')).toThrow(
      expect.objectContaining({ next: advised('Name the state directory') }) as Error,
    );
  });
});

describe('baselines', () => {
  test('the last one saved is read, and nothing else is left', () => {
    expect(readBaseline(state, 'orders', 'account')).toBeUndefined();
    saveBaseline(state, 'orders', 'account', 'volumes: []\n');
    saveBaseline(state, 'orders', 'account', 'volumes: [] # é\n');
    saveBaseline(state, 'cold-restore', 'account', '');
    expect(readBaseline(state, 'orders', 'account')).toBe('volumes: [] # é\n');
    expect(readBaseline(state, 'cold-restore', 'account')).toBe('');
    expect(readdirSync(join(state, 'baselines')).sort()).toEqual(['cold-restore.yaml', 'orders.yaml']);
  });

  test('those of simulations are kept apart, whatever a runbook is called', () => {
    for (const name of ['orders', 'simulated']) {
      const real = saveBaseline(state, name, 'account', `real ${name}`);
      const simulated = saveBaseline(state, name, 'simulation', `simulated ${name}`);
      expect([readFileSync(real, 'utf8'), readFileSync(simulated, 'utf8')]).toEqual([
        `real ${name}`,
        `simulated ${name}`,
      ]);
      expect(readBaseline(state, name, 'account')).toBe(`real ${name}`);
      expect(readBaseline(state, name, 'simulation')).toBe(`simulated ${name}`);
    }
  });

  test.each(['../orders', '', 'a/b', 'Orders'])('%j is no runbook', (name) => {
    expect(() => baselineFile(state, name, 'account')).toThrow(
      expect.objectContaining({ code: 'USAGE' }) as Error,
    );
  });

  test('one of an impossible size is not read', () => {
    saveBaseline(state, 'orders', 'account', 'kind: Inventory\n');
    truncateSync(baselineFile(state, 'orders', 'account'), 2 ** 34);
    expect(() => readBaseline(state, 'orders', 'account')).toThrow(
      expect.objectContaining({ code: 'FILE_TOO_LARGE' }) as Error,
    );
  });

  test('a baseline that cannot be written or read is reported', () => {
    mkdirSync(baselineFile(state, 'orders', 'account'), { recursive: true });
    expect(() => saveBaseline(state, 'orders', 'account', 'x')).toThrow(
      expect.objectContaining({ code: 'BASELINE_UNWRITABLE' }) as Error,
    );
    expect(() => readBaseline(state, 'orders', 'account')).toThrow(
      expect.objectContaining({ code: 'FILE_UNREADABLE' }) as Error,
    );
    expect(readdirSync(join(state, 'baselines'))).toEqual(['orders.yaml']);
  });
});
