import { openSimulationHost } from '../../../src/hosts/simulation.ts';
import type { Journal } from '../../../src/journal/journal.ts';
import { heldOrRefused } from '../../../src/journal/lease.ts';
import type { RunMode } from '../../../src/plan/types.ts';
import { draft, type Stores } from '../../contract/journal.ts';
import { NEVER, planOf, recordOf, type Scenario } from '../../hosts/support.ts';

/** Begins a run in the stores and opens it with its lease. */
export async function begun({ runs, lease }: Stores, scenario: Scenario, mode: RunMode): Promise<Journal> {
  const record = recordOf(scenario, planOf(scenario, mode), { mode });
  const { runId } = record;
  await runs.create({ ...draft, runId, runbook: record.runbook, record: () => record });
  return runs.open(runId, heldOrRefused(await lease.acquire(runId), runId));
}

/** Drives a run in a simulated account to its end; returns the phase in which it ended. The journal stays open. */
export async function driven(journal: Journal, { inventory }: Scenario): Promise<string> {
  const host = await openSimulationHost({
    ...{ journal, inventory, directory: ':memory:', speed: Infinity },
    onTimeline: () => undefined,
  });
  const { phase } = await host.drive(NEVER);
  host.world.close();
  return phase;
}
