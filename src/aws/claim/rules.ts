import type { Claim } from '../../workflow/effects.ts';
import { RequestFailure } from '../request-failures.ts';

/** A restore takes precedence over a drill; nothing else over anything. */
export function mayTake(claim: Claim, holder: Claim): boolean {
  return claim.mode === 'restore' && holder.mode === 'drill';
}

/** The mark changed hands while it was looked at: asking again will tell. */
export function contested({ runbook }: Claim): RequestFailure {
  const message = `The mark on runbook '${runbook}' changed hands while it was looked at.`;
  return new RequestFailure({ class: 'transient', code: 'ClaimContested', message });
}
