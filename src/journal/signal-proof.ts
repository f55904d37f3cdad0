import { createHash } from 'node:crypto';
import { SECOND_MS, type Instant } from '../time.ts';
import type { Reason } from '../workflow/base/reasons.ts';
import type { RunRecord, Signal } from './journal.ts';

/** Instants in a presigned request: `20261120T030000Z`. */
const STAMP = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/**
 * Why a signal does not count, as far as that can be told without asking anybody; `undefined` where it counts, or where the identity service has
 * the last word. On a real account an approval counts a person: it needs the proof of who gave it, or breaks the glass.
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

/** Until when a proof, the query of a presigned request, may be used. */
export function expiryOf(proof: string): Instant | undefined {
  const query = new URLSearchParams(proof);
  const stamp = STAMP.exec(query.get('X-Amz-Date') ?? '');
  const seconds = Number(query.get('X-Amz-Expires') ?? Number.NaN);
  if (stamp === null || !Number.isSafeInteger(seconds)) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = stamp.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second) + seconds * SECOND_MS;
}

/** What a proof is bound to: the words of the signal, so that it proves nothing about other words. */
export function digestOf({ kind, at, meant, reason, made }: Omit<Signal, 'id'>): string {
  const words = [kind, at, meant ?? null, reason ?? null, made ?? null];
  return createHash('sha256').update(JSON.stringify(words)).digest('hex');
}
