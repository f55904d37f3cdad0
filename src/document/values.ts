/** Reading plain values of a file, which may be of any type: a value of another type counts as absent. */

/** Whether a value of a document is a mapping. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What stands at a path; `undefined` when nothing does. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value;
  for (const segment of path) {
    if (Array.isArray(current) && typeof segment === 'number') current = (current as unknown[])[segment];
    else if (isMapping(current) && Object.hasOwn(current, segment)) current = current[String(segment)];
    else return undefined;
  }
  return current;
}

export interface Entry<T> {
  readonly index: number;
  readonly value: T;
}

/** The mappings of a list, with their indexes. */
export function mappingsAt(
  value: unknown,
  path: readonly PropertyKey[],
): readonly Entry<Readonly<Record<string, unknown>>>[] {
  return entriesAt(value, path).flatMap(({ index, value: item }) =>
    isMapping(item) ? [{ index, value: item }] : [],
  );
}

/** The texts of a list, with their indexes. */
export function textsAt(value: unknown, path: readonly PropertyKey[]): readonly Entry<string>[] {
  return entriesAt(value, path).flatMap(({ index, value: item }) =>
    typeof item === 'string' ? [{ index, value: item }] : [],
  );
}

export function textAt(value: unknown, path: readonly PropertyKey[]): string | undefined {
  const found = valueAt(value, path);
  return typeof found === 'string' ? found : undefined;
}

export function numberAt(value: unknown, path: readonly PropertyKey[]): number | undefined {
  const found = valueAt(value, path);
  return typeof found === 'number' ? found : undefined;
}

function entriesAt(value: unknown, path: readonly PropertyKey[]): readonly Entry<unknown>[] {
  const list = valueAt(value, path);
  return Array.isArray(list) ? list.map((item: unknown, index) => ({ index, value: item })) : [];
}
