import type { Header, RequestRecord } from '../base/record.ts';
import type { ReplayRequest } from '../base/replay-ports.ts';
import type { Values } from './work-database.ts';

/** How {@link readRow} wants them. */
export const ROW_COLUMNS = 'at, source, offset, order_key, head, body';

/** `undefined`: this row was not written by {@link headOf}. */
export function readRow(row: Values, ordinal: number | undefined): ReplayRequest | undefined {
  const [at, source, position, orderKey, head, body] = row;
  if (typeof at !== 'number' || typeof source !== 'number' || typeof position !== 'number') return undefined;
  const values = readHead(head);
  if (values === undefined) return undefined;
  const [method = '', url = ''] = values;
  const headers: Header[] = [];
  for (let index = 2; index + 1 < values.length; index += 2)
    headers.push([values[index] ?? '', values[index + 1] ?? '']);
  return {
    source,
    position,
    ...(ordinal !== undefined && { ordinal }),
    at,
    ...(typeof orderKey === 'string' && { orderKey }),
    method,
    url,
    headers,
    ...(body instanceof Uint8Array && { body }),
  };
}

/** Method, URL, and names and values of headers in turn, as a list in JSON. */
export function headOf(record: RequestRecord): string {
  const values = [record.method, originForm(record.url)];
  for (const [name, value] of replayHeaders(record)) values.push(name, value);
  return JSON.stringify(values);
}

/** The headers of a request, with those that access logs have in places of their own: host and user agent. Values are bytes, a character each. */
export function replayHeaders({ headers, host, userAgent }: RequestRecord): readonly Header[] {
  const own = [
    ['host', host],
    ['user-agent', userAgent],
  ] as const;
  const added = own.flatMap(([name, value]): Header[] => {
    // What is no text any more is not what was sent.
    if (value === undefined || value.includes('\ufffd') || headers.some(([known]) => known === name))
      return [];
    return [[name, Buffer.from(value, 'utf8').toString('latin1')]];
  });
  return added.length === 0 ? headers : [...added, ...headers];
}

/**
 * Path and query of a URL, or the `*` of OPTIONS. A record is only ever sent to the declared target, so scheme and host go. Whatever else has no path gets one:
 * then it is a request that the target answers as it likes, and can be no address of another host.
 *
 * @example originForm('http://shop.example:80?q=1') // '/?q=1'
 */
export function originForm(url: string): string {
  if (url.startsWith('/') || url === '*') return url;
  const rest = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(url);
  const path = rest === null ? url : url.slice(rest[0].length);
  return path.startsWith('/') ? path : `/${path}`;
}

function readHead(head: unknown): readonly string[] | undefined {
  if (typeof head !== 'string') return undefined;
  try {
    const values: unknown = JSON.parse(head);
    return isTexts(values) && values.length >= 2 && values.length % 2 === 0 ? values : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
