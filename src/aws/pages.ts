import { malformedAnswer, RequestFailure } from './failures.ts';

/** EC2 refuses a filter with more values. */
export const FILTER_VALUES_PER_CALL = 200;
/** RDS publishes no limit for filter values; its largest page has as many entries. */
export const DB_IDS_PER_CALL = 100;
/** More pages than any account can fill: beyond it the endpoint is broken. */
const MOST_PAGES = 10_000;

/** One page of an answer. `items` is `undefined` when the answer has no such list at all, which AWS never does. */
export interface PageRead<Item> {
  readonly items: readonly Item[] | undefined;
  readonly next: string | undefined;
}

/**
 * Reads all pages, one after the other.
 *
 * @throws RequestFailure when an answer has no list, a token comes twice or the pages do not end
 */
export async function readPages<Item>(
  operation: string,
  read: (token: string | undefined) => Promise<PageRead<Item>>,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  const tokens = new Set<string>();
  let token: string | undefined;
  do {
    const page = await read(token);
    if (page.items === undefined) throw malformedAnswer(operation);
    for (const item of page.items) items.push(item);
    token = page.next === '' ? undefined : page.next;
    if (token !== undefined && (tokens.has(token) || tokens.size >= MOST_PAGES))
      throw endlessPages(operation);
    if (token !== undefined) tokens.add(token);
  } while (token !== undefined);
  return items;
}

function endlessPages(operation: string): RequestFailure {
  const message = `${operation} gave the same page token twice: the list cannot be read to its end.`;
  return new RequestFailure({ class: 'transient', code: 'RepeatedPageToken', message });
}

/** Distinct values in groups of at most `size`, order kept. */
export function chunksOf(values: readonly string[], size: number): readonly (readonly string[])[] {
  const distinct = [...new Set(values)];
  return Array.from({ length: Math.ceil(distinct.length / size) }, (_, index) =>
    distinct.slice(index * size, (index + 1) * size),
  );
}

/** Reads by ids in groups, one after the other. */
export async function readInChunks<Item>(
  ids: readonly string[],
  size: number,
  read: (chunk: readonly string[]) => Promise<readonly Item[]>,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (const chunk of chunksOf(ids, size)) for (const item of await read(chunk)) items.push(item);
  return items;
}
