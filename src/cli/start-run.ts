import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { LifeboatError } from '../errors.ts';
import type { Host, TimelineListener } from '../hosts/host.ts';
import type { Inventory } from '../inventory/schema.ts';
import type { Journal, RunOptions, RunRecord } from '../journal/journal.ts';
import type { RunMode } from '../plan/types.ts';
import type { Session } from './command.ts';
import { drive, printVerdict, speedOf, timelinePrinter } from './drive.ts';
import type { ExitCode } from './exit-codes.ts';
import { refuseStrayOptions } from './options.ts';
import type { DriveOptions, IncidentOptions, WorldOptions } from './options.ts';
import { allProblems, prepare, refuseImpossible } from './prepare.ts';
import type { Preparation } from './prepare.ts';

export type StartOptions = WorldOptions & IncidentOptions & DriveOptions;

/** What `drill` and `restore` share: the plan, the question, the run, the verdict. */
export async function startRun(
  session: Session,
  mode: RunMode,
  path: string,
  options: StartOptions,
): Promise<ExitCode> {
  refuseStrayOptions(options);
  const preparation = await prepare(path, mode, options);
  const { terminal } = session;
  const text = await planText(preparation, session);
  terminal.print(text);
  refuseImpossible(preparation);
  await agree(session, mode, options, text);
  const { journal, directory } = await createRun(preparation, mode, options);
  const { runId, plan } = journal.record;
  terminal.print(`\n${terminal.palette.bold(`Run ${runId}`)}`);
  const onTimeline = await timelinePrinter(terminal, plan.incidentAt);
  const host = await openHost({ session, preparation, options, journal, directory, onTimeline });
  try {
    return await printVerdict(await drive(host, journal, session), terminal);
  } finally {
    await host.close();
  }
}

export async function planText(preparation: Preparation, { terminal }: Session): Promise<string> {
  const { renderPlan } = await import('../report/render-plan.ts');
  return renderPlan({ ...preparation.plan, problems: allProblems(preparation) }, terminal.palette);
}

/** A drill in the simulator changes nothing that anyone could miss: it asks nothing. */
async function agree(session: Session, mode: RunMode, options: StartOptions, text: string): Promise<void> {
  if (options.yes === true || (mode === 'drill' && options.simulate !== undefined)) return;
  if (session.terminal.json) session.terminal.note(text);
  const question =
    mode === 'drill'
      ? 'Start this drill? It makes real copies, and removes them.'
      : 'Start this recovery? It makes what the plan lists.';
  if (await session.terminal.confirm(question)) return;
  throw new LifeboatError(
    'QUESTION_DECLINED',
    'Nothing was started: the answer was not yes.',
    'Change the runbook or the options, and plan again.',
  );
}

async function createRun(
  { source, runbook, account, plan }: Preparation,
  mode: RunMode,
  options: StartOptions,
): Promise<{ readonly journal: Journal; readonly directory: string }> {
  const [{ newRunId, runDirectory }, { createSqliteJournal }, { gatesOf }, { MACHINE_VERSION }] =
    await Promise.all([
      import('../journal/runs.ts'),
      import('../journal/sqlite.ts'),
      import('../workflow/gates.ts'),
      import('../workflow/version.ts'),
    ]);
  const incidentDeclared = options.incidentAt !== undefined;
  const runId = newRunId(options.state, runbook.name, plan.plannedAt);
  const directory = runDirectory(options.state, runId);
  const record: RunRecord = {
    runId,
    runbook: runbook.name,
    mode,
    machineVersion: MACHINE_VERSION,
    createdAt: plan.plannedAt,
    plan,
    gates: gatesOf(runbook, plan, incidentDeclared),
    runbookText: source.text,
    options: runOptions(options, account.account, incidentDeclared),
  };
  try {
    // The world first: from the moment there is a journal, the run can be resumed, and by then its world must exist.
    if (record.options.simulation !== undefined) await createWorld(directory, account, record);
    return { journal: await createSqliteJournal({ directory, record }), directory };
  } catch (error) {
    // The id was claimed by making the folder; without a journal it would only be a riddle in the list of runs.
    rmSync(directory, { recursive: true });
    throw error;
  }
}

/** Where the host of a simulation looks for its world. */
const WORLD_FILE = 'world.sqlite';

async function createWorld(
  directory: string,
  inventory: Inventory,
  { options, plan }: RunRecord,
): Promise<void> {
  const { openWorld, SimulatedClock } = await import('../simulator/index.ts');
  const { seed = 1, faults = 'none' } = options.simulation ?? {};
  const clock = new SimulatedClock(plan.plannedAt);
  openWorld({ path: join(directory, WORLD_FILE), inventory, seed, faults, clock }).close();
}

function runOptions(options: StartOptions, account: string, incidentDeclared: boolean): RunOptions {
  const { simulate, seed = 1, faults = 'none', yes = false } = options;
  return { yes, incidentDeclared, ...(simulate !== undefined && { simulation: { seed, faults, account } }) };
}

async function openHost(parts: {
  readonly session: Session;
  readonly preparation: Preparation;
  readonly options: StartOptions;
  readonly journal: Journal;
  readonly directory: string;
  readonly onTimeline: TimelineListener;
}): Promise<Host> {
  const { session, preparation, options, journal, directory, onTimeline } = parts;
  try {
    if (options.simulate === undefined) {
      const { openLocalHost } = await import('../hosts/local.ts');
      const { region } = preparation.plan;
      return await openLocalHost({ journal, region, onTimeline, log: await session.openLog() });
    }
    const { openSimulationHost } = await import('../hosts/simulation.ts');
    const { account: inventory } = preparation;
    const speed = speedOf(options, session.terminal);
    return await openSimulationHost({ journal, directory, inventory, speed, onTimeline });
  } catch (error) {
    await journal.close();
    throw error;
  }
}
