import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type { Inventory } from '../../inventory/schema.ts';
import type { RunOptions, RunRecord } from '../../journal/journal.ts';
import { keptTargets } from '../../journal/kept-target.ts';
import type { Lost } from '../../preparation/draft-run.ts';
import type { Preparation } from '../../preparation/prepare.ts';
import { STANDARD_INPUT } from '../inputs/files.ts';
import { starter } from '../signals/operator.ts';
import type { CloudOptions, DriveOptions, IncidentOptions, WorldOptions } from '../session/options.ts';
import { storeIn, type StoredRun } from '../stored/stored-run.ts';

export type StartOptions = WorldOptions & IncidentOptions & DriveOptions & Pick<CloudOptions, 'detach'>;

/** A run whose journal was lost, under its own id. */
export interface LostRun extends Lost {
  readonly runId: string;
  readonly startedBy?: string;
}

/** Writes down a new run, or one that lost its journal. */
export async function createRun(
  preparation: Preparation,
  options: StartOptions,
  lost?: LostRun,
): Promise<StoredRun> {
  const { source, runbook, account, plan } = preparation;
  const isSimulated = options.simulate !== undefined;
  const [{ draftRun }, { by, account: identified, identityEndpoint }, store] = await Promise.all([
    import('../../preparation/draft-run.ts'),
    starter(isSimulated ? undefined : plan.region),
    storeIn(options.state),
  ]);
  const draft = await draftRun(preparation, {
    ...(lost !== undefined && { runId: lost.runId, lost }),
    startedBy: lost?.startedBy ?? by,
    startedOn: hostname(),
    ...(identified !== undefined && { account: identified }),
    ...(identityEndpoint !== undefined && { identityEndpoint }),
    // What came by a pipe cannot be read again: then the address itself is kept.
    notify:
      source.file === STANDARD_INPUT ? runbook.notify : keptTargets(runbook.notify, resolve(source.file)),
    options: runOptions(options, account.account),
  });
  const { runId } = await store.create(
    draft,
    isSimulated ? (folder, record) => createWorld(folder, account, record) : undefined,
  );
  return { store, runId };
}

async function createWorld(
  directory: string,
  inventory: Inventory,
  { options, plan }: Pick<RunRecord, 'options' | 'plan'>,
): Promise<void> {
  const [{ openWorld, SimulatedClock }, { WORLD_FILE }] = await Promise.all([
    import('../../simulator/index.ts'),
    import('../../hosts/simulation.ts'),
  ]);
  const { seed = 1, faults = 'none' } = options.simulation ?? {};
  const clock = new SimulatedClock(plan.plannedAt);
  openWorld({ path: join(directory, WORLD_FILE), inventory, seed, faults, clock }).close();
}

function runOptions(options: StartOptions, account: string): RunOptions {
  const { simulate, seed = 1, faults = 'none', yes = false } = options;
  return {
    yes,
    incidentDeclared: options.incidentAt !== undefined,
    ...(simulate !== undefined && { simulation: { seed, faults, account } }),
  };
}
