/**
 * The states that carry a tag, from the table that gives a machine's states their tags. Unlike `snapshot.hasTag` it needs no snapshot and
 * does not load the machine: lists and commands have only the name of a state.
 */
export function tagged<TState extends string, TTag extends string>(
  table: Readonly<Record<TState, readonly TTag[]>>,
  tag: TTag,
): ReadonlySet<TState> {
  return new Set((Object.keys(table) as TState[]).filter((state) => table[state].includes(tag)));
}
