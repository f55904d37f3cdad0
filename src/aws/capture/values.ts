import { isWritableTag } from '../../inventory/writable.ts';
import type { Instant } from '../../time.ts';
import { tagRecord } from '../tags.ts';

/** The last instant that ISO 8601 writes with four digits for the year. */
const LAST_INSTANT = Date.UTC(9_999, 11, 31);
/** What the schema of an inventory takes. */
const MOST_GIB = 65_536 * 16;

/** A text that is not empty. */
export function textOf(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

/** Names, without those that are not there. */
export function namesOf(names: readonly (string | undefined)[] | undefined): string[] {
  return (names ?? []).filter((name) => name !== undefined && name !== '') as string[];
}

/** A count: nothing negative, no fraction. */
export function wholeOf(value: number | undefined): number | undefined {
  return value !== undefined && Number.isInteger(value) && value >= 0 ? value : undefined;
}

/** A size that an inventory can hold; `undefined` also for 0. */
export function gibOf(value: number | undefined): number | undefined {
  const whole = wholeOf(value);
  return whole !== undefined && whole > 0 && whole <= MOST_GIB ? whole : undefined;
}

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
