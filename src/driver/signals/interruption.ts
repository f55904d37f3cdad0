import type { Journal } from '../../journal/journal.ts';
import { SECOND_MS } from '../../time.ts';

/** Real time that requests in flight get to complete after a pause was requested; most need less. Afterwards they count as unanswered. */
const GRACE_MS = 3 * SECOND_MS;

/** How a driver notices operators' signals while it waits for AWS. */
export interface Hearing {
  readonly journal: Pick<Journal, 'isOurs' | 'pendingSignals'>;
  readonly onSpoken?: (wake: () => void) => () => void;
}

/**
 * Waits for `work`, but only briefly once this or another process has requested a pause or an abort: AWS may take minutes to fail.
 *
 * @param onAsked called at once when a pause or an abort is requested
 * @returns false when `work` is still running in the background
 * @throws what `work` throws while it is waited for
 */
export async function endsBeforePause(
  work: Promise<unknown>,
  pause: AbortSignal,
  { journal, onSpoken }: Hearing,
  onAsked: () => void = () => undefined,
): Promise<boolean> {
  let grace: NodeJS.Timeout | undefined;
  let isAsked = false;
  let giveUp: (ended: boolean) => void = () => undefined;
  const over = new Promise<boolean>((resolve) => (giveUp = resolve));
  const ask = (): void => {
    if (isAsked) return;
    isAsked = true;
    onAsked();
    grace = setTimeout(() => giveUp(false), GRACE_MS);
  };
  // The next read of the journal reports that it cannot be read.
  const unhear = onSpoken?.(() => void isStopAsked(journal).then((isStop) => isStop && ask(), ask));
  pause.addEventListener('abort', ask, { once: true });
  if (pause.aborted) ask();
  try {
    return await Promise.race([work.then(() => true), over]);
  } finally {
    clearTimeout(grace);
    unhear?.();
    pause.removeEventListener('abort', ask);
  }
}

/** Whether this process must stop: an operator paused or aborted the run, or another process took it over. */
async function isStopAsked(journal: Hearing['journal']): Promise<boolean> {
  if (!(await journal.isOurs())) return true;
  return (await journal.pendingSignals()).some(({ kind }) => kind === 'pause' || kind === 'abort');
}
