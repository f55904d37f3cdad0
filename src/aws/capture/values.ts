import { isWritableTag } from '../../inventory/writable.ts';
import { textOf } from '../../kinds/values.ts';
import type { Instant } from '../../time.ts';
import { tagRecord } from '../tags.ts';

/** The last instant that ISO 8601 writes with four digits for the year. */
const LAST_INSTANT = Date.UTC(9_999, 11, 31);

export function instantOf(date: Date | undefined): Instant | undefined {
  const at = date?.getTime();
  return at !== undefined && at >= 0 && at <= LAST_INSTANT ? at : undefined;
}

/** The twelve digits of an account; AWS-compatible servers write other things there. */
export function accountIdOf(text: string | undefined): string | undefined {
  return text !== undefined && /^\d{12}$/.test(text) ? text : undefined;
}

/** Only what has a key is encrypted where the answer does not say; a key without encryption would contradict itself. */
export function encryptionOf(
  encrypted: boolean | undefined,
  key: string | undefined,
): { readonly encrypted: boolean; readonly kmsKeyId?: string } {
  const kmsKeyId = textOf(key);
  if (!(encrypted ?? kmsKeyId !== undefined)) return { encrypted: false };
  return { encrypted: true, ...(kmsKeyId !== undefined && { kmsKeyId }) };
}

/** Tags as an inventory has them, without the few names that no document can hold as keys. */
export function tagsOf(tags: Parameters<typeof tagRecord>[0]): Record<string, string> {
  const safe = tags?.filter(({ Key }) => Key === undefined || isWritableTag(Key));
  return tagRecord(safe);
}
