import { join } from 'node:path';
import { createExecutor } from '../aws/executor.ts';
import type { Inventory } from '../inventory/schema.ts';
import type { Journal } from '../journal/journal.ts';
import { FAULT_PROFILES, openWorld, SimulatedClock, type World } from '../simulator/index.ts';
import type { NoticeLog } from '../notices/notifier.ts';
import type { TimelineEntry } from '../workflow/base/decision.ts';
import type { Executor } from '../workflow/base/executor.ts';
import { oneAtATime, PacedCalls } from '../driver/requests/calls.ts';
import { aWhile, virtualClock, type MovableClock } from './clock.ts';
import { Driver } from '../driver/driver.ts';
import type { Backfill } from '../driver/fleet/backfiller.ts';
import type { DriverParts } from '../driver/parts.ts';
import { frozenBy } from './freeze.ts';
import type { Clock, TimelineListener } from '../driver/base/ports.ts';
import type { Host } from './host.ts';
import { watchSignals } from '../driver/signals/signal-watch.ts';
import { openNotices } from './notices.ts';
import { clientsFor, tagSettling } from '../driver/executor-clients.ts';
import { CrashDice, driveThroughCrashes, ReopenedDriver } from './simulated-restarts.ts';
import { simulatedBackfill } from './simulated-backfill.ts';

export interface SimulationOptions {
  /** Opened with the run's lease. */
  readonly journal: Journal;
  /** Folder of the run, where the simulated world is kept; `:memory:` keeps nothing. */
  readonly directory: string;
  /** The initial state of the world; not needed when it exists already. */
  readonly inventory?: Inventory;
  /** Simulated seconds per real second; Infinity: no real waiting. */
  readonly speed: number;
  readonly onTimeline: TimelineListener;
  /** `--yes` was given to this command: approvals are answered, as for a run that was started with it. */
  readonly answersApprovals?: boolean;
  /** A person sits before the run: it stays while it waits for people. */
  readonly waitsForPeople?: boolean;
  /** Options that a command needs to find the run, e.g. `--state /srv/dr`: notices suggest commands. */
  readonly commandOptions?: readonly string[];
  readonly log?: NoticeLog;
  /** For checkers that watch a run from inside. */
  readonly probe?: SimulationProbe;
}

export interface SimulationProbe {
  /** Sees every effect and every look, and may refuse by throwing. */
  readonly wrapExecutor?: (executor: Executor, clock: MovableClock) => Executor;
  /** The services that a new executor uses instead of the world itself. */
  readonly wrapClients?: (world: World, clock: Clock) => Pick<World, 'ec2' | 'rds' | 'ssm'>;
  /** The backfill of a new process, instead of the rehearsed one. */
  readonly openBackfill?: () => Backfill;
  /** The machine's clock, which may differ from the world's. */
  readonly wrapClock?: (clock: Clock) => Clock;
  /** Probability of a crash at each decision, instead of the fault profile's. */
  readonly crashRate?: number;
  /**
   * After every tick the driver and executor are discarded, and reopened from the journal at the same instant, once this has taken over the run
   * for the next one: `() => journal.acquire()`.
   */
  readonly reopens?: () => Promise<unknown>;
  /** Milliseconds of virtual time between the `crash`-th crash, counted from 1, and the restart of the process. Absent: none. */
  readonly downtimeMs?: (crash: number) => number;
}

/** The simulated world of a run, in the run's folder. */
export const WORLD_FILE = 'world.sqlite';

/** A rehearsal: the same driver and executors on simulated AWS in virtual time. */
export interface SimulationHost extends Host {
  readonly world: World;
  /** Simulated crashes survived so far. */
  readonly crashes: number;
}

const SILENT: NoticeLog = { warn: () => undefined };

function worldOf({ journal, directory, inventory }: SimulationOptions, clock: SimulatedClock): World {
  const { seed, faults } = journal.record.options.simulation ?? { seed: 1, faults: 'none' };
  const path = directory === ':memory:' ? directory : join(directory, WORLD_FILE);
  const world = openWorld({ path, ...(inventory && { inventory }), seed, faults, clock });
  clock.advanceTo(world.savedClock() ?? clock.now());
  return world;
}

/** State of one process, lost when it dies. */
function ownParts(
  { journal, probe }: SimulationOptions,
  world: World,
  virtual: SimulatedClock,
  clock: Clock,
): Pick<DriverParts, 'calls' | 'executor' | 'backfill'> {
  const { plan, runId, runbook, mode } = journal.record;
  const calls = new PacedCalls(journal, clock);
  const executor = createExecutor({
    ...clientsFor(plan, probe?.wrapClients?.(world, clock) ?? world),
    ...tagSettling(clock),
    call: oneAtATime(calls.call),
    ...{ runId, runbook, mode },
  });
  const backfill = probe?.openBackfill?.() ?? simulatedBackfill(journal.record);
  return {
    calls,
    executor: probe?.wrapExecutor?.(executor, virtual) ?? executor,
    ...(backfill !== undefined && { backfill }),
  };
}

/** Opens the simulated world of a run. */
export async function openSimulationHost(options: SimulationOptions): Promise<SimulationHost> {
  const { journal, speed, onTimeline, probe } = options;
  const { plan, options: run } = journal.record;
  const { seed, faults } = run.simulation ?? { seed: 1, faults: 'none' };
  const virtual = new SimulatedClock(plan.plannedAt);
  const world = worldOf(options, virtual);
  const ticking = virtualClock(virtual, speed, async (at) => {
    // A stopped process may continue after another has taken over its run; it must not set the world's clock, which the new driver advances.
    await journal.assertOurs();
    world.saveClock(at);
  });
  const clock = probe?.wrapClock?.(ticking) ?? ticking;
  const notices = await openNotices({
    journal,
    log: options.log ?? SILENT,
    env: process.env,
    commandOptions: options.commandOptions ?? [],
  });
  const dice = new CrashDice(seed, probe?.crashRate ?? FAULT_PROFILES[faults].processCrash);
  const sleepAfterCrash = async (): Promise<void> => {
    const downtimeMs = probe?.downtimeMs?.(dice.struck) ?? 0;
    if (downtimeMs > 0) await clock.sleepUntil(clock.now() + downtimeMs);
  };
  const shared = {
    journal,
    clock,
    onTimeline: (entries: readonly TimelineEntry[]) => {
      onTimeline(entries);
      notices.onTimeline(entries);
    },
    concurrency: 1,
    isKept: probe?.reopens === undefined,
    answersApprovals: run.yes || options.answersApprovals === true,
    frozenBy,
    ...(Number.isFinite(speed) && { onSpoken: (wake: () => void) => watchSignals(journal, wake) }),
    ...(options.waitsForPeople === true && { untilSpoken: aWhile }),
    crashPoint: (place: string) => dice.throwAt(place),
  };
  const newProcess = (): DriverParts => ({ ...shared, ...ownParts(options, world, virtual, clock) });
  const open = async (): Promise<Driver> => Driver.open(newProcess());
  const openAnew = async (): Promise<Driver> => {
    await probe?.reopens?.();
    return open();
  };
  const openDriver = probe?.reopens !== undefined ? () => ReopenedDriver.open(openAnew) : open;
  return {
    world,
    now: () => ticking.shown(),
    get crashes() {
      return dice.struck;
    },
    async drive(pause) {
      try {
        return await driveThroughCrashes(openDriver, shared, world, sleepAfterCrash, pause);
      } finally {
        await notices.end();
      }
    },
    async close() {
      await notices.end();
      world.close();
      await journal.close();
    },
  };
}
