import { createHash } from 'node:crypto';
import { SECOND_MS, type Instant } from '../time.ts';
import type { Reason } from '../workflow/base/reasons.ts';
import type { RunRecord, Signal } from './journal.ts';

/** Instants in a presigned request: `20261120T030000Z`. */
const STAMP = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/**
 * Why a signal is rejected, as far as can be decided offline; `undefined` if it is accepted, or if the identity service has
 * to decide. On a real account approvals count people: each needs proof of who gave it, or a break-glass reason.
 */
export function whyUnheard(
  signal: Omit<Signal, 'id'>,
  { options }: Pick<RunRecord, 'options'>,
  now: Instant,
): Reason | undefined {
  const { kind, identity, proof, isAltered } = signal;
  if (isAltered === true) return { code: 'row-altered', data: {} };
  if (options.simulation !== undefined || kind !== 'approve' || identity === 'break-glass') return undefined;
  if (proof === undefined) return { code: 'no-proof', data: {} };
  const until = expiryOf(proof);
  if (until === undefined) return { code: 'proof-unreadable', data: {} };
  return until < now ? { code: 'proof-expired', data: { at: until } } : undefined;
}

/**
 * The accounts whose identities may speak to a run: its own, and that of the function that drives it, which acts in its own by a role. Empty: the run is
 * of an older version, and any may.
 */
export function signersOf({
  account,
  function: arn,
}: Pick<RunRecord, 'account' | 'function'>): readonly string[] {
  const ofFunction = arn?.split(':')[4];
  return account === undefined ? [] : [account, ...(ofFunction === undefined ? [] : [ofFunction])];
}

/** When a proof (the query of a presigned request) expires. */
export function expiryOf(proof: string): Instant | undefined {
  const query = new URLSearchParams(proof);
  const stamp = STAMP.exec(query.get('X-Amz-Date') ?? '');
  const seconds = Number(query.get('X-Amz-Expires') ?? Number.NaN);
  if (stamp === null || !Number.isSafeInteger(seconds)) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = stamp.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second) + seconds * SECOND_MS;
}

/** The text that a proof signs: the contents of the signal, so that the proof is not valid for another signal. */
export function digestOf({ kind, at, meant, reason, made }: Omit<Signal, 'id'>): string {
  const words = [kind, at, meant ?? null, reason ?? null, made ?? null];
  return createHash('sha256').update(JSON.stringify(words)).digest('hex');
}
