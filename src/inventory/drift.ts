import type { Source } from '../kinds/kind-inventory.ts';
import { KIND_INVENTORIES, LIST_NAMES } from '../kinds/schemas.ts';
import type { ResourceType } from '../kinds/schemas.ts';
import type { Runbook } from '../runbook/schema.ts';
import type { Membership, United } from './membership.ts';
import { isOfDrill, RUN_TAG, RUNBOOK_TAG } from '../tags.ts';
import type { Inventory } from './schema.ts';

type Tags = Readonly<Record<string, string>>;

/** A recoverable resource of the account that no resource of the runbook covers. */
export interface Uncovered {
  readonly type: ResourceType;
  readonly id: string;
  /** Completes "belongs here: ...". */
  readonly why: string;
  /** The run that made it, when one did. */
  readonly madeBy?: string;
}

/** A source of the runbook, and the other runbook that its tag names. */
export interface Foreign {
  readonly planId: string;
  readonly id: string;
  readonly runbook: string;
}

/** Something that a drill created and that still exists. */
export interface Leftover {
  readonly id: string;
  readonly run: string;
}

/** Differences between the runbook and the tags of the account. */
export interface Drift {
  readonly uncovered: readonly Uncovered[];
  /** Planned ids and sources that only the baseline contains. */
  readonly gone: readonly { readonly planId: string; readonly id: string }[];
  readonly foreign: readonly Foreign[];
  readonly leftovers: readonly Leftover[];
}

/**
 * Compares what tags say with what the runbook names. What a drill created is never uncovered, and neither is what is recovered
 * with a covered source: its replicas, the instances of its cluster. All lists are in the order of the inventory.
 *
 * @example driftOf(runbook, united, selectMembers(runbook, united)).uncovered // [{ type: 'rds-instance', id: 'events', ... }]
 */
export function driftOf(
  runbook: Pick<Runbook, 'name' | 'scope' | 'resources'>,
  united: United,
  { members }: Membership,
): Drift {
  const things = thingsOf(united);
  const covered = new Set(members.map(({ resource, sourceId }) => keyOf(resource.type, sourceId)));
  const tagsOf = new Map(things.map(({ type, id, tags }) => [keyOf(type, id), tags]));
  const claims = claimsOf(runbook);
  const uncovered = things.flatMap(({ type, id, tags, comesWith, gone }) => {
    if (gone || covered.has(keyOf(type, id)) || isOfDrill(tags)) return [];
    if (comesWith !== undefined && covered.has(comesWith)) return [];
    const why = claims(type, tags);
    const madeBy = tag(tags, RUN_TAG);
    return why === undefined ? [] : [{ type, id, why, ...(madeBy !== undefined && { madeBy }) }];
  });
  const foreign = members.flatMap(({ resource, planId, sourceId }) => {
    const owner = tag(tagsOf.get(keyOf(resource.type, sourceId)) ?? {}, RUNBOOK_TAG);
    return owner === undefined || owner === runbook.name ? [] : [{ planId, id: sourceId, runbook: owner }];
  });
  return {
    uncovered,
    gone: goneMembers(united, members),
    foreign,
    leftovers: leftoversOf(united, runbook.name),
  };
}

/** The inventory without what drills made: it is temporary, and losing it loses nothing. */
export function withoutDrills(inventory: Inventory): Inventory {
  const stays = ({ tags }: { readonly tags: Tags }): boolean => !isOfDrill(tags);
  const kept = LIST_NAMES.map((list) => [list, inventory[list].filter(stays)] as const);
  return { ...inventory, ...Object.fromEntries(kept) };
}

interface Thing {
  readonly type: ResourceType;
  readonly id: string;
  readonly tags: Tags;
  /** Key of what it is a part or a copy of. */
  readonly comesWith?: string;
  /** Only the baseline contains it. */
  readonly gone: boolean;
}

function thingsOf({ inventory, gone }: United): readonly Thing[] {
  return KIND_INVENTORIES.flatMap(({ name: type, sources }) =>
    sources(inventory).map(({ id, tags, comesWith }: Source) => ({
      ...{ type, id, tags, gone: gone[type].has(id) },
      ...(comesWith !== undefined && { comesWith: keyOf(comesWith.kind, comesWith.id) }),
    })),
  );
}

/** Why a thing belongs to the runbook by its tags; `undefined` when no tag does, or when a tag names another runbook. */
function claimsOf({
  name,
  scope,
  resources,
}: Pick<Runbook, 'name' | 'scope' | 'resources'>): (type: Thing['type'], tags: Tags) => string | undefined {
  const selectors = resources.flatMap(({ id, type, source }) =>
    typeof source === 'string' ? [] : [{ id, type, tags: source.tags }],
  );
  return (type, tags) => {
    const owner = tag(tags, RUNBOOK_TAG);
    if (owner !== undefined && owner !== name) return undefined;
    if (owner === name && tag(tags, RUN_TAG) === undefined) return `it is tagged ${RUNBOOK_TAG}=${name}`;
    if (scope !== undefined && carries(tags, scope.tags))
      return `it carries the tags of the scope, ${text(scope.tags)}`;
    const selector = selectors.find((one) => one.type !== type && carries(tags, one.tags));
    return selector && `it carries ${text(selector.tags)}, by which '${selector.id}' selects`;
  };
}

function goneMembers({ gone }: United, members: Membership['members']): Drift['gone'] {
  return members
    .filter(({ resource, sourceId }) => gone[resource.type].has(sourceId))
    .map(({ planId, sourceId }) => ({ planId, id: sourceId }));
}

/** Of this runbook's drills only: other runbooks clean up their own. A thing that only the baseline contains is no leftover. */
function leftoversOf({ inventory, gone }: United, runbook: string): readonly Leftover[] {
  const made = KIND_INVENTORIES.flatMap((kind): readonly { readonly id: string; readonly tags: Tags }[] => [
    ...kind.sources(inventory).filter(({ id }) => !gone[kind.name].has(id)),
    ...kind.copies(inventory),
  ]);
  return made.flatMap(({ id, tags }) => {
    const run = tag(tags, RUN_TAG);
    return run !== undefined && isOfDrill(tags) && tag(tags, RUNBOOK_TAG) === runbook ? [{ id, run }] : [];
  });
}

function carries(own: Tags, wanted: Tags): boolean {
  return Object.entries(wanted).every(([key, value]) => tag(own, key) === value);
}

/** Users choose the names of tags: a property of every object, such as `toString`, is no tag unless it is the object's own. */
function tag(tags: Tags, key: string): string | undefined {
  return Object.hasOwn(tags, key) ? tags[key] : undefined;
}

function text(tags: Tags): string {
  return Object.entries(tags)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}

function keyOf(type: string, id: string): string {
  return `${type} ${id}`;
}
