import type { Evaluation, Evaluator } from './evaluate.ts';
import type { Pools } from './input.ts';
import type { PoolName } from './types.ts';

/** What more of one quota would bring. */
export interface RaisedPool {
  readonly pool: PoolName;
  /** What must be left of the quota, beyond what exists: the least that does it. */
  readonly needed: number;
  readonly rtaSeconds: number;
  readonly p90Seconds: number;
  /** Everything is recovered within the RTO with it. */
  readonly meets: boolean;
  /** Only together with the other raised pools. */
  readonly together: boolean;
}

/** Close enough to the best that a quota can bring: more of it is not worth asking for. */
const USEFUL_SHARE = 1.01;

/**
 * For each pool that binds, the least of it with which the RTO is met; where more of it alone cannot do that, the least that
 * brings all it can. Where only several pools together meet the RTO, those. Empty when the RTO is met already.
 */
export function raisePools(
  evaluator: Evaluator,
  base: Evaluation,
  pools: Pools,
  rtoSeconds: number,
): readonly RaisedPool[] {
  const meets = (evaluation: Evaluation): boolean =>
    evaluation.unscheduled === 0 && evaluation.rtaSeconds <= rtoSeconds;
  if (meets(base)) return [];
  const short = shortPools(evaluator, pools);
  const alone = short.flatMap(({ pool, total }) => {
    const top = evaluator.evaluate({ ...pools, [pool]: total });
    if (!isBetter(top, base)) return [];
    const goal = meets(top) ? meets : (evaluation: Evaluation) => isAsGoodAs(evaluation, top);
    const { needed, evaluation } = least(evaluator, pools, pool, total, top, goal);
    const times = timesWith(evaluator, evaluation, { ...pools, [pool]: needed });
    return [{ pool, needed, ...times, meets: meets(evaluation), together: false }];
  });
  if (alone.some((raised) => raised.meets) || short.length < 2) return alone;
  const together = raiseTogether(evaluator, pools, short, meets);
  return together.length > 0 ? together : alone;
}

interface ShortPool {
  readonly pool: PoolName;
  readonly total: number;
}

/** Pools that all resources at once would exhaust. */
function shortPools(evaluator: Evaluator, pools: Pools): readonly ShortPool[] {
  const short: ShortPool[] = [];
  for (const [pool, { total }] of evaluator.wants) {
    const left = pools[pool];
    if (left !== undefined && total > left) short.push({ pool, total: Math.ceil(total) });
  }
  return short;
}

function raiseTogether(
  evaluator: Evaluator,
  pools: Pools,
  short: readonly ShortPool[],
  meets: (evaluation: Evaluation) => boolean,
): readonly RaisedPool[] {
  let raised: Pools = { ...pools, ...Object.fromEntries(short.map(({ pool, total }) => [pool, total])) };
  let evaluation = evaluator.evaluate(raised);
  if (!meets(evaluation)) return [];
  for (const { pool, total } of short) {
    const lowered: Pools = { ...raised, [pool]: pools[pool] ?? 0 };
    const unraised = evaluator.evaluate(lowered);
    if (meets(unraised)) {
      raised = lowered;
      evaluation = unraised;
      continue;
    }
    const found = least(evaluator, lowered, pool, total, evaluation, meets);
    raised = { ...raised, [pool]: found.needed };
    evaluation = found.evaluation;
  }
  const times = timesWith(evaluator, evaluation, raised);
  return short
    .filter(({ pool }) => raised[pool] !== pools[pool])
    .map(({ pool }) => ({
      pool,
      needed: raised[pool] ?? 0,
      ...times,
      meets: true,
      together: true,
    }));
}

/**
 * The least of a pool, in whole units, that reaches the goal, by halving; `top` is known to reach it with `total`. A little less
 * may do where a schedule gets better with less, which happens; what is returned has been evaluated and does.
 */
function least(
  evaluator: Evaluator,
  pools: Pools,
  pool: PoolName,
  total: number,
  top: Evaluation,
  goal: (evaluation: Evaluation) => boolean,
): { readonly needed: number; readonly evaluation: Evaluation } {
  let tooLittle = Math.floor(pools[pool] ?? 0);
  let needed = total;
  let best = top;
  while (needed - tooLittle > 1) {
    const middle = Math.floor((needed + tooLittle) / 2);
    const evaluation = evaluator.evaluate({ ...pools, [pool]: middle });
    if (goal(evaluation)) {
      needed = middle;
      best = evaluation;
    } else tooLittle = middle;
  }
  return { needed, evaluation: best };
}

function timesWith(evaluator: Evaluator, evaluation: Evaluation, pools: Pools) {
  const p90Seconds = evaluator.rtaOf(evaluator.reschedule(evaluation, pools, 'p90Seconds'));
  return { rtaSeconds: evaluation.rtaSeconds, p90Seconds: Math.max(evaluation.rtaSeconds, p90Seconds) };
}

function isBetter(left: Evaluation, right: Evaluation): boolean {
  return (
    left.unscheduled < right.unscheduled ||
    (left.unscheduled === right.unscheduled && left.rtaSeconds < right.rtaSeconds - 1)
  );
}

function isAsGoodAs(left: Evaluation, best: Evaluation): boolean {
  return left.unscheduled <= best.unscheduled && left.rtaSeconds <= best.rtaSeconds * USEFUL_SHARE;
}
