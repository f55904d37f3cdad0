/**
 * The cycles of a graph: the ids around each, the first one repeated at the end. There is at least one whenever the graph has a cycle, and
 * further ones only through other nodes. A node that names itself is not reported, unknown targets are ignored. Walks without
 * recursion: a chain may be long.
 *
 * @example findCycles(new Map([['a', ['b']], ['b', ['a']]])) // [['a', 'b', 'a']]
 */
export function findCycles(edges: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const state = new Map<string, 'open' | 'done'>();
  const cycles: string[][] = [];
  const inCycle = new Set<string>();
  for (const root of edges.keys()) {
    if (state.has(root)) continue;
    const path: { readonly id: string; next: number }[] = [{ id: root, next: 0 }];
    state.set(root, 'open');
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const target = edges.get(top.id)?.[top.next];
      top.next += 1;
      if (target === undefined) {
        state.set(top.id, 'done');
        path.pop();
      } else if (target === top.id || !edges.has(target)) {
        continue;
      } else if (state.get(target) === 'open') {
        // Several cycles through the same node are reported once: they are one mistake.
        if (inCycle.has(target)) continue;
        const ids = path.map(({ id }) => id);
        const cycle = ids.slice(ids.indexOf(target));
        for (const id of cycle) inCycle.add(id);
        cycles.push([...cycle, target]);
      } else if (!state.has(target)) {
        state.set(target, 'open');
        path.push({ id: target, next: 0 });
      }
    }
  }
  return cycles;
}
