import type { Journal } from '../../journal/journal.ts';

/** How often the inbox counter is read, ms: an operator who typed `pause` expects a reaction within about this time. */
const LOOK_EVERY_MS = 500;

/**
 * Calls `wake` when another process has written a signal or has taken over the run.
 * Reads only a counter, and the inbox when the counter has moved. Keeps the process alive until the returned function is called: a driver may
 * wait for nothing else. If the journal becomes unreadable, the driver is woken too, meets the same failure and reports it; then
 * the watch ends.
 *
 * @example
 * const stop = watchSignals(journal, () => wake.abort());
 */
export function watchSignals(
  journal: Pick<Journal, 'changes' | 'isOurs' | 'pendingSignals'>,
  wake: () => void,
  everyMs = LOOK_EVERY_MS,
): () => void {
  // Signals written before the watch began count too.
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
