import type {
  CreateTagsCommandInput,
  DeleteTagsCommandInput,
  DescribeTagsCommandInput,
  DescribeTagsCommandOutput,
  ResourceType,
  Tag,
} from '@aws-sdk/client-ec2';
import type { Instant } from '../../time.ts';
import { ec2Failure } from '../service/ec2-rds-errors.ts';
import { compileFilters } from '../service/filters.ts';
import { EC2_PAGE } from '../model/rates.ts';
import type { Seen } from '../state/table.ts';
import { ec2Page } from './paging.ts';
import type { Call } from '../service/operation.ts';
import type { Tags } from '../model/records.ts';
import { snapshotNotFound } from './snapshot-reads.ts';
import { snapshotStateAt } from '../model/snapshot-timeline.ts';
import type { WorldState } from '../state/state.ts';
import { EC2_TAGS, mergeTags } from '../service/tags.ts';
import { volumeStateAt } from '../model/volume-timeline.ts';

interface TagOfResource {
  readonly id: string;
  readonly type: ResourceType;
  readonly key: string;
  readonly value: string;
  readonly tags: Tags;
}

/** The tags of all volumes, snapshots and instances; an unknown id is no error. */
export function describeTags(
  state: WorldState,
  input: DescribeTagsCommandInput,
  { now }: Call,
): Omit<DescribeTagsCommandOutput, '$metadata'> {
  const holds = compileFilters<TagOfResource>(input.Filters, {
    'resource-id': ({ id }) => [id],
    'resource-type': ({ type }) => [type],
    key: ({ key }) => [key],
    value: ({ value }) => [value],
  });
  const found = tagsShown(state, now).filter(holds);
  const page = ec2Page(
    found.map((value, serial) => ({ serial, value })),
    input,
    EC2_PAGE,
  );
  return {
    Tags: page.items.map(({ value: { id, type, key, value } }) => ({
      ...{ ResourceId: id, ResourceType: type, Key: key, Value: value },
    })),
    NextToken: page.next,
  };
}

function tagsShown({ volumes, snapshots, instances }: WorldState, now: Instant): TagOfResource[] {
  const each = (type: ResourceType, things: readonly Seen<{ readonly id: string; readonly tags: Tags }>[]) =>
    things.flatMap(({ value: { id, tags } }) =>
      Object.entries(tags).map(([key, value]) => ({ id, type, key, value, tags: { [key]: value } })),
    );
  return [
    ...each(
      'volume',
      volumes.allSeen(now).filter(({ value }) => volumeStateAt(value, now) !== 'deleted'),
    ),
    ...each(
      'snapshot',
      snapshots.allSeen(now).filter(({ value }) => snapshotStateAt(value, now) !== undefined),
    ),
    ...each('instance', instances.allSeen(now)),
  ];
}

type Change = (present: Tags) => Tags;

/** All or nothing: one unknown resource refuses the whole call. */
export function createTags(state: WorldState, input: CreateTagsCommandInput, call: Call): object {
  if ((input.Tags ?? []).length === 0) throw missing('tagSet');
  return retag(state, input.Resources, (present) => mergeTags(present, input.Tags, EC2_TAGS), call);
}

/** A tag given with a value goes only if it has that value; without any tags all of them go. */
export function deleteTags(state: WorldState, input: DeleteTagsCommandInput, call: Call): object {
  return retag(state, input.Resources, (present) => without(present, input.Tags), call);
}

function without(present: Tags, doomed: readonly Tag[] | undefined): Tags {
  if (doomed === undefined || doomed.length === 0) return {};
  const goes = ([key, value]: [string, string]): boolean =>
    doomed.some(({ Key, Value }) => Key === key && (Value === undefined || Value === value));
  return Object.fromEntries(Object.entries(present).filter((entry) => !goes(entry)));
}

function retag(state: WorldState, ids: readonly string[] | undefined, change: Change, call: Call): object {
  if (ids === undefined || ids.length === 0) throw missing('resourceIdSet');
  const changes = ids.map((id) => retagged(state, id, change, call));
  for (const apply of changes) apply();
  return {};
}

function missing(parameter: string): Error {
  return ec2Failure('MissingParameter', `The request must contain the parameter ${parameter}`);
}

function retagged(state: WorldState, id: string, change: Change, call: Call): () => void {
  const volume = state.volumes.get(id);
  if (volume !== undefined && volumeStateAt(volume, call.now) !== 'deleted') {
    const tags = change(volume.tags);
    return () => state.putVolume({ ...volume, tags }, call.now);
  }
  const snapshot = state.snapshots.get(id);
  if (snapshot !== undefined && snapshotStateAt(snapshot, call.now) !== undefined) {
    const tags = change(snapshot.tags);
    return () => state.snapshots.put({ ...snapshot, tags }, call.now);
  }
  const instance = state.instances.get(id);
  if (instance !== undefined) {
    const tags = change(instance.tags);
    return () => state.instances.put({ ...instance, tags }, call.now);
  }
  if (id.startsWith('vol-')) throw ec2Failure('InvalidVolume.NotFound', `The volume '${id}' does not exist.`);
  if (id.startsWith('snap-')) throw snapshotNotFound(id);
  throw ec2Failure('InvalidID', `The ID '${id}' is not valid`);
}
