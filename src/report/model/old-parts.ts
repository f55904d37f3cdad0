import type { Part, StrategyStep } from '../../kinds/steps.ts';
import type { KindName, Made } from '../../kinds/things.ts';
import type { Forecast, Plan, PlannedResource, PlannedStrategy } from '../../plan/types.ts';
import type { Instant } from '../../time.ts';
import type { ResourceContext } from '../../workflow/resource/resource-context.ts';

// Machines before version 6 had no steps, and kept the copies of a resource in lists by their fate. Their runs can still be reported.

/** A strategy of an old plan: how long its phases take, and what it takes from quotas. */
interface OldStrategy extends Omit<PlannedStrategy, 'steps'> {
  readonly uses: readonly { readonly pool: string }[];
  readonly steps: {
    readonly accelerate: Forecast;
    readonly restore: Forecast;
    readonly warm: Forecast | null;
    readonly notice?: Forecast;
    readonly verify: Forecast;
  };
}

interface OldPoint {
  readonly id?: string;
  readonly attempt: number;
  readonly completedAt?: Instant;
  readonly problem?: unknown;
}

interface OldMake {
  readonly copy: number;
  readonly generation: number;
  readonly id?: string;
  readonly createdAt?: Instant;
  readonly availableAt?: Instant;
  readonly hydratedAt?: Instant;
  readonly progress?: number;
  readonly point?: OldPoint;
}

interface OldThing {
  readonly kind: string;
  readonly id: string;
}

/** The context of a resource in a journal of an old version. */
export interface OldResource extends Omit<ResourceContext, 'parts' | 'region' | 'removedParts'> {
  readonly makes: readonly OldMake[];
  readonly removedMakes?: readonly OldMake[];
  readonly superseded?: readonly OldThing[];
  readonly outlived?: readonly OldThing[];
  readonly fsr?: { readonly snapshotId: string; readonly zone: string; readonly wasOn: boolean };
}

/** The old context with its copies as parts. */
export function withParts({
  makes,
  removedMakes,
  superseded = [],
  outlived = [],
  fsr,
  ...rest
}: OldResource): ResourceContext {
  const { type } = rest.spec;
  const stages = [
    ...superseded.map((thing) => ['superseded', thing] as const),
    ...outlived.map((thing) => ['left', thing] as const),
  ];
  return {
    ...rest,
    region: '',
    parts: [
      ...makes.flatMap((make) => partsOf(type, make)),
      ...stages.map(([stage, { id }], index) => ({
        ...resultOf(type, { copy: 0, generation: -1 - index, id }),
        stage,
      })),
      ...(fsr === undefined ? [] : [meansOf(type, fsr)]),
    ],
    ...(removedMakes !== undefined && { removedParts: removedMakes.flatMap((make) => partsOf(type, make)) }),
  };
}

function thingOf(type: string, ofType: string, id: string): Made {
  return { kind: type as KindName, type: ofType, id, region: '', origin: 'made' };
}

function resultOf(type: string, make: OldMake): Part {
  const ofType = type === 'ebs-volume' ? 'volume' : 'dbInstance';
  const { copy, generation, id, createdAt, availableAt, hydratedAt, progress } = make;
  return {
    ...{ role: ofType, type: ofType, copy, generation, strategy: 0, use: 'result' },
    ...(id !== undefined && { thing: thingOf(type, ofType, id) }),
    at: {
      ...(createdAt !== undefined && { made: createdAt }),
      ...(availableAt !== undefined && { available: availableAt }),
      ...(hydratedAt !== undefined && { hydrated: hydratedAt }),
    },
    data: { ...(progress !== undefined && { progress }) },
    stage: id === undefined ? 'wanted' : 'live',
  };
}

function partsOf(type: string, make: OldMake): readonly Part[] {
  const { point, copy } = make;
  if (point === undefined) return [resultOf(type, make)];
  const ofType = type === 'ebs-volume' ? 'snapshot' : 'dbSnapshot';
  const { id, attempt, completedAt, problem } = point;
  return [
    resultOf(type, make),
    {
      ...{ role: 'point', type: ofType, copy, generation: attempt, strategy: 0, use: 'protection' },
      ...(id !== undefined && { thing: thingOf(type, ofType, id) }),
      at: {
        ...(completedAt !== undefined && { completed: completedAt }),
        ...(problem !== undefined && { failed: make.createdAt ?? 0 }),
      },
      data: {},
      stage: id === undefined ? 'wanted' : 'live',
    },
  ];
}

function meansOf(type: string, { snapshotId, zone, wasOn }: NonNullable<OldResource['fsr']>): Part {
  const thing = thingOf(type, 'fsr', `${snapshotId}@${zone}`);
  return {
    ...{ role: 'fsr', type: 'fsr', copy: 0, generation: 1, strategy: 0, use: 'means', stage: 'left' },
    thing: { ...thing, origin: wasOn ? 'existing' : 'made' },
    at: {},
    data: {},
  };
}

/** A planned resource whose strategies have steps. */
export function presentPlanned(resource: PlannedResource): PlannedResource {
  if (resource.strategies.every(({ steps }) => Array.isArray(steps))) return resource;
  return { ...resource, strategies: resource.strategies.map(presentStrategy) };
}

/** An old plan as this version knows it. */
export function presentPlan(plan: Plan): Plan {
  return { ...plan, resources: plan.resources.map(presentPlanned) };
}

function presentStrategy(strategy: PlannedStrategy | OldStrategy): PlannedStrategy {
  if (!('uses' in strategy)) return strategy;
  const { uses, steps, ...rest } = strategy;
  const enables = uses.some(({ pool }) => pool === 'fsrSnapshots');
  const base = { scope: 'copy', until: '', onFailure: 'remake' } as const;
  const present: readonly StrategyStep[] = [
    {
      ...base,
      ...{ id: 'accelerate', phase: 'prepare', takes: steps.accelerate },
      ...(enables && {
        holds: [{ pool: 'fsrSnapshots', amount: 1, until: { milestone: 'undone' } }] as const,
      }),
    },
    { ...base, id: 'restore', phase: 'restore', takes: steps.restore },
    {
      ...base,
      ...{ id: 'hydrate', phase: 'warmup', takes: steps.warm },
      ...(steps.notice !== undefined && { notice: steps.notice }),
    },
    { ...base, id: 'verify', phase: 'verify', takes: steps.verify },
  ];
  return { ...rest, steps: present };
}
