import * as z from 'zod';
import { MAX_COMPLAINTS } from './complaints.ts';
import { expectation } from './explain.ts';
import { elementOf, shapeOf } from './shape.ts';

/** Entries of a long list that are looked at together: one that is wrong throughout is given up after the first thousand complaints. */
const CHUNK = 1_000;
/** Several issues become one complaint: a misspelled key is also a missing one. */
const MAX_ISSUES = 4 * MAX_COMPLAINTS;

export type Validated<T> =
  | { readonly success: true; readonly data: T }
  | { readonly success: false; readonly issues: readonly z.core.$ZodIssue[] };

/**
 * As `safeParse`, in bounded time and memory whatever the document holds: long lists at the top are read piece by piece, and at most
 * as many issues are kept as are reported.
 */
export function validate<S extends z.ZodType>(
  schema: S,
  value: Readonly<Record<string, unknown>>,
): Validated<z.output<S>> {
  const long = Object.entries(value).flatMap(([key, list]) => {
    const element = Object.hasOwn(shapeOf(schema), key) ? elementOf(shapeOf(schema)[key]) : undefined;
    return Array.isArray(list) && list.length > CHUNK && element !== undefined
      ? [{ key, list: list as readonly unknown[], element }]
      : [];
  });
  const head = Object.fromEntries(long.map(({ key, list }) => [key, list.slice(0, CHUNK)]));
  const first = z.safeParse(schema, { ...value, ...head }, { error: expectation });
  const issues: z.core.$ZodIssue[] = first.success ? [] : [...first.error.issues];
  const read = new Map<string, unknown[]>();
  for (const { key, list, element } of long) {
    const rest: unknown[] = [];
    for (let from = CHUNK; from < list.length && issues.length < MAX_ISSUES; from += CHUNK) {
      const result = z.safeParse(z.array(element), list.slice(from, from + CHUNK), { error: expectation });
      if (result.success) for (const each of result.data) rest.push(each);
      else issues.push(...result.error.issues.map((issue) => moved(issue, key, from)));
    }
    read.set(key, rest);
  }
  if (!first.success || issues.length > 0) return { success: false, issues: issues.slice(0, MAX_ISSUES) };
  const data = first.data as Record<string, unknown>;
  for (const [key, rest] of read) data[key] = [...(data[key] as unknown[]), ...rest];
  return { success: true, data: data as z.output<S> };
}

/** An issue of a piece of a list, as one of the whole document. */
function moved(issue: z.core.$ZodIssue, key: string, from: number): z.core.$ZodIssue {
  const [index, ...inner] = issue.path;
  return { ...issue, path: [key, from + Number(index), ...inner] };
}
