import type { DependencyGraph } from './dependencies.ts';
import { dependencyGraph } from './dependencies.ts';
import { type Heap, numberHeap } from '../heap.ts';
import type { Pools } from './input.ts';
import type { Slot, Task } from './task.ts';
import { neverSlot, slotOf } from './task.ts';

export type { Slot, Task, TaskProgress } from './task.ts';

/** Room for the rounding of fractional amounts such as 0.1 TiB. */
const EPSILON = 1e-9;

const READY_EVENT = 0;
const MADE_EVENT = 1;
const HYDRATED_EVENT = 2;

/**
 * When each task runs, if every task starts as soon as its dependencies are ready and its pools have room. Tasks stand in order
 * of priority. Where a pool has no room for a task, nothing behind it in that pool overtakes it, so large needs do not starve.
 * Usage never exceeds a pool's capacity, except by what `progress` says is already running. A task that can never start (a need
 * above the capacity, a dependency that is never ready) gets Infinity. O(n log n). Slots stand in the order of the tasks.
 */
export function schedule(tasks: readonly Task[], pools: Pools, startSeconds: number): readonly Slot[] {
  return new Scheduler(tasks, pools, startSeconds).run();
}

interface Pool {
  readonly name: string;
  readonly index: number;
  free: number;
  /** The most that can ever be free, once every release has happened. */
  attainable: number;
  releasedAt: number;
  releasedBy: number;
  blocked: boolean;
}

/** Tasks that wait for the same set of pools. */
interface Lane {
  readonly pools: readonly Pool[];
  readonly waiting: Heap<number>;
}

class Scheduler {
  readonly #tasks: readonly Task[];
  readonly #start: number;
  /** Those that bind. */
  readonly #pools: readonly Pool[];
  /** What each task needs of each of them, task by task. */
  readonly #needs: Float64Array;
  readonly #graph: DependencyGraph;
  readonly #remaining: number[];
  readonly #slots: (Slot | undefined)[];
  readonly #eligibleAt: Float64Array;
  readonly #eligibleBy: Int32Array;
  readonly #events = numberHeap();
  readonly #lanes = new Map<number, Lane>();
  #releasedBy = -1;
  /** A task began to wait, or something was released, since the last dispatch. */
  #changed = false;

  constructor(tasks: readonly Task[], pools: Pools, startSeconds: number) {
    this.#tasks = tasks;
    this.#start = startSeconds;
    const binding = bindingPools(tasks, pools);
    this.#pools = [...binding.values()];
    this.#needs = needsOf(tasks, binding);
    this.#graph = dependencyGraph(tasks);
    this.#remaining = this.#graph.groups.map((group) =>
      group.broken ? Infinity : group.dependencies.length,
    );
    this.#slots = new Array<Slot | undefined>(tasks.length).fill(undefined);
    this.#eligibleAt = new Float64Array(tasks.length);
    this.#eligibleBy = new Int32Array(tasks.length).fill(-1);
  }

  run(): readonly Slot[] {
    let now = this.#start;
    this.#tasks.forEach((task, index) => {
      if (task.progress !== undefined) this.#begin(index, task.progress.startedSeconds, undefined);
    });
    for (const index of this.#graph.free) this.#makeEligible(index, now, -1);
    for (;;) {
      while (this.#events.topKey <= now) this.#happen(this.#events.pop() as number, now);
      this.#dispatch(now);
      if (this.#events.size === 0) break;
      now = Math.max(now, this.#events.topKey);
    }
    return this.#slots.map((slot, index) => slot ?? neverSlot((this.#tasks[index] as Task).id));
  }

  #happen(event: number, now: number): void {
    const index = Math.floor(event / 3);
    const kind = event % 3;
    if (kind === READY_EVENT) {
      for (const at of this.#graph.waitedForBy[index] ?? []) {
        const remaining = (this.#remaining[at] ?? 0) - 1;
        this.#remaining[at] = remaining;
        if (remaining !== 0) continue;
        for (const member of this.#graph.groups[at]?.members ?? []) this.#makeEligible(member, now, index);
      }
      return;
    }
    for (const need of (this.#tasks[index] as Task).needs) {
      if (need.until !== (kind === MADE_EVENT ? 'made' : 'hydrated')) continue;
      const pool = this.#poolOf(need);
      if (pool === undefined) continue;
      pool.free += need.amount;
      pool.releasedAt = now;
      pool.releasedBy = index;
      this.#releasedBy = index;
      this.#changed = true;
    }
  }

  #makeEligible(index: number, now: number, by: number): void {
    if (this.#slots[index] !== undefined) return;
    this.#eligibleAt[index] = now;
    this.#eligibleBy[index] = by;
    const lane = this.#laneOf(index);
    if (lane === undefined) this.#begin(index, now, this.#tasks[by]?.id);
    else {
      lane.waiting.push(index, index);
      this.#changed = true;
    }
  }

  #laneOf(index: number): Lane | undefined {
    let key = 0;
    for (const pool of this.#pools) if (this.#needOf(index, pool) > 0) key += 2 ** pool.index;
    if (key === 0) return undefined;
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      const pools = this.#pools.filter((pool) => this.#needOf(index, pool) > 0);
      lane = { pools, waiting: numberHeap() };
      this.#lanes.set(key, lane);
    }
    return lane;
  }

  #dispatch(now: number): void {
    if (!this.#changed) return;
    this.#changed = false;
    for (const pool of this.#pools) pool.blocked = false;
    for (;;) {
      const lane = this.#firstLane();
      if (lane === undefined) return;
      const index = lane.waiting.top as number;
      let fits = true;
      let possible = true;
      for (const pool of lane.pools) {
        const amount = this.#needOf(index, pool);
        if (amount > pool.free + EPSILON) {
          fits = false;
          if (amount > pool.attainable + EPSILON) possible = false;
        }
      }
      if (!possible) lane.waiting.pop();
      else if (fits) {
        lane.waiting.pop();
        this.#begin(index, now, this.#causeOf(index, lane, now));
      } else {
        for (const pool of lane.pools) {
          if (this.#needOf(index, pool) > pool.free + EPSILON) pool.blocked = true;
        }
      }
    }
  }

  /** The lane whose first task has the highest priority among those that are not behind a waiting task. */
  #firstLane(): Lane | undefined {
    let first: Lane | undefined;
    for (const lane of this.#lanes.values()) {
      if (lane.waiting.size === 0 || isBlocked(lane)) continue;
      if (first === undefined || (lane.waiting.top as number) < (first.waiting.top as number)) first = lane;
    }
    return first;
  }

  #needOf(task: number, pool: Pool): number {
    return this.#needs[task * this.#pools.length + pool.index] ?? 0;
  }

  #poolOf(need: Task['needs'][number]): Pool | undefined {
    return this.#pools.find(({ name }) => name === need.pool);
  }

  #causeOf(index: number, lane: Lane, now: number): string | undefined {
    if ((this.#eligibleAt[index] ?? 0) >= now) return this.#tasks[this.#eligibleBy[index] ?? -1]?.id;
    const pool = lane.pools.find((candidate) => candidate.releasedAt === now);
    return this.#tasks[pool?.releasedBy ?? this.#releasedBy]?.id;
  }

  #begin(index: number, now: number, waitsFor: string | undefined): void {
    const task = this.#tasks[index] as Task;
    const slot = slotOf(task, now, this.#start, waitsFor);
    this.#slots[index] = slot;
    const hydratedSeconds = slot.hydratedSeconds ?? Infinity;
    // Only what something waits for becomes an event.
    if (slot.readySeconds < Infinity && this.#graph.waitedForBy[index] !== undefined) {
      this.#events.push(slot.readySeconds, index * 3 + READY_EVENT);
    }
    if (this.#pools.length > 0) this.#take(index, slot.availableSeconds, hydratedSeconds);
  }

  #take(index: number, availableSeconds: number, hydratedSeconds: number): void {
    let madeAt = -Infinity;
    let hydratedAt = -Infinity;
    for (const need of (this.#tasks[index] as Task).needs) {
      const pool = this.#poolOf(need);
      if (pool === undefined) continue;
      pool.free -= need.amount;
      if (need.until === 'made') madeAt = Math.max(madeAt, availableSeconds + (need.tailSeconds ?? 0));
      else if (need.until === 'hydrated' && hydratedSeconds < Infinity) hydratedAt = hydratedSeconds;
      else pool.attainable -= need.amount;
    }
    if (madeAt > -Infinity) this.#events.push(madeAt, index * 3 + MADE_EVENT);
    if (hydratedAt > -Infinity) this.#events.push(hydratedAt, index * 3 + HYDRATED_EVENT);
  }
}

function isBlocked(lane: Lane): boolean {
  for (const pool of lane.pools) if (pool.blocked) return true;
  return false;
}

/** Only pools that all tasks together could exhaust: no task ever waits for the others. */
function bindingPools(tasks: readonly Task[], capacities: Pools): ReadonlyMap<string, Pool> {
  const wanted = new Map<string, { readonly capacity: number; amount: number }>();
  for (const [name, capacity] of Object.entries(capacities)) {
    if (capacity !== undefined) wanted.set(name, { capacity, amount: 0 });
  }
  for (const task of tasks) {
    for (const need of task.needs) {
      const sum = wanted.get(need.pool);
      if (sum !== undefined) sum.amount += need.amount;
    }
  }
  const binding = new Map<string, Pool>();
  for (const [name, { capacity, amount }] of wanted) {
    if (amount <= capacity) continue;
    const index = binding.size;
    binding.set(name, {
      name,
      index,
      free: capacity,
      attainable: capacity,
      releasedAt: -Infinity,
      releasedBy: -1,
      blocked: false,
    });
  }
  return binding;
}

/** Amounts in one flat array: the dispatcher compares them for every task that waits. */
function needsOf(tasks: readonly Task[], binding: ReadonlyMap<string, Pool>): Float64Array {
  const needs = new Float64Array(tasks.length * binding.size);
  if (binding.size === 0) return needs;
  tasks.forEach((task, index) => {
    for (const need of task.needs) {
      const pool = binding.get(need.pool);
      if (pool === undefined) continue;
      const at = index * binding.size + pool.index;
      needs[at] = (needs[at] ?? 0) + need.amount;
    }
  });
  return needs;
}
