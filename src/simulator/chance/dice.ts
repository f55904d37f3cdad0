import { quantileAt } from '../../facts/distribution.ts';
import type { Quantiles } from '../../facts/distribution.ts';
import { fraction, hash32 } from '../../hash.ts';
import { FAULT_PROFILES, MAKING_FAULTS_PER_SOURCE } from './faults.ts';
import type { FaultName, FaultProfileName, FaultRates } from './faults.ts';
import type { Numbers } from '../model/numbers.ts';
import type { Range } from '../model/rates.ts';

const MAKING_FAULTS = ['stuckCreating', 'failing', 'vanishing', 'stalledHydration'] as const;
export type MakingFault = (typeof MAKING_FAULTS)[number];

/**
 * All chance of a world: hashes of (seed, what, how many before it), so that the order in which independent things are asked for changes nothing, and a
 * world that was closed goes on as if it had not been. Counts the faults it deals.
 */
export class Dice {
  readonly #seed: number;
  readonly #rates: FaultRates;
  readonly #numbers: Numbers;

  constructor(seed: number, faults: FaultProfileName, numbers: Numbers) {
    this.#seed = seed;
    this.#rates = FAULT_PROFILES[faults];
    this.#numbers = numbers;
  }

  /** 0 (inclusive) to 1 (exclusive). */
  draw(key: string): number {
    return fraction(`${this.#seed}/${key}`);
  }

  /** A number of `range`, evenly. */
  between(range: Range, key: string): number {
    return range.low + (range.high - range.low) * this.draw(key);
  }

  /** A number from the distribution with these quantiles. */
  from(quantiles: Quantiles, key: string): number {
    return quantileAt(quantiles, this.draw(key));
  }

  /** Whether this fault strikes here; counted when it does. */
  strikes(fault: FaultName, key: string): boolean {
    const struck = this.#rates[fault] > 0 && this.draw(`${fault}/${key}`) < this.#rates[fault];
    if (struck) this.#numbers.add(`fault/${fault}`);
    return struck;
  }

  /** What befalls a thing made from `source`, if anything: at most one fault, and only so many per source. */
  makingFault(
    source: string,
    key: string,
    possible: readonly MakingFault[] = MAKING_FAULTS,
  ): MakingFault | undefined {
    const draw = this.draw(`making/${key}`);
    let reached = 0;
    for (const fault of possible) {
      reached += this.#rates[fault];
      if (draw < reached) return this.#spend(source) ? this.#dealt(fault) : undefined;
    }
    return undefined;
  }

  /** Whether a change of `source` gets stuck. */
  sticks(fault: 'fsrStuck' | 'hanging', source: string, key: string): boolean {
    if (this.draw(`${fault}/${key}`) >= this.#rates[fault] || !this.#spend(source)) return false;
    this.#numbers.add(`fault/${fault}`);
    return true;
  }

  /** `digits` hexadecimal digits that depend on the key alone. */
  hex(digits: number, key: string): string {
    let text = '';
    for (let part = 0; text.length < digits; part += 1) {
      text += hash32(`${this.#seed}/id/${part}/${key}`).toString(16).padStart(8, '0');
    }
    return text.slice(0, digits);
  }

  #dealt(fault: MakingFault): MakingFault {
    this.#numbers.add(`fault/${fault}`);
    return fault;
  }

  #spend(source: string): boolean {
    const name = `making/${source}`;
    if (this.#numbers.get(name) >= MAKING_FAULTS_PER_SOURCE) return false;
    this.#numbers.add(name);
    return true;
  }
}
