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

/** A key is named by its ARN, its id or an alias: only an id can be compared with an id. */
export function isSameKey(wanted: string, found: string): boolean {
  const isAlias = [wanted, found].some((key) => /(^|:)alias\//.test(key));
  return isAlias || keyId(wanted) === keyId(found);
}

/** The id at the end of a key's ARN. */
export function keyId(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}

export function portOf(port: number | undefined): number | undefined {
  const whole = wholeOf(port);
  return whole !== undefined && whole > 0 && whole <= 65_535 ? whole : undefined;
}
