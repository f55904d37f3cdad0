/** A node of the graph: an id, and the ids that must be ready first. */
export interface Dependent {
  readonly id: string;
  readonly dependsOn: readonly string[];
}

/**
 * Nodes that wait for the same things. Members of a tag selector share one `dependsOn` array, so thousands of volumes behind
 * thousands of others are two groups here, not millions of edges.
 */
export interface DependencyGroup {
  /** Indices of what is waited for. */
  readonly dependencies: readonly number[];
  /** Some of them do not exist: the members never start. */
  readonly broken: boolean;
  /** Indices of those that wait. */
  readonly members: readonly number[];
}

export interface DependencyGraph {
  readonly groups: readonly DependencyGroup[];
  /** For each node, the groups that wait for it; sparse: absent where none does. */
  readonly waitedForBy: readonly (readonly number[] | undefined)[];
  /** Indices of nodes that wait for nothing. */
  readonly free: readonly number[];
}

const NONE: readonly number[] = [];

export function dependencyGraph(nodes: readonly Dependent[]): DependencyGraph {
  const members = new Map<readonly string[], number[]>();
  const free: number[] = [];
  for (let index = 0; index < nodes.length; index += 1) {
    const { dependsOn } = nodes[index] as Dependent;
    if (dependsOn.length === 0) free.push(index);
    else {
      const known = members.get(dependsOn);
      if (known === undefined) members.set(dependsOn, [index]);
      else known.push(index);
    }
  }
  if (members.size === 0) return { groups: [], free, waitedForBy: [] };
  const indexOf = new Map<string, number>();
  for (let index = 0; index < nodes.length; index += 1) indexOf.set((nodes[index] as Dependent).id, index);
  const waitedForBy: number[][] = new Array<number[]>(nodes.length);
  const groups: DependencyGroup[] = [];
  for (const [dependsOn, waiting] of members) {
    const dependencies: number[] = [];
    for (const id of new Set(dependsOn)) {
      const dependency = indexOf.get(id);
      if (dependency !== undefined) dependencies.push(dependency);
    }
    for (const dependency of dependencies) (waitedForBy[dependency] ??= []).push(groups.length);
    groups.push({
      dependencies,
      broken: dependencies.length < new Set(dependsOn).size,
      members: waiting,
    });
  }
  return { groups, free, waitedForBy };
}

/**
 * Topological levels: a node stands one level after the last of its dependencies. Dependencies outside the graph are ignored.
 * The runbook's parser refuses cycles; one that arrives here is a bug and throws.
 */
export function levels(nodes: readonly Dependent[], graph: DependencyGraph): readonly (readonly number[])[] {
  const remaining = graph.groups.map((group) => group.dependencies.length);
  const waves: number[][] = [];
  let placed = 0;
  let wave = [...graph.free];
  graph.groups.forEach((group, at) => {
    if (remaining[at] === 0) wave.push(...group.members);
  });
  while (wave.length > 0) {
    wave.sort((left, right) => left - right);
    waves.push(wave);
    placed += wave.length;
    const next: number[] = [];
    for (const node of wave) {
      for (const at of graph.waitedForBy[node] ?? NONE) {
        remaining[at] = (remaining[at] ?? 0) - 1;
        if (remaining[at] === 0) for (const member of graph.groups[at]?.members ?? NONE) next.push(member);
      }
    }
    wave = next;
  }
  if (placed < nodes.length) throw new Error('dependsOn has a cycle that the parser let through');
  return waves;
}

/**
 * For each node, its own weight plus that of the heaviest chain of dependents after it, in the weights' unit.
 * A node's rank is never below that of what depends on it.
 */
export function upwardRanks(
  graph: DependencyGraph,
  waves: readonly (readonly number[])[],
  weights: readonly number[],
): readonly number[] {
  const ranks = new Array<number>(weights.length).fill(0);
  const groupRanks = new Array<number>(graph.groups.length).fill(0);
  const groupOf = new Map<number, number>();
  graph.groups.forEach((group, at) => group.members.forEach((member) => groupOf.set(member, at)));
  for (let at = waves.length - 1; at >= 0; at -= 1) {
    for (const node of waves[at] ?? NONE) {
      let after = 0;
      for (const group of graph.waitedForBy[node] ?? NONE) after = Math.max(after, groupRanks[group] ?? 0);
      const rank = (weights[node] ?? 0) + after;
      ranks[node] = rank;
      const own = groupOf.get(node);
      if (own !== undefined) groupRanks[own] = Math.max(groupRanks[own] ?? 0, rank);
    }
  }
  return ranks;
}
