import type { Message } from '@aws-sdk/client-sqs';
import type { LineFormat } from '../lines/line-format.ts';
import { obstacleOf } from '../lines/payload-evidence.ts';
import type { RequestRecord } from '../base/record.ts';
import type { ReplayRequest } from '../base/replay-ports.ts';
import { originForm, replayHeaders } from '../base/request-form.ts';

/** What a message turned out to be. */
export type ReadMessage =
  | { readonly kind: 'request'; readonly request: ReplayRequest }
  | { readonly kind: 'malformed' | 'foreign'; readonly why: string };

export interface MessageReading {
  readonly format: LineFormat;
  /** The number of the source. */
  readonly source: number;
  /** Absent, or `undefined` for a record: the group of a FIFO queue. */
  readonly orderKeyOf?: (record: RequestRecord) => string | undefined;
}

/** Never throws, whatever the message holds. */
export function readMessage(
  id: string,
  { Body = '', Attributes }: Message,
  reading: MessageReading,
): ReadMessage {
  const parsed = reading.format.parse(Buffer.from(Body));
  if (parsed.kind === 'directive') return { kind: 'foreign', why: 'it is a heading of a log, not a request' };
  if (parsed.kind !== 'request') return parsed;
  const { record } = parsed;
  const obstacle = obstacleOf(record);
  if (obstacle !== undefined) return { kind: 'malformed', why: `it cannot be sent again: ${obstacle}` };
  if (record.payload === 'url-only' && !/^(GET|HEAD)$/i.test(record.method))
    return {
      kind: 'malformed',
      why: `it is a ${record.method} without its headers and body, so it cannot be replayed`,
    };
  const orderKey = reading.orderKeyOf?.(record) ?? Attributes?.MessageGroupId;
  return {
    kind: 'request',
    request: {
      source: reading.source,
      position: id,
      at: record.at,
      ...(orderKey !== undefined && { orderKey }),
      method: record.method,
      url: originForm(record.url),
      headers: replayHeaders(record),
      ...(record.body !== undefined && { body: record.body }),
    },
  };
}
