import { CreateTagsCommand, DeleteTagsCommand } from '@aws-sdk/client-ec2';
import type { ThingType } from '../../kinds/things.ts';
import type { Taggable } from '../adapter.ts';
import { describeSnapshots, describeVolumes, type Ec2Access } from './reads.ts';

/** The volumes or snapshots among `ids` that exist, in one request. */
export async function taggableByEc2(
  aws: Ec2Access,
  type: ThingType,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Taggable>> {
  const seen =
    type === 'volume'
      ? (await describeVolumes(aws, ids)).map(({ VolumeId: id, State, Tags }) => ({ id, State, Tags }))
      : (await describeSnapshots(aws, ids)).map(({ SnapshotId: id, State, Tags }) => ({ id, State, Tags }));
  return new Map(
    seen.flatMap(({ id, State: status, Tags: tags }): [string, Taggable][] =>
      id === undefined ? [] : [[id, { status, tags, ...tagging(aws, id) }]],
    ),
  );
}

function tagging({ client, call }: Ec2Access, id: string): Pick<Taggable, 'write' | 'remove'> {
  return {
    async write(key, value) {
      const command = new CreateTagsCommand({ Resources: [id], Tags: [{ Key: key, Value: value }] });
      await call('CreateTags', () => client.send(command));
    },
    async remove(key, value) {
      // EC2 deletes a tag that is given with its value only if it still has that value: another process may have written it since.
      const command = new DeleteTagsCommand({ Resources: [id], Tags: [{ Key: key, Value: value }] });
      await call('DeleteTags', () => client.send(command));
    },
  };
}
