import { statSync } from 'node:fs';
import { LifeboatError } from '../../errors.ts';
import type { RunHead } from '../run-store.ts';
import { byAge, notFound, runbookOf } from '../run-ids.ts';
import { readRunRecord } from './open-journal.ts';
import { runDirectory, runIds } from './run-folders.ts';

/** All runs of a state directory, latest first; none when there is no such directory. */
export function listRuns(state: string, runbook?: string): readonly RunHead[] {
  return runIds(state)
    .filter((runId) => runbook === undefined || runbookOf(runId) === runbook)
    .map((runId) => readRunHead(state, runId))
    .sort(byAge);
}

/**
 * The run with this id, or the latest one. Its journal may still prove damaged when it is opened: an older run is never
 * returned instead.
 * @throws LifeboatError `RUN_NOT_FOUND`, naming similar ids
 */
export function findRun(state: string, runId?: string): RunHead {
  const where = { place: `under ${state}`, option: 'Name the state directory with --state DIR' };
  if (runId === undefined) {
    const [latest] = listRuns(state);
    if (latest === undefined) throw notFound(runId, [], where);
    return latest;
  }
  runDirectory(state, runId);
  const known = runIds(state);
  if (!known.includes(runId)) throw notFound(runId, known, where);
  return readRunHead(state, runId);
}

function readRunHead(state: string, runId: string): RunHead {
  const directory = runDirectory(state, runId);
  try {
    const { record, writtenAt } = readRunRecord(directory);
    return { runId, begunAt: writtenAt, record };
  } catch (problem) {
    if (!(problem instanceof LifeboatError)) throw problem;
    return { runId, begunAt: Math.trunc(statSync(directory).birthtimeMs), problem };
  }
}
