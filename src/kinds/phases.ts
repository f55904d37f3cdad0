import { NO_TIME, sum, type Forecast } from './forecast.ts';
import { isOfOne, type PoolUse } from './pools.ts';
import type { Hold, StepPhase, StrategyStep } from './steps.ts';

/** How long the phases of a strategy take. Phases without steps take no time. */
export interface Phases {
  /** Waiting for acceleration to be enabled and to have enough credits. */
  readonly accelerate: Forecast;
  /** From the request until available. */
  readonly restore: Forecast;
  /** From available until hydrated. `null`: never within any useful time. */
  readonly warm: Forecast | null;
  /** From hydrated until AWS shows it, which may be minutes later. */
  readonly notice: Forecast;
  readonly verify: Forecast;
}

/** What the phases are derived from. */
interface Stepped {
  readonly steps: readonly StrategyStep[];
}

/** Steps never change, and the schedule asks for their phases on every event of a run. */
const known = new WeakMap<readonly StrategyStep[], Phases>();

/** The phases of a strategy, from its steps. */
export function phasesOf({ steps }: Stepped): Phases {
  let phases = known.get(steps);
  if (phases === undefined) {
    phases = derivedFrom(steps);
    known.set(steps, phases);
  }
  return phases;
}

function derivedFrom(steps: readonly StrategyStep[]): Phases {
  const taken: Record<StepPhase, Forecast> = {
    prepare: NO_TIME,
    restore: NO_TIME,
    warmup: NO_TIME,
    verify: NO_TIME,
  };
  let notice = NO_TIME;
  let isEndless = false;
  for (const step of steps) {
    if (step.takes !== null) taken[step.phase] = added(taken[step.phase], step.takes);
    else if (step.phase === 'warmup') isEndless = true;
    if (step.phase === 'warmup' && step.notice !== undefined) notice = added(notice, step.notice);
  }
  const { prepare: accelerate, restore, warmup, verify } = taken;
  return { accelerate, restore, warm: isEndless ? null : warmup, notice, verify };
}

function added(before: Forecast, takes: Forecast): Forecast {
  return before === NO_TIME ? takes : takes === NO_TIME ? before : sum(before, takes);
}

/** Copies are made one after the other: the phase of their making brings news each time that one is done. */
export function takesTurns({ steps }: Stepped): boolean {
  return steps.some(({ holds = [] }) => holds.some(({ once }) => once === true));
}

/** What a strategy takes from pools for so many copies, as the planner's schedule counts it. */
export function usesOf({ steps }: Stepped, copies: number): readonly PoolUse[] {
  const uses: PoolUse[] = [];
  for (const step of steps) {
    for (const hold of step.holds ?? []) {
      if (isOfOne(hold.pool)) continue;
      const isOfEach = step.scope === 'copy' && hold.once !== true;
      const amount = isOfEach ? hold.amount * copies : hold.amount;
      uses.push({ pool: hold.pool, amount, ...releaseOf(step, hold) });
    }
  }
  return uses;
}

/**
 * A result is kept beyond the schedule, so what it holds until its removal is never given back; means are removed once every copy is
 * made. A hold that ends a computed time after creation includes a margin for slow cases: the forecast counts it until the copies are hydrated.
 */
function releaseOf({ makes }: StrategyStep, { until }: Hold): Pick<PoolUse, 'until' | 'tailSeconds'> {
  if (until.milestone === 'made' || until.milestone === 'hydrated') {
    return { until: until.milestone === 'made' && until.plusSeconds === undefined ? 'made' : 'hydrated' };
  }
  if (makes?.use !== 'means') return { until: 'never' };
  return until.plusSeconds === undefined
    ? { until: 'made' }
    : { until: 'made', tailSeconds: until.plusSeconds };
}
