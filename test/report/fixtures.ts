import { createStep, hydrateStep, rateHold } from '../../src/kinds/ebs-volume/steps.ts';
import { VERIFY } from '../../src/kinds/verify-step.ts';
import { aggregateOf } from '../../src/workflow/base/aggregate-id.ts';
import { resourceState } from '../../src/workflow/resource/resource-state.ts';
import type { Attendance } from '../../src/report/model/attendance.ts';
import type { RunRecord } from '../../src/journal/journal.ts';
import type { JournalState } from '../../src/journal/journal.ts';
import type { Plan, PlannedResource, PlannedStrategy, RunMode } from '../../src/plan/types.ts';
import { SECOND_MS, type Instant } from '../../src/time.ts';
import { type Aggregate, type Stamped } from '../../src/workflow/base/decide.ts';
import type { Json, TimelineEntry } from '../../src/workflow/base/decision.ts';
import { requestOf, type Effect } from '../../src/workflow/base/effects.ts';
import { FleetTally } from '../../src/workflow/fleet.ts';
import type { Gate, RecoveryContext, RecoveryEvent } from '../../src/workflow/recovery/recovery-context.ts';
import type { ResourceContext, ResourceEvent } from '../../src/workflow/resource/resource-context.ts';
import { advance, beginAggregate, MACHINE_VERSION } from '../../src/workflow/aggregates.ts';

export const INCIDENT = Date.UTC(2026, 10, 20, 3);
export const RUN = 'orders-20261120T0300-1';

/** No process drives the run, and nothing waits for one. */
export const UNATTENDED: Attendance = { driven: null, lastBeatAt: null, pendingSignals: [] };

/** An instant, in seconds from the incident. */
export function after(seconds: number): Instant {
  return INCIDENT + seconds * SECOND_MS;
}

export function strategy(
  name: 'provisioned-rate' | 'read-through',
  ageSeconds: number,
  source = 'vol-1',
): PlannedStrategy {
  return {
    name,
    recoveryPoint: { id: `snap-of-${source}`, at: INCIDENT - ageSeconds * SECOND_MS, ageSeconds },
    spec: {
      kind: 'volume',
      snapshotId: `snap-of-${source}`,
      zone: 'us-east-1a',
      volumeType: 'gp3',
      sizeGiB: 500,
      fullSizeGiB: 320,
      encrypted: true,
      tags: {},
      ...(name === 'provisioned-rate' && { rateMiBps: 300 }),
    },
    steps: [
      createStep(name === 'provisioned-rate' ? [rateHold(320, 300)] : []),
      hydrateStep({ p50Seconds: 1_092, p90Seconds: 1_201 }),
      VERIFY,
    ],
    forecast: { p50Seconds: 1_117, p90Seconds: 1_321 },
    costUsd: 1.16,
  };
}

export function resource(id: string, rest: Partial<PlannedResource> = {}): PlannedResource {
  const source = id.split('/')[1] ?? id;
  return {
    id,
    type: 'ebs-volume',
    source,
    dependsOn: [],
    readyWhen: 'hydrated',
    copies: 1,
    strategies: [strategy('provisioned-rate', 3_600, source), strategy('read-through', 5_400, source)],
    alternatives: [
      {
        strategy: 'provisioned-rate',
        feasible: true,
        why: 'chosen',
        forecast: { p50Seconds: 1_117, p90Seconds: 1_321 },
        costUsd: 1.16,
      },
      {
        strategy: 'read-through',
        feasible: true,
        why: 'slower',
        forecast: { p50Seconds: 2_755, p90Seconds: 5_521 },
        costUsd: 0.04,
      },
      { strategy: 'fsr', feasible: false, why: 'the snapshot is too large', forecast: null, costUsd: null },
    ],
    ...rest,
  };
}

export function planOf(resources: readonly PlannedResource[], rest: Partial<Plan> = {}): Plan {
  return {
    runbook: 'orders',
    mode: 'drill',
    region: 'us-east-1',
    incidentAt: INCIDENT,
    damagedAt: INCIDENT,
    plannedAt: INCIDENT,
    objectives: {
      rtoSeconds: 7_200,
      rpoSeconds: 7_200,
      dataCompleteSeconds: 604_800,
      availabilityPercent: 99.5,
    },
    resources,
    order: [resources.map((each) => each.id)],
    schedule: resources.map((each) => ({
      resource: each.id,
      strategy: 'provisioned-rate',
      startSeconds: 0,
      readySeconds: 1_117,
      hydratedSeconds: 1_112,
      uses: { provisionedInitMiBps: 300 },
    })),
    forecast: {
      rtaSeconds: { p50: 1_117, p90: 1_321 },
      rpaSeconds: 3_600,
      criticalPath: [resources[0]?.id ?? ''],
      lowerBoundSeconds: 900,
    },
    costUsd: 2.32,
    apiCalls: { total: 40, byOperation: { CreateVolume: 2, DescribeVolumes: 38 } },
    meets: { rto: true, rpo: true },
    quotaIncreases: [],
    pools: { provisionedInitMiBps: 5_000 },
    problems: [],
    notExercised: ['cutover'],
    blastRadius: {
      creates: {
        volumes: resources.length,
        storageGiB: 500 * resources.length,
        dbInstances: 0,
        snapshots: 0,
      },
      fsr: [],
      reads: ['snap-of-vol-1'],
    },
    ...rest,
  };
}

export function recordOf(plan: Plan, rest: Partial<RunRecord> = {}): RunRecord {
  return {
    runId: RUN,
    runbook: plan.runbook,
    mode: plan.mode,
    machineVersion: MACHINE_VERSION,
    createdAt: plan.plannedAt,
    plan,
    gates: [],
    waivers: [],
    forensics: [],
    protects: false,
    notify: [],
    startedBy: 'ann',
    startedOn: 'laptop',
    runbookText: 'name: orders\n',
    options: {
      yes: true,
      incidentDeclared: true,
      simulation: { seed: 7, faults: 'flaky', account: '111111111111' },
    },
    ...rest,
  };
}

/** Drives the real machines by hand, without a host: what they leave behind is what a journal would hold. */
export class HandRun {
  readonly record: RunRecord;
  readonly timeline: TimelineEntry[] = [];
  readonly #rows = new Map<string, { aggregate: Aggregate; json: Json }>();
  #lastAt: Instant;

  constructor(plan: Plan, gates: readonly Gate[] = [], rest: Partial<RunRecord> = {}) {
    this.record = recordOf(plan, { gates, ...rest });
    const { runId, mode, createdAt: at } = this.record;
    this.#lastAt = at;
    const preflight = { snapshots: [], dbSnapshots: [], dbInstances: [], fsr: [], needs: [] };
    const { waivers, forensics, protects, startedBy: by, startedOn: host, runbook } = this.record;
    const { incidentAt, damagedAt } = plan;
    const input = {
      waivers,
      forensics,
      protects,
      claim: { runId, runbook, mode, by, host, at, incidentAt, damagedAt },
      claimSources: [],
      runId,
      mode,
      objectives: plan.objectives,
      gates,
      preflight,
      total: plan.resources.length,
      at,
    };
    this.#take('recovery', beginAggregate('recovery', input, at));
    for (const spec of plan.resources) {
      const id = aggregateOf(spec.id);
      this.#take(id, beginAggregate(id, { runId, mode, spec, at }, at));
    }
  }

  get state(): JournalState {
    const aggregates = [...this.#rows].map(([id, { aggregate, json }]) => ({
      id,
      sequence: aggregate.sequence,
      snapshot: JSON.parse(JSON.stringify(json)) as Json,
    }));
    return { aggregates, outbox: [], timers: [], lastAt: this.#lastAt };
  }

  get recovery(): RecoveryContext {
    return this.#context('recovery') as RecoveryContext;
  }

  resource(id: string): ResourceContext {
    return this.#context(aggregateOf(id)) as ResourceContext;
  }

  tell(event: RecoveryEvent): void {
    this.#apply('recovery', event);
  }

  order(id: string, event: ResourceEvent): void {
    this.#apply(aggregateOf(id), event);
    this.tell({ type: 'FLEET', at: event.at, fleet: this.#fleet().summary(this.recovery) });
  }

  /** Answers the one request of an operation or type that an aggregate waits for. */
  answer(id: string, request: string, at: Instant, outcome: object): void {
    const owner = id === 'recovery' ? id : aggregateOf(id);
    const effect = Object.values(this.#context(owner).pending).find((each) => requestOf(each) === request);
    if (effect === undefined) throw new RangeError(`${id} waits for no ${request}`);
    const event = {
      type: 'ANSWERED',
      at,
      answer: { effectId: effect.id, type: effect.type, ...outcome },
    } as unknown as ResourceEvent;
    if (id === 'recovery') this.tell(event as unknown as RecoveryEvent);
    else this.order(id, event);
  }

  passPreflight(at: Instant): void {
    this.answer('recovery', 'preflight', at, { ok: true, result: { findings: [], on: [] } });
    this.answer('recovery', 'claim', at, { ok: true, result: { granted: true, place: 'parameter' } });
  }

  grant(id: string, at: Instant): void {
    this.order(id, { type: 'GRANTED', at, existing: [] });
  }

  /** From granted to ready: created, available, hydrated, verified, at these seconds from the incident. */
  bringBack(
    id: string,
    volumeId: string,
    seconds: { created: number; available: number; hydrated: number; verified: number },
  ): void {
    const seen = { type: 'volume', id: volumeId, status: 'available' };
    this.answer(id, 'createVolume', after(seconds.created), { ok: true, result: { id: volumeId } });
    this.order(id, { type: 'SIGHTED', at: after(seconds.available), sighting: { ...seen, progress: 1 } });
    this.order(id, { type: 'SIGHTED', at: after(seconds.hydrated), sighting: { ...seen, progress: 100 } });
    this.answer(id, 'inspect', after(seconds.verified), { ok: true, result: { findings: [] } });
  }

  /** Cleanup from this second on, over 12 s later. */
  cleanUp(from: number): void {
    for (const { id } of this.record.plan.resources) {
      if (this.record.mode !== 'drill' && this.recovery.outcome === 'completed') break;
      this.order(id, { type: 'CLEAN', at: after(from) });
      for (const effect of Object.values(this.resource(id).pending)) {
        this.answer(id, requestOf(effect), after(from + 5), { ok: true, result: {} });
      }
    }
    this.tell({ type: 'TIDY', at: after(from + 10), keep: [] });
    while ('sweep' in this.recovery.pending) {
      this.answer('recovery', 'sweep', after(from + 12), { ok: true, result: { found: [], removed: [] } });
    }
    if ('release' in this.recovery.pending)
      this.answer('recovery', 'release', after(from + 12), { ok: true, result: {} });
  }

  #fleet(): FleetTally {
    const fleet = new FleetTally();
    for (const { id } of this.record.plan.resources) {
      const { snapshot } = this.#row(aggregateOf(id)).aggregate;
      fleet.put(id, { state: resourceState(snapshot.value), context: snapshot.context as ResourceContext });
    }
    return fleet;
  }

  #row(id: string): { aggregate: Aggregate; json: Json } {
    const row = this.#rows.get(id);
    if (row === undefined) throw new RangeError(`no row '${id}'`);
    return row;
  }

  #context(id: string): { readonly pending: Readonly<Record<string, Effect>> } {
    return this.#row(id).aggregate.snapshot.context as { pending: Record<string, Effect> };
  }

  #apply(id: string, event: Stamped): void {
    const { aggregate } = this.#row(id);
    const step = advance(aggregate, event);
    if (step !== undefined) this.#take(id, step);
  }

  #take(
    id: string,
    step: {
      aggregate: Aggregate;
      decision: { at: Instant; snapshot: Json; timeline: readonly TimelineEntry[] };
    },
  ): void {
    this.#rows.set(id, { aggregate: step.aggregate, json: step.decision.snapshot });
    this.#lastAt = Math.max(this.#lastAt, step.decision.at);
    this.timeline.push(...step.decision.timeline);
  }
}

/** A drill of two volumes that goes well: ready at 1,205 s, over at 1,320 s. */
export function goodRun(mode: RunMode = 'drill'): HandRun {
  const run = new HandRun(planOf([resource('events/vol-1'), resource('events/vol-2')], { mode }));
  run.passPreflight(after(5));
  run.grant('events/vol-1', after(10));
  run.grant('events/vol-2', after(10));
  run.bringBack('events/vol-1', 'vol-new1', { created: 12, available: 40, hydrated: 1_000, verified: 1_005 });
  run.bringBack('events/vol-2', 'vol-new2', { created: 12, available: 50, hydrated: 1_200, verified: 1_205 });
  run.tell({ type: 'CONFIRMED', at: after(1_210) });
  run.cleanUp(1_300);
  return run;
}
