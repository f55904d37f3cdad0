/** Above this many resources a person reads groups, not rows. */
export const MOST_ROWS = 20;

interface Grouped {
  readonly id: string;
  readonly type: string;
}

/** Resources that are told together. */
export interface Group<T> {
  readonly name: string;
  readonly members: readonly T[];
}

/**
 * By the runbook's own resources (a selector fans out to `events/vol-1`, `events/vol-2` ...), or by type where even those are too
 * many. In the order of their first members.
 */
export function groupsOf<T extends Grouped>(resources: readonly T[]): readonly Group<T>[] {
  const byRunbookId = collected(resources, (resource) => resource.id.split('/', 1)[0] ?? resource.id);
  return byRunbookId.length <= MOST_ROWS
    ? byRunbookId
    : collected(resources, (resource) => `every ${resource.type}`);
}

/** The same, split further by something that differs within a group. */
export function groupsWith<T extends Grouped>(
  resources: readonly T[],
  traitOf: (resource: T) => string,
): readonly (Group<T> & { readonly trait: string })[] {
  return groupsOf(resources).flatMap(({ name, members }) =>
    collected(members, traitOf).map((part) => ({ name, trait: part.name, members: part.members })),
  );
}

function collected<T>(items: readonly T[], nameOf: (item: T) => string): readonly Group<T>[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = nameOf(item);
    const known = groups.get(name);
    if (known === undefined) groups.set(name, [item]);
    else known.push(item);
  }
  return [...groups].map(([name, members]) => ({ name, members }));
}

/** `fsr 12, provisioned-rate 3`: how often each, most frequent first; only the name where there is but one. */
export function tally(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const sorted = [...counts].sort((one, other) => other[1] - one[1]);
  return sorted.length === 1
    ? (sorted[0]?.[0] ?? '')
    : sorted.map(([name, count]) => `${name} ${count}`).join(', ');
}

/** The largest of what is known; `null` counts as endless and wins. Without any, `undefined`. */
export function worst(values: readonly (number | null | undefined)[]): number | null | undefined {
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0) return undefined;
  return known.includes(null) ? null : known.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
