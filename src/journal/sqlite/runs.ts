import { distance } from 'fastest-levenshtein';
import { advise, lifeboat } from '../../advice.ts';
import { statSync } from 'node:fs';
import { LifeboatError } from '../../errors.ts';
import type { RunHead } from '../run-store.ts';
import { readRunRecord } from './open-journal.ts';
import { runDirectory, runIds } from './run-folders.ts';

/** All runs of a state directory, latest first; none when there is no such directory. */
export function listRuns(state: string): readonly RunHead[] {
  const runs = runIds(state).map((runId) => readRunHead(state, runId));
  return runs.sort(
    (left, right) => right.begunAt - left.begunAt || counterOf(right.runId) - counterOf(left.runId),
  );
}

/**
 * The run with this id, or the latest one. Its journal may still prove damaged when it is opened: an older run is never
 * returned instead.
 * @throws LifeboatError `RUN_NOT_FOUND`, naming similar ids
 */
export function findRun(state: string, runId?: string): RunHead {
  if (runId === undefined) {
    const [latest] = listRuns(state);
    if (latest !== undefined) return latest;
    throw new LifeboatError(
      'RUN_NOT_FOUND',
      `There is no run under ${state}.`,
      advise`Name the state directory with --state DIR, or start with ${lifeboat('drill', 'RUNBOOK')}.`,
    );
  }
  runDirectory(state, runId);
  const known = runIds(state);
  if (known.includes(runId)) return readRunHead(state, runId);
  const close = closest(runId, known);
  throw new LifeboatError(
    'RUN_NOT_FOUND',
    `There is no run '${runId}' under ${state}.`,
    close.length === 0
      ? advise`Name the state directory with --state DIR; ${lifeboat('runs')} lists what it holds.`
      : advise`Did you mean ${close.join(' or ')}? ${lifeboat('runs')} lists all.`,
  );
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

function counterOf(runId: string): number {
  return Number(runId.slice(runId.lastIndexOf('-') + 1));
}

/** Up to three ids within typing distance, nearest first. */
function closest(wanted: string, known: readonly string[]): readonly string[] {
  return known
    .map((runId) => ({ runId, slips: runId.startsWith(wanted) ? 0 : distance(wanted, runId) }))
    .filter(({ slips }) => slips <= 4)
    .sort((left, right) => left.slips - right.slips || left.runId.localeCompare(right.runId))
    .slice(0, 3)
    .map(({ runId }) => runId);
}
