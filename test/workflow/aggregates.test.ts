import { KINDS, readAggregate } from '../../src/workflow/aggregates.ts';
import { toJson } from '../../src/workflow/base/decide.ts';
import { PHASE_TAGS } from '../../src/workflow/recovery/phase.ts';
import { STATE_TAGS } from '../../src/workflow/resource/resource-state.ts';
import { Run } from './recovery-run.ts';

interface Node {
  readonly key: string;
  readonly tags: readonly string[];
  readonly states: Readonly<Record<string, Node>>;
}

function leaves(node: Node): readonly (readonly [string, readonly string[]])[] {
  const children = Object.values(node.states);
  return children.length === 0 ? [[node.key, node.tags]] : children.flatMap(leaves);
}

test.each([
  ['recovery', PHASE_TAGS, (root: Node) => root.states['course']],
  ['resource', STATE_TAGS, (root: Node) => root],
])('the states of the %s machine carry the tags of its table', (name, table, partOf) => {
  const root = KINDS.get(name)?.machine.root as unknown as Node;
  const part = partOf(root);
  expect(Object.fromEntries(part === undefined ? [] : leaves(part))).toEqual(table);
});

test('a stored aggregate is read by the machine of its kind, whatever follows the colon', () => {
  const run = new Run();
  const snapshot = toJson(run.aggregate.snapshot);
  expect(
    readAggregate({ id: 'recovery', sequence: 1, snapshot }).snapshot.matches({ course: 'preflight' }),
  ).toBe(true);
  expect(() => readAggregate({ id: 'recovery-2', sequence: 1, snapshot })).toThrow(
    "holds 'recovery-2', which is no part of a run",
  );
});
