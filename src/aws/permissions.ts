import type { Probe, WantedActions } from '../kinds/probes.ts';
import type { Clients } from './adapter.ts';
import { ADAPTERS } from './adapters.ts';
import { probeClaim } from './claim/permission.ts';

/** Tries what a recovery would do, without doing it: each kind as its service offers, and a read of the claim. Never throws for what AWS says. */
export async function probePermissions(clients: Clients, wanted: WantedActions): Promise<readonly Probe[]> {
  const probes = await Promise.all([
    ...ADAPTERS.map(({ tryOut }) => tryOut(clients, wanted)),
    probeClaim(clients, wanted.runbook),
  ]);
  return probes.flat();
}
