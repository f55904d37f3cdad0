import type { RunMode } from '../plan/types.ts';
import {
  FORENSICS_TAG,
  givenTags,
  IDENTITY_TAG,
  MAKE_TAG,
  MODE_TAG,
  MOST_TAGS,
  PURPOSE_TAG,
  RESOURCE_TAG,
  RUN_TAG,
  RUNBOOK_TAG,
} from '../tags.ts';
import { formatInstant, parseInstant } from '../time.ts';
import type { MakeMark, OperationSpec, SnapshotPurpose } from '../workflow/base/effects.ts';

const LONGEST_KEY = 128;
const LONGEST_VALUE = 256;

/** The run on whose behalf an executor acts. */
export interface RunIdentity {
  readonly runId: string;
  readonly runbook: string;
  readonly mode: RunMode;
}

/** What the tags of a made thing tell. */
export interface TagSubject {
  readonly resource: string;
  readonly name: string;
  readonly identity: string;
  /** Of volumes and DB instances. */
  readonly mark?: MakeMark;
  /** Of snapshots. */
  readonly purpose?: SnapshotPurpose;
}

/** Why a snapshot is asked for. @throws Error for the spec of another operation: a bug of the caller */
export function purposeOf(spec: OperationSpec): SnapshotPurpose {
  if ('purpose' in spec && (spec.purpose === 'forensics' || spec.purpose === 'protection'))
    return spec.purpose;
  throw new Error('a snapshot needs a purpose');
}

/** Tags as both services take them. */
export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** Tags as both services give them. */
export interface TagOfAnswer {
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
  run: RunIdentity,
  made: TagSubject,
  source: Readonly<Record<string, string>>,
): Tag[] {
  const given = givenTags(source).map((key) => [key, source[key] ?? ''] as const);
  const tags = new Map<string, string>();
  for (const [key, value] of [...ours(run, made), ...given]) {
    const fitting = fittingText(service, key, LONGEST_KEY);
    if (tags.size < MOST_TAGS && !tags.has(fitting)) tags.set(fitting, fittingValue(service, value));
  }
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

function ours({ runId, runbook, mode }: RunIdentity, made: TagSubject): (readonly [string, string])[] {
  const { resource, name, identity, mark, purpose } = made;
  return [
    [RUN_TAG, runId],
    [RUNBOOK_TAG, runbook],
    [RESOURCE_TAG, resource],
    [IDENTITY_TAG, identity],
    ...(mark === undefined ? [] : [[MAKE_TAG, formatMark(mark)] as const]),
    ...(purpose === undefined ? [] : [[PURPOSE_TAG, purpose] as const, [MODE_TAG, mode] as const]),
    ...(purpose === 'forensics' ? [[FORENSICS_TAG, runId] as const] : []),
    ['Name', name],
  ];
}

function fittingText(service: 'ec2' | 'rds', text: string, longest: number): string {
  return text
    .replace(service === 'ec2' ? NOT_FOR_EC2 : NOT_FOR_RDS, '_')
    .slice(0, longest)
    .replace(/[\uD800-\uDBFF]$/, '');
}

/** A value as the service takes it: what a tag that was given `value` is found by. */
export function fittingValue(service: 'ec2' | 'rds', value: string): string {
  return fittingText(service, value, LONGEST_VALUE);
}

/**
 * `restore/fsr/0.1.2`: mode, strategy, then round, copy and generation; `/2026-11-20T02:57:00Z` after it where the instant of the data is kept.
 * Characters that every service takes.
 */
export function formatMark({ mode, strategy, round, copy, generation, pointAt }: MakeMark): string {
  const point = pointAt === undefined ? '' : `/${formatInstant(pointAt)}`;
  return `${mode}/${strategy}/${round}.${copy}.${generation}${point}`;
}

/** The mark in a tag's value; `undefined` when it is none. */
export function parseMark(text: string | undefined): MakeMark | undefined {
  const parts = /^(restore|drill)\/([^/]+)\/(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:\/([^/]+))?$/.exec(text ?? '');
  if (parts === null) return undefined;
  const [, mode, strategy = '', round, copy, generation, point = ''] = parts;
  const pointAt = parseInstant(point);
  return {
    mode: mode as RunMode,
    strategy,
    round: Number(round),
    copy: Number(copy),
    generation: Number(generation),
    ...(pointAt !== undefined && { pointAt }),
  };
}

/** The value of a tag; `undefined` when it is not there. */
export function tagValue(tags: readonly TagOfAnswer[] | undefined, key: string): string | undefined {
  return tags?.find((tag) => tag.Key === key)?.Value;
}

/**
 * Whether the run made it. The run's id alone is no proof: a journal that was copied or edited may carry the id of another run. A drill never
 * deletes what a restore made.
 */
export function isOfRun(
  tags: readonly TagOfAnswer[] | undefined,
  { runId, runbook, mode }: RunIdentity,
): boolean {
  const madeBy = parseMark(tagValue(tags, MAKE_TAG))?.mode ?? tagValue(tags, MODE_TAG);
  return (
    tagValue(tags, RUN_TAG) === runId &&
    tagValue(tags, RUNBOOK_TAG) === runbook &&
    (madeBy === undefined || madeBy === mode)
  );
}

/** Tags as an inventory has them; `aws:*` included, for they tell where a thing came from. */
export function tagRecord(tags: readonly TagOfAnswer[] | undefined): Record<string, string> {
  return Object.fromEntries(
    (tags ?? []).flatMap(({ Key, Value }) => (Key === undefined ? [] : [[Key, Value ?? '']])),
  );
}
