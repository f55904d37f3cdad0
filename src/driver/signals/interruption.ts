import type { Journal } from '../../journal/journal.ts';
import { SECOND_MS } from '../../time.ts';

/** Real time that requests under way get to end in, once a pause is asked for: most need less. What has no answer then has none yet. */
const GRACE_MS = 3 * SECOND_MS;

/** What a driver has to hear of operators while it waits for AWS. */
export interface Hearing {
  readonly journal: Pick<Journal, 'isOurs' | 'pendingSignals'>;
  readonly onSpoken?: (wake: () => void) => () => void;
}

/**
 * Waits for `work`, but only a moment longer once a pause or an abort is asked for, in this process or in another: AWS may take minutes to fail.
 *
 * @param onAsked called at once when it is asked for
 * @returns false when `work` goes on behind the caller's back
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
  // A journal that cannot be read is reported by the next reader.
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

/** Whether another process wants this one to stop what it does: an operator's pause or abort, or a takeover. */
async function isStopAsked(journal: Hearing['journal']): Promise<boolean> {
  if (!(await journal.isOurs())) return true;
  return (await journal.pendingSignals()).some(({ kind }) => kind === 'pause' || kind === 'abort');
}
