import { fsrKey } from '../../facts/ebs.ts';
import { STATES } from '../../workflow/resource/resource-state.ts';
import type { Plan, PoolName, VolumeSpec } from '../../plan/types.ts';
import type { Instant } from '../../time.ts';
import { grant, holdsOf, needsOf, type AllocationRequest, type Hold } from '../../workflow/allocator.ts';
import type { ThingState } from '../../workflow/base/effects.ts';
import type { Member } from '../../workflow/fleet.ts';
import { byPriority, type Ranks } from './priority.ts';
import { strategyOf, type ResourceContext } from '../../workflow/resource/resource-context.ts';

export interface Grant {
  readonly id: string;
  /** Fast snapshot restore was enabled before the run. */
  readonly fsrWasOn: boolean;
}

const WAS_ON: ReadonlySet<string> = new Set(['enabling', 'optimizing', 'enabled']);

/** Quota that one resource holds, and the fast snapshot restore that it uses. */
interface Held {
  readonly holds: readonly Hold[];
  readonly fsr: string | undefined;
}

const NOTHING: Held = { holds: [], fsr: undefined };

/**
 * Which resources may start, decided by the pure allocator. A cache only: everything follows from the resources' rows; it avoids
 * repeating the allocation while nothing has changed that could let a resource start.
 */
export class Allocation {
  readonly #capacities: Readonly<Partial<Record<PoolName, number>>>;
  readonly #compare: (one: string, other: string) => number;
  readonly #held = new Map<string, Held>();
  readonly #queued = new Map<string, Member>();
  readonly #ready = new Set<string>();
  #stale = true;
  #nextRelease: Instant = Number.POSITIVE_INFINITY;

  constructor(plan: Plan, ranks: Ranks) {
    this.#capacities = plan.pools;
    this.#compare = byPriority(ranks);
  }

  /** Records the present state of one resource. */
  update(id: string, member: Member): void {
    const wasQueued = this.#queued.get(id);
    const wasReady = this.#ready.has(id);
    if (member.state === 'queued') this.#queued.set(id, member);
    else this.#queued.delete(id);
    if (STATES.ready.has(member.state)) this.#ready.add(id);
    else this.#ready.delete(id);
    const before = this.#held.get(id) ?? NOTHING;
    const held = heldBy(member);
    this.#held.set(id, held);
    // A resource that stays queued may request something else now, because its strategy may have changed.
    if (
      wasQueued?.context !== this.#queued.get(id)?.context ||
      wasReady !== this.#ready.has(id) ||
      !sameHeld(before, held)
    )
      this.#stale = true;
  }

  /** Which resources may start now. */
  grants(onBefore: readonly ThingState[], at: Instant): readonly Grant[] {
    if (this.#queued.size === 0 || (!this.#stale && at < this.#nextRelease)) return [];
    this.#stale = false;
    const wasOn = new Set(onBefore.flatMap(({ id, status }) => (WAS_ON.has(status) ? [id] : [])));
    const requests = [...this.#queued.values()]
      .filter(({ context }) => this.#mayStart(context))
      .sort((one, other) => this.#compare(one.context.spec.id, other.context.spec.id))
      .map(({ context }) => requestOf(context, wasOn));
    const holds = [...this.#held.values()].flatMap((held) => held.holds);
    const fsrInUse = new Set([...this.#held.values()].flatMap((held) => held.fsr ?? []));
    this.#nextRelease = Math.min(
      Number.POSITIVE_INFINITY,
      ...holds.flatMap(({ until }) => (until !== undefined && until > at ? [until] : [])),
    );
    const granted = new Set(grant(requests, this.#capacities, holds, fsrInUse, at));
    return requests.filter(({ id }) => granted.has(id)).map(({ id, fsrWasOn }) => ({ id, fsrWasOn }));
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
    // Wait while fast snapshot restore is being disabled: it would end while a volume is being created with it.
    const isSwitchingOff = 'fsr-off' in context.pending && strategyOf(context).name === 'fsr';
    return (
      context.exhausted === undefined &&
      !isSwitchingOff &&
      context.spec.dependsOn.every((id) => this.#ready.has(id))
    );
  }
}

function heldBy({ context, state }: Member): Held {
  const { fsr } = context;
  return { holds: holdsOf(context, state), fsr: fsr === undefined || fsr.released ? undefined : fsrKey(fsr) };
}

function sameHeld(one: Held, other: Held): boolean {
  if (one.fsr !== other.fsr || one.holds.length !== other.holds.length) return false;
  return one.holds.every((hold, index) => {
    const twin = other.holds[index];
    return (
      twin !== undefined &&
      hold.pool === twin.pool &&
      hold.amount === twin.amount &&
      hold.until === twin.until
    );
  });
}

function requestOf(context: ResourceContext, wasOn: ReadonlySet<string>): AllocationRequest & Grant {
  const { name, spec } = strategyOf(context);
  const key = name === 'fsr' ? fsrKey(spec as VolumeSpec) : undefined;
  const fsrWasOn = key !== undefined && wasOn.has(key);
  const holdsIt = context.fsr?.released === false && fsrKey(context.fsr) === key;
  const wants = key !== undefined && !holdsIt ? { fsr: key } : {};
  return { id: context.spec.id, fsrWasOn, needs: needsOf(context, fsrWasOn), ...wants };
}
