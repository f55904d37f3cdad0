import type {
  AddTagsToResourceCommandInput,
  ListTagsForResourceCommandInput,
  ListTagsForResourceCommandOutput,
  RemoveTagsFromResourceCommandInput,
} from '@aws-sdk/client-rds';
import { rdsFault } from '../service/ec2-rds-errors.ts';
import type { Call } from '../service/operation.ts';
import { arnTarget } from './arns.ts';
import type { ArnTarget } from './arns.ts';
import type { Tags } from '../model/records.ts';
import type { WorldState } from '../state/state.ts';
import { mergeTags, RDS_TAGS, tagList } from '../service/tags.ts';

export function addTagsToResource(
  state: WorldState,
  input: AddTagsToResourceCommandInput,
  call: Call,
): object {
  const target = arnTarget(state, input.ResourceName, call.now);
  return retag(state, target, mergeTags(target.record.tags, input.Tags, RDS_TAGS), call);
}

/** Keys that are not there are no error. */
export function removeTagsFromResource(
  state: WorldState,
  input: RemoveTagsFromResourceCommandInput,
  call: Call,
): object {
  const target = arnTarget(state, input.ResourceName, call.now);
  const doomed = new Set(input.TagKeys);
  const left = Object.entries(target.record.tags).filter(([key]) => !doomed.has(key));
  return retag(state, target, Object.fromEntries(left), call);
}

function retag(state: WorldState, target: ArnTarget, tags: Tags, { now }: Call): object {
  switch (target.kind) {
    case 'db':
      state.dbInstances.put({ ...target.record, tags }, now);
      return {};
    case 'snapshot':
      state.dbSnapshots.put({ ...target.record, tags }, now);
      return {};
    case 'cluster':
      state.dbClusters.put({ ...target.record, tags }, now);
      return {};
    case 'cluster-snapshot':
      state.dbClusterSnapshots.put({ ...target.record, tags }, now);
      return {};
  }
}

export function listTagsForResource(
  state: WorldState,
  input: ListTagsForResourceCommandInput,
  call: Call,
): Omit<ListTagsForResourceCommandOutput, '$metadata'> {
  const { kind, record } = arnTarget(state, input.ResourceName, call.now);
  const { dbInstances, dbSnapshots, dbClusters, dbClusterSnapshots } = state;
  const [table, code] = (
    {
      db: [dbInstances, 'DBInstanceNotFound'],
      snapshot: [dbSnapshots, 'DBSnapshotNotFound'],
      cluster: [dbClusters, 'DBClusterNotFoundFault'],
      'cluster-snapshot': [dbClusterSnapshots, 'DBClusterSnapshotNotFoundFault'],
    } as const
  )[kind];
  const shown = table.seen(record.id, call.now);
  // Made a moment ago: reads do not know of it yet.
  if (shown === undefined) throw rdsFault(code, `${record.id} not found.`);
  return { TagList: tagList(shown.value.tags) };
}
