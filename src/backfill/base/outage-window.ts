import type { Instant } from '../../time.ts';

/** What happened in one bucket of time. */
export interface Bucket {
  readonly requests: number;
  readonly errors: number;
}

/** Buckets by the instant at which they begin; those without any request may be absent. */
export type Buckets = ReadonlyMap<Instant, Bucket>;

/** A span of the outage. */
export interface OutageWindow {
  /** `errors`: an elevated error rate. `gap`: no traffic at all. `given`: by hand. */
  readonly kind: 'errors' | 'gap' | 'given';
  readonly start: Instant;
  /** The first instant after it. */
  readonly end: Instant;
  readonly requests: number;
  readonly errors: number;
}
