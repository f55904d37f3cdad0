/** A moving average over about `span` of the newest values. */
export class Average {
  #value: number | undefined;
  #count = 0;
  readonly #span: number;

  constructor(span: number) {
    this.#span = span;
  }

  get weight(): number {
    return this.#count;
  }

  get mean(): number | undefined {
    return this.#value;
  }

  /** Values of which `count` have this mean. */
  add(mean: number, count: number): void {
    this.#count = Math.min(this.#count + count, Math.max(this.#span, count));
    this.#value =
      this.#value === undefined ? mean : this.#value + (count / this.#count) * (mean - this.#value);
  }

  clear(): void {
    this.#value = undefined;
    this.#count = 0;
  }

  /** Approximate lower confidence bound. */
  surely(errors: number): number | undefined {
    return this.#value === undefined ? undefined : surely(this.#value, this.#count, errors);
  }
}

/** Approximate lower confidence bound of a mean: `errors` standard errors below it, for values that vary about as much as they are large. */
export function surely(mean: number, count: number, errors: number): number {
  return mean / (1 + errors / Math.sqrt(count));
}

export function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
