import type { ReplaySettings } from '../../runbook/backfill-schema.ts';
import type { Attempt, ReplayRequest } from '../replay/ports.ts';

/** What a thread needs to know once. */
export interface HttpThreadData {
  readonly settings: ReplaySettings;
  readonly backfill: string;
  readonly headers: ReadonlyMap<string, string | null>;
  readonly ca?: string;
}

/** Requests in one message: a text and the bodies one after the other. Much less to copy than as objects. */
export interface RequestBatch {
  readonly text: string;
  readonly bodies: Uint8Array<ArrayBuffer>;
}

/** Answers in one message: those without any text as numbers, a slot and its status in turn. */
export interface AttemptBatch {
  readonly plain: Int32Array<ArrayBuffer>;
  readonly others: readonly (readonly [slot: number, attempt: Attempt])[];
}

export type ToHttpThread = RequestBatch | 'close';

type Packed = [
  slot: number,
  source: number,
  position: ReplayRequest['position'],
  at: number,
  method: string,
  url: string,
  headers: ReplayRequest['headers'],
  bodyBytes: number,
];

/** @param slots where the answer to each of them goes */
export function packRequests(requests: readonly ReplayRequest[], slots: readonly number[]): RequestBatch {
  let size = 0;
  const packed: Packed[] = [];
  for (const [index, { source, position, at, method, url, headers, body }] of requests.entries()) {
    const bytes = body?.byteLength ?? -1;
    packed.push([slots[index] ?? -1, source, position, at, method, url, headers, bytes]);
    size += Math.max(0, bytes);
  }
  const bodies = new Uint8Array(size);
  let at = 0;
  for (const { body } of requests) {
    if (body === undefined) continue;
    bodies.set(body, at);
    at += body.byteLength;
  }
  return { text: JSON.stringify(packed), bodies };
}

export function unpackRequests(
  { text, bodies }: RequestBatch,
  each: (slot: number, request: ReplayRequest) => void,
): void {
  let start = 0;
  for (const [slot, source, position, at, method, url, headers, bytes] of JSON.parse(text) as Packed[]) {
    const request = { source, position, at, method, url, headers };
    if (bytes < 0) each(slot, request);
    else each(slot, { ...request, body: Buffer.from(bodies.buffer, start, bytes) });
    start += Math.max(0, bytes);
  }
}
