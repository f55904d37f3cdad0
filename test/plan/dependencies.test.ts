import { dependencyGraph, levels, upwardRanks } from '../../src/plan/dependencies.ts';

const node = (id: string, ...dependsOn: string[]) => ({ id, dependsOn });

function wavesOf(nodes: readonly { id: string; dependsOn: readonly string[] }[]) {
  return levels(nodes, dependencyGraph(nodes)).map((wave) => wave.map((index) => nodes[index]?.id));
}

test.each([
  ['nothing', [], []],
  ['no dependencies', [node('a'), node('b')], [['a', 'b']]],
  ['a chain, written backwards', [node('c', 'b'), node('b', 'a'), node('a')], [['a'], ['b'], ['c']]],
  ['a diamond', [node('a'), node('b', 'a'), node('c', 'a'), node('d', 'b', 'c')], [['a'], ['b', 'c'], ['d']]],
  ['after the later of two', [node('a'), node('b', 'a'), node('c', 'a', 'b')], [['a'], ['b'], ['c']]],
  ['a dependency named twice', [node('a'), node('b', 'a', 'a')], [['a'], ['b']]],
  ['a dependency outside', [node('a', 'x')], [['a']]],
])('waves of %s', (_, nodes, expected) => {
  expect(wavesOf(nodes)).toEqual(expected);
});

test('members that share one list are one group', () => {
  const shared = ['a'];
  const nodes = [node('a'), { id: 'b', dependsOn: shared }, { id: 'c', dependsOn: shared }];
  expect(dependencyGraph(nodes).groups).toEqual([{ dependencies: [0], broken: false, members: [1, 2] }]);
});

test('a group that waits for what does not exist is broken', () => {
  expect(dependencyGraph([node('a', 'x')]).groups[0]?.broken).toBe(true);
});

test('a cycle is a bug of the caller', () => {
  expect(() => wavesOf([node('a', 'b'), node('b', 'a')])).toThrow('cycle');
});

test('a rank is the heaviest chain from a node on', () => {
  const nodes = [node('a'), node('b', 'a'), node('c', 'a'), node('d', 'c')];
  const graph = dependencyGraph(nodes);
  expect(upwardRanks(graph, levels(nodes, graph), [1, 10, 2, 3])).toEqual([11, 10, 5, 3]);
});
