import { whyUnheard } from '../../journal/signal-proof.ts';
import type { Journal, Signal } from '../../journal/journal.ts';
import { eventOf, unheardEvent } from '../../journal/signal-events.ts';
import type { Instant } from '../../time.ts';
import type { RecoveryEvent } from '../../workflow/recovery/recovery-context.ts';
import type { Reason } from '../../workflow/base/reasons.ts';

/** The signal with its verified author, or the reason why it is rejected. */
export type VerifySignal = (signal: Signal) => Promise<Signal | { readonly unheard: Reason }>;

interface Hearing {
  readonly journal: Pick<Journal, 'record'>;
  readonly verify?: VerifySignal;
}

/** The event for the recovery machine: the signal, or why it was rejected. */
export async function heard(
  signal: Signal,
  { journal, verify }: Hearing,
  now: () => Instant,
): Promise<RecoveryEvent> {
  const why = whyUnheard(signal, journal.record, Date.now());
  const verified = why === undefined ? ((await verify?.(signal)) ?? signal) : { unheard: why };
  return 'unheard' in verified ? unheardEvent(signal, verified.unheard, now()) : eventOf(verified, now());
}
