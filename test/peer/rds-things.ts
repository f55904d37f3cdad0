import type { Tree } from './answer.ts';
import type { Input } from './input.ts';
import { invalid, Refusal, required } from './refusal.ts';
import type { DbThing, Tags, World } from './world.ts';

const MOST_TAGS = 50;
/** RDS's own pattern for keys and values of tags. */
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

export function arnOf(
  world: Pick<World, 'region' | 'account'>,
  kind: 'db' | 'snapshot' | 'cluster' | 'cluster-snapshot',
  id: string,
): string {
  return `arn:aws:rds:${world.region}:${world.account}:${kind}:${id}`;
}

export function dbTags(groups: readonly Input[], before: Tags = {}): Tags {
  const tags: Record<string, string> = { ...before };
  for (const group of groups) {
    const key = required(group.text('Key'), 'Tags.Key');
    const value = group.text('Value') ?? '';
    if (!TAG_TEXT.test(key) || !TAG_TEXT.test(value) || key.length > 128 || value.length > 256)
      throw invalid(`Invalid tag: '${key}'`);
    if (/^(aws|rds):/i.test(key)) throw invalid(`Tag key '${key}' is reserved`);
    tags[key] = value;
  }
  if (Object.keys(tags).length > MOST_TAGS) throw invalid('The number of tags exceeds 50');
  return tags;
}

export function tagList(tags: Tags): Tree {
  return { Tag: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
}

/** RDS keeps identifiers in lower case. */
export function newIdentifier(text: string | undefined, name: string, longest: number): string {
  const id = required(text, name).toLowerCase();
  if (!/^[a-z](-?[a-z0-9])*$/.test(id) || id.length > longest)
    throw invalid(
      `The parameter ${name} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.`,
    );
  return id;
}

export function noInstance(id: string): Refusal {
  return new Refusal('DBInstanceNotFound', `DBInstance ${id} not found.`, 404);
}

export function noDbSnapshot(id: string): Refusal {
  return new Refusal('DBSnapshotNotFound', `DBSnapshot not found: ${id}`, 404);
}

/** Those that the filters of a request let through. */
export function dbFiltered(
  things: readonly DbThing[],
  input: Input,
  names: Readonly<Record<string, (thing: DbThing) => Tree>>,
): readonly DbThing[] {
  const tests = input.groups('Filters').map((filter) => {
    const name = required(filter.text('Name'), 'Filters.Name');
    const values = filter.texts('Values').map((value) => value.toLowerCase());
    const of = names[name];
    if (of === undefined) throw invalid(`Unrecognized filter name: ${name}`);
    return (thing: DbThing) => values.includes(String(of(thing)).toLowerCase());
  });
  return things.filter((thing) => tests.every((test) => test(thing)));
}

/** RDS takes 20 to 100 records a page. */
export function pageSize(input: Input): number {
  const size = input.number('MaxRecords') ?? 100;
  if (size < 20 || size > 100)
    throw invalid(`Invalid value ${size} for MaxRecords. Must be between 20 and 100`);
  return size;
}
