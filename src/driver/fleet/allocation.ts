import { STATES } from '../../workflow/resource/resource-state.ts';
import type { Plan, PoolName } from '../../plan/types.ts';
import type { Instant } from '../../time.ts';
import { grant, type AllocationRequest } from '../../workflow/allocator.ts';
import { needsOf } from '../../workflow/resource/grants.ts';
import { makingStep } from '../../workflow/resource/parts.ts';
import { holdsOf, type Hold } from '../../workflow/resource/holds.ts';
import { isGoing } from '../../workflow/resource/removals.ts';
import type { ThingState } from '../../workflow/base/effects.ts';
import type { Member } from '../../workflow/fleet.ts';
import { byPriority, type Ranks } from './priority.ts';
import { strategyOf, type ResourceContext } from '../../workflow/resource/resource-context.ts';

export interface Grant {
  readonly id: string;
  /** Ids of the means that were there before the run. */
  readonly existing: readonly string[];
}

const WAS_ON: ReadonlySet<string> = new Set(['enabling', 'optimizing', 'enabled']);

/**
 * Which resources may start, decided by the pure allocator. A cache only: everything follows from the resources' rows; it avoids
 * repeating the allocation while nothing has changed that could let a resource start.
 */
export class Allocation {
  readonly #capacities: Readonly<Partial<Record<PoolName, number>>>;
  readonly #compare: (one: string, other: string) => number;
  readonly #held = new Map<string, readonly Hold[]>();
  readonly #queued = new Map<string, Member>();
  readonly #ready = new Set<string>();
  /** Resources that others depend on. */
  readonly #dependencies: ReadonlySet<string>;
  #stale = true;
  #nextRelease: Instant = Number.POSITIVE_INFINITY;

  constructor(plan: Plan, ranks: Ranks) {
    this.#capacities = plan.pools;
    this.#compare = byPriority(ranks);
    // Members of a selector share one list.
    const lists = new Set(plan.resources.map(({ dependsOn }) => dependsOn));
    this.#dependencies = new Set([...lists].flat());
  }

  /** Records the present state of one resource. */
  update(id: string, member: Member): void {
    const wasQueued = this.#queued.get(id);
    const wasReady = this.#ready.has(id);
    if (member.state === 'queued') this.#queued.set(id, member);
    else this.#queued.delete(id);
    if (STATES.ready.has(member.state)) this.#ready.add(id);
    else this.#ready.delete(id);
    const before = this.#held.get(id) ?? [];
    const held = holdsOf(member.context, member.state);
    this.#held.set(id, held);
    // A resource that stays queued may request something else now, because its strategy may have changed.
    if (
      wasQueued?.context !== this.#queued.get(id)?.context ||
      (wasReady !== this.#ready.has(id) && this.#dependencies.has(id)) ||
      !holdsAsMuch(held, before)
    )
      this.#stale = true;
    else for (const { until = Infinity } of held) this.#nextRelease = Math.min(this.#nextRelease, until);
  }

  /** Which resources may start now. */
  grants(onBefore: readonly ThingState[], at: Instant): readonly Grant[] {
    if (this.#queued.size === 0 || (!this.#stale && at < this.#nextRelease)) return [];
    this.#stale = false;
    const wasOn = new Set(onBefore.flatMap(({ id, status }) => (WAS_ON.has(status) ? [id] : [])));
    const requests = [...this.#queued.values()]
      .filter(({ context }) => this.#mayStart(context))
      .sort((one, other) => this.#compare(one.context.spec.id, other.context.spec.id))
      .map(({ context }) => requestOf(context, wasOn, at));
    const holds = [...this.#held.values()].flat();
    this.#nextRelease = Math.min(
      Number.POSITIVE_INFINITY,
      ...holds.flatMap(({ until }) => (until !== undefined && until > at ? [until] : [])),
    );
    const granted = new Set(grant(requests, this.#capacities, holds, at));
    return requests.filter(({ id }) => granted.has(id)).map(({ id, existing }) => ({ id, existing }));
  }

  /** Resources that are queued and wait for nothing but a quota, the first in the plan first. */
  mayStart(): readonly string[] {
    const ids = [...this.#queued].flatMap(([id, { context }]) => (this.#mayStart(context) ? [id] : []));
    return ids.sort(this.#compare);
  }

  /** When a hold ends by itself while a resource waits; `undefined` when none does. */
  get nextRelease(): Instant | undefined {
    return this.#queued.size > 0 && Number.isFinite(this.#nextRelease) ? this.#nextRelease : undefined;
  }

  #mayStart(context: ResourceContext): boolean {
    // Wait while means are being removed that the strategy needs again: they would end while they are used.
    const isSwitchingOff = context.parts.some(
      (part) => part.use === 'means' && isGoing(part) && makingStep(strategyOf(context), part.role),
    );
    return (
      context.exhausted === undefined &&
      !isSwitchingOff &&
      context.spec.dependsOn.every((id) => this.#ready.has(id))
    );
  }
}

function requestOf(
  context: ResourceContext,
  wasOn: ReadonlySet<string>,
  at: Instant,
): AllocationRequest & Grant {
  const ids = strategyOf(context).steps.flatMap(({ makes }) => makes?.id ?? []);
  const existing = ids.filter((id) => wasOn.has(id));
  return { id: context.spec.id, existing, needs: needsOf(context, existing, at) };
}

/** Whether no other resource can start because of the change: nothing is released but, at most, at an instant that is only known now. */
function holdsAsMuch(now: readonly Hold[], before: readonly Hold[]): boolean {
  if (now.length !== before.length) return false;
  return now.every((hold, index) => {
    const was = before[index];
    return (
      was !== undefined &&
      hold.pool === was.pool &&
      hold.amount === was.amount &&
      (was.until === undefined || hold.until === was.until)
    );
  });
}
