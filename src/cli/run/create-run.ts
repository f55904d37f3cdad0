import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Inventory } from '../../inventory/schema.ts';
import type { RunOptions, RunRecord } from '../../journal/journal.ts';
import { keptTargets, withoutWebhooks } from '../../journal/kept-target.ts';
import type { RunMode } from '../../plan/types.ts';
import type { Evidence } from '../../workflow/recovery/recovery-context.ts';
import type { Adopted } from '../../workflow/resource/resource-context.ts';
import { absolutePaths } from '../backfill/backfill-spec.ts';
import { STANDARD_INPUT } from '../inputs/files.ts';
import { starter } from '../signals/operator.ts';
import type { DriveOptions, IncidentOptions, WorldOptions } from '../session/options.ts';
import type { Preparation } from '../inputs/prepare.ts';
import { storeIn, type StoredRun } from '../stored/stored-run.ts';

export type StartOptions = WorldOptions & IncidentOptions & DriveOptions;

/** A run that exists already somewhere, to be written down anew under its own id. */
export interface Lost {
  readonly runId: string;
  readonly startedBy?: string;
  readonly adopted: Readonly<Record<string, Adopted>>;
  /** Damaged sources of which it had taken a snapshot. */
  readonly evidence: readonly Evidence[];
}

/** Writes down a new run, or one that lost its journal: all that is needed to drive it from any process. */
export async function createRun(
  preparation: Preparation,
  mode: RunMode,
  options: StartOptions,
  lost?: Lost,
): Promise<StoredRun> {
  const { runbook, account, plan } = preparation;
  const draft = await recordOf(preparation, mode, options, lost);
  const isSimulated = options.simulate !== undefined;
  const forensics = await forensicsOf(preparation, mode, lost);
  const store = await storeIn(options.state);
  const { runId } = await store.create(
    {
      ...{ runbook: runbook.name, at: plan.plannedAt, isShared: !isSimulated },
      ...(lost !== undefined && { runId: lost.runId }),
      record: (id) => ({ ...draft, runId: id, forensics: forensics(id) }),
    },
    isSimulated ? (folder, record) => createWorld(folder, account, record) : undefined,
  );
  return { store, runId };
}

async function recordOf(
  { source, runbook, account, plan }: Preparation,
  mode: RunMode,
  options: StartOptions,
  lost: Lost | undefined,
): Promise<Omit<RunRecord, 'runId' | 'forensics'>> {
  const [{ gatesOf }, { MACHINE_VERSION }] = await Promise.all([
    import('../../workflow/recovery/gates.ts'),
    import('../../workflow/aggregates.ts'),
  ]);
  const isIncident = options.incidentAt !== undefined;
  // As the runbook means it, wherever the run is resumed from.
  const absolute = (path: string): string => resolve(dirname(source.file), path);
  const {
    by,
    account: identified,
    identityEndpoint,
  } = await starter(options.simulate === undefined ? plan.region : undefined);
  return {
    runbook: runbook.name,
    mode,
    machineVersion: MACHINE_VERSION,
    createdAt: plan.plannedAt,
    plan,
    ...gatesOf(runbook, plan, { isIncident, absolute }),
    protects: mode === 'restore' && runbook.protection.recoveryPoint,
    ...(mode === 'restore' &&
      runbook.backfill !== undefined && {
        backfill: absolutePaths(runbook.backfill, dirname(source.file)),
      }),
    // What came by a pipe cannot be read again: then the address itself is kept.
    notify:
      source.file === STANDARD_INPUT ? runbook.notify : keptTargets(runbook.notify, resolve(source.file)),
    startedBy: lost?.startedBy ?? by,
    startedOn: hostname(),
    ...(identified !== undefined && { account: identified }),
    ...(identityEndpoint !== undefined && { identityEndpoint }),
    runbookText: withoutWebhooks(source.text, runbook.notify),
    options: runOptions(options, account.account, isIncident),
    ...(lost !== undefined && { adopted: lost.adopted, evidence: lost.evidence }),
  };
}

/** A drill leaves production alone: not even a snapshot of it is taken. */
async function forensicsOf(
  { runbook, account, plan }: Preparation,
  mode: RunMode,
  lost: Lost | undefined,
): Promise<(runId: string) => RunRecord['forensics']> {
  if (mode === 'drill' || !runbook.forensics) return () => [];
  const { forensicTargets } = await import('../../workflow/recovery/forensics.ts');
  const existing = new Set([...account.volumes, ...account.dbInstances].map(({ id }) => id));
  const isMissing = (id: string): boolean =>
    existing.has(id) && lost?.evidence.some(({ of }) => of === id) !== true;
  return (runId) => forensicTargets(plan, runId, isMissing);
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

function runOptions(options: StartOptions, account: string, incidentDeclared: boolean): RunOptions {
  const { simulate, seed = 1, faults = 'none', yes = false } = options;
  return { yes, incidentDeclared, ...(simulate !== undefined && { simulation: { seed, faults, account } }) };
}
