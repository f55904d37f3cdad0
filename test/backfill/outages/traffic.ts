import { findWindows } from '../../../src/backfill/outages/find-windows.ts';
import type { Bucket, Buckets } from '../../../src/backfill/base/outage-window.ts';
import type { WindowSettings } from '../../../src/runbook/backfill-schema.ts';
import { backfillSchema } from '../../../src/runbook/backfill-schema.ts';
import { hash32 } from '../../../src/hash.ts';
import { MINUTE_MS } from '../../../src/time.ts';

export const START = 1_507_219_200_000;

/** Minute `n` of the tests. */
export const minute = (n: number) => START + n * MINUTE_MS;

/** What a runbook that says nothing of windows gets, but for `changes`. */
export function settings(changes: Partial<WindowSettings> = {}): WindowSettings {
  return { ...backfillSchema.parse({ sources: [{ path: 'access.log' }] }).windows, ...changes };
}

/** `[minutes, requests a minute, errors a minute]`, one after the other; without requests: silence. */
export type Phase = readonly [minutes: number, requests: number, errors?: number];

export function traffic(phases: readonly Phase[], from = 0): Map<number, Bucket> {
  const buckets = new Map<number, Bucket>();
  let now = from;
  for (const [minutes, requests, errors = 0] of phases) {
    for (let n = 0; n < minutes; n += 1) {
      if (requests > 0) buckets.set(minute(now + n), { requests, errors });
    }
    now += minutes;
  }
  return buckets;
}

/** Traffic as it comes by chance: each minute's requests and errors are drawn, the same for the same seed. */
export function drawn(seed: number, phases: readonly Phase[]): Map<number, Bucket> {
  const buckets = new Map<number, Bucket>();
  const uniform = uniforms(hash32(`drawn:${seed}`));
  let now = 0;
  for (const [minutes, requestsPerMinute, errorsPerMinute = 0] of phases) {
    for (let n = 0; n < minutes; n += 1, now += 1) {
      const errors = poisson(errorsPerMinute, uniform);
      const requests = errors + poisson(requestsPerMinute - errorsPerMinute, uniform);
      if (requests > 0) buckets.set(minute(now), { requests, errors });
    }
  }
  return buckets;
}

/** Above 30 by the normal distribution, which is near enough; below by Knuth's method. */
function poisson(mean: number, uniform: () => number): number {
  if (mean > 30) {
    const normal = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
  }
  let count = 0;
  for (let product = uniform(), least = Math.exp(-mean); product > least; product *= uniform()) count += 1;
  return count;
}

/** Between 0 and 1, neither included (xorshift). */
function uniforms(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) + 0.5) / 0x1_0000_0000;
  };
}

export function shuffled(buckets: Buckets, seed: number): Map<number, Bucket> {
  return new Map([...buckets].sort(([a], [b]) => hash32(`${seed}:${a}`) - hash32(`${seed}:${b}`)));
}

/** `errors 10-20 30/600`: kind, minutes, errors of requests. */
export function found(buckets: Buckets, changes: Partial<WindowSettings> = {}): string[] {
  return findWindows(buckets, settings(changes)).map(
    ({ kind, start, end, requests, errors }) =>
      `${kind} ${(start - START) / MINUTE_MS}-${(end - START) / MINUTE_MS} ${errors}/${requests}`,
  );
}

/** What is found in traffic. */
export interface Case {
  readonly name: string;
  readonly phases: readonly Phase[];
  readonly with?: Partial<WindowSettings>;
  readonly expected: readonly string[];
}

/** All that happened in the buckets that begin within `from` (inclusive) to `to` (exclusive); without them, in all. */
export function rateOf(
  buckets: Buckets,
  from = -Infinity,
  to = Infinity,
): Bucket & { readonly errorRate: number } {
  const within = [...buckets].filter(([start]) => start >= from && start < to).map(([, bucket]) => bucket);
  const requests = within.reduce((sum, bucket) => sum + bucket.requests, 0);
  const errors = within.reduce((sum, bucket) => sum + bucket.errors, 0);
  return { requests, errors, errorRate: errorRateOf({ requests, errors }) };
}

export function errorRateOf({ requests, errors }: Bucket): number {
  return requests === 0 ? 0 : errors / requests;
}
