import { fc } from '../property.ts';
import { findCycles } from '../../src/runbook/cycles.ts';

const graph = (edges: Record<string, string[]>) => new Map(Object.entries(edges));

test.each<[string, Record<string, string[]>, string[][]]>([
  ['nothing', {}, []],
  ['a chain', { a: ['b'], b: ['c'], c: [] }, []],
  ['a diamond', { a: ['b', 'c'], b: ['d'], c: ['d'], d: [] }, []],
  ['two that wait for each other', { a: ['b'], b: ['a'] }, [['a', 'b', 'a']]],
  ['a cycle behind a chain', { x: ['a'], a: ['b'], b: ['c'], c: ['a'] }, [['a', 'b', 'c', 'a']]],
  ['targets that do not exist', { a: ['nope'] }, []],
  ['a node that names itself', { a: ['a'] }, []],
  ['two ways around', { a: ['b', 'c'], b: ['a'], c: ['a'] }, [['a', 'b', 'a']]],
])('%s', (_, edges, expected) => {
  expect(findCycles(graph(edges))).toEqual(expected);
});

test('every cycle that is told exists, and one is told whenever there is one', () => {
  const edges = fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 16 });
  fc.assert(
    fc.property(edges, (pairs) => {
      const map = new Map<string, string[]>(Array.from({ length: 8 }, (_, node) => [`n${node}`, []]));
      for (const [from, to] of pairs) if (from !== to) map.get(`n${from}`)?.push(`n${to}`);
      const cycles = findCycles(map);
      for (const cycle of cycles) {
        expect(cycle.length).toBeGreaterThan(2);
        expect(cycle[0]).toBe(cycle.at(-1));
        for (const [index, id] of cycle.slice(0, -1).entries())
          expect(map.get(id)).toContain(cycle[index + 1]);
      }
      // Taking away what waits for nothing, again and again, leaves something exactly when there is a cycle.
      const left = new Map(map);
      for (let before = -1; before !== left.size;) {
        before = left.size;
        for (const [id, targets] of left) if (targets.every((target) => !left.has(target))) left.delete(id);
      }
      expect(cycles.length > 0).toBe(left.size > 0);
    }),
  );
});
