import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LifeboatError } from '../../errors.ts';
import { hasCode } from '../../storage/storage-failures.ts';
import { isRunId, requireRunId } from '../run-ids.ts';

/**
 * Directory of one run. Refuses an invalid run id, so that no id leads out of the state directory.
 * @example runDirectory('.lifeboat', 'orders-20261120T0300-1') // '.lifeboat/runs/orders-20261120T0300-1'
 */
export function runDirectory(state: string, runId: string): string {
  requireRunId(runId);
  return join(state, 'runs', runId);
}

/** Ids of all runs of a state directory, in no order; none when there is no such directory. Reads no journal. */
export function runIds(state: string): readonly string[] {
  const directory = join(state, 'runs');
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() && isRunId(entry.name)).map((entry) => entry.name);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw new LifeboatError(
      'FILE_UNREADABLE',
      `Cannot list the runs in ${directory}: ${error instanceof Error ? error.message : String(error)}.`,
      'Name a readable state directory with --state DIR.',
      { cause: error },
    );
  }
}
