import { LifeboatError } from '../errors.ts';
import type { Host } from '../hosts/host.ts';
import type { Journal } from '../journal/journal.ts';
import type { Session } from './command.ts';
import { speedOf, timelinePrinter } from './drive.ts';
import { sessionOptions } from './session-options.ts';
import type { DriveOptions, StateOptions } from './options.ts';

/**
 * Takes a run over on the host that it began on, and lets go of it whatever happens.
 * @param claim becomes the driver in another way than the host does by itself: only of a run whose driver has ended
 * @throws LifeboatError `RUN_IS_DRIVEN` while another process has it
 */
export async function openStoredRun<T>(
  session: Session,
  directory: string,
  options: DriveOptions & StateOptions,
  use: (host: Host, journal: Journal) => Promise<T>,
  claim?: (journal: Journal) => Promise<void>,
): Promise<T> {
  const [{ openSqliteJournal }, { resumeHost }] = await Promise.all([
    import('../journal/sqlite/open-journal.ts'),
    import('../hosts/resume.ts'),
  ]);
  const journal = await openSqliteJournal(directory);
  const host = await resume(journal);
  try {
    return await use(host, journal);
  } finally {
    await host.close();
  }

  async function resume(opened: Journal): Promise<Host> {
    try {
      refuseRealSpeed(opened, options);
      await claim?.(opened);
      const onTimeline = await timelinePrinter(session.terminal, opened.record.plan.incidentAt);
      const speed = speedOf(options, session.terminal);
      return await resumeHost({
        journal: opened,
        directory,
        simulated: { speed, answersApprovals: options.yes === true },
        onTimeline,
        log: await session.openLog(),
        waitsForPeople: session.terminal.redraws,
        commandOptions: sessionOptions(options.state),
      });
    } catch (error) {
      await opened.close();
      throw error;
    }
  }
}

function refuseRealSpeed(journal: Journal, options: DriveOptions): void {
  if (options.speed === undefined || journal.record.options.simulation !== undefined) return;
  throw new LifeboatError(
    'USAGE',
    `--speed is only for simulations; ${journal.record.runId} runs on a real account.`,
    'Leave --speed out.',
  );
}
