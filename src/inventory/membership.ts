import { LifeboatError } from '../errors.ts';
import { guesser } from '../document/suggest.ts';
import type { DocumentPath } from '../document/complaints.ts';
import type { Runbook, RunbookResource } from '../runbook/schema.ts';
import { isOfDrill, RUN_TAG } from '../tags.ts';
import type { Inventory, Volume } from './schema.ts';

/** What an inventory written by hand has when it does not say its account. */
const UNNAMED_ACCOUNT = '000000000000';

/** What belongs to a recovery: the account now, and what only the baseline contains. */
export interface United {
  readonly inventory: Inventory;
  /** Ids of sources that the baseline contains and the account does not. */
  readonly gone: {
    readonly volumes: ReadonlySet<string>;
    readonly dbInstances: ReadonlySet<string>;
    readonly dbClusters: ReadonlySet<string>;
  };
}

/** One real thing to recover. */
export interface Member {
  readonly resource: RunbookResource;
  /** The runbook's id; `<id>/<source>` for each volume of a tag selector. Unique among the members. */
  readonly planId: string;
  readonly sourceId: string;
  /** The source does not exist any more: only the baseline or its own recovery points contain it. */
  readonly gone: boolean;
}

/** A resource of the runbook for which nothing was found. */
export interface MissingSource {
  /** Where the runbook names it. */
  readonly path: DocumentPath;
  readonly resource: string;
  /** The id or the tags, as text. */
  readonly source: string;
  readonly message: string;
  readonly suggestion?: string;
}

export interface Membership {
  readonly members: readonly Member[];
  readonly missing: readonly MissingSource[];
}

/**
 * Unites the account as it is now with a baseline from before the disaster. The account wins. Sources that only the baseline
 * contains are kept, so that they are recovered; recovery points that only the baseline contains are left out, because they
 * no longer exist. Everything else (quotas, time, instances, keys) is the account's.
 * Throws `INVALID_INVENTORY` when the baseline is of another account or Region.
 */
export function unite(account: Inventory, baseline: Inventory | undefined): United {
  if (baseline === undefined) return { inventory: account, gone: nothingGone() };
  for (const name of ['account', 'region'] as const) {
    if (account[name] === baseline[name]) continue;
    if (name === 'account' && [account.account, baseline.account].includes(UNNAMED_ACCOUNT)) continue;
    throw new LifeboatError(
      'INVALID_INVENTORY',
      `The baseline is of ${name} ${baseline[name]}, but the recovery runs in ${name} ${account[name]}.`,
      `Give a baseline of ${name} ${account[name]} with --baseline.`,
    );
  }
  const volumes = onlyIn(baseline.volumes, account.volumes);
  const dbInstances = onlyIn(baseline.dbInstances, account.dbInstances);
  const dbClusters = onlyIn(baseline.dbClusters, account.dbClusters);
  return {
    inventory: {
      ...account,
      zones: account.zones.length > 0 ? account.zones : baseline.zones,
      volumes: [...account.volumes, ...volumes],
      dbInstances: [...account.dbInstances, ...dbInstances],
      dbClusters: [...account.dbClusters, ...dbClusters],
    },
    gone: { volumes: idsOf(volumes), dbInstances: idsOf(dbInstances), dbClusters: idsOf(dbClusters) },
  };
}

/**
 * The real things that a runbook recovers, in its order, those of a selector by id. A resource that matches nothing is in `missing`:
 * it is never dropped silently.
 */
export function selectMembers(runbook: Runbook, united: United): Membership {
  const members: Member[] = [];
  const missing: MissingSource[] = [];
  const sources = knownSources(united);
  const guesses = {
    'ebs-volume': guesser(sources['ebs-volume'].keys()),
    'rds-instance': guesser(sources['rds-instance'].keys()),
    'aurora-cluster': guesser(sources['aurora-cluster'].keys()),
  };
  const guessTags = guesser(writtenTags(united.inventory));
  runbook.resources.forEach((resource, index) => {
    const path = ['resources', index, 'source'];
    if (typeof resource.source !== 'string') {
      const matching = matchingVolumes(united, resource.source.tags);
      for (const { id, gone } of matching) {
        members.push({ resource, planId: `${resource.id}/${id}`, sourceId: id, gone });
      }
      if (matching.length === 0)
        missing.push(missingTags(resource.id, resource.source.tags, path, guessTags));
      return;
    }
    const known = sources[resource.type];
    const isGone = known.get(resource.source);
    if (isGone === undefined) {
      missing.push(missingId(resource, resource.source, path, guesses[resource.type]));
    } else {
      members.push({ resource, planId: resource.id, sourceId: resource.source, gone: isGone });
    }
  });
  return { members, missing };
}

/** Ids of sources of each type, and whether each is gone. */
type KnownSources = Readonly<Record<RunbookResource['type'], ReadonlyMap<string, boolean>>>;

function knownSources({ inventory, gone }: United): KnownSources {
  return {
    'ebs-volume': known(
      inventory.volumes,
      gone.volumes,
      inventory.snapshots.map(({ volumeId }) => volumeId).filter(namesVolume),
    ),
    'rds-instance': known(
      inventory.dbInstances,
      gone.dbInstances,
      inventory.dbSnapshots.map(({ dbInstanceId }) => dbInstanceId),
    ),
    'aurora-cluster': known(
      inventory.dbClusters,
      gone.dbClusters,
      inventory.dbClusterSnapshots.map(({ dbClusterId }) => dbClusterId),
    ),
  };
}

function known(
  existing: readonly { readonly id: string }[],
  gone: ReadonlySet<string>,
  fromRecoveryPoints: readonly string[],
): ReadonlyMap<string, boolean> {
  return new Map([
    ...fromRecoveryPoints.map((id) => [id, true] as const),
    ...existing.map(({ id }) => [id, gone.has(id)] as const),
  ]);
}

function matchingVolumes(
  { inventory, gone }: United,
  tags: Readonly<Record<string, string>>,
): readonly { readonly id: string; readonly gone: boolean }[] {
  const wanted = Object.entries(tags);
  const carries = (own: Readonly<Record<string, string>>) =>
    wanted.every(([key, value]) => Object.hasOwn(own, key) && own[key] === value);
  const found = new Map<string, boolean>();
  const volumeIds = idsOf(inventory.volumes);
  const backedUp = new Set(inventory.snapshots.map(({ volumeId }) => volumeId));
  // A resource that a run created carries its source's tags. It counts as production once it has a recovery point of its own; until then it belongs to the run.
  const isInTheMaking = ({ id, tags: own }: Volume) =>
    Object.hasOwn(own, RUN_TAG) && (isOfDrill(own) || !backedUp.has(id));
  for (const volume of inventory.volumes) {
    if (carries(volume.tags) && !isInTheMaking(volume)) found.set(volume.id, gone.volumes.has(volume.id));
  }
  for (const { volumeId, tags: own } of inventory.snapshots) {
    // The record of an existing volume is newer than the tags of its snapshots.
    if (!volumeIds.has(volumeId) && namesVolume(volumeId) && carries(own)) found.set(volumeId, true);
  }
  return [...found]
    .map(([id, isGone]) => ({ id, gone: isGone }))
    .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

/** Copies of snapshots carry this placeholder instead of their volume: different volumes would count as one. */
function namesVolume(volumeId: string): boolean {
  return !/^vol-f{8,}$/.test(volumeId);
}

function missingId(
  resource: RunbookResource,
  source: string,
  path: DocumentPath,
  guess: (word: string) => string | undefined,
): MissingSource {
  const noun = { 'ebs-volume': 'volume', 'rds-instance': 'DB instance', 'aurora-cluster': 'DB cluster' }[
    resource.type
  ];
  const suggestion = guess(source);
  return {
    path,
    resource: resource.id,
    source,
    message: `Neither the account nor the baseline has the ${noun} '${source}', nor a snapshot of it.`,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

function missingTags(
  resource: string,
  tags: Readonly<Record<string, string>>,
  path: DocumentPath,
  guess: (word: string) => string | undefined,
): MissingSource {
  const source = Object.entries(tags)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
  const suggestion = guess(source);
  return {
    path,
    resource,
    source,
    message: `Neither the account nor the baseline has a volume, or a snapshot of one, with the tags ${source}.`,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

function writtenTags({ volumes, snapshots }: Inventory): ReadonlySet<string> {
  const tags = new Set<string>();
  for (const thing of [...volumes, ...snapshots]) {
    for (const [key, value] of Object.entries(thing.tags)) tags.add(`${key}=${value}`);
  }
  return tags;
}

function onlyIn<T extends { readonly id: string }>(
  baseline: readonly T[],
  account: readonly T[],
): readonly T[] {
  const ids = idsOf(account);
  return baseline.filter(({ id }) => !ids.has(id));
}

function idsOf(things: readonly { readonly id: string }[]): ReadonlySet<string> {
  return new Set(things.map(({ id }) => id));
}

function nothingGone(): United['gone'] {
  return { volumes: new Set(), dbInstances: new Set(), dbClusters: new Set() };
}
