import type { Tags } from '../model/records.ts';
import { ec2Failure, rdsFailure } from './ec2-rds-errors.ts';

interface RequestTag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

const MOST_TAGS = 50;

/** What a service takes as a tag. */
export interface TagRules {
  /** Makes the error of the service. */
  readonly refuse: (code: string, message: string) => Error;
  /** Keys that the service keeps for itself. */
  readonly reserved: RegExp;
  /** What keys and values may hold. */
  readonly text?: RegExp;
}

export const EC2_TAGS: TagRules = { refuse: ec2Failure, reserved: /^aws:/i };
/** RDS documents the pattern. */
export const RDS_TAGS: TagRules = {
  ...{ refuse: rdsFailure, reserved: /^(aws|rds):/i },
  text: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u,
};

/** The tags of a request over those that are there. */
export function mergeTags(
  present: Tags,
  given: readonly RequestTag[] | undefined,
  { refuse, reserved, text }: TagRules,
): Tags {
  const tags: Record<string, string> = { ...present };
  for (const { Key: key = '', Value: value = '' } of given ?? []) {
    if (key === '' || key.length > 128)
      throw refuse('InvalidParameterValue', `Tag keys have 1 to 128 characters: '${key}'.`);
    if (value.length > 256)
      throw refuse('InvalidParameterValue', `The value of tag '${key}' has more than 256 characters.`);
    if (reserved.test(key)) throw refuse('InvalidParameterValue', `Tag keys like '${key}' are reserved.`);
    if (text !== undefined && !(text.test(key) && text.test(value)))
      throw refuse('InvalidParameterValue', `Tag '${key}' has a character that is not allowed.`);
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
