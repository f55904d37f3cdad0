import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isRunId } from '../../journal/run-ids.ts';

/** Not among the runs of the state directory, which have their journals there. */
const FOLDER = 'cloud';

/** Where this machine keeps files of a run in the cloud that it drives or has driven, such as the ledger of its backfill. */
export function cloudFolder(state: string, runId: string): string {
  return join(state, FOLDER, runId);
}

/** Ids of the runs in the cloud that this machine has files of. */
export function runsWithFolder(state: string): readonly string[] {
  const directory = join(state, FOLDER);
  return existsSync(directory) ? readdirSync(directory).filter(isRunId) : [];
}
