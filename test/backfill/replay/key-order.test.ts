import { KeyOrder } from '../../../src/backfill/replay/key-order.ts';
import { WorkItem } from '../../../src/backfill/replay/work-item.ts';
import { request } from './parts.ts';

describe('order by key', () => {
  const item = (ordinal: number, orderKey?: string): WorkItem =>
    new WorkItem(request(ordinal, orderKey === undefined ? {} : { orderKey }));

  test('one of a key is on its way; the next follows it; others are not held up', () => {
    const order = new KeyOrder();
    const [a1, a2, a3, b1] = [item(1, 'a'), item(2, 'a'), item(3, 'a'), item(4, 'b')];
    expect([a1, a2, a3, b1].map((one) => order.admit(one))).toEqual([true, false, false, true]);
    expect(order.parked).toBe(2);
    expect(a2.request).toBeUndefined();
    expect(order.release(a1)).toBe(a2);
    expect(order.release(b1)).toBeUndefined();
    expect(order.admit(item(5, 'b'))).toBe(true);
    expect(order.release(a2)).toBe(a3);
    expect(order.release(a3)).toBeUndefined();
    expect(order.parked).toBe(0);
    expect(order.admit(item(6, 'a'))).toBe(true);
  });

  test('without a key nothing waits', () => {
    const order = new KeyOrder();
    expect(order.admit(item(1))).toBe(true);
    expect(order.admit(item(2))).toBe(true);
  });
});
