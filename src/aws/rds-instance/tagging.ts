import { AddTagsToResourceCommand, RemoveTagsFromResourceCommand } from '@aws-sdk/client-rds';
import type { ThingType } from '../../kinds/things.ts';
import type { Taggable } from '../adapter.ts';
import { RequestFailure } from '../request-failures.ts';
import { describeDbInstances, describeDbSnapshot, finderOf, type RdsAccess } from './reads.ts';

/** The DB instances or DB snapshots among `ids` that exist. RDS shows snapshots one by one, or all of them. */
export async function taggableByRds(
  aws: RdsAccess,
  type: ThingType,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Taggable>> {
  const seen = new Map<string, Taggable>();
  if (type === 'dbInstance') {
    const find = finderOf(await describeDbInstances(aws, ids));
    for (const id of ids) {
      const found = find(id);
      if (found === undefined) continue;
      const { DBInstanceArn: arn, DBInstanceStatus: status, TagList: tags } = found;
      seen.set(id, { status, tags, ...tagging(aws, id, arn) });
    }
    return seen;
  }
  // Nothing else carries a claim: a replica is left as it is.
  if (type !== 'dbSnapshot') return seen;
  for (const id of ids) {
    const found = await describeDbSnapshot(aws, id);
    if (found === undefined) continue;
    const { DBSnapshotArn: arn, Status: status, TagList: tags } = found;
    seen.set(id, { status, tags, ...tagging(aws, id, arn) });
  }
  return seen;
}

function tagging(
  { client, call }: RdsAccess,
  id: string,
  arn: string | undefined,
): Pick<Taggable, 'write' | 'remove'> {
  const told = () => {
    if (arn !== undefined) return arn;
    const message = `The endpoint does not tell the ARN of ${id}, without which it cannot be tagged.`;
    throw new RequestFailure({ class: 'unsupported', code: 'ArnMissing', message });
  };
  return {
    async write(key, value) {
      const Tags = [{ Key: key, Value: value }];
      const command = new AddTagsToResourceCommand({ ResourceName: told(), Tags });
      await call('AddTagsToResource', () => client.send(command));
    },
    async remove(key) {
      const command = new RemoveTagsFromResourceCommand({ ResourceName: told(), TagKeys: [key] });
      await call('RemoveTagsFromResource', () => client.send(command));
    },
  };
}
