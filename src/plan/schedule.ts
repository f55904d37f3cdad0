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
  readonly #pools: ReadonlyMap<string, Pool>;
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
    this.#pools = bindingPools(tasks, pools);
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
      const pool = this.#pools.get(need.pool);
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
    const lane = this.#laneOf(this.#tasks[index] as Task);
    if (lane === undefined) this.#begin(index, now, this.#tasks[by]?.id);
    else {
      lane.waiting.push(index, index);
      this.#changed = true;
    }
  }

  #laneOf(task: Task): Lane | undefined {
    let key = 0;
    for (const need of task.needs) {
      const pool = this.#pools.get(need.pool);
      if (pool !== undefined && Math.floor(key / 2 ** pool.index) % 2 === 0) key += 2 ** pool.index;
    }
    if (key === 0) return undefined;
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      const pools = [...this.#pools.values()].filter((pool) => Math.floor(key / 2 ** pool.index) % 2 === 1);
      lane = { pools, waiting: numberHeap() };
      this.#lanes.set(key, lane);
    }
    return lane;
  }

  #dispatch(now: number): void {
    if (!this.#changed) return;
    this.#changed = false;
    for (const pool of this.#pools.values()) pool.blocked = false;
    for (;;) {
      const lane = this.#firstLane();
      if (lane === undefined) return;
      const index = lane.waiting.top as number;
      const task = this.#tasks[index] as Task;
      let fits = true;
      let possible = true;
      for (const pool of lane.pools) {
        const amount = this.#needOf(task, pool);
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
          if (this.#needOf(task, pool) > pool.free + EPSILON) pool.blocked = true;
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

  #needOf(task: Task, pool: Pool): number {
    let amount = 0;
    for (const need of task.needs) if (this.#pools.get(need.pool) === pool) amount += need.amount;
    return amount;
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
    for (const need of task.needs) {
      const pool = this.#pools.get(need.pool);
      if (pool === undefined) continue;
      pool.free -= need.amount;
      if (need.until === 'never' || (need.until === 'hydrated' && hydratedSeconds === Infinity)) {
        pool.attainable -= need.amount;
      }
    }
    if (slot.readySeconds < Infinity) this.#events.push(slot.readySeconds, index * 3 + READY_EVENT);
    const tailSeconds = task.needs.reduce((longest, need) => Math.max(longest, need.tailSeconds ?? 0), 0);
    this.#events.push(slot.availableSeconds + tailSeconds, index * 3 + MADE_EVENT);
    if (hydratedSeconds < Infinity) this.#events.push(hydratedSeconds, index * 3 + HYDRATED_EVENT);
  }
}

function isBlocked(lane: Lane): boolean {
  for (const pool of lane.pools) if (pool.blocked) return true;
  return false;
}

/** Only pools that all tasks together could exhaust: no task ever waits for the others. */
function bindingPools(tasks: readonly Task[], capacities: Pools): ReadonlyMap<string, Pool> {
  const wanted = new Map<string, number>();
  for (const task of tasks) {
    for (const need of task.needs) {
      if (capacities[need.pool] !== undefined) {
        wanted.set(need.pool, (wanted.get(need.pool) ?? 0) + need.amount);
      }
    }
  }
  const binding = new Map<string, Pool>();
  for (const [name, total] of wanted) {
    const capacity = (capacities as Readonly<Record<string, number | undefined>>)[name] ?? Infinity;
    if (total <= capacity) continue;
    const index = binding.size;
    binding.set(name, {
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
