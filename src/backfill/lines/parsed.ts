import type { ParsedLine, RequestRecord } from '../base/record.ts';

/** A request whose parts may be unknown. */
export type FoundRequest = Pick<RequestRecord, 'at' | 'method' | 'url' | 'headers' | 'payload'> & {
  /** 0: never answered. */
  readonly status: number;
  readonly host: string | undefined;
  readonly client: string | undefined;
  readonly userAgent: string | undefined;
  readonly body: Uint8Array | undefined;
  readonly latencySeconds: number | undefined;
  readonly lacks?: string;
  readonly doubts?: readonly string[] | undefined;
  readonly isCut?: boolean;
};

/** Without unknown parts. Assigned one by one: spreading would double the time, and there are millions of lines. */
export function requestFound(found: FoundRequest): ParsedLine {
  const { at, method, url, headers, payload } = found;
  const record: { -readonly [Part in keyof RequestRecord]: RequestRecord[Part] } = {
    at,
    method,
    url,
    headers,
    payload,
  };
  if (found.status !== 0) record.status = found.status;
  if (found.host !== undefined) record.host = found.host;
  if (found.client !== undefined) record.client = found.client;
  if (found.userAgent !== undefined) record.userAgent = found.userAgent;
  if (found.body !== undefined) record.body = found.body;
  if (found.latencySeconds !== undefined) record.latencySeconds = found.latencySeconds;
  if (found.lacks !== undefined) record.lacks = found.lacks;
  if (found.doubts !== undefined) record.doubts = found.doubts;
  return found.isCut === true ? { kind: 'request', record, isCut: true } : { kind: 'request', record };
}

/** A line of which no record comes. */
export type NoRequest = Extract<ParsedLine, { kind: 'malformed' | 'foreign' }>;

export function malformed(why: string, fault?: 'no-object' | 'no-status'): NoRequest {
  return fault === undefined ? { kind: 'malformed', why } : { kind: 'malformed', why, fault };
}

export function foreign(why: string): NoRequest {
  return { kind: 'foreign', why };
}

/** Logs write `-` for a missing value. */
export function known(value: string | undefined): string | undefined {
  return value === undefined || value === '-' || value === '' ? undefined : value;
}
