import { LifeboatError } from '../../errors.ts';
import { generationOf } from '../../hosts/lambda/durable/generations.ts';
import type { Deployment } from '../../hosts/lambda/requests.ts';
import type { Journal } from '../../journal/journal.ts';
import { isDriven } from '../../journal/lease.ts';
import type { Report } from '../../report/model/report.ts';
import type { Session } from '../session/command.ts';
import type { RunsOptions } from '../session/options.ts';
import { attendanceOf } from '../stored/read-attendance.ts';
import type { StoredRun } from '../stored/stored-run.ts';
import { inCloud, type Cloud } from './cloud.ts';
import { openDeployment, readDeployment } from './deployment.ts';
import { ExecutionWatch, freeGeneration, startExecution } from './executions.ts';
import { follow } from './follow.ts';

/** A run whose driving a command leaves to the function. */
export interface HandedBack {
  readonly run: StoredRun;
  readonly journal: Journal;
  /** Has the function drive it on, and shows it until it ends or waits. */
  readonly goOn: () => Promise<Report>;
}

/**
 * Opens a run in the cloud for a command with `--cloud`.
 *
 * @throws LifeboatError `RUN_IS_DRIVEN` while a process on a machine drives it
 */
export async function handBack<T>(
  session: Session,
  runId: string,
  options: RunsOptions,
  use: (run: HandedBack) => Promise<T>,
): Promise<T> {
  return inCloud(options.journal?.region ?? options.region, async (cloud) => {
    const deployment = await readDeployment(cloud);
    refuseOtherTable(options, deployment);
    const store = await openDeployment(deployment, session, options.state);
    const run: StoredRun = { store, runId: (await store.find(runId)).runId };
    const journal = await store.open(run.runId);
    try {
      const goOn = (): Promise<Report> => continueRun(session, { run, journal, cloud, deployment });
      return await use({ run, journal, goOn });
    } finally {
      await journal.close();
    }
  });
}

function refuseOtherTable({ journal }: RunsOptions, { table, region }: Deployment): void {
  if (journal === undefined || journal.table === table) return;
  throw new LifeboatError(
    'USAGE',
    `The deployment in ${region} has the table '${table}', not '${journal.table}'.`,
    'Leave --journal out, or name the Region of the other deployment.',
  );
}

interface Continuing {
  readonly run: StoredRun;
  readonly journal: Journal;
  readonly cloud: Cloud;
  readonly deployment: Deployment;
}

/** A later execution replaces one that still rests, so nothing has to be known about the earlier ones. */
async function continueRun(
  session: Session,
  { run, journal, cloud, deployment }: Continuing,
): Promise<Report> {
  const { runId } = run;
  await refuseMachine(journal, run);
  const { record } = journal;
  // A run keeps the version of the machines that it began with.
  const functionArn = record.function ?? deployment.functions[record.mode];
  // The execution that began it may not have driven it yet.
  const least = Math.max(1, await generationOf(journal)) + 1;
  const generation = await freeGeneration(cloud, functionArn, runId, least);
  const told = (await journal.timeline()).length;
  const execution = await startExecution(cloud, functionArn, { kind: 'continue', runId, generation });
  const watch = new ExecutionWatch(cloud, execution, runId);
  return follow(session, { run, journal, watch, told });
}

/** The function would only wait for that process. */
async function refuseMachine(journal: Journal, { store, runId }: StoredRun): Promise<void> {
  const { driven } = await attendanceOf(journal, store);
  if (driven === null || driven.function !== undefined || !driven.responding) return;
  throw isDriven(runId, { ...driven, since: Date.parse(driven.since) });
}
