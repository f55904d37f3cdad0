import type { Tree } from './answer.ts';
import type { Input } from './input.ts';
import { invalid, Refusal, required } from './refusal.ts';
import type { Tags } from './world.ts';

const MOST_TAGS = 50;

export function tagSet(tags: Tags): Tree {
  return { item: Object.entries(tags).map(([key, value]) => ({ key, value })) };
}

/** Tags as EC2 accepts them: at most 50, keys to 127 and values to 255 characters, none of AWS's own. */
export function checkedTags(groups: readonly Input[], before: Tags = {}): Tags {
  const tags: Record<string, string> = { ...before };
  for (const group of groups) {
    const key = required(group.text('Key'), 'Key');
    const value = group.text('Value') ?? '';
    if (key.length > 128) throw invalid('Tag key exceeds the maximum length of 128 characters');
    if (value.length > 256) throw invalid('Tag value exceeds the maximum length of 256 characters');
    if (/^aws:/i.test(key)) throw invalid("Tag keys starting with 'aws:' are reserved for internal use");
    if (/\p{Cc}/u.test(key + value)) throw invalid('Tags must not hold control characters');
    tags[key] = value;
  }
  if (Object.keys(tags).length > MOST_TAGS)
    throw new Refusal('TagLimitExceeded', 'More than 50 tags specified');
  return tags;
}

/** Tags of a request that makes something of that type. */
export function specifiedTags(input: Input, type: string): Tags {
  const groups = input.groups('TagSpecification');
  for (const group of groups) {
    const given = group.text('ResourceType');
    if (given !== type)
      throw invalid(`'${String(given)}' is not a valid taggable resource type for this operation.`);
  }
  return checkedTags(groups.flatMap((group) => group.groups('Tag')));
}

/** Matches as EC2 does: any of the values, `*` and `?` are wildcards. */
function matches(values: readonly string[], actual: string | undefined): boolean {
  if (actual === undefined) return false;
  return values.some((value) => {
    if (!/[*?]/.test(value)) return value === actual;
    const pattern = value
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    return new RegExp(`^${pattern}$`, 's').test(actual);
  });
}

/**
 * What the filters of a request let through.
 * @param names what can be filtered by, apart from tags
 */
export function filtered<Item extends { readonly tags?: Tags }>(
  items: readonly Item[],
  input: Input,
  names: Readonly<Record<string, (item: Item) => string | undefined>>,
): readonly Item[] {
  const tests = input.groups('Filter').map((filter) => {
    const name = required(filter.text('Name'), 'Filter.Name');
    const values = filter.texts('Value');
    if (values.length > 200)
      throw new Refusal('FilterLimitExceeded', 'The maximum number of filter values specified is 200.');
    if (name.startsWith('tag:'))
      return (item: Item) => matches(values, item.tags?.[name.slice('tag:'.length)]);
    if (name === 'tag-key')
      return (item: Item) => Object.keys(item.tags ?? {}).some((key) => matches(values, key));
    const of = names[name];
    if (of === undefined) throw invalid(`The filter '${name}' is invalid`);
    return (item: Item) => matches(values, of(item));
  });
  return items.filter((item) => tests.every((test) => test(item)));
}

/** Those named by id, all of which must exist, or those that the filters let through. */
export function chosen<Item extends { readonly id: string }>(
  items: readonly Item[],
  ids: readonly string[],
  missing: (id: string) => Refusal,
): readonly Item[] {
  if (ids.length === 0) return items;
  const byId = new Map(items.map((item) => [item.id, item]));
  return ids.map((id) => {
    const item = byId.get(id);
    if (item === undefined) throw missing(id);
    return item;
  });
}
