import { LifeboatError } from '../errors.ts';
import { guesser } from '../document/suggest.ts';
import type { DocumentPath } from '../document/complaints.ts';
import type { Copy, Source } from '../kinds/kind-inventory.ts';
import { forEachKind, inventoryOf, KIND_INVENTORIES } from '../kinds/schemas.ts';
import type { ResourceType } from '../kinds/schemas.ts';
import type { Runbook, RunbookResource } from '../runbook/schema.ts';
import { isOfDrill, RUN_TAG } from '../tags.ts';
import type { Inventory } from './schema.ts';

/** What an inventory written by hand has when it does not say its account. */
const UNNAMED_ACCOUNT = '000000000000';

/** What belongs to a recovery: the account now, and what only the baseline contains. */
export interface United {
  readonly inventory: Inventory;
  /** Ids of sources that the baseline contains and the account does not. */
  readonly gone: Readonly<Record<ResourceType, ReadonlySet<string>>>;
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
  if (baseline === undefined) return { inventory: account, gone: forEachKind(() => new Set<string>()) };
  for (const name of ['account', 'region'] as const) {
    if (account[name] === baseline[name]) continue;
    if (name === 'account' && [account.account, baseline.account].includes(UNNAMED_ACCOUNT)) continue;
    throw new LifeboatError(
      'INVALID_INVENTORY',
      `The baseline is of ${name} ${baseline[name]}, but the recovery runs in ${name} ${account[name]}.`,
      `Give a baseline of ${name} ${account[name]} with --baseline.`,
    );
  }
  const gone = forEachKind(({ sourceList }) => onlyIn(baseline[sourceList], account[sourceList]));
  const lists = KIND_INVENTORIES.map(({ name, sourceList }) => [
    sourceList,
    [...account[sourceList], ...gone[name]],
  ]);
  return {
    inventory: {
      ...account,
      zones: account.zones.length > 0 ? account.zones : baseline.zones,
      ...Object.fromEntries(lists),
    },
    gone: forEachKind(({ name }) => idsOf(gone[name])),
  };
}

/**
 * The real things that a runbook recovers, in its order, those of a selector by id. A resource that matches nothing is in `missing`:
 * it is never dropped silently.
 */
export function selectMembers(runbook: Runbook, united: United): Membership {
  const members: Member[] = [];
  const missing: MissingSource[] = [];
  const things = forEachKind(({ sources, copies }) => ({
    sources: sources(united.inventory),
    copies: copies(united.inventory),
  }));
  const known = forEachKind(({ name }) => knownSources(things[name], united.gone[name]));
  const guesses = forEachKind(({ name }) => guesser(known[name].keys()));
  const tagGuesses = forEachKind(({ name }) => guesser(writtenTags(things[name])));
  runbook.resources.forEach((resource, index) => {
    const path = ['resources', index, 'source'];
    if (typeof resource.source !== 'string') {
      const { type } = resource;
      const matching = matchingTags(things[type], united.gone[type], resource.source.tags);
      for (const { id, gone } of matching) {
        members.push({ resource, planId: `${resource.id}/${id}`, sourceId: id, gone });
      }
      if (matching.length === 0)
        missing.push(missingTags(resource, resource.source.tags, path, tagGuesses[type]));
      return;
    }
    const isGone = known[resource.type].get(resource.source);
    if (isGone === undefined) {
      missing.push(missingId(resource, resource.source, path, guesses[resource.type]));
    } else {
      members.push({ resource, planId: resource.id, sourceId: resource.source, gone: isGone });
    }
  });
  return { members, missing };
}

interface Identified {
  readonly id: string;
}

interface Things {
  readonly sources: readonly Source[];
  readonly copies: readonly Copy[];
}

/** Ids of sources, and whether each is gone. */
function knownSources({ sources, copies }: Things, gone: ReadonlySet<string>): ReadonlyMap<string, boolean> {
  return new Map([
    ...copies.flatMap(({ sourceId }) => (sourceId === undefined ? [] : [[sourceId, true] as const])),
    ...sources.map(({ id }) => [id, gone.has(id)] as const),
  ]);
}

function matchingTags(
  { sources, copies }: Things,
  gone: ReadonlySet<string>,
  tags: Readonly<Record<string, string>>,
): readonly { readonly id: string; readonly gone: boolean }[] {
  const wanted = Object.entries(tags);
  const carries = (own: Readonly<Record<string, string>>) =>
    wanted.every(([key, value]) => Object.hasOwn(own, key) && own[key] === value);
  const found = new Map<string, boolean>();
  const existing = idsOf(sources);
  const backedUp = new Set(copies.map(({ sourceId }) => sourceId));
  // A resource that a run created carries its source's tags. It counts as production once it has a recovery point of its own; until then it belongs to the run.
  const isInTheMaking = ({ id, tags: own }: Source) =>
    Object.hasOwn(own, RUN_TAG) && (isOfDrill(own) || !backedUp.has(id));
  for (const source of sources) {
    if (carries(source.tags) && !isInTheMaking(source)) found.set(source.id, gone.has(source.id));
  }
  for (const { sourceId, tags: own } of copies) {
    // The record of an existing source is newer than the tags of its copies.
    if (sourceId !== undefined && !existing.has(sourceId) && carries(own)) found.set(sourceId, true);
  }
  return [...found]
    .map(([id, isGone]) => ({ id, gone: isGone }))
    .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

function missingId(
  resource: RunbookResource,
  source: string,
  path: DocumentPath,
  guess: (word: string) => string | undefined,
): MissingSource {
  const suggestion = guess(source);
  return {
    path,
    resource: resource.id,
    source,
    message: `Neither the account nor the baseline has the ${inventoryOf(resource.type).noun} '${source}', nor a snapshot of it.`,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

function missingTags(
  resource: RunbookResource,
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
    resource: resource.id,
    source,
    message: `Neither the account nor the baseline has a ${inventoryOf(resource.type).noun}, or a snapshot of one, with the tags ${source}.`,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

function writtenTags({ sources, copies }: Things): ReadonlySet<string> {
  const tags = new Set<string>();
  for (const thing of [...sources, ...copies]) {
    for (const [key, value] of Object.entries(thing.tags)) tags.add(`${key}=${value}`);
  }
  return tags;
}

function onlyIn(baseline: readonly Identified[], account: readonly Identified[]): readonly Identified[] {
  const ids = idsOf(account);
  return baseline.filter(({ id }) => !ids.has(id));
}

function idsOf(things: readonly Identified[]): ReadonlySet<string> {
  return new Set(things.map(({ id }) => id));
}
