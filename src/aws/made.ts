import type { DBInstance, DBSnapshot } from '@aws-sdk/client-rds';
import type { Snapshot, Volume } from '@aws-sdk/client-ec2';
import type { RunMode } from '../plan/types.ts';
import type { Instant } from '../time.ts';
import type { Claim, MadeThing, MakeMark, SnapshotPurpose } from '../workflow/base/effects.ts';
import type { CallAws } from '../workflow/base/executor.ts';
import type { Settling } from './answers.ts';
import { readClaim } from './claim/claim.ts';
import type { Sender } from './clients.ts';
import { describeSnapshotsWhere, describeVolumesWhere, type Ec2Access } from './ec2/reads.ts';
import { describeAllDbInstances, describeDbSnapshotsWhere, type RdsAccess } from './rds/reads.ts';
import {
  IDENTITY_TAG,
  MAKE_TAG,
  MODE_TAG,
  PURPOSE_TAG,
  RESOURCE_TAG,
  RUN_TAG,
  RUNBOOK_TAG,
} from '../tags.ts';
import { parseMark, tagValue, type TagOfAnswer } from './tags.ts';

/** One thing in the account that a run made. */
export interface MadeItem {
  readonly thing: MadeThing;
  /** Planned id of the resource; empty when its tag is lost. */
  readonly resource: string;
  /** Client token or identifier: two things with the same one were made for the same request. */
  readonly identity: string | undefined;
  /** Of volumes and DB instances; `undefined` of snapshots, and when the tag is lost. */
  readonly mark: MakeMark | undefined;
  /** Of snapshots. */
  readonly purpose?: SnapshotPurpose;
  readonly createdAt?: Instant;
  /** The snapshot that a volume was made from, or what a snapshot was taken of. RDS does not tell what an instance was restored from. */
  readonly from?: string;
  /** As the service calls it; what is being deleted is left out. */
  readonly state: string;
}

export interface MadeRun {
  readonly runId: string;
  readonly mode: RunMode;
  /** The oldest first, then by id. */
  readonly things: readonly MadeItem[];
}

export interface FindMadeOptions extends Settling {
  readonly ec2?: Sender<'ec2'>;
  readonly rds?: Sender<'rds'>;
  readonly ssm?: Sender<'ssm'>;
  readonly call: CallAws;
  readonly runbook: string;
  /** Where the claim may be a tag. */
  readonly sources: readonly MadeThing[];
}

interface Found {
  readonly runId: string;
  readonly mode: RunMode | undefined;
  readonly item: MadeItem;
}

/**
 * All that carries the runbook's tag, by run, and who claims the runbook: what a run can be rebuilt from when its journal is lost. Read
 * twice, a settle apart, for one read may not show all.
 *
 * @throws what a read threw: `classify` tells what it means
 */
export async function findMade(
  options: FindMadeOptions,
): Promise<{ readonly claim?: Claim; readonly runs: readonly MadeRun[] }> {
  const { call, runbook, sources, settle } = options;
  const access = <Client>(client: Client | undefined) =>
    client === undefined ? undefined : { client, call };
  const [ec2, rds, ssm] = [access(options.ec2), access(options.rds), access(options.ssm)];
  const read = async () => [...(await volumesOf(ec2, runbook)), ...(await databasesOf(rds, runbook))];
  const first = await read();
  await settle();
  const second = await read();
  const { holder } = await readClaim({ ec2, rds, ssm }, runbook, sources);
  // The later read is the more recent where both show a thing.
  const byId = new Map([...first, ...second].map((found) => [keyOf(found.item.thing), found]));
  const present = [...byId.values()].filter(({ item }) => !/^delet(ing|ed)$/.test(item.state));
  return { ...(holder !== undefined && { claim: holder }), runs: runsOf(present, holder) };
}

function keyOf({ kind, id }: MadeThing): string {
  return `${kind} ${id}`;
}

function runsOf(found: readonly Found[], claim: Claim | undefined): readonly MadeRun[] {
  const byRun = new Map<string, Found[]>();
  for (const one of found) byRun.set(one.runId, [...(byRun.get(one.runId) ?? []), one]);
  return [...byRun]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([runId, things]) => ({
      runId,
      mode: modeOf(things) ?? (claim?.runId === runId ? claim.mode : 'restore'),
      things: things.map(({ item }) => item).sort(byAge),
    }));
}

/** The mode by the tags of any of its things. Without one the run counts as a restore, of which nothing is removed unless asked for. */
function modeOf(things: readonly Found[]): RunMode | undefined {
  return things.find(({ mode }) => mode !== undefined)?.mode;
}

function byAge(one: MadeItem, other: MadeItem): number {
  const [a, b] = [one, other].map(({ createdAt }) => createdAt ?? Number.POSITIVE_INFINITY);
  if (a !== b && a !== undefined && b !== undefined) return a - b;
  return one.thing.id < other.thing.id ? -1 : 1;
}

async function volumesOf(ec2: Ec2Access | undefined, runbook: string): Promise<readonly Found[]> {
  if (ec2 === undefined) return [];
  const Filters = [{ Name: `tag:${RUNBOOK_TAG}`, Values: [runbook] }];
  const volumes = await describeVolumesWhere(ec2, Filters);
  const snapshots = await describeSnapshotsWhere(ec2, { Filters });
  return [
    ...volumes.flatMap((volume) => foundVolume(volume, runbook)),
    ...snapshots.flatMap((snapshot) => foundSnapshot(snapshot, runbook)),
  ];
}

/** RDS cannot filter by tag: all are read. */
async function databasesOf(rds: RdsAccess | undefined, runbook: string): Promise<readonly Found[]> {
  if (rds === undefined) return [];
  const instances = await describeAllDbInstances(rds);
  const snapshots = await describeDbSnapshotsWhere(rds, { SnapshotType: 'manual' });
  return [
    ...instances.flatMap((instance) => foundDbInstance(instance, runbook)),
    ...snapshots.flatMap((snapshot) => foundDbSnapshot(snapshot, runbook)),
  ];
}

interface Facts {
  readonly tags: readonly TagOfAnswer[] | undefined;
  readonly id: string | undefined;
  readonly kind: MadeThing['kind'];
  readonly at: Date | undefined;
  readonly from: string | undefined;
  readonly state: string;
}

/** The thing, if its tags say that a run of this runbook made it; the endpoint may have filtered or not. */
function foundBy({ tags, id, kind, at, from, state }: Facts, runbook: string): readonly Found[] {
  const runId = tagValue(tags, RUN_TAG);
  if (id === undefined || runId === undefined || tagValue(tags, RUNBOOK_TAG) !== runbook) return [];
  const mark = parseMark(tagValue(tags, MAKE_TAG));
  const told = tagValue(tags, MODE_TAG);
  const purpose = tagValue(tags, PURPOSE_TAG);
  return [
    {
      runId,
      mode: mark?.mode ?? (told === 'restore' || told === 'drill' ? told : undefined),
      item: {
        thing: { kind, id },
        resource: tagValue(tags, RESOURCE_TAG) ?? '',
        identity: tagValue(tags, IDENTITY_TAG),
        mark,
        ...((purpose === 'forensics' || purpose === 'protection') && { purpose }),
        ...(at !== undefined && { createdAt: at.getTime() }),
        ...(from !== undefined && from !== '' && { from }),
        state,
      },
    },
  ];
}

function foundVolume(volume: Volume, runbook: string): readonly Found[] {
  const { Tags: tags, VolumeId: id, CreateTime: at, SnapshotId: from, State: state } = volume;
  return foundBy({ tags, id, kind: 'volume', at, from, state: state ?? 'creating' }, runbook);
}

function foundSnapshot(snapshot: Snapshot, runbook: string): readonly Found[] {
  const { Tags: tags, SnapshotId: id, StartTime: at, VolumeId: from, State: state } = snapshot;
  return foundBy({ tags, id, kind: 'snapshot', at, from, state: state ?? 'pending' }, runbook);
}

function foundDbInstance(instance: DBInstance, runbook: string): readonly Found[] {
  const {
    TagList: tags,
    DBInstanceIdentifier: id,
    InstanceCreateTime: at,
    DBInstanceStatus: state,
  } = instance;
  return foundBy({ tags, id, kind: 'dbInstance', at, from: undefined, state: state ?? 'creating' }, runbook);
}

function foundDbSnapshot(snapshot: DBSnapshot, runbook: string): readonly Found[] {
  const { TagList: tags, DBSnapshotIdentifier: id, SnapshotCreateTime: at, Status: state } = snapshot;
  const from = snapshot.DBInstanceIdentifier;
  return foundBy({ tags, id, kind: 'dbSnapshot', at, from, state: state ?? 'creating' }, runbook);
}
