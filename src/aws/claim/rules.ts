import type { Claim } from '../../workflow/base/effects.ts';
import { RequestFailure } from '../request-failures.ts';

/** A restore takes precedence over a drill. No other run takes precedence over another. */
export function mayTake(claim: Claim, holder: Claim): boolean {
  return claim.mode === 'restore' && holder.mode === 'drill';
}

/** The claim changed while it was read: the workflow asks again. */
export function contested({ runbook }: Claim): RequestFailure {
  const message = `The claim on runbook '${runbook}' changed while it was read.`;
  return new RequestFailure({ class: 'transient', code: 'ClaimContested', message });
}
