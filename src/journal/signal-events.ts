import type { Instant } from '../time.ts';
import type { RecoveryEvent } from '../workflow/recovery/recovery-context.ts';
import type { Signal } from './journal.ts';
import type { Reason } from '../workflow/base/reasons.ts';

/** A rejected signal, for the timeline. */
export function unheardEvent(
  { kind, by }: Omit<Signal, 'id' | 'at'>,
  why: Reason,
  at: Instant,
): RecoveryEvent {
  return { type: 'UNHEARD', at, kind, giver: by, why };
}

/** The event of the recovery machine for a signal applied at `at`. */
export function eventOf(signal: Omit<Signal, 'id' | 'at'>, at: Instant): RecoveryEvent {
  const { kind, by, reason, identity, made, meant } = signal;
  const spoken = {
    at,
    by,
    ...(reason !== undefined && { reason }),
    ...(identity !== undefined && { identity }),
  };
  switch (kind) {
    case 'abort':
      return { type: kind, ...spoken, ...(made !== undefined && { made }) };
    case 'approve':
      return { type: kind, ...spoken, ...(meant !== undefined && { meant }) };
    default:
      return { type: kind, ...spoken };
  }
}
