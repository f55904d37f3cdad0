/** Counters of a world by name: calls, things made, peaks, tokens left. An absent one is 0. Changes are written with the next commit. */
export class Numbers {
  readonly #values: Map<string, number>;
  readonly #changed = new Set<string>();

  constructor(values: Iterable<readonly [string, number]>) {
    this.#values = new Map(values);
  }

  get(name: string): number {
    return this.#values.get(name) ?? 0;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  set(name: string, value: number): void {
    if (this.#values.get(name) === value) return;
    this.#values.set(name, value);
    this.#changed.add(name);
  }

  /** Adds `amount` and gives the new value. */
  add(name: string, amount = 1): number {
    const value = this.get(name) + amount;
    this.set(name, value);
    return value;
  }

  /** Keeps the higher of the two. */
  raise(name: string, value: number): void {
    if (value > this.get(name)) this.set(name, value);
  }

  /** Names that begin with `prefix`, without it, with their values; in order. */
  under(prefix: string): [string, number][] {
    return [...this.#values]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]): [string, number] => [name.slice(prefix.length), value])
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** What changed since it was last asked. */
  takeChanges(): [string, number][] {
    const changes = [...this.#changed].map((name): [string, number] => [name, this.get(name)]);
    this.#changed.clear();
    return changes;
  }
}
