import type { Thing } from '../../kinds/things.ts';
import type { Claim, EffectOf, EffectResults, Failure, FailureClass } from '../../workflow/base/effects.ts';
import { attempt, type Outcome, type Settling } from '../answers.ts';
import { claimSpots, type ClaimSpot, type TagAccess } from './tag.ts';
import { tellsOfParameter } from './text.ts';
import { contested, mayTake } from './rules.ts';
import { RequestFailure } from '../request-failures.ts';

/** How many of a runbook's sources may carry the claim: the first that can. All runs read the same ones. */
const MOST_SPOTS = 20;

/** Classes of failure after which this source cannot carry the claim and the next one is tried. */
const CANNOT_CARRY: ReadonlySet<FailureClass> = new Set([
  'gone',
  'unsupported',
  'denied',
  'unreachable',
  'invalid',
  'quota',
  'busy',
]);

/** What a look at the sources shows. */
export interface Looked {
  readonly spots: readonly ClaimSpot[];
  /** Why the others could not be looked at. */
  readonly reasons: readonly string[];
  /** At least one service answered, if only with a refusal. */
  readonly answered: boolean;
}

export interface TagAttempt {
  /** `undefined`: no source can carry the claim, and none does. */
  readonly outcome: Outcome<EffectResults['claim']> | undefined;
  readonly reasons: readonly string[];
  readonly answered: boolean;
}

/** The source that carries a claim on the runbook; of several the first one counts. */
export function claimedSpot({ spots }: Looked): ClaimSpot | undefined {
  return spots.find(({ tagged }) => tagged !== undefined);
}

/** Writes the claim as a tag on the first source that takes one. A tag has no compare-and-set: it is written, and read back after the settle window. */
export async function claimByTag(
  aws: TagAccess & Settling,
  { claim, sources }: EffectOf<'claim'>,
  looked: Looked,
): Promise<TagAttempt> {
  const { spots, reasons, answered } = looked;
  const held = claimedSpot(looked);
  const holder = held?.tagged?.holder;
  if (holder !== undefined && holder.runId !== claim.runId && !mayTake(claim, holder))
    return { outcome: { ok: true, result: { granted: false, holder } }, reasons, answered };
  const isOurs = holder?.runId === claim.runId;
  const written = isOurs
    ? ({ ok: true, result: { tagged: true, reasons: [] } } as const)
    : await attempt(() => writeFirst(held === undefined ? spots : [held], claim));
  if (!written.ok) return { outcome: written, reasons, answered };
  const told = [...reasons, ...written.result.reasons];
  if (!written.result.tagged) return { outcome: undefined, reasons: told, answered };
  const preempted = isOurs ? undefined : holder;
  const kept = await attempt(() => keptAfterSettle(aws, claim, sources, preempted));
  if (!kept.ok) return { outcome: kept, reasons: told, answered };
  const outcome = kept.result === undefined ? undefined : ({ ok: true, result: kept.result } as const);
  const unseen = kept.result === undefined ? ['The tag was written, but no read shows it.'] : [];
  return { outcome, reasons: [...told, ...unseen], answered };
}

/**
 * Writes the claim as a tag beside the parameter, for runs that may not read the parameter. A drill's tag is overwritten. A source that cannot be
 * tagged stays without one: the parameter is the claim, and no recovery waits for the tag.
 */
export async function tagBeside(claim: Claim, looked: Looked): Promise<void> {
  const held = claimedSpot(looked);
  if (held?.tagged?.holder.runId === claim.runId) return;
  await attempt(() => writeFirst(held === undefined ? looked.spots : [held], claim, true));
}

async function writeFirst(
  spots: readonly ClaimSpot[],
  claim: Claim,
  hasParameter = false,
): Promise<{ readonly tagged: boolean; readonly reasons: readonly string[] }> {
  const reasons: string[] = [];
  for (const spot of spots) {
    const written = await attempt(() => spot.write(claim, hasParameter));
    if (written.ok) return { tagged: true, reasons };
    reasons.push(reasonOf(spot.source, carriesNot(written.failure)));
  }
  return { tagged: false, reasons };
}

/** Two reads, because a tag may not show at once. Of several claims the one on the first source counts. */
async function keptAfterSettle(
  aws: TagAccess & Settling,
  claim: Claim,
  sources: readonly Thing[],
  preempted: Claim | undefined,
): Promise<EffectResults['claim'] | undefined> {
  for (let looks = 0; looks < 2; looks += 1) {
    await aws.settle();
    const looked = await lookAtTags(aws, claim.runbook, sources);
    const holder = claimedSpot(looked)?.tagged?.holder;
    if (holder === undefined) continue;
    if (holder.runId === claim.runId)
      return { granted: true, place: 'tag', ...(preempted !== undefined && { preempted }) };
    if (mayTake(claim, holder)) throw contested(claim);
    await removeOwn(looked, claim.runId);
    return { granted: false, holder };
  }
  return undefined;
}

/** Removes the claims of this run. */
async function removeOwn({ spots }: Looked, runId: string): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const { tagged, remove } of spots) {
    if (tagged?.holder.runId !== runId) continue;
    await remove(tagged);
    removed.push(tagged.value);
  }
  return removed;
}

/**
 * Reads all the sources that may carry the claim, or those up to the first that does.
 *
 * @throws what a read threw that may succeed when asked again
 */
export async function lookAtTags(
  aws: TagAccess,
  runbook: string,
  sources: readonly Thing[],
  upTo: 'all' | 'first' = 'all',
): Promise<Looked> {
  const spots: ClaimSpot[] = [];
  const reasons: string[] = [];
  let answered = false;
  for (const things of sameTypes(sources.slice(0, MOST_SPOTS))) {
    const read = await attempt(() => claimSpots(aws, things, runbook));
    answered ||= read.ok || (read.failure.class !== 'unreachable' && read.failure.code !== 'NoClient');
    if (!read.ok) {
      const failure = carriesNot(read.failure);
      reasons.push(...things.map((thing) => reasonOf(thing, failure)));
      continue;
    }
    for (const { thing, seen } of read.result) {
      const failure = seen instanceof RequestFailure ? seen.failure : takenBy(seen, runbook);
      if (failure !== undefined) reasons.push(reasonOf(thing, failure));
      else if (!(seen instanceof RequestFailure)) spots.push(seen);
    }
    if (upTo === 'first' && spots.some(({ tagged }) => tagged !== undefined)) break;
  }
  return { spots, reasons: sources.length === 0 ? ['There is no source to tag.'] : reasons, answered };
}

/** Neighbors of one type are read together; the order counts, and stays. */
function sameTypes(sources: readonly Thing[]): readonly (readonly Thing[])[] {
  const groups: Thing[][] = [];
  for (const thing of sources) {
    const last = groups.at(-1);
    const [first] = last ?? [];
    if (last !== undefined && first?.type === thing.type && first.region === thing.region) last.push(thing);
    else groups.push([thing]);
  }
  return groups;
}

/** A source that two runbooks share carries one claim at a time. */
function takenBy({ tagged }: ClaimSpot, runbook: string): Failure | undefined {
  if (tagged === undefined || tagged.holder.runbook === runbook) return undefined;
  const message = `It carries the claim of run ${tagged.holder.runId} on runbook '${tagged.holder.runbook}'.`;
  return { class: 'invalid', code: 'ClaimedForAnother', message };
}

/** The failure of a source that cannot carry the claim. @throws RequestFailure when asking again may help */
function carriesNot(failure: Failure): Failure {
  if (!CANNOT_CARRY.has(failure.class)) throw new RequestFailure(failure);
  return failure;
}

function reasonOf({ type, id }: Thing, { code, message }: Failure): string {
  return `${type} ${id}: ${code}: ${message}`;
}

/** Which of this run's claims were removed from sources. */
export interface TagsReleased {
  readonly removed: number;
  /** One of them said that the claim is a parameter too. */
  readonly hadParameter: boolean;
}

/** Removes this run's claims from the sources. */
export function releaseTags(
  aws: TagAccess,
  runId: string,
  runbook: string,
  sources: readonly Thing[],
): Promise<Outcome<TagsReleased>> {
  return attempt(async () => {
    const removed = await removeOwn(await lookAtTags(aws, runbook, sources), runId);
    return { removed: removed.length, hadParameter: removed.some(tellsOfParameter) };
  });
}

/** The run that claims the runbook by the tags of its sources; `told` is false where no tag could be read. */
export async function readTags(
  aws: TagAccess,
  runbook: string,
  sources: readonly Thing[],
): Promise<{ readonly told: boolean; readonly holder?: Claim }> {
  const looked = await lookAtTags(aws, runbook, sources, 'first');
  const holder = claimedSpot(looked)?.tagged?.holder;
  return { told: looked.spots.length > 0, ...(holder !== undefined && { holder }) };
}

/** Whether any service answers at all: asked for a thing that never exists. */
export async function probe({ kinds }: TagAccess): Promise<boolean> {
  const asked = await attempt(async () => [...kinds.values()][0]?.probe());
  return asked.ok || asked.failure.class !== 'unreachable';
}
