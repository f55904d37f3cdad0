import {
  BatchEntryIdsNotDistinct,
  EmptyBatchRequest,
  TooManyEntriesInBatchRequest,
} from '@aws-sdk/client-sqs';
import type { BatchResultErrorEntry } from '@aws-sdk/client-sqs';
import { BATCH_ENTRIES } from '../model/rates.ts';
import { fault } from './failures.ts';

interface Answered<T> {
  readonly Successful: (T & { Id: string })[];
  readonly Failed: BatchResultErrorEntry[];
}

/** Each entry of a batch for itself: what one is refused for is told with its id. */
export function batchOf<E extends { readonly Id?: string | undefined }, T>(
  entries: readonly E[],
  run: (entry: E) => T,
): Answered<T> {
  if (entries.length === 0)
    throw fault(EmptyBatchRequest, 'There should be at least one entry in the request.');
  if (entries.length > BATCH_ENTRIES)
    throw fault(
      TooManyEntriesInBatchRequest,
      `Maximum number of entries per request are ${BATCH_ENTRIES}. You have sent ${entries.length}.`,
    );
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length)
    throw fault(BatchEntryIdsNotDistinct, 'Two or more batch entries in the request have the same Id.');
  const answered: Answered<T> = { Successful: [], Failed: [] };
  for (const entry of entries) {
    const { Id = '' } = entry;
    try {
      answered.Successful.push({ ...run(entry), Id });
    } catch (error) {
      const { name, message, $fault } = error as Error & { readonly $fault?: string };
      if ($fault === undefined) throw error;
      answered.Failed.push({ Id, Code: name, Message: message, SenderFault: true });
    }
  }
  return answered;
}
