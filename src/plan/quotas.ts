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

/** At most so late, with at most so many resources left out. */
type Goal = Pick<Evaluation, 'unscheduled' | 'rtaSeconds'>;

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
  const objective: Goal = { unscheduled: 0, rtaSeconds: rtoSeconds };
  const meets = (evaluation: Evaluation): boolean => reaches(evaluation, objective);
  if (meets(base)) return [];
  const short = shortPools(evaluator, pools);
  const alone = short.flatMap((each) => {
    const { pool, total } = each;
    const top = evaluator.evaluate({ ...pools, [pool]: total });
    if (!isBetter(top, base)) return [];
    const goal = meets(top) ? objective : { ...top, rtaSeconds: top.rtaSeconds * USEFUL_SHARE };
    const { needed, evaluation } = least(evaluator, pools, each, base, top, goal);
    const times = timesWith(evaluator, evaluation, { ...pools, [pool]: needed });
    return [{ pool, needed, ...times, meets: meets(evaluation), together: false }];
  });
  if (alone.some((raised) => raised.meets) || short.length < 2) return alone;
  const together = raiseTogether(evaluator, pools, short, objective);
  return together.length > 0 ? together : alone;
}

interface ShortPool {
  readonly pool: PoolName;
  readonly total: number;
  /** Between two of its multiples more of the pool is of no use. */
  readonly unit: number;
}

/** Pools that all resources at once would exhaust. */
function shortPools(evaluator: Evaluator, pools: Pools): readonly ShortPool[] {
  const short: ShortPool[] = [];
  for (const [pool, { single, total, unit }] of evaluator.wants) {
    const left = pools[pool];
    if (left === undefined || total <= left) continue;
    // With less than a single resource wants its strategies take smaller amounts.
    short.push({ pool, total: Math.ceil(total), unit: left < single ? 1 : Math.max(1, unit) });
  }
  return short;
}

function raiseTogether(
  evaluator: Evaluator,
  pools: Pools,
  short: readonly ShortPool[],
  objective: Goal,
): readonly RaisedPool[] {
  let raised: Pools = { ...pools, ...Object.fromEntries(short.map(({ pool, total }) => [pool, total])) };
  let evaluation = evaluator.evaluate(raised);
  if (!reaches(evaluation, objective)) return [];
  for (const each of short) {
    const { pool } = each;
    const lowered: Pools = { ...raised, [pool]: pools[pool] ?? 0 };
    const unraised = evaluator.evaluate(lowered);
    if (reaches(unraised, objective)) {
      raised = lowered;
      evaluation = unraised;
      continue;
    }
    const found = least(evaluator, lowered, each, unraised, evaluation, objective);
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

/** A size of a pool, in units, with what the plan comes to. */
interface Probe {
  readonly units: number;
  readonly evaluation: Evaluation;
}

/**
 * The least of a pool, in whole units, that reaches the goal; `base` is what `pools` come to, `top` is known to reach it with all that is
 * wanted. A little less may do where a schedule gets better with less, which happens; what is returned has been evaluated and does.
 */
function least(
  evaluator: Evaluator,
  pools: Pools,
  { pool, total, unit }: ShortPool,
  base: Evaluation,
  top: Evaluation,
  goal: Goal,
): { readonly needed: number; readonly evaluation: Evaluation } {
  let below: Probe = { units: Math.floor((pools[pool] ?? 0) / unit), evaluation: base };
  let found: Probe = { units: Math.ceil(total / unit), evaluation: top };
  for (let probes = 0; found.units - below.units > 1; probes += 1) {
    const units = nextUnits(below, found, goal, probes % 3 === 2);
    const evaluation = evaluator.evaluate({ ...pools, [pool]: units * unit });
    if (reaches(evaluation, goal)) found = { units, evaluation };
    else below = { units, evaluation };
  }
  return { needed: Math.min(total, found.units * unit), evaluation: found.evaluation };
}

/** By interpolation, because the time falls about as the reciprocal of the pool; every third time by halving, which bounds the number of probes. */
function nextUnits(below: Probe, found: Probe, goal: Goal, halves: boolean): number {
  const middle = Math.floor((below.units + found.units) / 2);
  const [slow, fast] = [below.evaluation, found.evaluation];
  const span = slow.rtaSeconds - fast.rtaSeconds;
  if (halves || slow.unscheduled > fast.unscheduled || span <= 0 || below.units === 0) return middle;
  const share = (goal.rtaSeconds - fast.rtaSeconds) / span;
  const wanted = 1 / (1 / found.units + share * (1 / below.units - 1 / found.units));
  return Math.min(found.units - 1, Math.max(below.units + 1, Math.ceil(wanted)));
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

function reaches(evaluation: Evaluation, goal: Goal): boolean {
  return evaluation.unscheduled <= goal.unscheduled && evaluation.rtaSeconds <= goal.rtaSeconds;
}
