import { advance, beginAggregate } from '../../src/workflow/aggregates.ts';
import { type ResourceState, resourceState } from '../../src/workflow/resource/resource-state.ts';
import { fsrKey } from '../../src/facts/ebs.ts';
import {
  accelerateStep,
  createStep,
  hydrateStep,
  rateHold,
  storageHold,
} from '../../src/kinds/ebs-volume/steps.ts';
import { restoreSteps } from '../../src/kinds/rds-instance/steps.ts';
import type { Part, StrategyStep } from '../../src/kinds/steps.ts';
import { VERIFY } from '../../src/kinds/verify-step.ts';
import type {
  DbInstanceSpec,
  PlannedResource,
  PlannedStrategy,
  PoolName,
  RunMode,
  VolumeSpec,
} from '../../src/plan/types.ts';
import {
  requestOf,
  type Answer,
  type Effect,
  type Failure,
  type FailureClass,
} from '../../src/workflow/base/effects.ts';
import type { ThingSighting } from '../../src/kinds/course.ts';
import { holdsOf, type Hold } from '../../src/workflow/resource/holds.ts';
import { copiesOf } from '../../src/workflow/resource/parts.ts';
import { type Aggregate, type Stamped, type Step } from '../../src/workflow/base/decide.ts';
import type { Gate, GatedPhase, RecoveryInput } from '../../src/workflow/recovery/recovery-context.ts';
import type {
  Adopted,
  ResourceContext,
  ResourceEvent,
} from '../../src/workflow/resource/resource-context.ts';
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

/** Fast snapshot restore of the snapshot that the volumes under test come from. */
export const FSR = 'snap-1@us-east-1a';

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

const CHECK = forecast(5);

function withTimes(
  steps: readonly StrategyStep[],
  times: Readonly<Record<string, StrategyStep['takes']>>,
): readonly StrategyStep[] {
  return steps.map((step) => (step.id in times ? { ...step, takes: times[step.id] ?? null } : step));
}

/** The steps of a volume's strategy, as the planner gives them. */
function volumeSteps(name: PlannedStrategy['name'], spec: VolumeSpec): readonly StrategyStep[] {
  const accelerate = name === 'fsr' ? [accelerateStep(fsrKey(spec), forecast(3_600), false)] : [];
  const rate = spec.rateMiBps === undefined ? [] : [rateHold(spec.fullSizeGiB, spec.rateMiBps)];
  return [
    ...accelerate,
    createStep([storageHold(spec), ...rate], name === 'fsr' ? 'credit' : undefined),
    hydrateStep(name === 'lazy' ? null : forecast(600)),
    VERIFY,
  ];
}

export function strategy(
  name: PlannedStrategy['name'],
  change: Partial<PlannedStrategy> = {},
): PlannedStrategy {
  const database = name === 'restore-snapshot' || name === 'point-in-time';
  const spec =
    change.spec ?? (database ? dbSpec() : volumeSpec(name === 'provisioned-rate' ? { rateMiBps: 300 } : {}));
  const steps =
    spec.kind === 'volume' ? volumeSteps(name, spec) : restoreSteps(forecast(20), spec, 'hydrated');
  return {
    name,
    recoveryPoint: { id: database ? 'rds:orders' : 'snap-1', at: T0 - minutes(60), ageSeconds: 3_600 },
    spec,
    steps: withTimes(steps, {
      create: forecast(20),
      restore: forecast(20),
      ...(name !== 'lazy' && { hydrate: forecast(600) }),
      verify: CHECK,
    }),
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

/** What a resource holds of one pool. */
export function held({ context, state }: Subject, pool: PoolName): readonly Hold[] {
  return holdsOf(context, state).filter((hold) => hold.pool === pool);
}

/** One resource under test: feed it events, look at what it asks for. */
export class Subject {
  aggregate: Aggregate;
  at = T0;
  readonly steps: Step<AnyMachineSnapshot>[] = [];

  constructor(
    spec: PlannedResource,
    { mode = 'drill', adopted }: { readonly mode?: RunMode; readonly adopted?: Adopted } = {},
  ) {
    const first = beginAggregate(
      'resource:events',
      {
        runId: 'run-1',
        mode,
        region: 'us-east-1',
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

  /** `existing`: fast snapshot restore that was on before the run. */
  grant(existing: readonly string[] = []): void {
    this.send({ type: 'GRANTED', at: this.at, existing });
  }

  get copies(): readonly Part[] {
    return copiesOf(this.context);
  }

  /** The only copy. */
  get copy(): Part {
    const [copy] = this.copies;
    if (copy === undefined) throw new Error('there is no copy');
    return copy;
  }

  /** What the requests ask for, in their order: the operation, or the type of the effect. */
  get requests(): readonly string[] {
    return this.asked.map(requestOf);
  }

  /** Answers the request that is waited for: `createVolume`, `inspect`, `delete` ... */
  answer(request: string, result: object = {}): boolean {
    const { id, type } = this.effect(request);
    const answer = { effectId: id, type, ok: true, result } as Answer;
    return this.send({ type: 'ANSWERED', at: this.at, answer });
  }

  refuse(request: string, failureClass: FailureClass, code = 'SomeError'): boolean {
    const failure: Failure = { class: failureClass, code, message: 'no' };
    const { id, type } = this.effect(request);
    return this.send({
      type: 'ANSWERED',
      at: this.at,
      answer: { effectId: id, type, ok: false, failure },
    });
  }

  effect(request: string): Effect {
    const effect = this.asked.find((candidate) => requestOf(candidate) === request);
    if (effect === undefined)
      throw new Error(`${request} was not asked for; asked: ${this.requests.join(', ') || 'nothing'}`);
    return effect;
  }

  see(
    id: string,
    change: Partial<{ status: string; progress: number; fastRestored: boolean }> = {},
  ): boolean {
    const { fastRestored, ...seen } = change;
    return this.sight({
      ...{ type: 'volume', id, status: 'available', ...seen },
      ...(fastRestored !== undefined && { data: { fastRestored } }),
    });
  }

  sight(sighting: ThingSighting): boolean {
    return this.send({ type: 'SIGHTED', at: this.at, sighting });
  }

  seeFsr(status: string, enabledAt?: number): boolean {
    return this.sight({
      ...{ type: 'fsr', id: FSR, status },
      ...(enabledAt !== undefined && { data: { enabledAt } }),
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
