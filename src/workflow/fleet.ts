import type { Leftover } from './base/reasons.ts';
import { removedByRun } from './resource/resource-answers.ts';
import { type ResourceState, type ResourceTag, STATES } from './resource/resource-state.ts';
import type { KeptThing } from './base/effects.ts';
import { differenceKey } from './recovery/questions.ts';
import type { FleetSummary, HaltedResource, RecoveryContext } from './recovery/recovery-context.ts';
import { mayStart, type Phase } from './recovery/phase.ts';
import type { ResourceContext, ResourceEvent } from './resource/resource-context.ts';
import { idOf, madeThings, thingsIn } from './resource/parts.ts';
import { isDeparting, isTidy, meansLeftOn } from './resource/removals.ts';
import { freshPoints } from './resource/resource-protect.ts';
import type { Instant } from '../time.ts';

/** One resource as the fleet sees it. */
export interface Member {
  readonly state: ResourceState;
  readonly context: ResourceContext;
}

/** Counts of the fleet, updated one resource at a time: recounting a thousand resources for each event would be slow. */
export class FleetTally {
  readonly #members = new Map<string, Member>();
  readonly #byState = new Map<ResourceState, Set<string>>();
  readonly #untidy = new Set<string>();
  /** Resources with a deletion in progress. */
  readonly departing = new Set<string>();

  put(id: string, member: Member): void {
    const before = this.#members.get(id);
    this.#members.set(id, member);
    if (before?.state !== member.state) {
      if (before !== undefined) this.in(before.state).delete(id);
      this.in(member.state).add(id);
    }
    if (member.context.parts.some((part) => isDeparting(member.context, part))) this.departing.add(id);
    else this.departing.delete(id);
    if (isTidy(member.context) && !STATES.busy.has(member.state)) this.#untidy.delete(id);
    else this.#untidy.add(id);
  }

  /** Ids of the resources in a state. */
  in(state: ResourceState): Set<string> {
    const known = this.#byState.get(state) ?? new Set<string>();
    this.#byState.set(state, known);
    return known;
  }

  /** How many resources are in a state with this tag. */
  count(tag: ResourceTag): number {
    return [...STATES[tag]].reduce((sum, state) => sum + this.in(state).size, 0);
  }

  /** A failed or halted resource that is about to be tried again counts as queued. */
  summary(recovery: Pick<RecoveryContext, 'round' | 'roundAt'>): FleetSummary {
    const size = (state: ResourceState): number => this.in(state).size;
    const isRetried = (id: string): boolean => {
      const member = this.#members.get(id);
      return member !== undefined && isBefore(member.context, recovery);
    };
    const retried = [...this.in('failed')].filter(isRetried).length;
    const rechecked = [...this.in('halted')].filter(isRetried).length;
    const halted = size('halted') - rechecked;
    const blocked = halted === 0 ? 0 : this.#blocked();
    const removing = size('removing');
    const ready = this.count('ready');
    const warmed = ready + size('verifying');
    return {
      total: this.#members.size,
      queued: size('queued') + retried + rechecked,
      restored: warmed + size('warming'),
      warmed,
      ready,
      failed: size('failed') - retried,
      removed: size('removed'),
      ...(removing > 0 && { removing }),
      ...(halted > 0 && { halted }),
      ...(blocked > 0 && { blocked }),
      tidy: this.#untidy.size === 0,
    };
  }

  /** What the halted resources wait for. */
  halts(): readonly HaltedResource[] {
    return [...this.in('halted')].sort().flatMap((resource) => {
      const halt = this.#members.get(resource)?.context.halt;
      return halt === undefined ? [] : [{ resource, number: halt.number, differences: halt.differences }];
    });
  }

  /** Queued resources that can start only once a halted one is ready, directly or through others. */
  #blocked(): number {
    const waiting = new Set(this.in('halted'));
    const queued = new Set(this.in('queued'));
    for (let found = true; found;) {
      found = false;
      for (const id of queued) {
        if (this.#members.get(id)?.context.spec.dependsOn.some((other) => waiting.has(other)) !== true)
          continue;
        queued.delete(id);
        waiting.add(id);
        found = true;
      }
    }
    return waiting.size - this.in('halted').size;
  }
}

/** Resources that failed or halted before an operator requested a retry. A later halt waits for an operator. */
function isBefore(
  { round, halt }: ResourceContext,
  recovery: Pick<RecoveryContext, 'round' | 'roundAt'>,
): boolean {
  return round < recovery.round && (halt === undefined || halt.at <= (recovery.roundAt ?? halt.at));
}

export function sameSummary(one: FleetSummary, other: FleetSummary): boolean {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]) as Set<keyof FleetSummary>;
  return [...keys].every((key) => one[key] === other[key]);
}

export function sameHalts(one: readonly HaltedResource[], other: readonly HaltedResource[] = []): boolean {
  const keyOf = ({ resource, number }: HaltedResource): string => differenceKey(resource, number);
  return one.map(keyOf).sort().join('\n') === other.map(keyOf).sort().join('\n');
}

/** Whether cleanup removes the resources: always, except for a completed restore or an abort that keeps. */
export function removesEverything({ mode, outcome, keepsMade, cleanup }: RecoveryContext): boolean {
  return !keepsMade && (mode === 'drill' || outcome !== 'completed' || cleanup !== undefined);
}

/** The event, if any, that the end of a recovery, or a cleanup after it, requires for one resource. */
export function orderAtEnd(
  { state, context }: Member,
  recovery: RecoveryContext,
  at: Instant,
): ResourceEvent | undefined {
  if (recovery.keepsMade) return state === 'kept' ? undefined : { type: 'KEEP', at };
  if (removesEverything(recovery)) {
    const cleanup = recovery.cleanup?.number;
    const isLeft = cleanup !== undefined && meansLeftOn(context).length > 0 && context.cleanup !== cleanup;
    if (state === 'removing' || (state === 'removed' && !isLeft)) return undefined;
    return { type: 'CLEAN', at, ...(cleanup !== undefined && { cleanup }) };
  }
  return recovery.protects && state === 'ready' ? { type: 'PROTECT', at } : undefined;
}

/**
 * The event, if any, that the phase of the recovery requires for one resource. Derived from both rows each time,
 * so that a crash between the two loses nothing.
 */
export function orderFor(
  member: Member,
  phase: Phase,
  recovery: RecoveryContext,
  failedDependency: string | undefined,
  at: Instant,
): ResourceEvent | undefined {
  const { state, context } = member;
  if (!mayStart(phase)) return undefined;
  const { round } = recovery;
  if (state === 'halted') {
    const { number: halt = 0 } = context.halt ?? {};
    const key = differenceKey(context.spec.id, halt);
    const accepted = recovery.approvals.find(({ step }) => step === key);
    if (accepted !== undefined) return { type: 'ACCEPT', at, halt, round, by: accepted.by };
  }
  if ((state === 'failed' || state === 'halted') && isBefore(context, recovery))
    return { type: 'RETRY', at, round };
  if (state === 'queued' && failedDependency !== undefined)
    return { type: 'BLOCKED', at, by: failedDependency };
  return undefined;
}

/** What the resources have removed in a cleanup after the end; `undefined` outside one. */
export function removedInCleanup(
  members: Iterable<Member>,
  { cleanup }: RecoveryContext,
): readonly string[] | undefined {
  if (cleanup === undefined) return undefined;
  return [...members].flatMap(({ context }) => {
    if (context.cleanup !== cleanup.number) return [];
    const ids = new Set((context.removedParts ?? []).flatMap((part) => idOf(part) ?? []));
    return removedByRun(context).filter((id) => ids.has(id));
  });
}

/** What a cleanup after the end could not remove; `undefined` where none has ended. */
export function leftByCleanup(
  { cleanup }: Pick<RecoveryContext, 'cleanup'>,
  resources: readonly Pick<Member, 'context'>[],
): readonly Leftover[] | undefined {
  if (cleanup?.endedAt === undefined) return undefined;
  return [...resources.flatMap(({ context }) => meansLeftOn(context)), ...cleanup.leftovers];
}

/** Things that must still exist when the run is over. */
export function kept(members: Iterable<Member>, recovery: RecoveryContext): readonly KeptThing[] {
  if (removesEverything(recovery)) return [];
  return [...members].flatMap(({ context }) => [
    ...madeThings(context),
    // Recovery points and superseded volumes are left out: if another user deletes one, the resource need not be recovered again.
    ...[...freshPoints(context), ...thingsIn(context, 'left'), ...thingsIn(context, 'superseded')].map(
      (thing) => ({ ...thing, mayBeGone: true }) as const,
    ),
  ]);
}
