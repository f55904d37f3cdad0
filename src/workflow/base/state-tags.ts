/**
 * The states that have a tag, by a machine's table of tags. Unlike `snapshot.hasTag` this needs no snapshot and does not load the machine: lists
 * and commands have only the name of a state.
 */
export function tagged<TState extends string, TTag extends string>(
  table: Readonly<Record<TState, readonly TTag[]>>,
  tag: TTag,
): ReadonlySet<TState> {
  return new Set((Object.keys(table) as TState[]).filter((state) => table[state].includes(tag)));
}
