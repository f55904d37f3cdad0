import { readFileSync } from 'node:fs';
import { parseInventory } from '../../src/inventory/parse.ts';
import { selectMembers, unite } from '../../src/inventory/membership.ts';
import type { Inventory } from '../../src/inventory/schema.ts';
import { createMemoryJournal } from '../../src/journal/sqlite/open-journal.ts';
import type { RunRecord } from '../../src/journal/journal.ts';
import type { SqliteJournal } from '../../src/journal/sqlite/sqlite-journal.ts';
import { planRecovery } from '../../src/plan/planner.ts';
import type { Plan, RunMode } from '../../src/plan/types.ts';
import { parseRunbook } from '../../src/runbook/parse.ts';
import type { Runbook } from '../../src/runbook/schema.ts';
import type { Instant } from '../../src/time.ts';
import { forensicTargets } from '../../src/workflow/recovery/forensics.ts';
import { gatesOf } from '../../src/workflow/recovery/gates.ts';
import { MACHINE_VERSION } from '../../src/workflow/aggregates.ts';
import { openSimulationHost, type SimulationHost, type SimulationProbe } from '../../src/hosts/simulation.ts';
import type { TimelineEntry } from '../../src/workflow/base/decision.ts';

export type Faults = 'none' | 'flaky' | 'storm' | 'drift';

export interface Scenario {
  readonly runbook: Runbook;
  readonly inventory: Inventory;
}

export function reference(name: string): Scenario {
  const read = (file: string): string => readFileSync(file, 'utf8');
  const { runbook } = parseRunbook(read(`runbooks/${name}.yaml`), `${name}.yaml`);
  return { runbook, inventory: parseInventory(read(`runbooks/inventories/${name}.yaml`), `${name}.yaml`) };
}

export interface Rehearsal {
  readonly scenario: Scenario;
  readonly plan: Plan;
  readonly record: RunRecord;
  readonly journal: SqliteJournal;
  readonly host: SimulationHost;
  readonly lines: TimelineEntry[];
}

export interface RehearsalOptions {
  readonly mode?: RunMode;
  readonly seed?: number;
  readonly faults?: Faults;
  readonly yes?: boolean;
  readonly incidentAt?: Instant;
  readonly probe?: (journal: SqliteJournal) => SimulationProbe;
}

export function planOf({ runbook, inventory }: Scenario, mode: RunMode, incidentAt?: Instant): Plan {
  const united = unite(inventory, undefined);
  const { members, missing } = selectMembers(runbook, united);
  const at = incidentAt ?? inventory.capturedAt;
  return planRecovery({
    runbook,
    inventory: united.inventory,
    members,
    missing,
    mode,
    incidentAt: at,
    damagedAt: at,
    now: at,
    notExercised: [],
  });
}

export function recordOf({ runbook, inventory }: Scenario, plan: Plan, options: RehearsalOptions): RunRecord {
  const { seed = 1, faults = 'none', yes = true, mode = 'drill' } = options;
  const runId = `${plan.runbook}-20261120T0300-1`;
  return {
    runId,
    runbook: plan.runbook,
    mode,
    machineVersion: MACHINE_VERSION,
    createdAt: plan.plannedAt,
    plan,
    ...gatesOf(runbook, plan, { isIncident: false, absolute: (path) => path }),
    forensics: runbook.forensics
      ? forensicTargets(plan, runId, (id) =>
          [...inventory.volumes, ...inventory.dbInstances].some((one) => one.id === id),
        )
      : [],
    protects: mode === 'restore' && runbook.protection.recoveryPoint,
    ...(mode === 'restore' && runbook.backfill !== undefined && { backfill: runbook.backfill }),
    notify: [],
    startedBy: 'tester',
    startedOn: 'bench',
    runbookText: '',
    options: { yes, simulation: { seed, faults, account: '111111111111' }, incidentDeclared: false },
  };
}

/** A run in memory: the real planner, workflow, driver, executors and journal on simulated AWS. */
export async function rehearse(scenario: Scenario, options: RehearsalOptions = {}): Promise<Rehearsal> {
  const { inventory } = scenario;
  const plan = planOf(scenario, options.mode ?? 'drill', options.incidentAt);
  const record = recordOf(scenario, plan, options);
  const journal = await createMemoryJournal(record);
  await journal.acquire();
  const lines: TimelineEntry[] = [];
  const onTimeline = (entries: readonly TimelineEntry[]): number => lines.push(...entries);
  const probe = options.probe?.(journal);
  const host = await openSimulationHost({
    journal,
    directory: ':memory:',
    inventory,
    speed: Infinity,
    onTimeline,
    ...(probe && { probe }),
  });
  return { scenario, plan, record, journal, host, lines };
}

export const NEVER: AbortSignal = new AbortController().signal;
