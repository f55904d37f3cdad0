import { advise, lifeboat } from '../../advice.ts';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LifeboatError } from '../../errors.ts';
import { guardStateDirectory, makePrivateDirectory, syncDirectory } from '../../storage/private-files.ts';
import type { Instant } from '../../time.ts';
import { hasCode } from '../../storage/storage-failures.ts';
import { journalFailure } from './journal-failures.ts';
import { idsFor } from '../run-ids.ts';
import { runDirectory } from './run-folders.ts';

/** Prefix of directories of runs that are being started. No run id begins with it. */
const DRAFT = '.starting-';

/** Adds the files of a run to a directory. */
type Fill = (draft: string, runId: string) => Promise<void>;

interface PlacedRun {
  readonly runId: string;
  readonly directory: string;
}

/** If starting a run has taken longer than this, its process has died. */
const STALE_MS = 24 * 60 * 60 * 1_000;

/**
 * Creates a run atomically under the first free id of `runbook` at this minute (UTC): `fill` adds to a directory what
 * the run needs, and only then is it renamed. No two processes get the same id; with `isShared` a collision between machines is practically impossible.
 * @throws LifeboatError `JOURNAL_UNWRITABLE` when the state directory cannot be written, and what `fill` throws
 * @example
 * const { runId } = await newRun('.lifeboat', 'orders', Date.UTC(2026, 10, 20, 3), fill); // 'orders-20261120T0300-1'
 */
export async function newRun(
  state: string,
  runbook: string,
  at: Instant,
  fill: Fill,
  { isShared }: { readonly isShared: boolean } = { isShared: false },
): Promise<PlacedRun> {
  for (const runId of idsFor({ runbook, at, isShared })) {
    const directory = runDirectory(state, runId);
    if (existsSync(directory)) continue;
    if (await place(state, runId, directory, fill)) return { runId, directory };
  }
  throw new Error('idsFor() has no end');
}

/**
 * Recreates a run whose journal was lost under its own id.
 * @throws LifeboatError `JOURNAL_CONFLICT` when that run exists
 */
export async function restoredRun(state: string, runId: string, fill: Fill): Promise<PlacedRun> {
  const directory = runDirectory(state, runId);
  if (!existsSync(directory) && (await place(state, runId, directory, fill))) return { runId, directory };
  throw new LifeboatError(
    'JOURNAL_CONFLICT',
    `The run ${runId} is in ${directory} already.`,
    advise`Go on with it: ${lifeboat('resume', runId)}. If its journal is damaged, move that directory away first.`,
  );
}

async function place(state: string, runId: string, directory: string, fill: Fill): Promise<boolean> {
  const draft = makeDraft(state);
  try {
    await fill(draft, runId);
    return publish(draft, directory);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function makeDraft(state: string): string {
  const runs = join(state, 'runs');
  try {
    guardStateDirectory(state);
    makePrivateDirectory(runs);
    removeStaleDrafts(runs);
    const draft = join(runs, `${DRAFT}${randomUUID()}`);
    makePrivateDirectory(draft);
    return draft;
  } catch (error) {
    throw journalFailure(error, runs);
  }
}

/** Removes the directory of a process that died while it started a run: such a process created nothing in the account. */
function removeStaleDrafts(runs: string): void {
  const drafts = readdirSync(runs).filter((name) => name.startsWith(DRAFT));
  for (const draft of drafts.map((name) => join(runs, name))) {
    const status = statSync(draft, { throwIfNoEntry: false });
    if (status !== undefined && Date.now() - status.mtimeMs > STALE_MS) {
      rmSync(draft, { recursive: true, force: true });
    }
  }
}

/** False when another process has taken the id meanwhile. */
function publish(draft: string, directory: string): boolean {
  try {
    renameSync(draft, directory);
    syncDirectory(join(directory, '..'));
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOTEMPTY') || hasCode(error, 'EEXIST')) return false;
    throw journalFailure(error, directory);
  }
}
