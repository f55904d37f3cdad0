import { readFileSync } from 'node:fs';
import { parseInventory } from '../../src/inventory/parse.ts';
import { selectMembers, unite } from '../../src/inventory/membership.ts';
import type { Inventory } from '../../src/inventory/schema.ts';
import { createMemoryJournal } from '../../src/journal/sqlite.ts';
import type { Journal, RunRecord } from '../../src/journal/journal.ts';
import { planRecovery } from '../../src/plan/planner.ts';
import type { Plan, RunMode } from '../../src/plan/types.ts';
import { parseRunbook } from '../../src/runbook/parse.ts';
import type { Runbook } from '../../src/runbook/schema.ts';
import type { Instant } from '../../src/time.ts';
import { gatesOf } from '../../src/workflow/gates.ts';
import { MACHINE_VERSION } from '../../src/workflow/version.ts';
import { openSimulationHost, type SimulationHost } from '../../src/hosts/simulation.ts';
import type { TimelineEntry } from '../../src/workflow/decision.ts';

export type Faults = 'none' | 'flaky' | 'storm';

export interface Scenario {
  readonly runbook: string;
  readonly inventory: string;
}

export function reference(name: string): Scenario {
  return {
    runbook: readFileSync(`runbooks/${name}.yaml`, 'utf8'),
    inventory: readFileSync(`runbooks/inventories/${name}.yaml`, 'utf8'),
  };
}

export interface Rehearsal {
  readonly runbook: Runbook;
  readonly inventory: Inventory;
  readonly plan: Plan;
  readonly record: RunRecord;
  readonly journal: Journal;
  readonly host: SimulationHost;
  readonly lines: TimelineEntry[];
}

export interface RehearsalOptions {
  readonly mode?: RunMode;
  readonly seed?: number;
  readonly faults?: Faults;
  readonly yes?: boolean;
  readonly incidentAt?: Instant;
}

export function planOf(
  { runbook: runbookText, inventory: inventoryText }: Scenario,
  mode: RunMode,
  incidentAt?: Instant,
): { runbook: Runbook; inventory: Inventory; plan: Plan } {
  const { runbook } = parseRunbook(runbookText, 'runbook.yaml');
  const inventory = parseInventory(inventoryText, 'inventory.yaml');
  const united = unite(inventory, undefined);
  const { members, missing } = selectMembers(runbook, united);
  const at = incidentAt ?? inventory.capturedAt;
  const plan = planRecovery({
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
  return { runbook, inventory, plan };
}

export function recordOf(
  scenario: Scenario,
  plan: Plan,
  runbook: Runbook,
  options: RehearsalOptions,
): RunRecord {
  const { seed = 1, faults = 'none', yes = true, mode = 'drill' } = options;
  return {
    runId: `${plan.runbook}-20261120T0300-1`,
    runbook: plan.runbook,
    mode,
    machineVersion: MACHINE_VERSION,
    createdAt: plan.plannedAt,
    plan,
    gates: gatesOf(runbook, plan, false),
    runbookText: scenario.runbook,
    options: { yes, simulation: { seed, faults, account: '111111111111' }, incidentDeclared: false },
  };
}

/** A run in memory: the real planner, workflow, driver, executors and journal on simulated AWS. */
export async function rehearse(scenario: Scenario, options: RehearsalOptions = {}): Promise<Rehearsal> {
  const { runbook, inventory, plan } = planOf(scenario, options.mode ?? 'drill', options.incidentAt);
  const record = recordOf(scenario, plan, runbook, options);
  const journal = await createMemoryJournal(record);
  const lines: TimelineEntry[] = [];
  const host = await openSimulationHost({
    journal,
    directory: ':memory:',
    inventory,
    speed: Infinity,
    onTimeline: (entries) => lines.push(...entries),
  });
  return { runbook, inventory, plan, record, journal, host, lines };
}

export const NEVER = new AbortController().signal;
