import type { RunMode } from '../../plan/types.ts';
import type { StartOptions } from '../run/create-run.ts';
import { startRun } from '../run/start-run.ts';
import type { Session } from '../session/command.ts';
import type { ExitCode } from '../session/exit-codes.ts';
import type { CloudOptions } from '../session/options.ts';

/** Options that mean nothing to a function: it has an account, and a baseline of its own. */
export const ONLY_HERE: readonly string[] = ['simulate', 'seed', 'faults', 'speed', 'baseline'];

/** Starts a run here, or with `--cloud` in the deployed function. */
export async function start(
  session: Session,
  mode: RunMode,
  runbook: string,
  options: StartOptions & CloudOptions,
): Promise<ExitCode> {
  if (options.cloud === true) {
    const { startInCloud } = await import('./start-in-cloud.ts');
    return startInCloud(session, mode, runbook, options);
  }
  return startRun(session, mode, runbook, options);
}
