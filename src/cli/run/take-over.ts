import { heldOrRefused, processText, type Held, type Lease } from '../../journal/lease.ts';
import type { Terminal } from '../session/terminal.ts';

/** A driver that lives has given a sign of life long before: nothing needs to be said about the wait. */
const SAY_AFTER_MS = 2_500;

/** Becomes the driver of a run that no process drives. @throws LifeboatError `RUN_IS_DRIVEN` */
export async function acquire(lease: Lease, runId: string): Promise<Held> {
  return heldOrRefused(await lease.acquire(runId), runId);
}

/**
 * Becomes the driver of a run, also when the present one hangs; says so.
 * @throws LifeboatError `RUN_IS_DRIVEN` when that one gives a sign of life
 */
export async function takeOver(lease: Lease, runId: string, terminal: Terminal): Promise<Held> {
  const waiting = setTimeout(
    () => terminal.note(`Another process has ${runId}: listening for a sign of life from it.`),
    SAY_AFTER_MS,
  );
  try {
    const held = heldOrRefused(await lease.acquire(runId, true), runId);
    if (held.tookOver === undefined) return held;
    const { pid, function: name } = held.tookOver;
    const end = name === undefined ? `; end it with kill -9 ${pid}` : '';
    terminal.note(
      `Took ${runId} over from ${processText(held.tookOver)}, which gave no sign of life. It can change nothing any more${end}.`,
    );
    return held;
  } finally {
    clearTimeout(waiting);
  }
}
