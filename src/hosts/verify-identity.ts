import { classify } from '../aws/request-failures.ts';
import { digestOf, signersOf } from '../journal/signal-proof.ts';
import type { RunRecord, Signal } from '../journal/journal.ts';
import type { VerifySignal } from '../driver/signals/verify-signal.ts';
import { awsFailureOf, type Reason } from '../workflow/base/reasons.ts';

/**
 * Verifies signals of a run on a real account. Approvals count people, so this process asks the identity service who signed the proof, at
 * the endpoint in the run's record, regardless of the environment of this process or of the approver. All other signals are accepted at once, under
 * the name given: stopping must not wait for the identity service.
 */
export function verifierOf(record: RunRecord): VerifySignal {
  return async (signal) => {
    const { kind, identity, proof } = signal;
    if (identity === 'break-glass') return signal;
    if (kind !== 'approve' || proof === undefined) return { ...signal, identity: 'local' };
    return verified(signal, proof, record);
  };
}

async function verified(
  signal: Signal,
  proof: string,
  record: RunRecord,
): Promise<Signal | { readonly unheard: Reason }> {
  const { runId, plan, identityEndpoint } = record;
  const [account, ...others] = signersOf(record);
  try {
    const { awsIdentityEndpoint, verifyIdentity } = await import('../aws/identity-proof.ts');
    const endpoint = identityEndpoint ?? (await awsIdentityEndpoint(plan.region));
    const known = await verifyIdentity(endpoint, proof, { runId, digest: digestOf(signal) });
    if (account !== undefined && known.account !== account && !others.includes(known.account))
      return { unheard: { code: 'other-account', data: { account: known.account, wanted: account } } };
    return { ...signal, by: known.name, identity: 'verified' };
  } catch (error) {
    const failure = classify(error);
    const isRefused = failure.class === 'denied' || failure.class === 'credentials';
    const code = isRefused ? 'proof-refused' : 'proof-not-verified';
    return { unheard: { code, data: awsFailureOf(failure) } };
  }
}
