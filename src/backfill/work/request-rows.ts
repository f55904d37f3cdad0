import type { Header, RequestRecord } from '../base/record.ts';
import { originForm, replayHeaders } from '../base/request-form.ts';
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
