import { LifeboatError } from '../../errors.ts';
import type { TimelineListener } from '../../driver/base/ports.ts';
import type { Host } from '../../hosts/host.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Plan, RunMode } from '../../plan/types.ts';
import type { Session } from '../session/command.ts';
import { createRun } from './create-run.ts';
import { acquire } from './take-over.ts';
import type { StartOptions } from './create-run.ts';
import { drive, printVerdict, speedOf, timelinePrinter } from './drive.ts';
import type { ExitCode } from '../session/exit-codes.ts';
import { sessionOptions } from '../session/session-options.ts';
import { inAccount } from '../inputs/account.ts';
import { refuseStrayOptions } from '../session/options.ts';
import { noteGaps, noteUnsendable, prepare } from '../inputs/prepare.ts';
import { allProblems, refuseImpossible, type Preparation } from '../../preparation/prepare.ts';

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
  noteGaps(preparation, terminal);
  await noteUnsendable(preparation, terminal);
  const text = await planText(preparation, session);
  terminal.print(text);
  refuseImpossible(preparation);
  if (options.simulate === undefined) {
    const { refuseClaimed } = await import('../../preparation/other-runs.ts');
    await inAccount(preparation.plan.region, (account) => refuseClaimed(preparation.plan, account));
  }
  await agree(session, mode, options, text);
  const { store, runId } = await createRun(preparation, options);
  if (options.detach === true) {
    const { detach } = await import('./detach.ts');
    const speed = options.simulate === undefined ? {} : { speed: speedOf(options, terminal) };
    return detach(session, { store, record: await store.find(runId), options: { ...options, ...speed } });
  }
  const journal = await store.open(runId, await acquire(store, runId));
  const directory = store.folder(runId);
  const { plan } = journal.record;
  terminal.print(`\n${terminal.palette.bold(`Run ${runId}`)}`);
  const onTimeline = await timelinePrinter(terminal, plan.incidentAt);
  const host = await openHost({ session, preparation, options, journal, directory, onTimeline });
  try {
    return await printVerdict(await drive(host, journal, session), terminal);
  } finally {
    await host.close();
  }
}

export async function planText(preparation: Preparation, session: Session): Promise<string> {
  return renderedPlan({ ...preparation.plan, problems: allProblems(preparation) }, session);
}

export async function renderedPlan(plan: Plan, { terminal }: Session): Promise<string> {
  const { renderPlan } = await import('../../report/render/render-plan.ts');
  return renderPlan(plan, terminal.palette, terminal.width, terminal.hint);
}

export function questionOf(mode: RunMode): string {
  return mode === 'drill'
    ? 'Start this drill? It makes real copies, and removes them.'
    : 'Start this recovery? It makes what the plan lists.';
}

/** A drill in the simulator changes nothing that anyone could miss: it asks nothing. */
export async function agree(
  session: Session,
  mode: RunMode,
  options: Pick<StartOptions, 'yes' | 'simulate'>,
  text: string,
): Promise<void> {
  if (options.yes === true || (mode === 'drill' && options.simulate !== undefined)) return;
  if (session.terminal.json) session.terminal.note(text);
  if (await session.terminal.confirm(questionOf(mode))) return;
  throw new LifeboatError(
    'QUESTION_DECLINED',
    'Nothing was started: the answer was not yes.',
    'Change the runbook or the options, and plan again.',
  );
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
  const commandOptions = sessionOptions(options);
  try {
    if (options.simulate === undefined) {
      const { openLocalHost } = await import('../../hosts/local.ts');
      const { region } = preparation.plan;
      const log = await session.openLog();
      const waitsForPeople = session.terminal.redraws;
      return await openLocalHost({
        journal,
        directory,
        region,
        onTimeline,
        log,
        waitsForPeople,
        commandOptions,
      });
    }
    const { openSimulationHost } = await import('../../hosts/simulation.ts');
    const { account: inventory } = preparation;
    const speed = speedOf(options, session.terminal);
    const waitsForPeople = session.terminal.redraws;
    // The logger costs time to load, and only notices have something to say here.
    const log = journal.record.notify.length > 0 ? { log: await session.openLog() } : {};
    return await openSimulationHost({
      journal,
      directory,
      inventory,
      speed,
      onTimeline,
      waitsForPeople,
      commandOptions,
      ...log,
    });
  } catch (error) {
    await journal.close();
    throw error;
  }
}
