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
  const plan = { ...preparation.plan, problems: allProblems(preparation) };
  return renderPlan(plan, terminal.palette, terminal.width);
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
  const [{ newRun }, { createSqliteJournal, openSqliteJournal }, { gatesOf }, { MACHINE_VERSION }] =
    await Promise.all([
      import('../journal/new-run.ts'),
      import('../journal/sqlite.ts'),
      import('../workflow/gates.ts'),
      import('../workflow/version.ts'),
    ]);
  const incidentDeclared = options.incidentAt !== undefined;
  const record: Omit<RunRecord, 'runId'> = {
    runbook: runbook.name,
    mode,
    machineVersion: MACHINE_VERSION,
    createdAt: plan.plannedAt,
    plan,
    gates: gatesOf(runbook, plan, incidentDeclared),
    runbookText: source.text,
    options: runOptions(options, account.account, incidentDeclared),
  };
  const { directory } = await newRun(options.state, runbook.name, plan.plannedAt, async (draft, runId) => {
    if (record.options.simulation !== undefined) await createWorld(draft, account, record);
    const journal = await createSqliteJournal({ directory: draft, record: { ...record, runId } });
    await journal.close();
  });
  return { journal: await openSqliteJournal(directory), directory };
}

async function createWorld(
  directory: string,
  inventory: Inventory,
  { options, plan }: Pick<RunRecord, 'options' | 'plan'>,
): Promise<void> {
  const [{ openWorld, SimulatedClock }, { WORLD_FILE }] = await Promise.all([
    import('../simulator/index.ts'),
    import('../hosts/simulation.ts'),
  ]);
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
