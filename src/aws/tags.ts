/** Whose is what was made: the only thing that makes it ours to delete. */
export const RUN_TAG = 'lifeboat:run';
export const RUNBOOK_TAG = 'lifeboat:runbook';
export const RESOURCE_TAG = 'lifeboat:resource';

const MOST_TAGS = 50;
const LONGEST_KEY = 128;
const LONGEST_VALUE = 256;

/** The run on whose behalf an executor acts. */
export interface RunIdentity {
  readonly runId: string;
  readonly runbook: string;
}

/** Tags as both services take them. */
export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

interface TagOfAnswer {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** EC2 takes any character that a request can carry. */
const NOT_FOR_EC2 = /\p{Cc}/gu;
/** RDS takes letters, digits, spaces and these; the services' documentation names them. */
const NOT_FOR_RDS = /[^\p{L}\p{N}\p{Zs}_.:/=+@-]/gu;

/**
 * The tags of what is made: ours first, then those of the source, sorted so that asking again asks for the same. Left out are the
 * source's `aws:*` (reserved), its `lifeboat:*` (another run's), its Name, and what goes beyond 50.
 */
export function tagsFor(
  service: 'ec2' | 'rds',
  { runId, runbook }: RunIdentity,
  made: { readonly resource: string; readonly name: string },
  source: Readonly<Record<string, string>>,
): Tag[] {
  const refused = service === 'ec2' ? NOT_FOR_EC2 : NOT_FOR_RDS;
  const fit = (text: string, longest: number) =>
    text
      .replace(refused, '_')
      .slice(0, longest)
      .replace(/[\uD800-\uDBFF]$/, '');
  const ours = { [RUN_TAG]: runId, [RUNBOOK_TAG]: runbook, [RESOURCE_TAG]: made.resource, Name: made.name };
  const given = Object.entries(source)
    .filter(([key]) => key !== '' && key !== 'Name' && !/^(aws|lifeboat):/i.test(key))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const tags = new Map<string, string>();
  for (const [key, value] of [...Object.entries(ours), ...given]) {
    const fitting = fit(key, LONGEST_KEY);
    if (tags.size < MOST_TAGS && !tags.has(fitting)) tags.set(fitting, fit(value, LONGEST_VALUE));
  }
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

/** The value of a tag; `undefined` when it is not there. */
export function tagValue(tags: readonly TagOfAnswer[] | undefined, key: string): string | undefined {
  return tags?.find((tag) => tag.Key === key)?.Value;
}

export function isOfRun(tags: readonly TagOfAnswer[] | undefined, { runId }: RunIdentity): boolean {
  return tagValue(tags, RUN_TAG) === runId;
}

/** Tags as an inventory has them; `aws:*` included, for they tell where a thing came from. */
export function tagRecord(tags: readonly TagOfAnswer[] | undefined): Record<string, string> {
  return Object.fromEntries(
    (tags ?? []).flatMap(({ Key, Value }) => (Key === undefined ? [] : [[Key, Value ?? '']])),
  );
}
