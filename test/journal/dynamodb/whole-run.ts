import { openSimulationHost, type SimulationProbe } from '../../../src/hosts/simulation.ts';
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

/**
 * A journal that can be exchanged under a host: `reopens` closes it and opens the run anew with a lease of its own, as the next invocation of a function
 * does.
 */
export function reopened(
  { runs, lease }: Stores,
  first: Journal,
): { readonly journal: Journal; readonly reopens: () => Promise<void> } {
  let current = first;
  const { runId } = first.record;
  const journal = new Proxy(first, {
    get: (_, name) => {
      const value: unknown = Reflect.get(current, name);
      return typeof value === 'function' ? (value.bind(current) as unknown) : value;
    },
  });
  const reopens = async (): Promise<void> => {
    await current.close();
    current = await runs.open(runId, heldOrRefused(await lease.acquire(runId), runId));
  };
  return { journal, reopens };
}

/** Drives a run in a simulated account to its end; returns the phase in which it ended. The journal stays open. */
export async function driven(
  journal: Journal,
  { inventory }: Scenario,
  probe: SimulationProbe = {},
): Promise<string> {
  const host = await openSimulationHost({
    ...{ journal, inventory, directory: ':memory:', speed: Infinity, probe },
    onTimeline: () => undefined,
  });
  const { phase } = await host.drive(NEVER);
  host.world.close();
  return phase;
}
