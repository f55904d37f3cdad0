import type { Journal } from '../journal/journal.ts';
import type { Terminal } from './terminal.ts';

/** A driver that lives has given a sign of life long before: nothing needs to be said about the wait. */
const SAY_AFTER_MS = 2_500;

/**
 * Becomes the driver of a run, also when the present one hangs; says so.
 * @throws LifeboatError `RUN_IS_DRIVEN` when that one gives a sign of life
 */
export async function takeOver(journal: Journal, terminal: Terminal): Promise<void> {
  const { runId } = journal.record;
  const waiting = setTimeout(
    () => terminal.note(`Another process has ${runId}: listening for a sign of life from it.`),
    SAY_AFTER_MS,
  );
  try {
    const { tookOver } = await journal.acquire({ takeOver: true });
    if (tookOver === undefined) return;
    const { pid, host } = tookOver;
    terminal.note(
      `Took ${runId} over from process ${pid} on ${host}, which gave no sign of life. It can change nothing any more; end it with kill -9 ${pid}.`,
    );
  } finally {
    clearTimeout(waiting);
  }
}
