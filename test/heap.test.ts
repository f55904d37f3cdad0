import { fc } from './property.ts';
import { Heap, numberHeap } from '../src/heap.ts';

test('an empty heap has nothing on top', () => {
  const heap = numberHeap();
  expect([heap.size, heap.top, heap.topKey, heap.pop()]).toEqual([0, undefined, Infinity, undefined]);
});

test('entries leave by key, then by value, whatever the order they came in', () => {
  const entries = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.nat({ max: 99 })));
  fc.assert(
    fc.property(entries, (pushed) => {
      const heap = numberHeap();
      for (const [key, value] of pushed) heap.push(key, value);
      const left: [number, number][] = [];
      while (heap.size > 0) left.push([heap.topKey, heap.pop() as number]);
      expect(left).toEqual([...pushed].sort((a, b) => a[0] - b[0] || a[1] - b[1]));
    }),
  );
});

test('other values leave by key', () => {
  const heap = new Heap<string>();
  for (const [key, value] of [
    [3, 'c'],
    [1, 'a'],
    [2, 'b'],
  ] as const)
    heap.push(key, value);
  expect([heap.pop(), heap.pop(), heap.pop(), heap.pop()]).toEqual(['a', 'b', 'c', undefined]);
});
