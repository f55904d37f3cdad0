import { idMaker, inComment, scalar } from './draft-names.ts';
import { OPTIONAL_PARTS } from './draft-parts.ts';
import { groupVolumes } from './draft-volumes.ts';
import type { DraftVolume, VolumeGroup } from './draft-volumes.ts';
import { runbookSchema } from './schema.ts';
import { isOfDrill } from '../tags.ts';

/** Entries of a kind that a person still reads; the rest is counted. */
const MOST_ENTRIES = 50;

type Tags = Readonly<Record<string, string>>;

export interface DraftDatabase {
  readonly id: string;
  readonly engine: string;
  readonly storageGiB: number;
  readonly backupRetentionDays: number;
  readonly replicaOf?: string | undefined;
  readonly clusterId?: string | undefined;
  readonly tags: Tags;
}

export interface DraftCluster {
  readonly id: string;
  readonly engine: string;
  readonly tags: Tags;
}

/** What a draft is made from: an inventory has all of it. */
export interface DraftAccount {
  readonly account: string;
  readonly volumes: readonly DraftVolume[];
  readonly snapshots: readonly { readonly volumeId: string }[];
  readonly dbInstances: readonly DraftDatabase[];
  readonly dbClusters: readonly DraftCluster[];
}

export interface DraftOptions {
  /** Valid as the name of a runbook. */
  readonly name: string;
  readonly region: string;
  /** Absent: a template. */
  readonly account?: DraftAccount;
}

export interface Draft {
  readonly text: string;
  /** Entries under `resources`. */
  readonly resources: number;
}

/**
 * The text of a runbook for what an account holds, with comments that say what to decide. It parses as it is, and so it does with any
 * of its examples switched on: lines that begin with `#` and are no prose, which always has one space after it.
 *
 * @example draftRunbook({ name: 'orders', region: 'us-east-1', account: inventory }).text
 */
export function draftRunbook({ name, region, account }: DraftOptions): Draft {
  const entries = account === undefined ? [] : entriesOf(account);
  const written = entries.filter(({ isActive }) => isActive).length;
  const blocks = written > 0 ? entries : [...entries, exampleEntry(entries.map(({ id }) => id))];
  const text = [
    header(name, region, account),
    `# What is recovered, in any order: dependsOn says what must be there first.\nresources:\n${blocks.map((block) => block.text).join('\n\n')}`,
    ...(account === undefined ? [] : omissions(account)),
    OPTIONAL_PARTS,
  ].join('\n\n');
  return { text: `${text}\n`, resources: written };
}

interface Entry {
  readonly id: string;
  readonly text: string;
  /** Not commented out. */
  readonly isActive: boolean;
}

function header(name: string, region: string, account: DraftAccount | undefined): string {
  const from =
    account === undefined
      ? '# A template: no account was read. Replace what stands under resources by what is yours.'
      : `# Drafted from what account ${inComment(account.account)} holds in ${inComment(region)}. What belongs together, only you know: correct it.`;
  return `# How ${name} is recovered.
${from}
# Explanations have one space after their #. Whatever else stands after a # is an example: take the # away, and it counts.
# After every change: lifeboat check THIS-FILE. Then rehearse it: lifeboat drill THIS-FILE.
apiVersion: lifeboat/v1
kind: Runbook
name: ${name}
#owner: ${name.slice(0, 30).replace(/-+$/, '')}-oncall

# What was promised. rto: how long until everything is back, from the beginning of the outage. rpo: how much data may be lost, which
# is how old the newest backup may be; less than the time between two backups cannot be kept. Ask whom an outage hurts, not what is
# possible: lifeboat plan says what would take too long, and why.
objectives:
  rto: 8h
  rpo: 24h
  #dataComplete: 7d
  #availability: 99.5%
${regionLine(region)}

# latest: the newest usable backup. before-damage: the newest from before --damaged-at, for data that went bad.
recoveryPoint: { policy: before-damage }`;
}

/** An inventory may have any name for its Region; a runbook has one of AWS. */
function regionLine(region: string): string {
  return runbookSchema.shape.region.safeParse(region).success
    ? `region: ${region}`
    : `# ${inComment(region)} is no Region of AWS: put the right one here.\nregion: us-east-1`;
}

function entriesOf(account: DraftAccount): readonly Entry[] {
  const makeId = idMaker();
  const databases = ownDatabases(account).slice(0, MOST_ENTRIES);
  const clusters = distinct(account.dbClusters.filter(({ tags }) => !isOfDrill(tags))).slice(0, MOST_ENTRIES);
  const { groups, single } = groupVolumes(ownVolumes(account));
  const backedUp = new Set(account.snapshots.map(({ volumeId }) => volumeId));
  const first = databases.map((database) => databaseEntry(database, account, makeId));
  const volumes = [
    ...groups.slice(0, MOST_ENTRIES).map((group) => groupEntry(group, backedUp, makeId)),
    ...single.slice(0, MOST_ENTRIES).map((volume) => volumeEntry(volume, backedUp, makeId)),
  ];
  return [
    ...first,
    ...volumes.map((entry, index) => (index === 0 ? withDependency(entry, first[0]) : entry)),
    ...clusters.map((cluster) => clusterEntry(cluster, makeId)),
  ];
}

/** Volumes are often of no use before a database is there; only a person knows. */
function withDependency(entry: Entry, database: Entry | undefined): Entry {
  if (database === undefined) return entry;
  return { ...entry, text: `${entry.text}\n    #dependsOn: [${database.id}]` };
}

type MakeId = ReturnType<typeof idMaker>;

function databaseEntry(database: DraftDatabase, account: DraftAccount, makeId: MakeId): Entry {
  const { id: source, engine, storageGiB, backupRetentionDays } = database;
  const id = makeId(source, 'database');
  const replicas = account.dbInstances.filter(({ replicaOf }) => replicaOf === source);
  const keepsLogs = backupRetentionDays > 0;
  const lines = [
    `  # ${inComment(engine)}, ${storageGiB} GiB.${keepsLogs ? '' : ' It keeps no automated backups: only its snapshots can bring it back.'}`,
    `  - id: ${id}`,
    '    type: rds-instance',
    `    source: ${scalar(source)}`,
    ...replicas
      .slice(0, 1)
      .flatMap((replica) => [
        `    # ${inComment(replica.id)} is a replica of it: promote-replica in front of the list would be the fastest way back, and loses the`,
        '    # least; but not where the damage has been replicated too.',
      ]),
    keepsLogs
      ? '    # An order of preference: a point in time loses minutes; the snapshot is used when the first fails.'
      : '    # With automated backups, point-in-time in front of it would lose minutes.',
    `    strategies: [${keepsLogs ? 'point-in-time, restore-snapshot' : 'restore-snapshot'}]`,
  ];
  return { id, text: lines.join('\n'), isActive: true };
}

function groupEntry(
  { key, value, volumes }: VolumeGroup,
  backedUp: ReadonlySet<string>,
  makeId: MakeId,
): Entry {
  const id = makeId(value, 'volumes');
  const sizeGiB = volumes.reduce((sum, volume) => sum + volume.sizeGiB, 0);
  const bare = volumes.filter((volume) => !backedUp.has(volume.id)).length;
  const lines = [
    `  # Every volume with this tag: now ${volumes.length}, ${sizeGiB.toLocaleString('en-US')} GiB. One that is added tomorrow belongs to it without a change here.`,
    ...(bare === 0
      ? []
      : [`  # ${bare} of them ${bare === 1 ? 'has' : 'have'} no snapshot: nothing can bring that back.`]),
    `  - id: ${id}`,
    '    type: ebs-volume',
    `    source: { tags: { ${scalar(key)}: ${scalar(value)} } }`,
    '    strategies: [auto]',
  ];
  return { id, text: lines.join('\n'), isActive: true };
}

function volumeEntry(volume: DraftVolume, backedUp: ReadonlySet<string>, makeId: MakeId): Entry {
  const named = Object.entries(volume.tags).find(
    ([key, value]) => key.toLowerCase() === 'name' && value !== '',
  );
  const id = makeId(named?.[1] ?? volume.id, 'volume');
  const { attachedTo } = volume;
  const facts = [
    `${volume.sizeGiB.toLocaleString('en-US')} GiB`,
    ...(attachedTo === undefined
      ? []
      : [
          `${inComment(attachedTo.device)} of ${inComment(attachedTo.instanceId)}${isRoot(attachedTo.device) ? ' (a root volume: often better made anew from an image)' : ''}`,
        ]),
    ...(backedUp.has(volume.id) ? [] : ['no snapshot: nothing can bring it back']),
  ];
  const lines = [
    `  # ${facts.join('; ')}.`,
    `  - id: ${id}`,
    '    type: ebs-volume',
    `    source: ${scalar(volume.id)}`,
    '    strategies: [auto]',
  ];
  return { id, text: lines.join('\n'), isActive: true };
}

function clusterEntry({ id: source, engine }: DraftCluster, makeId: MakeId): Entry {
  const id = makeId(source, 'cluster');
  const lines = [
    `  # ${inComment(engine)}: this version does not restore Aurora clusters yet. Until then, have a way to do it by hand.`,
    `  #- id: ${id}`,
    '  #  type: aurora-cluster',
    `  #  source: ${scalar(source)}`,
    '  #  strategies: [point-in-time, restore-snapshot]',
  ];
  return { id, text: lines.join('\n'), isActive: false };
}

/** A list without entries is no runbook. */
function exampleEntry(taken: readonly string[]): Entry {
  const makeId = idMaker();
  for (const id of taken) makeId(id, 'example');
  const id = makeId('example-db', 'example');
  const lines = [
    '  # An example: replace it.',
    `  - id: ${id}`,
    '    type: rds-instance # rds-instance | aurora-cluster | ebs-volume',
    '    source: example-prod # the name of the DB instance, or the id of the volume',
    '    strategies: [point-in-time, restore-snapshot]',
  ];
  return { id, text: lines.join('\n'), isActive: false };
}

/** What the account holds and the draft does not name: never fewer in silence. */
function omissions(account: DraftAccount): readonly string[] {
  const { groups, single } = groupVolumes(ownVolumes(account));
  const orphans = account.dbInstances.filter(({ id, replicaOf, clusterId }) => {
    if (replicaOf === undefined || clusterId !== undefined) return false;
    return !account.dbInstances.some((other) => other.id === replicaOf && other.id !== id);
  });
  const rest: readonly (readonly [number, string])[] = [
    [ownDatabases(account).length - MOST_ENTRIES, 'more DB instances'],
    [
      distinct(account.dbClusters.filter(({ tags }) => !isOfDrill(tags))).length - MOST_ENTRIES,
      'more Aurora clusters',
    ],
    [groups.length - MOST_ENTRIES, 'more groups of volumes that share a tag'],
    [
      single.length - MOST_ENTRIES,
      'more volumes that share no such tag with another: tag them, and select them by it',
    ],
    [orphans.length, 'replicas of DB instances that are elsewhere'],
  ];
  const lines = rest
    .filter(([count]) => count > 0)
    .map(([count, what]) => `  # Not named here: ${count.toLocaleString('en-US')} ${what}.`);
  return lines.length === 0 ? [] : [[...lines, '  # All of it is in: lifeboat inventory.'].join('\n')];
}

/** Those that are restored by themselves: neither replicas nor parts of a cluster, nor what a drill left. */
function ownDatabases({ dbInstances }: DraftAccount): readonly DraftDatabase[] {
  return distinct(
    dbInstances.filter(
      (instance) =>
        instance.replicaOf === undefined && instance.clusterId === undefined && !isOfDrill(instance.tags),
    ),
  );
}

function ownVolumes({ volumes }: DraftAccount): readonly DraftVolume[] {
  return distinct(volumes.filter(({ tags }) => !isOfDrill(tags)));
}

function distinct<T extends { readonly id: string }>(things: readonly T[]): readonly T[] {
  return [...new Map(things.map((thing) => [thing.id, thing])).values()];
}

function isRoot(device: string): boolean {
  return /^\/dev\/(xvda|sda1?|nvme0n1)$/.test(device);
}
