import type { Instant } from '../../time.ts';
import type { Span } from '../base/survey.ts';

interface OpenSpan {
  from: Instant;
  to: Instant;
}

/** Spans of time, merged where they touch. Beyond `most` of them those closest to each other become one: they then hold more than was added, never less. */
export class Spans {
  readonly #most: number;
  readonly #spans: OpenSpan[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** Each overlaps or touches no other, by time. */
  get list(): readonly Span[] {
    return this.#spans.map(({ from, to }) => ({ from, to }));
  }

  add(from: Instant, to: Instant): void {
    const spans = this.#spans;
    let index = this.#firstEndingAtOrAfter(from);
    const first = spans[index];
    if (first === undefined || first.from > to) {
      spans.splice(index, 0, { from, to });
      if (spans.length > this.#most) this.#joinClosest();
      return;
    }
    first.from = Math.min(first.from, from);
    first.to = Math.max(first.to, to);
    index += 1;
    for (let next = spans[index]; next !== undefined && next.from <= first.to; next = spans[index]) {
      first.to = Math.max(first.to, next.to);
      spans.splice(index, 1);
    }
  }

  #firstEndingAtOrAfter(at: Instant): number {
    let low = 0;
    let high = this.#spans.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#spans[middle]?.to ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #joinClosest(): void {
    let closest = 1;
    let least = Infinity;
    for (let index = 1; index < this.#spans.length; index += 1) {
      const gap = (this.#spans[index]?.from ?? 0) - (this.#spans[index - 1]?.to ?? 0);
      if (gap < least) [closest, least] = [index, gap];
    }
    const [joined] = this.#spans.splice(closest, 1);
    const earlier = this.#spans[closest - 1];
    if (joined !== undefined && earlier !== undefined) earlier.to = Math.max(earlier.to, joined.to);
  }
}
