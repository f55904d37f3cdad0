import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** One measured figure. `goal` reads like `>= 0.7`; `null` where there is none, and then `met` is `null` too. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly goal: string | null;
  readonly met: boolean | null;
}

/** What one file of this folder gives the runner. */
export interface Bench {
  /** One line for the list. */
  readonly about: string;
  /** Throws a `BenchFailure` when it cannot measure. */
  run(): Promise<readonly Figure[]>;
}

/** The bench could not measure; the message says what to do. */
export class BenchFailure extends Error {
  override readonly name = 'BenchFailure';
}

export function atLeast(name: string, value: number, unit: string, goal: number): Figure {
  return { name, value: rounded(value), unit, goal: `>= ${goal}`, met: value >= goal };
}

export function atMost(name: string, value: number, unit: string, goal: number): Figure {
  return { name, value: rounded(value), unit, goal: `<= ${goal}`, met: value <= goal };
}

export function plain(name: string, value: number, unit: string): Figure {
  return { name, value: rounded(value), unit, goal: null, met: null };
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('a median needs a value');
  const sorted = [...values].sort((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

/**
 * Runs all contestants in turn, `rounds` times, so that whatever else the machine does meets all of them alike. Each returns its
 * own measurement. The order turns from round to round, and the first round only warms up.
 */
export async function interleaved<Name extends string>(
  rounds: number,
  contestants: Readonly<Record<Name, () => number | Promise<number>>>,
): Promise<Readonly<Record<Name, readonly number[]>>> {
  const names = Object.keys(contestants) as Name[];
  const measured = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      const value = await contestants[name]();
      if (round > 0) measured[name].push(value);
    }
  }
  return measured;
}

/** Each round's quotient: what disturbs a round disturbs both of its sides. */
export function quotients(dividends: readonly number[], divisors: readonly number[]): readonly number[] {
  return dividends.map((dividend, round) => dividend / (divisors[round] ?? Number.NaN));
}

/** A new folder on the disk of the checkout (the system's temporary one may be memory), gone when `body` is over. */
export async function inScratchFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const parent = join(import.meta.dirname, '..', 'dist', '.bench');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'run-'));
  try {
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
