import type { LiveSample } from '../control/adaptive.ts';

/** A p99 of fewer is the maximum of a handful. */
const FEWEST = 20;
/** Of more only the newest count. */
const MOST = 20_000;

/** The live requests of the last seconds; times are milliseconds of a clock that never jumps. */
export class RecentRequests {
  readonly #windowMs: number;
  #atMs: number[] = [];
  #latencyMs: number[] = [];
  #bad: boolean[] = [];

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  add(nowMs: number, latencyMs: number, bad: boolean): void {
    this.#atMs.push(nowMs);
    this.#latencyMs.push(latencyMs);
    this.#bad.push(bad);
    if (this.#atMs.length >= 2 * MOST) this.#drop(this.#atMs.length - MOST);
  }

  /** Their p99 is exact, and absent below twenty of them. */
  sample(nowMs: number): Exclude<LiveSample, 'silent'> {
    const first = this.#atMs.findIndex((atMs) => atMs > nowMs - this.#windowMs);
    this.#drop(first === -1 ? this.#atMs.length : first);
    const requests = this.#atMs.length;
    if (requests === 0) return { requests };
    const errorRate = this.#bad.filter(Boolean).length / requests;
    if (requests < FEWEST) return { requests, errorRate };
    const sorted = Float64Array.from(this.#latencyMs).sort();
    return { requests, errorRate, p99Ms: sorted[Math.ceil(0.99 * requests) - 1] ?? 0 };
  }

  #drop(count: number): void {
    if (count === 0) return;
    this.#atMs = this.#atMs.slice(count);
    this.#latencyMs = this.#latencyMs.slice(count);
    this.#bad = this.#bad.slice(count);
  }
}
