import type { Held } from '../../src/journal/lease.ts';
import { heldOrRefused } from '../../src/journal/lease.ts';
import { chainedDecision, sampleRecord } from '../journal/fixtures/samples.ts';
import { draft, driven, type StoreFactory } from './journal.ts';

const { runId } = sampleRecord();

/** What every {@link Lease} promises. `silently` acquires for a process that is then stopped: it gives no heartbeat. */
export function describeLeaseContract(
  name: string,
  factory: StoreFactory,
  silently: (acquire: () => Promise<Held>) => Promise<Held>,
): void {
  const begun = async () => {
    const stores = await factory();
    await stores.runs.create(draft);
    return stores;
  };

  describe(`lease contract: ${name}`, () => {
    test('a holder holds from acquire to release, and each acquisition has a higher epoch', async () => {
      const { lease } = await begun();
      expect((await lease.holder(runId)).isHeld).toBe(false);
      const first = heldOrRefused(await lease.acquire(runId), runId);
      expect(await first.isOurs()).toBe(true);
      expect(await first.renew()).toBe(true);
      expect(await lease.holder(runId)).toMatchObject({ isHeld: true, last: { pid: process.pid } });
      await first.release();
      await first.release();
      expect(await lease.holder(runId)).toMatchObject({ isHeld: false, last: { pid: process.pid } });
      const second = heldOrRefused(await lease.acquire(runId), runId);
      expect(second.epoch).toBeGreaterThan(first.epoch);
    });

    test('a second process is refused, and told who drives', async () => {
      const stores = await begun();
      const journal = await driven(stores);
      const refused = await stores.lease.acquire(runId);
      expect(refused).toMatchObject({ drivenBy: { pid: process.pid } });
      expect(() => heldOrRefused(refused, runId)).toThrow(/is driven by process/);
      await journal.commit({ decisions: [chainedDecision('recovery', 1)] });
    });

    test('taking over a run that no process drives needs no wait', async () => {
      const { lease } = await begun();
      const held = heldOrRefused(await lease.acquire(runId, true), runId);
      expect(held.tookOver).toBeUndefined();
    });

    test('a holder that gives heartbeats is not taken over', async () => {
      const stores = await begun();
      const journal = await driven(stores);
      expect(await stores.lease.acquire(runId, true)).toMatchObject({ drivenBy: { pid: process.pid } });
      expect(await journal.isOurs()).toBe(true);
    });

    test('a holder that falls silent is replaced; from then on it can write nothing', async () => {
      const stores = await begun();
      const { runs, lease } = stores;
      const held = await silently(async () => heldOrRefused(await lease.acquire(runId), runId));
      const old = await runs.open(runId, held);
      await old.commit({ decisions: [chainedDecision('recovery', 1)], memo: { look: 1 } });
      await old.signal({ at: 1, kind: 'pause', by: 'ana' });
      const next = await driven(stores, true);
      expect([await held.isOurs(), await old.isOurs(), await next.isOurs()]).toEqual([false, false, true]);
      expect(await held.renew()).toBe(false);
      const refusal = { code: 'JOURNAL_CONFLICT', message: expect.stringContaining('took over') as string };
      await expect(old.assertOurs()).rejects.toMatchObject(refusal);
      await expect(old.commit({ decisions: [chainedDecision('recovery', 2)] })).rejects.toMatchObject(
        refusal,
      );
      await expect(old.commit({ decisions: [], memo: { look: 2 } })).rejects.toMatchObject(refusal);
      await expect(old.commit({ decisions: [], heard: 1 })).rejects.toMatchObject(refusal);
      await expect(old.putValue('sent', 1)).rejects.toMatchObject(refusal);
      await next.commit({ decisions: [chainedDecision('recovery', 2)] });
      expect((await next.load()).memo).toEqual({ look: 1 });
      expect(await next.pendingSignals()).toHaveLength(1);
      expect(await next.value('sent')).toBeUndefined();
    });
  });
}
