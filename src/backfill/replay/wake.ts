/** Longest single timer. */
const LONGEST_MS = 60_000;

/** One timer for everything that waits: set to the earliest of what was asked for. */
export class Wake {
  readonly #wake: () => void;
  #timer: NodeJS.Timeout | undefined;
  #dueMs = Infinity;

  constructor(wake: () => void) {
    this.#wake = wake;
  }

  /** @param dueMs Infinity: there is nothing to wait for */
  at(dueMs: number, nowMs: number): void {
    if (dueMs === Infinity) return;
    const withinMs = Math.min(Math.max(1, Math.ceil(dueMs - nowMs)), LONGEST_MS);
    if (nowMs + withinMs >= this.#dueMs) return;
    clearTimeout(this.#timer);
    this.#dueMs = nowMs + withinMs;
    this.#timer = setTimeout(() => {
      this.#dueMs = Infinity;
      this.#wake();
    }, withinMs);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#dueMs = Infinity;
  }
}
