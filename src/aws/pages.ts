import { performance } from 'node:perf_hooks';
import { MINUTE_MS } from '../time.ts';
import { malformedAnswer, RequestFailure } from './request-failures.ts';

/** EC2 refuses a filter with more values. */
export const FILTER_VALUES_PER_CALL = 200;
/** RDS publishes no limit for filter values; its largest page has as many entries. */
export const DB_IDS_PER_CALL = 100;
/** More than an account can hold: an endpoint that gives more is broken. A quota of AWS is 100,000 snapshots; a page has up to 1,000 entries. */
const MOST_PAGES = 2_000;
const MOST_ITEMS = 1_000_000;
/** The longest that a caller waits for one list, however slow its pages are. */
const MOST_MS = 10 * MINUTE_MS;

/** One page of an answer. `items` is `undefined` when the answer has no such list at all, which AWS never does. */
export interface PageRead<Item> {
  readonly items: readonly Item[] | undefined;
  readonly next: string | undefined;
}

/**
 * Reads all pages, one after the other. Real time limits it, not that of a simulation.
 *
 * @throws RequestFailure when an answer has no list, a token comes twice or the pages do not end
 */
export async function readPages<Item>(
  operation: string,
  read: (token: string | undefined) => Promise<PageRead<Item>>,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  const tokens = new Set<string>();
  const since = performance.now();
  let token: string | undefined;
  do {
    const page = await read(token);
    if (page.items === undefined) throw malformedAnswer(operation);
    for (const item of page.items) items.push(item);
    token = page.next === '' ? undefined : page.next;
    if (token === undefined) break;
    if (tokens.has(token)) throw repeatedToken(operation);
    tokens.add(token);
    if (tokens.size >= MOST_PAGES || items.length > MOST_ITEMS || performance.now() - since > MOST_MS)
      throw endlessPages(operation, tokens.size, items.length);
  } while (token !== undefined);
  return items;
}

function repeatedToken(operation: string): RequestFailure {
  const message = `${operation} gave the same page token twice: the list cannot be read to its end.`;
  return new RequestFailure({ class: 'transient', code: 'RepeatedPageToken', message });
}

function endlessPages(operation: string, pages: number, items: number): RequestFailure {
  const message = `${operation} does not come to an end: the list was given up after ${pages} pages with ${items} entries. A proxy or a wrong endpoint may be in between.`;
  return new RequestFailure({ class: 'transient', code: 'EndlessPages', message });
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
