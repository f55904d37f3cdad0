import type { Thing } from '../../kinds/things.ts';
import type { Claim, Failure } from '../../workflow/base/effects.ts';
import { elsewhere, type KindReader, type Taggable } from '../adapter.ts';
import type { Readers } from '../adapters.ts';
import { notSeen } from '../answers.ts';
import { claimTag, parseClaimTag, unknownHolder } from './text.ts';
import { RequestFailure } from '../request-failures.ts';
import { CLAIM_TAG } from '../../tags.ts';
import { tagValue, type TagOfAnswer } from '../tags.ts';

/** The kinds whose things can carry the tag; one that a run does not need is absent. */
export interface TagAccess {
  readonly kinds: Readers;
  readonly region: string;
}

/** The tag on one thing. */
export interface TaggedClaim {
  readonly value: string;
  readonly holder: Claim;
}

/** One thing that can carry the claim, as it was seen. */
export interface ClaimSpot {
  readonly source: Thing;
  /** The claim that it carries; `undefined`: none. */
  readonly tagged: TaggedClaim | undefined;
  /** @param hasParameter the claim is a parameter too */
  write(claim: Claim, hasParameter?: boolean): Promise<void>;
  /** Removes the claim that was read, compare-and-delete. */
  remove(tagged: TaggedClaim): Promise<void>;
}

/** One thing, and what was seen of it: the failure where it no longer exists. */
interface Seen {
  readonly thing: Thing;
  readonly seen: ClaimSpot | RequestFailure;
}

/**
 * Reads things of one type in one request where the API has one.
 *
 * @throws what the read threw; RequestFailure of class `unsupported` where the run has no access to the service
 */
export async function claimSpots(
  aws: TagAccess,
  things: readonly Thing[],
  runbook: string,
): Promise<readonly Seen[]> {
  const [first] = things;
  if (first === undefined) return [];
  const failure = elsewhere(things, aws.region);
  if (failure !== undefined) throw new RequestFailure(failure);
  const ids = things.map(({ id }) => id);
  const found = await needed(aws, first).taggable(first.type, ids);
  return things.map((thing) => ({ thing, seen: spotOf(thing, found.get(thing.id), runbook) }));
}

function spotOf(source: Thing, shown: Taggable | undefined, runbook: string): ClaimSpot | RequestFailure {
  if (shown === undefined || isLeaving(shown.status)) return gone(source);
  return {
    source,
    tagged: claimIn(shown.tags, source.id, runbook),
    write: (claim, hasParameter) => shown.write(CLAIM_TAG, claimTag(claim, hasParameter)),
    remove: ({ value }) => shown.remove(CLAIM_TAG, value),
  };
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

function needed({ kinds }: TagAccess, { kind, type }: Thing): KindReader {
  const reader = kinds.get(kind);
  if (reader !== undefined) return reader;
  const message = `This run asks nothing of the service that a ${type} belongs to.`;
  throw new RequestFailure({ class: 'unsupported', code: 'NoClient', message });
}

function isLeaving(state: string | undefined): boolean {
  return state === 'deleting' || state === 'deleted';
}

function gone({ type, id }: Thing): RequestFailure {
  const failure: Failure = notSeen('ClaimSourceNotFound', `${type} ${id}`);
  return new RequestFailure(failure);
}
