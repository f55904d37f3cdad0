import { advance, beginAggregate } from '../../src/workflow/aggregates.ts';
import { type ResourceState, resourceState } from '../../src/workflow/resource/resource-state.ts';
import type { DbInstanceSpec, PlannedResource, PlannedStrategy, VolumeSpec } from '../../src/plan/types.ts';
import {
  requestOf,
  type Answer,
  type Effect,
  type Failure,
  type FailureClass,
} from '../../src/workflow/base/effects.ts';
import { REGION } from '../things.ts';
import { type Aggregate, type Stamped, type Step } from '../../src/workflow/base/decide.ts';
import type { Gate, GatedPhase, RecoveryInput } from '../../src/workflow/recovery/recovery-context.ts';
import type {
  Adopted,
  ResourceContext,
  ResourceEvent,
} from '../../src/workflow/resource/resource-context.ts';
import { accelerateStep, createStep, hydrateStep } from '../../src/kinds/ebs-volume/steps.ts';
import type { PoolName } from '../../src/kinds/pools.ts';
import { restoreSteps } from '../../src/kinds/rds-instance/steps.ts';
import type { Hold, StrategyStep } from '../../src/kinds/steps.ts';
import { VERIFY } from '../../src/kinds/verify-step.ts';
import type { AnyMachineSnapshot } from 'xstate';
import type { TimelineEntry } from '../../src/workflow/base/decision.ts';

export const T0 = Date.parse('2026-11-20T03:00:00Z');
/** What a recovery is told besides its plan; nothing in it asks for anything. */
export const QUIET = {
  gates: [],
  waivers: [],
  claim: {
    runId: 'run-1',
    runbook: 'orders',
    mode: 'restore',
    by: 'ann',
    host: 'laptop',
    at: T0,
    incidentAt: T0,
    damagedAt: T0,
  },
  claimSources: [],
  forensics: [],
  protects: false,
} as const satisfies Partial<RecoveryInput>;

/** People who must agree before a phase. */
export function approvalGate(before: GatedPhase, approvals: number): Gate {
  return { id: `${before}/approvals/1`, before, kind: 'approvals', approvals, why: 'the runbook wants it' };
}

export const minutes = (count: number): number => count * 60_000;

const forecast = (
  p50Seconds: number,
  p90Seconds = p50Seconds * 2,
): { p50Seconds: number; p90Seconds: number } => ({ p50Seconds, p90Seconds });

export function volumeSpec(change: Partial<VolumeSpec> = {}): VolumeSpec {
  return {
    kind: 'volume',
    snapshotId: 'snap-1',
    zone: 'us-east-1a',
    volumeType: 'gp3',
    sizeGiB: 100,
    fullSizeGiB: 90,
    encrypted: false,
    tags: {},
    ...change,
  };
}

export function dbSpec(change: Partial<DbInstanceSpec> = {}): DbInstanceSpec {
  return {
    kind: 'dbInstance',
    from: { snapshotId: 'rds:orders' },
    engine: 'postgres',
    class: 'db.r6g.large',
    storageGiB: 100,
    storageType: 'gp3',
    multiAz: false,
    securityGroups: [],
    deletionProtection: false,
    backupRetentionDays: 0,
    iamAuth: false,
    logExports: [],
    encrypted: false,
    tags: {},
    ...change,
  };
}

const VERIFIED: StrategyStep = { ...VERIFY, takes: forecast(5) };

/** The steps of a strategy whose copies hold this much each. */
function stepsOf(name: PlannedStrategy['name'], holds: readonly Hold[]): readonly StrategyStep[] {
  if (name === 'restore-snapshot' || name === 'point-in-time') {
    const none = { storageGiB: 0, backupRetentionDays: 0 };
    const [restore, configure, hydrate] = restoreSteps(forecast(20), none, 'hydrated') as [
      StrategyStep,
      StrategyStep,
      StrategyStep,
    ];
    return [{ ...restore, holds }, configure, { ...hydrate, takes: forecast(600) }, VERIFIED];
  }
  const slots = holds.filter(({ pool }) => pool === 'fsrSnapshots');
  const others = holds.filter(({ pool }) => pool !== 'fsrSnapshots');
  return [
    ...(name === 'fsr' ? [accelerateStep(forecast(3_600), slots.length === 0)] : []),
    { ...createStep(others, name === 'fsr' ? 'credit' : undefined), takes: forecast(20) },
    hydrateStep(name === 'lazy' ? null : forecast(600)),
    VERIFIED,
  ];
}

/** What each copy takes of a quota: by default until its provisioned initialization is over. */
export function hold(pool: PoolName, amount: number, until: Hold['until'] = { milestone: 'hydrated' }): Hold {
  return { pool, amount, until };
}

export function strategy(
  name: PlannedStrategy['name'],
  { holds = [], ...change }: Partial<PlannedStrategy> & { readonly holds?: readonly Hold[] } = {},
): PlannedStrategy {
  const database = name === 'restore-snapshot' || name === 'point-in-time';
  const spec = database ? dbSpec() : volumeSpec(name === 'provisioned-rate' ? { rateMiBps: 300 } : {});
  return {
    name,
    recoveryPoint: { id: database ? 'rds:orders' : 'snap-1', at: T0 - minutes(60), ageSeconds: 3_600 },
    spec,
    steps: stepsOf(name, holds),
    forecast: forecast(625),
    costUsd: 1,
    ...change,
  };
}

export function planned(
  strategies: readonly PlannedStrategy[],
  change: Partial<PlannedResource> = {},
): PlannedResource {
  const database = strategies[0]?.spec.kind === 'dbInstance';
  return {
    id: 'events',
    type: database ? 'rds-instance' : 'ebs-volume',
    source: database ? 'orders-prod' : 'vol-1',
    dependsOn: [],
    readyWhen: 'hydrated',
    copies: 1,
    strategies,
    alternatives: [],
    ...change,
  };
}

/** One resource under test: feed it events, look at what it asks for. */
export class Subject {
  aggregate: Aggregate;
  at = T0;
  readonly steps: Step<AnyMachineSnapshot>[] = [];

  constructor(spec: PlannedResource, adopted?: Adopted) {
    const first = beginAggregate(
      'resource:events',
      {
        runId: 'run-1',
        mode: 'drill',
        region: REGION,
        spec,
        at: T0,
        ...(adopted !== undefined && { adopted }),
      },
      T0,
    );
    this.aggregate = first.aggregate;
    this.steps.push(first);
  }

  get state(): ResourceState {
    return resourceState(this.aggregate.snapshot.value);
  }

  get context(): ResourceContext {
    return this.aggregate.snapshot.context as ResourceContext;
  }

  get asked(): readonly Effect[] {
    return Object.values(this.context.pending);
  }

  get entries(): readonly TimelineEntry[] {
    return this.steps.flatMap((step) => step.decision.timeline);
  }

  send(event: Stamped | ResourceEvent): boolean {
    const step = advance(this.aggregate, event);
    if (step === undefined) return false;
    this.aggregate = step.aggregate;
    this.steps.push(step);
    return true;
  }

  grant(fsrWasOn = false): void {
    this.send({ type: 'GRANTED', at: this.at, fsrWasOn });
  }

  /** Answers a request that is waited for, by its operation or type. */
  answer(request: string, result: object = {}): boolean {
    const { id: effectId, type } = this.effect(request);
    const answer = { effectId, type, ok: true, result } as Answer;
    return this.send({ type: 'ANSWERED', at: this.at, answer });
  }

  refuse(request: string, failureClass: FailureClass, code = 'SomeError'): boolean {
    const failure: Failure = { class: failureClass, code, message: 'no' };
    const { id: effectId, type } = this.effect(request);
    const answer = { effectId, type, ok: false, failure } as Answer;
    return this.send({ type: 'ANSWERED', at: this.at, answer });
  }

  effect(request: string): Effect {
    const effect = this.asked.find((candidate) => requestOf(candidate) === request);
    if (effect === undefined)
      throw new Error(
        `${request} was not asked for; asked: ${this.asked.map(requestOf).join(', ') || 'nothing'}`,
      );
    return effect;
  }

  see(
    id: string,
    change: Partial<{ status: string; progress: number; fastRestored: boolean }> = {},
  ): boolean {
    const { fastRestored, ...told } = change;
    const data = fastRestored === undefined ? {} : { data: { fastRestored } };
    return this.send({
      type: 'SIGHTED',
      at: this.at,
      sighting: { type: 'volume', id, status: 'available', ...told, ...data },
    });
  }

  /** Fires the timer that the last step set. */
  fire(name: string): boolean {
    const timer = this.steps
      .flatMap((step) => step.decision.timers)
      .findLast((candidate) => candidate.id.includes(`.${name}.`));
    if (timer === undefined) throw new Error(`no timer ${name}`);
    this.at = Math.max(this.at, timer.dueAt);
    return this.send({ ...timer.event, at: this.at });
  }
}
