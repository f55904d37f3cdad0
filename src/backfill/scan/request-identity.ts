import { createHash } from 'node:crypto';
import type { BackfillSpec } from '../../runbook/backfill-schema.ts';
import { authorityOf, valueOf } from '../classes/request-values.ts';
import type { RequestRecord } from '../base/record.ts';

const BYTES = 16;
const DEFAULT_IDENTITY = ['client', 'method', 'url', 'userAgent', 'body'] as const;
/** Longer order keys are kept as their hash: they are compared and never shown. */
const MOST_KEY_CHARACTERS = 128;

/**
 * The identity of a request: two with the same 16 bytes are one request, sent twice. By the runbook's `identity`, else by host, client, method, url, userAgent and body. A request without any of the runbook's values
 * uses the default: otherwise all such requests would share one identity, and all but the last would count as retried.
 */
export function identityBy(spec: BackfillSpec): (record: RequestRecord) => Buffer {
  const declared = spec.identity ?? [];
  return (record) => {
    const isDeclared = declared.some((name) => isPresent(record, name));
    return digest(record, isDeclared ? declared : DEFAULT_IDENTITY, isDeclared);
  };
}

/** Whether its identity is specific enough: without a client, a body and a value of the runbook, the same request of another client would count as its retry. */
export function isIdentified(record: RequestRecord, { identity = [] }: BackfillSpec): boolean {
  return (
    record.client !== undefined ||
    bodyOf(record) !== undefined ||
    identity.some((name) => isPresent(record, name))
  );
}

/** The value of `replay.orderBy`; `undefined`: this request keeps no order with others. */
export function orderKeyOf(record: RequestRecord, orderBy: string | undefined): string | undefined {
  const key = orderBy === undefined ? undefined : valueOf(record, orderBy);
  if (key === undefined || key.length <= MOST_KEY_CHARACTERS) return key;
  return `sha256:${createHash('sha256').update(key).digest('base64url')}`;
}

function digest(record: RequestRecord, names: readonly string[], isDeclared: boolean): Buffer {
  const host = isDeclared ? undefined : authorityOf(record);
  let text = isDeclared ? 'declared' : 'default';
  if (host !== undefined) text += ` at ${host.length}:${host}`;
  let body: Uint8Array | undefined;
  for (const name of names) {
    if (name === 'body') {
      // Its bytes themselves, in the end: as text, different bodies that are not UTF-8 would look alike.
      body = bodyOf(record);
      text += body === undefined ? '\n-' : `\n${body.length}`;
    } else {
      const value = valueOf(record, name);
      // The length before each value makes the text unique for each list of values.
      text += value === undefined ? '\n-' : `\n${value.length}:${value}`;
    }
  }
  const digested = createHash('sha256').update(text);
  if (body !== undefined) digested.update('\n').update(body);
  return digested.digest().subarray(0, BYTES);
}

function isPresent(record: RequestRecord, name: string): boolean {
  return name === 'body' ? bodyOf(record) !== undefined : valueOf(record, name) !== undefined;
}

/** An empty body is none: not every format can tell the two apart. */
function bodyOf({ body }: RequestRecord): Uint8Array | undefined {
  return body?.length === 0 ? undefined : body;
}
