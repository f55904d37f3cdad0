import { sampleRecord, START } from '../journal/fixtures/samples.ts';
import { draft, type StoreFactory } from './journal.ts';

const FIRST = 'orders-20261120T0300-1';

/** What every {@link RunStore} promises. */
export function describeRunStoreContract(name: string, factory: StoreFactory): void {
  describe(`run store contract: ${name}`, () => {
    const idsOf = async ({ runs }: Awaited<ReturnType<StoreFactory>>): Promise<readonly string[]> => {
      const ids: string[] = [];
      for await (const head of runs.list()) ids.push(head.runId);
      return ids;
    };

    test('a run is created with an id of its own, and found by it', async () => {
      const stores = await factory();
      expect(await idsOf(stores)).toEqual([]);
      const record = await stores.runs.create(draft);
      expect(record).toEqual(sampleRecord(FIRST));
      expect(await stores.runs.find(FIRST)).toEqual(record);
      expect((await stores.runs.open(FIRST)).record).toEqual(record);
      await expect(stores.runs.open('orders-20261120T0300-7')).rejects.toMatchObject({
        code: 'RUN_NOT_FOUND',
      });
    });

    test('runs of one minute count up; the latest is found without an id, and listed first', async () => {
      const stores = await factory();
      for (let run = 1; run <= 3; run += 1) await stores.runs.create(draft);
      expect(await idsOf(stores)).toEqual([3, 2, 1].map((run) => `orders-20261120T0300-${run}`));
      expect((await stores.runs.find()).runId).toBe('orders-20261120T0300-3');
    });

    test('the runs of one runbook are listed alone, also beside one whose name begins like it', async () => {
      const { runs } = await factory();
      const others = ['orders', 'orders-archive', 'payments'];
      for (const runbook of others) await runs.create({ ...draft, runbook });
      for (const runbook of others) {
        const ids: string[] = [];
        for await (const { runId } of runs.list(runbook)) ids.push(runId);
        expect(ids).toEqual([`${runbook}-20261120T0300-1`]);
      }
    });

    test('created at once, no two runs have one id', async () => {
      const stores = await factory();
      const created = await Promise.all([1, 2, 3, 4].map(() => stores.runs.create(draft)));
      expect(new Set(created.map(({ runId }) => runId)).size).toBe(4);
    });

    test('a run whose journal was lost gets its own id, once', async () => {
      const { runs } = await factory();
      const runId = 'orders-20261101T0000-4711';
      expect((await runs.create({ ...draft, runId })).runId).toBe(runId);
      await expect(runs.create({ ...draft, runId })).rejects.toMatchObject({ code: 'JOURNAL_CONFLICT' });
    });

    test('with other machines that choose ids, too, the last part is drawn from many', async () => {
      const { runs } = await factory();
      const { runId } = await runs.create({ ...draft, isShared: true });
      expect(runId).toMatch(/^orders-20261120T0300-\d+$/);
    });

    test('where there is no run that is said, and an id that is close is named', async () => {
      const { runs } = await factory();
      await expect(runs.find()).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
      await runs.create(draft);
      await expect(runs.find('orders-20261120T0300-2')).rejects.toMatchObject({
        code: 'RUN_NOT_FOUND',
        next: expect.anything() as unknown,
      });
    });

    test('the last baseline counts, for each runbook and each world', async () => {
      const { runs } = await factory();
      expect(await runs.baseline('orders', 'account')).toBeUndefined();
      await runs.keepBaseline('orders', 'account', 'first');
      const place = await runs.keepBaseline('orders', 'account', 'second');
      expect(await runs.baseline('orders', 'account')).toEqual({ text: 'second', place });
      expect(await runs.baseline('orders', 'simulation')).toBeUndefined();
      expect(await runs.baseline('events', 'account')).toBeUndefined();
    });

    test('a draft that throws leaves no run', async () => {
      const stores = await factory();
      const broken = {
        ...draft,
        record: () => {
          throw new Error('no plan');
        },
      };
      await expect(stores.runs.create(broken)).rejects.toThrow('no plan');
      expect(await idsOf(stores)).toEqual([]);
      expect((await stores.runs.create({ ...draft, at: START })).runId).toBe(FIRST);
    });
  });
}
