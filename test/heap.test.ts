import { fc } from './property.ts';
import { NumberHeap } from '../src/heap.ts';

test('an empty heap has nothing on top', () => {
  const heap = new NumberHeap();
  expect([heap.size, heap.top, heap.topKey, heap.pop()]).toEqual([0, -1, Infinity, -1]);
});

test('entries leave by key, then by value, whatever the order they came in', () => {
  const entries = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.nat({ max: 99 })));
  fc.assert(
    fc.property(entries, (pushed) => {
      const heap = new NumberHeap();
      for (const [key, value] of pushed) heap.push(key, value);
      const left: [number, number][] = [];
      while (heap.size > 0) left.push([heap.topKey, heap.pop()]);
      expect(left).toEqual([...pushed].sort((a, b) => a[0] - b[0] || a[1] - b[1]));
    }),
  );
});
