import type { Journal } from '../../journal/journal.ts';

/** A person who has typed `pause` looks at the other terminal within about this time; ms. */
const LOOK_EVERY_MS = 500;

/**
 * Calls `wake` when another process has written something that the driver should know of: a signal, or that it has taken the run over.
 * Looks at a counter only, and reads the inbox when that has moved. Keeps the process alive until the function it returns is called: that may be
 * all that a driver waits for. A journal that cannot be read any more wakes the driver too, which meets the same failure and says so; then
 * the watch has ended.
 *
 * @example
 * const stop = watchSignals(journal, () => wake.abort());
 */
export function watchSignals(
  journal: Pick<Journal, 'changes' | 'isOurs' | 'pendingSignals'>,
  wake: () => void,
  everyMs = LOOK_EVERY_MS,
): () => void {
  // What came before the watch began is news too.
  let seen: number | undefined;
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  const look = async (): Promise<void> => {
    const now = await journal.changes();
    if (now === seen) return;
    const isNews = !(await journal.isOurs()) || (await journal.pendingSignals()).length > 0;
    seen = now;
    if (isNews && !isStopped) wake();
  };
  const next = (): void => {
    if (isStopped) return;
    timer = setTimeout(() => void look().then(next, wake), everyMs);
  };
  next();
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}
