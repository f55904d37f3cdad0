import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { advise, lifeboat } from '../../advice.ts';
import type { BeginRun, Deployment } from '../../hosts/lambda/requests.ts';
import type { Journal } from '../../journal/journal.ts';
import { idsFor } from '../../journal/run-ids.ts';
import type { RunMode } from '../../plan/types.ts';
import { circumstances, readRunbook } from '../inputs/prepare.ts';
import type { StartOptions } from '../run/create-run.ts';
import { printVerdict } from '../run/drive.ts';
import { agree, questionOf, renderedPlan } from '../run/start-run.ts';
import type { Session } from '../session/command.ts';
import { EXIT, type ExitCode } from '../session/exit-codes.ts';
import type { CloudOptions } from '../session/options.ts';
import { starter } from '../signals/operator.ts';
import { sendSignal } from '../signals/signals.ts';
import type { StoredRun } from '../stored/stored-run.ts';
import { inCloud, type Cloud } from './cloud.ts';
import { openDeployment, readDeployment } from './deployment.ts';
import { ExecutionWatch, startExecution } from './executions.ts';
import { begun, follow } from './follow.ts';

/** What `drill --cloud` and `restore --cloud` share: the function plans, the operator agrees, the function drives, and this process shows it. */
export async function startInCloud(
  session: Session,
  mode: RunMode,
  target: string,
  options: StartOptions & CloudOptions,
): Promise<ExitCode> {
  const { terminal } = session;
  const { yes = false, detach = false } = options;
  // Refuses instants in the future.
  circumstances(options, { capturedAt: 0 }, Date.now());
  const runbook = await runbookOf(target);
  if (!yes && !detach) terminal.requireAnswers(questionOf(mode));
  return inCloud(options.region ?? runbook.region, async (cloud) => {
    const deployment = await readDeployment(cloud);
    const store = await openDeployment(deployment, session, options.state);
    const request = await requestOf(cloud, mode, runbook, options, session);
    const run: StoredRun = { store, runId: request.runId };
    const execution = await startExecution(cloud, deployment.functions[mode], request);
    terminal.print(
      `${terminal.palette.bold(`Run ${run.runId}`)}: asked the function in ${cloud.region} to plan and begin it.`,
    );
    if (detach) return printStarted(session, request, deployment, EXIT.done);
    const watch = new ExecutionWatch(cloud, execution, run.runId);
    const journal = await begun(run, session, watch);
    if (journal === undefined) return printStarted(session, request, deployment, EXIT.waiting);
    try {
      await showPlan(session, run, journal, yes);
      return await printVerdict(await follow(session, { run, journal, watch }), terminal, 'function');
    } finally {
      await journal.close();
    }
  });
}

/** A runbook of the deployment, by its name or by a file that must be the same. */
interface Wanted {
  readonly name: string;
  readonly region?: string;
  readonly sha256?: string;
}

const RUNBOOK_NAME = /^[a-z][a-z0-9-]{0,39}$/;

async function runbookOf(target: string): Promise<Wanted> {
  if (RUNBOOK_NAME.test(target) && !existsSync(target)) return { name: target };
  const { runbook, text } = await readRunbook(target);
  const sha256 = createHash('sha256').update(text).digest('hex');
  return { name: runbook.name, region: runbook.region, sha256 };
}

async function requestOf(
  { region }: Cloud,
  mode: RunMode,
  { name: runbook, sha256 }: Wanted,
  { yes = false, incidentAt, damagedAt, recoverTo }: StartOptions,
  { terminal }: Session,
): Promise<BeginRun> {
  const { by, note } = await starter(region);
  if (note !== undefined) terminal.note(note);
  const at = Date.now();
  const runId: string = idsFor({ runbook, at, isShared: true }).next().value;
  return {
    ...{ kind: 'begin', runId, runbook, mode, at, by, asksApproval: !yes },
    ...(incidentAt !== undefined && { incidentAt: incidentAt(at) }),
    ...(damagedAt !== undefined && { damagedAt: damagedAt(at) }),
    ...(recoverTo !== undefined && { recoverTo: recoverTo(at) }),
    ...(sha256 !== undefined && { runbookSha256: sha256 }),
  };
}

/** The plan is the function's own: it waits for an approval before it restores, which is given here. */
async function showPlan(session: Session, run: StoredRun, journal: Journal, yes: boolean): Promise<void> {
  const { terminal } = session;
  const { plan, mode } = journal.record;
  const text = await renderedPlan(plan, session);
  terminal.print(text);
  if (yes) return;
  try {
    await agree(session, mode, {}, text);
  } catch (error) {
    await sendSignal(terminal, run, 'abort', {}, { made: 'remove' });
    throw error;
  }
  const { refusal } = await sendSignal(terminal, run, 'approve', { gate: 'restore' });
  if (refusal !== undefined) throw refusal;
}

/** `--detach`, or Ctrl-C before the run exists: there is no report yet. */
function printStarted(
  { terminal }: Session,
  { runId, runbook, mode, asksApproval }: BeginRun,
  { region, table, functions }: Deployment,
  exitCode: ExitCode,
): ExitCode {
  terminal.document({
    ...{ schema: 'lifeboat.start/v1', runId, runbook, mode, asksApproval },
    ...{ region, table, function: functions[mode] },
  });
  if (asksApproval)
    terminal.print(advise`It waits for an approval before it restores: ${lifeboat('approve', runId)}`);
  terminal.print(advise`Follow it with: ${lifeboat('status', runId, '--watch')}`);
  return exitCode;
}
