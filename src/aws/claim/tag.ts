import { CreateTagsCommand, DeleteTagsCommand } from '@aws-sdk/client-ec2';
import { AddTagsToResourceCommand, RemoveTagsFromResourceCommand } from '@aws-sdk/client-rds';
import type { Claim, Failure, MadeThing } from '../../workflow/base/effects.ts';
import { notSeen } from '../answers.ts';
import { claimTag, parseClaimTag, unknownHolder } from './text.ts';
import { describeSnapshots, describeVolumes, type Ec2Access } from '../ec2/reads.ts';
import { RequestFailure } from '../request-failures.ts';
import { describeDbInstances, describeDbSnapshot, finderOf, type RdsAccess } from '../rds/reads.ts';
import { CLAIM_TAG } from '../../tags.ts';
import { tagValue, type TagOfAnswer } from '../tags.ts';

/** The services whose things can carry the tag; one that a run does not need is absent. */
export interface TagAccess {
  readonly ec2: Ec2Access | undefined;
  readonly rds: RdsAccess | undefined;
}

/** The tag on one thing. */
export interface TaggedClaim {
  readonly value: string;
  readonly holder: Claim;
}

/** One thing that can carry the claim, as it was seen. */
export interface ClaimSpot {
  readonly source: MadeThing;
  /** The claim that it carries; `undefined`: none. */
  readonly tagged: TaggedClaim | undefined;
  /** @param hasParameter the claim is a parameter too */
  write(claim: Claim, hasParameter?: boolean): Promise<void>;
  /** Removes the claim that was read, compare-and-delete. */
  remove(tagged: TaggedClaim): Promise<void>;
}

/** What a read shows of one thing. */
interface Shown {
  readonly arn?: string | undefined;
  readonly state: string | undefined;
  readonly tags: readonly TagOfAnswer[] | undefined;
}

/** Those of `ids` that exist, by the id that was asked for. */
type Read = (ids: readonly string[]) => Promise<ReadonlyMap<string, Shown>>;

/**
 * Reads things of one kind in one request where the API has one. A thing that no longer exists gets a {@link RequestFailure}.
 *
 * @throws what the read threw; RequestFailure of class `unsupported` where the run has no access to the service
 */
export async function claimSpots(
  aws: TagAccess,
  kind: MadeThing['kind'],
  ids: readonly string[],
  runbook: string,
): Promise<readonly (ClaimSpot | RequestFailure)[]> {
  const isOfEc2 = kind === 'volume' || kind === 'snapshot';
  const ec2 = isOfEc2 ? needed(aws.ec2, kind) : undefined;
  const rds = isOfEc2 ? undefined : needed(aws.rds, kind);
  const read = ec2 === undefined ? rdsReader(needed(rds, kind), kind) : ec2Reader(ec2, kind);
  const seen = await read(ids);
  return ids.map((id) => {
    const shown = seen.get(id);
    if (shown === undefined || isLeaving(shown.state)) return gone(kind, id);
    const tagged = claimIn(shown.tags, id, runbook);
    const tagging = ec2 === undefined ? rdsTagging(needed(rds, kind), id, shown.arn) : ec2Tagging(ec2, id);
    return { source: { kind, id }, tagged, ...tagging };
  });
}

function claimIn(
  tags: readonly TagOfAnswer[] | undefined,
  id: string,
  runbook: string,
): TaggedClaim | undefined {
  const value = tagValue(tags, CLAIM_TAG);
  if (value === undefined) return undefined;
  const why = `the tag ${CLAIM_TAG} of ${id} holds no claim that can be read`;
  return { value, holder: parseClaimTag(value) ?? unknownHolder(runbook, 0, why) };
}

function needed<Access>(access: Access | undefined, kind: MadeThing['kind']): Access {
  if (access !== undefined) return access;
  const message = `This run asks nothing of the service that a ${kind} belongs to.`;
  throw new RequestFailure({ class: 'unsupported', code: 'NoClient', message });
}

function isLeaving(state: string | undefined): boolean {
  return state === 'deleting' || state === 'deleted';
}

function ec2Reader(aws: Ec2Access, kind: MadeThing['kind']): Read {
  if (kind === 'volume')
    return async (ids) =>
      new Map(
        (await describeVolumes(aws, ids)).map(({ VolumeId: id, State: state, Tags: tags }) => [
          id ?? '',
          { state, tags },
        ]),
      );
  return async (ids) =>
    new Map(
      (await describeSnapshots(aws, ids)).map(({ SnapshotId: id, State: state, Tags: tags }) => [
        id ?? '',
        { state, tags },
      ]),
    );
}

function ec2Tagging({ client, call }: Ec2Access, id: string): Pick<ClaimSpot, 'write' | 'remove'> {
  return {
    async write(claim, hasParameter) {
      const command = new CreateTagsCommand({
        Resources: [id],
        Tags: [{ Key: CLAIM_TAG, Value: claimTag(claim, hasParameter) }],
      });
      await call('CreateTags', () => client.send(command));
    },
    async remove({ value }) {
      // EC2 deletes a tag that is given with its value only if it still has that value: another process may have written it since.
      const command = new DeleteTagsCommand({ Resources: [id], Tags: [{ Key: CLAIM_TAG, Value: value }] });
      await call('DeleteTags', () => client.send(command));
    },
  };
}

function rdsReader(aws: RdsAccess, kind: MadeThing['kind']): Read {
  if (kind === 'dbInstance')
    return async (ids) => {
      const find = finderOf(await describeDbInstances(aws, ids));
      return new Map(
        ids.flatMap((id): [string, Shown][] => {
          const found = find(id);
          if (found === undefined) return [];
          const { DBInstanceArn: arn, DBInstanceStatus: state, TagList: tags } = found;
          return [[id, { arn, state, tags }]];
        }),
      );
    };
  // RDS shows snapshots one by one, or all of them.
  return async (ids) => {
    const seen = new Map<string, Shown>();
    for (const id of ids) {
      const snapshot = await describeDbSnapshot(aws, id);
      if (snapshot === undefined) continue;
      const { DBSnapshotArn: arn, Status: state, TagList: tags } = snapshot;
      seen.set(id, { arn, state, tags });
    }
    return seen;
  };
}

function rdsTagging(
  { client, call }: RdsAccess,
  id: string,
  arn: string | undefined,
): Pick<ClaimSpot, 'write' | 'remove'> {
  const told = () => {
    if (arn !== undefined) return arn;
    const message = `The endpoint does not tell the ARN of ${id}, without which it cannot be tagged.`;
    throw new RequestFailure({ class: 'unsupported', code: 'ArnMissing', message });
  };
  return {
    async write(claim, hasParameter) {
      const command = new AddTagsToResourceCommand({
        ResourceName: told(),
        Tags: [{ Key: CLAIM_TAG, Value: claimTag(claim, hasParameter) }],
      });
      await call('AddTagsToResource', () => client.send(command));
    },
    async remove() {
      const command = new RemoveTagsFromResourceCommand({ ResourceName: told(), TagKeys: [CLAIM_TAG] });
      await call('RemoveTagsFromResource', () => client.send(command));
    },
  };
}

function gone(kind: MadeThing['kind'], id: string): RequestFailure {
  const failure: Failure = notSeen('ClaimSourceNotFound', `${kind} ${id}`);
  return new RequestFailure(failure);
}
