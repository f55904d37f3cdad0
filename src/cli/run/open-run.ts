import { LifeboatError } from '../../errors.ts';
import type { Host } from '../../hosts/host.ts';
import type { Journal, RunRecord } from '../../journal/journal.ts';
import type { Held, Lease } from '../../journal/lease.ts';
import type { Session } from '../session/command.ts';
import { speedOf, timelinePrinter } from './drive.ts';
import { optionsHere } from '../session/session-options.ts';
import type { DriveOptions, RunsOptions } from '../session/options.ts';
import { requireAccount } from '../signals/operator.ts';
import { whereOf } from '../signals/signals.ts';
import type { StoredRun } from '../stored/stored-run.ts';
import { acquire } from './take-over.ts';

/**
 * Takes a run over on the host that it began on, and releases it also after an error.
 * @param claim becomes the driver in another way than the host does by itself: only of a run whose driver has ended
 * @throws LifeboatError `RUN_IS_DRIVEN` while another process has it
 */
export async function openStoredRun<T>(
  session: Session,
  { store, runId }: StoredRun,
  options: DriveOptions & RunsOptions,
  use: (host: Host, journal: Journal) => Promise<T>,
  claim: (lease: Lease, runId: string) => Promise<Held> = acquire,
): Promise<T> {
  const { resumeHost } = await import('../../hosts/resume.ts');
  const record = await store.find(runId);
  refuseRealSpeed(record, options);
  if (options.journal !== undefined) await refuseOtherAccount(record, session);
  session.terminal.useOptions(optionsHere(options));
  const journal = await store.open(runId, await claim(store, runId));
  const host = await resume(journal);
  try {
    return await use(host, journal);
  } finally {
    await host.close();
  }

  async function resume(opened: Journal): Promise<Host> {
    try {
      const onTimeline = await timelinePrinter(session.terminal, opened.record.plan.incidentAt);
      const speed = speedOf(options, session.terminal);
      return await resumeHost({
        journal: opened,
        directory: store.folder(runId),
        simulated: { speed, answersApprovals: options.yes === true },
        onTimeline,
        log: await session.openLog(),
        waitsForPeople: options.wait === true || session.terminal.redraws,
        commandOptions: optionsHere(options),
      });
    } catch (error) {
      await opened.close();
      throw error;
    }
  }
}

/** The table may be in another account than what the run recovers: its function acts there by a role, which this machine has not. */
async function refuseOtherAccount(record: RunRecord, { terminal }: Session): Promise<void> {
  const where = whereOf(record);
  if (where === undefined || record.account === undefined) return;
  const note = await requireAccount(where, record.account);
  if (note !== undefined) terminal.note(note);
}

function refuseRealSpeed(record: RunRecord, options: DriveOptions): void {
  if (options.speed === undefined || record.options.simulation !== undefined) return;
  throw new LifeboatError(
    'USAGE',
    `--speed is only for simulations; ${record.runId} runs on a real account.`,
    'Leave --speed out.',
  );
}
