import { DAY_MS, MINUTE_MS, SECOND_MS } from '../time.ts';
import type { Channel, Delivery, Message } from './channel.ts';

/** An attempt that takes longer counts as failed. */
export const ATTEMPT_TIMEOUT_MS = 10 * SECOND_MS;
/** Longest delay that a receiver may request: notices soon become outdated. */
const LONGEST_RETRY_AFTER_MS = 5 * MINUTE_MS;
const REQUEST_TIMEOUT = 408;
const TOO_MANY_REQUESTS = 429;

export interface WebhookOptions {
  readonly key: string;
  readonly label: string;
  readonly url: URL;
  readonly timeoutMs?: number;
}

/**
 * Posts `{"text": ...}` as JSON, for Slack and compatible receivers. Redirects are not followed: the address is a secret, and so
 * may be the text.
 */
export function webhookChannel({ key, label, url, timeoutMs = ATTEMPT_TIMEOUT_MS }: WebhookOptions): Channel {
  return {
    key,
    label,
    async deliver(message, stop) {
      const timeout = AbortSignal.timeout(timeoutMs);
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: webhookBody(message),
          redirect: 'manual',
          signal: AbortSignal.any([stop, timeout]),
        });
        // The body is not read: the status is enough, and a body may be endless. An interrupted body is then no failure.
        response.body?.cancel().catch(() => undefined);
        return deliveryOf(response.status, response.headers.get('retry-after'), Date.now());
      } catch (error) {
        const why = timeout.aborted
          ? `no answer within ${timeoutMs / SECOND_MS} s`
          : `no connection (${networkCode(error)})`;
        return { ok: false, why, isFinal: false };
      }
    },
  };
}

/** The body of the request; Slack reads `&`, `<` and `>` as markup. */
export function webhookBody({ text }: Message): string {
  const escaped = text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  return JSON.stringify({ text: escaped });
}

/** The outcome for an HTTP status. `now`: real time, for a `Retry-After` that is a date. */
export function deliveryOf(status: number, retryAfter: string | null, now: number): Delivery {
  if (status >= 200 && status < 300) return { ok: true };
  if (status >= 300 && status < 400)
    return { ok: false, why: `answers with a redirect (${status}), which is not followed`, isFinal: true };
  const isPassing = status >= 500 || status === REQUEST_TIMEOUT || status === TOO_MANY_REQUESTS;
  const why = `answers with status ${status}`;
  if (!isPassing) return { ok: false, why, isFinal: true };
  const afterMs = retryAfterMs(retryAfter, now);
  return { ok: false, why, isFinal: false, ...(afterMs !== undefined && { afterMs }) };
}

/** Seconds or a date, at most five minutes; `undefined` when it is neither. */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  const waitMs = /^\d+$/.test(text) ? Number(text) * SECOND_MS : Date.parse(text) - now;
  if (Number.isNaN(waitMs) || waitMs < -DAY_MS) return undefined;
  return Math.min(LONGEST_RETRY_AFTER_MS, Math.max(0, waitMs));
}

/** Only the error code: network error messages may contain the whole address. */
function networkCode(error: unknown): string {
  for (
    let cause = error;
    typeof cause === 'object' && cause !== null;
    cause = 'cause' in cause ? cause.cause : undefined
  ) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code;
  }
  return 'unknown';
}
