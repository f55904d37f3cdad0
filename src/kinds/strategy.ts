import type { ReadyWhen, StrategyName } from '../runbook/schema.ts';
import { forecastHeld, resourceCostUsd } from './cost.ts';
import { NO_TIME, sum, type Forecast } from './forecast.ts';
import { phasesOf, usesOf } from './phases.ts';
import { shortage, type PoolName, type Pools } from './pools.ts';
import type { RecoveryPoint } from './recovery-points.ts';
import type { MakeSpec } from './specs.ts';
import type { StrategyStep } from './steps.ts';
import type { Remaining } from './things.ts';

/** One way to recover a resource, complete enough to be executed. */
export interface PlannedStrategy {
  readonly name: StrategyName;
  readonly recoveryPoint: RecoveryPoint;
  readonly spec: MakeSpec;
  readonly steps: readonly StrategyStep[];
  /** From its own start to ready, without waiting for quotas or dependencies. */
  readonly forecast: Forecast;
  readonly costUsd: number;
  /** What it leaves behind beside what it recovers. */
  readonly remains?: readonly Remaining[];
}

/** What a strategy offers for a subject. */
export type Proposal =
  | {
      readonly feasible: true;
      readonly why: string;
      readonly planned: PlannedStrategy;
      /** Why `auto` never takes it: it completes "feasible, but ...". */
      readonly onlyListed?: string;
    }
  | {
      readonly feasible: false;
      readonly strategy: StrategyName;
      /** Completes "it is not possible: ...". */
      readonly why: string;
      /** The quota that is too small for it. */
      readonly shortOf?: PoolName;
      readonly forecast: Forecast | null;
      readonly costUsd: number | null;
    };

export type Offer = Extract<Proposal, { readonly feasible: true }>;
export type Refusal = Extract<Proposal, { readonly feasible: false }>;

/** One way to recover a kind of subject. */
export interface Strategy<Subject> {
  readonly name: StrategyName;
  propose(subject: Subject): Proposal;
}

interface Draft {
  readonly name: StrategyName;
  readonly why: string;
  readonly point: RecoveryPoint;
  readonly spec: MakeSpec;
  readonly steps: readonly StrategyStep[];
  readonly remains?: readonly Remaining[];
  readonly onlyListed?: string;
}

interface DraftContext {
  readonly readyWhen: ReadyWhen;
  readonly copies: number;
  readonly pools: Pools;
}

/** Completes a strategy with its forecast and cost. Infeasible when a quota could never hold it. */
export function offer(draft: Draft, context: DraftContext): Proposal {
  const forecast = forecastOf(draft.steps, context.readyWhen);
  const bare = { ...draft, recoveryPoint: draft.point, forecast };
  const costUsd = resourceCostUsd(bare, context.copies, forecastHeld(bare));
  const short = shortage(usesOf(draft, context.copies), context.pools);
  if (short !== undefined)
    return { ...refuse(draft.name, short.why, forecast, costUsd), shortOf: short.pool };
  return {
    feasible: true,
    why: draft.why,
    ...(draft.onlyListed !== undefined && { onlyListed: draft.onlyListed }),
    planned: {
      name: draft.name,
      recoveryPoint: draft.point,
      spec: draft.spec,
      steps: draft.steps,
      forecast,
      costUsd,
      ...(draft.remains !== undefined && draft.remains.length > 0 && { remains: draft.remains }),
    },
  };
}

export function refuse(
  strategy: StrategyName,
  why: string,
  forecast: Forecast | null = null,
  costUsd: number | null = null,
): Refusal {
  return { feasible: false, strategy, why, forecast, costUsd };
}

/** From its own start to ready. A strategy that never hydrates is forecast without that wait. */
export function forecastOf(steps: readonly StrategyStep[], readyWhen: ReadyWhen): Forecast {
  const { accelerate, restore, warm, notice, verify } = phasesOf({ steps });
  const warming = readyWhen === 'hydrated' ? [warm ?? NO_TIME, notice] : [];
  return sum(accelerate, restore, ...warming, verify);
}
