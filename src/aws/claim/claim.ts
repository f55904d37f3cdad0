import { LIMITS } from '../../facts/retries.ts';
import type { Thing } from '../../kinds/things.ts';
import type { Services } from '../adapter.ts';
import { readersOf, type Readers } from '../adapters.ts';
import type { Claim, EffectOf, EffectResults, Failure, FailureClass } from '../../workflow/base/effects.ts';
import type { ClaimSighting, Watch } from '../../workflow/base/sightings.ts';
import { attempt, done, mayHaveBeenSent, refused, type Outcome, type Settling } from '../answers.ts';
import {
  deleteParameter,
  overwriteParameter,
  parameterName,
  readParameter,
  writeNewParameter,
  type SsmAccess,
} from './parameter.ts';
import type { TagAccess } from './tag.ts';
import {
  claimByTag,
  lookAtTags,
  tagBeside,
  claimedSpot,
  probe,
  readTags,
  releaseTags,
  type Looked,
} from './by-tag.ts';
import { contested, mayTake } from './rules.ts';
import { unknownHolder, type HeldClaim } from './text.ts';
import { RequestFailure } from '../request-failures.ts';

/** Where claims are kept: SSM, or tags on what a runbook recovers. */
interface ClaimReader extends TagAccess {
  readonly ssm: SsmAccess | undefined;
}

export type ClaimContext = ClaimReader & Settling;

export function claimReader(services: Services, kinds: Readers): ClaimReader {
  const { ssm, call, region } = services;
  return { kinds, region, ssm: ssm === undefined ? undefined : { client: ssm, call } };
}

type ClaimResult = EffectResults['claim'];

/** Classes of failure after which a place cannot hold the claim, now or later, and the next place is tried. */
const CANNOT_HOLD: ReadonlySet<FailureClass> = new Set([
  'unsupported',
  'denied',
  'unreachable',
  'invalid',
  'quota',
]);

const NOTHING_SEEN: Looked = { spots: [], reasons: [], answered: true };

type Asked = Pick<EffectOf<'claim'>, 'failures'>;

/** Whether this place can never hold the claim. Any other failure passes, and the workflow asks again. */
function cannotHold(failure: Failure, { failures }: Asked): boolean {
  if (failure.code === 'MalformedAnswer') return (failures?.transient ?? 0) >= LIMITS.claimMalformed;
  return CANNOT_HOLD.has(failure.class);
}

/**
 * Claims the runbook for this run. A restore takes the claim from a drill; any other run's claim is left alone. A run that may not use the
 * parameter uses a tag, and a run that has the parameter writes the tag beside it, so that each sees the other. Where no claim can be written,
 * two runs are not kept apart: the claim is granted, and the answer says so.
 */
export async function claimRunbook(
  aws: ClaimContext,
  effect: EffectOf<'claim'>,
): Promise<Outcome<ClaimResult>> {
  const { claim, sources } = effect;
  const tags = await attempt(() => lookAtTags(aws, claim.runbook, sources));
  if (!tags.ok && effect.attempt <= LIMITS.claimTagReads) return tags;
  const looked = tags.ok ? tags.result : NOTHING_SEEN;
  const tagged = foreign(claimedSpot(looked)?.tagged?.holder, claim);
  if (tagged !== undefined && !mayTake(claim, tagged)) return refusedBy(aws, effect, tagged);
  const byParameter = await attempt(() => claimByParameter(aws, needed(aws.ssm), effect));
  if (byParameter.ok) {
    const { result } = byParameter;
    if (!result.granted) return byParameter;
    await tagBeside(claim, looked);
    return { ok: true, result: { ...(tagged !== undefined && { preempted: tagged }), ...result } };
  }
  if (!cannotHold(byParameter.failure, effect)) return byParameter;
  return tags.ok ? claimWithoutParameter(aws, effect, looked, byParameter.failure) : tags;
}

/** The holder, if it is another run. */
function foreign(holder: Claim | undefined, { runId }: Claim): Claim | undefined {
  return holder?.runId === runId ? undefined : holder;
}

/** An earlier request may have written the parameter before the other's tag was seen. */
async function refusedBy(
  aws: ClaimContext,
  effect: EffectOf<'claim'>,
  holder: Claim,
): Promise<Outcome<ClaimResult>> {
  const { runId, runbook } = effect.claim;
  if (mayHaveBeenSent(effect)) await attempt(() => releaseParameter(needed(aws.ssm), runId, runbook));
  return { ok: true, result: { granted: false, holder } };
}

/** @param failure why the parameter cannot be written; it may be readable all the same, and hold another run's claim */
async function claimWithoutParameter(
  aws: ClaimContext,
  effect: EffectOf<'claim'>,
  looked: Looked,
  failure: Failure,
): Promise<Outcome<ClaimResult>> {
  const { claim } = effect;
  const read = await attempt(() => readParameter(needed(aws.ssm), claim.runbook));
  if (!read.ok && !cannotHold(read.failure, effect)) return read;
  const holder = read.ok && read.result !== undefined ? foreign(plain(read.result), claim) : undefined;
  if (holder !== undefined && !mayTake(claim, holder))
    return { ok: true, result: { granted: false, holder } };
  const byTag = await claimByTag(aws, effect, looked);
  if (byTag.outcome !== undefined) return withPreempted(byTag.outcome, holder);
  // No service answers at all: the network is down, and the workflow asks again.
  if (failure.class === 'unreachable' && !byTag.answered && !(await probe(aws))) return refused(failure);
  const why = [`parameter: ${failure.code}: ${failure.message}`, ...byTag.reasons].join(' ');
  return { ok: true, result: { granted: true, place: 'nowhere', why } };
}

function withPreempted(outcome: Outcome<ClaimResult>, preempted: Claim | undefined): Outcome<ClaimResult> {
  if (!outcome.ok || !outcome.result.granted || preempted === undefined) return outcome;
  return { ok: true, result: { preempted, ...outcome.result } };
}

function needed(ssm: SsmAccess | undefined): SsmAccess {
  if (ssm !== undefined) return ssm;
  const message = 'This run has no access to Systems Manager.';
  throw new RequestFailure({ class: 'unsupported', code: 'NoClient', message });
}

async function claimByParameter(
  aws: ClaimContext,
  ssm: SsmAccess,
  effect: EffectOf<'claim'>,
): Promise<ClaimResult> {
  const { claim } = effect;
  // The answer to each write may be lost: without this read the claim would stay, and no run would remove it.
  const earlier = mayHaveBeenSent(effect)
    ? await attempt(() => readParameter(ssm, claim.runbook))
    : undefined;
  const own = earlier?.ok === true && earlier.result?.runId === claim.runId ? earlier.result : undefined;
  if (own === undefined && (await writeNewParameter(ssm, claim)))
    return { granted: true, place: 'parameter' };
  const holder = own ?? (await holderOf(ssm, claim));
  if (holder === undefined) throw contested(claim);
  if (holder.runId === claim.runId) {
    const { preempted } = holder;
    if (preempted === undefined) return { granted: true, place: 'parameter' };
    // Taken from a drill by an earlier request, whose answer was lost before it was known who keeps it.
    return mayHaveBeenSent(effect) ? keptAfterSettle(aws, ssm, claim, preempted) : taken(preempted);
  }
  if (!mayTake(claim, holder)) return { granted: false, holder: plain(holder) };
  await overwriteParameter(ssm, { ...claim, preempted: plain(holder) });
  return keptAfterSettle(aws, ssm, claim, plain(holder));
}

/** Overwriting is not atomic: of two restores that take it from one drill, the last one has it. */
async function keptAfterSettle(
  { settle }: ClaimContext,
  ssm: SsmAccess,
  claim: Claim,
  preempted: Claim,
): Promise<ClaimResult> {
  await settle();
  const holder = await readParameter(ssm, claim.runbook);
  if (holder?.runId === claim.runId) return taken(preempted);
  if (holder === undefined || mayTake(claim, holder)) throw contested(claim);
  return { granted: false, holder: plain(holder) };
}

function taken(preempted: Claim): ClaimResult {
  return { granted: true, place: 'parameter', preempted };
}

/** A claim exists but may not be read: report an unknown holder. */
async function holderOf(ssm: SsmAccess, { runbook, at }: Claim): Promise<HeldClaim | undefined> {
  const read = await attempt(() => readParameter(ssm, runbook));
  if (read.ok) return read.result;
  const { failure } = read;
  if (failure.class !== 'denied') throw new RequestFailure(failure);
  return unknownHolder(runbook, at, `a claim exists but may not be read (${failure.code})`);
}

function plain({ runId, runbook, mode, by, host, at, incidentAt, damagedAt }: HeldClaim): Claim {
  return { runId, runbook, mode, by, host, at, incidentAt, damagedAt };
}

/** Removes the claim wherever it was written, if it is still this run's. */
export async function releaseRunbook(
  aws: ClaimContext,
  runId: string,
  effect: EffectOf<'release'>,
): Promise<Outcome<EffectResults['release']>> {
  const { runbook, sources } = effect;
  const byParameter = await attempt(() => releaseParameter(needed(aws.ssm), runId, runbook));
  if (!byParameter.ok && !cannotHold(byParameter.failure, effect)) return byParameter;
  const byTag = await releaseTags(aws, runId, runbook, sources);
  if (!byTag.ok) return byTag;
  const { removed, hadParameter } = byTag.result;
  if (byParameter.ok || (removed > 0 && !hadParameter)) return done;
  return unseen(byParameter.failure, effect, hadParameter);
}

/** An endpoint without SSM cannot hold a parameter. A parameter that may not be read can still hold the claim: the failure is reported. */
function unseen(
  failure: Failure,
  { runbook, failures }: EffectOf<'release'>,
  hadParameter: boolean,
): Outcome<Record<never, never>> {
  const isWithoutSsm = failure.class === 'unsupported' || failure.code === 'MalformedAnswer';
  if (isWithoutSsm && !hadParameter) return done;
  const isLast = failure.class === 'unreachable' && (failures?.unreachable ?? 0) >= LIMITS.claimUnreachable;
  const message = `The parameter ${parameterName(runbook)}, the claim of this run, may still exist; if it does, the next recovery is refused until it is removed: ${failure.message}`;
  return refused({ ...failure, message, ...((isLast || isWithoutSsm) && { class: 'unsupported' as const }) });
}

async function releaseParameter(ssm: SsmAccess, runId: string, runbook: string): Promise<void> {
  const holder = await readParameter(ssm, runbook);
  if (holder?.runId === runId) await deleteParameter(ssm, runbook);
}

/** What could be read of the claim; `told` is false where neither SSM nor any tag can be read. */
export interface ClaimReading {
  readonly told: boolean;
  readonly holder?: Claim;
}

/**
 * The run that claims the runbook now, by the parameter and by the tags of runs that have no parameter.
 *
 * @throws what a read threw that may succeed when asked again
 */
export function readClaim(
  services: Services,
  runbook: string,
  sources: readonly Thing[],
): Promise<ClaimReading> {
  return readBy(claimReader(services, readersOf(services)), runbook, sources);
}

async function readBy(
  aws: ClaimReader,
  runbook: string,
  sources: readonly Thing[],
  withTags = true,
): Promise<ClaimReading> {
  const byParameter = await attempt(() => readParameter(needed(aws.ssm), runbook));
  if (!byParameter.ok) {
    const { failure } = byParameter;
    if (failure.code !== 'MalformedAnswer' && !CANNOT_HOLD.has(failure.class))
      throw new RequestFailure(failure);
    return readTags(aws, runbook, sources);
  }
  const holder = byParameter.result && plain(byParameter.result);
  // A restore that holds the parameter has overwritten every other run's tag.
  if (holder?.mode === 'restore' || !withTags) return { told: true, ...(holder && { holder }) };
  const { holder: tagged } = await readTags(aws, runbook, sources);
  const first = tagged?.mode === 'restore' ? tagged : (holder ?? tagged);
  return { told: true, ...(first && { holder: first }) };
}

/** The claim at a look: one sighting, or none where it cannot be read. */
export async function watchClaim(
  aws: ClaimContext,
  { runbook, sources, withTags }: NonNullable<Watch['claim']>,
): Promise<readonly ClaimSighting[]> {
  const { told, holder } = await readBy(aws, runbook, sources, withTags);
  return told ? [{ type: 'claim', ...(holder !== undefined && { holder }) }] : [];
}
