import type { Wakes } from '../../src/journal/wakes.ts';

/** Two processes on the same store. */
export type WakesFactory = () => Promise<readonly [run: Wakes, sender: Wakes]>;

/** What every {@link Wakes} promises. */
export function describeWakesContract(name: string, factory: WakesFactory): void {
  describe(`wakes contract: ${name}`, () => {
    test('a run that rests is found by another process until it is forgotten', async () => {
      const [run, sender] = await factory();
      expect(await sender.wakeOf('orders-1')).toBeUndefined();
      await run.expectWake('orders-1', 'callback-1');
      expect(await sender.wakeOf('orders-1')).toEqual({ runId: 'orders-1', callbackId: 'callback-1' });
      await run.forgetWake('orders-1');
      expect(await sender.wakeOf('orders-1')).toBeUndefined();
      expect(await sender.wakes()).toEqual([]);
    });

    test('the last registration counts, and to forget twice is no error', async () => {
      const [run, sender] = await factory();
      await run.expectWake('orders-1', 'callback-1');
      await run.expectWake('orders-1', 'callback-2');
      expect(await sender.wakeOf('orders-1')).toMatchObject({ callbackId: 'callback-2' });
      await run.forgetWake('orders-1');
      await run.forgetWake('orders-1');
      expect(await sender.wakes()).toEqual([]);
    });

    test('each run that rests is listed once', async () => {
      const [run, sender] = await factory();
      await run.expectWake('orders-1', 'callback-1');
      await run.expectWake('orders-2', 'callback-2');
      const listed = [...(await sender.wakes())].sort((one, other) => (one.runId < other.runId ? -1 : 1));
      expect(listed).toEqual([
        { runId: 'orders-1', callbackId: 'callback-1' },
        { runId: 'orders-2', callbackId: 'callback-2' },
      ]);
    });
  });
}
