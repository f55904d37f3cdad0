import type { Tags } from '../model/records.ts';

interface RequestTag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

const MOST_TAGS = 50;

/** The tags of a request over those that are there. `refuse` makes the error of the service. */
export function mergeTags(
  present: Tags,
  given: readonly RequestTag[] | undefined,
  refuse: (code: string, message: string) => Error,
): Tags {
  const tags: Record<string, string> = { ...present };
  for (const { Key: key = '', Value: value = '' } of given ?? []) {
    if (key === '' || key.length > 128)
      throw refuse('InvalidParameterValue', `Tag keys have 1 to 128 characters: '${key}'.`);
    if (value.length > 256)
      throw refuse('InvalidParameterValue', `The value of tag '${key}' has more than 256 characters.`);
    if (/^aws:/i.test(key))
      throw refuse('InvalidParameterValue', `Tag keys starting with 'aws:' are reserved: '${key}'.`);
    tags[key] = value;
  }
  if (Object.keys(tags).length > MOST_TAGS)
    throw refuse('TagLimitExceeded', `More than ${MOST_TAGS} tags for this resource.`);
  return tags;
}

/** Tags as both services write them. */
export function tagList(tags: Tags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** The tags that a TagSpecification gives to things of `resourceType`. */
export function specifiedTags(
  specifications:
    | readonly {
        readonly ResourceType?: string | undefined;
        readonly Tags?: readonly RequestTag[] | undefined;
      }[]
    | undefined,
  resourceType: string,
): RequestTag[] {
  return (specifications ?? [])
    .filter(({ ResourceType: type }) => type === resourceType)
    .flatMap(({ Tags: tags }) => tags ?? []);
}
